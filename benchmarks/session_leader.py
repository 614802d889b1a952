"""Stand where a shell stands: lead the session, and have a command in a foreground group of its own.

    python -m benchmarks.session_leader COMMAND [ARG...]

Without it the command would lead the session, and at its end the system itself would hang up on
what it has left. Says on descriptor 3 the command's pid, then what it ended with, a line each;
then it waits to be killed.
"""

from __future__ import annotations

import os
import signal
import sys

_REPORTS = 3


def main() -> None:
    """Start it, give it the terminal, wait for it."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    pid = os.posix_spawnp(
        sys.argv[1],
        sys.argv[1:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_CLOSE, _REPORTS)],
        setpgroup=0,
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTTOU),
    )
    os.tcsetpgrp(0, pid)
    os.write(_REPORTS, b"%d\n" % pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(_REPORTS, b"%d\n" % code)
    signal.pause()


if __name__ == "__main__":
    main()
