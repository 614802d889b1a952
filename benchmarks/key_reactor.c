/* The least a key costs: poll() on a terminal in cbreak mode. Echoes each key to descriptor 3. */

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
    struct termios settings;
    struct pollfd waited = { .events = POLLIN };
    char key;

    waited.fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (waited.fd < 0 || tcgetattr(waited.fd, &settings) != 0)
        return 1;
    settings.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (tcsetattr(waited.fd, TCSANOW, &settings) != 0)
        return 1;
    for (;;) {
        if (write(3, "", 1) != 1) /* ready */
            return 1;
        if (poll(&waited, 1, -1) != 1 || read(waited.fd, &key, 1) != 1)
            return 1;
        if (write(3, &key, 1) != 1)
            return 1;
    }
}
