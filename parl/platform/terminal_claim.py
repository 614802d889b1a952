"""Which of several parls on one terminal has its keys: the first, until it ends."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import fcntl
import os


class TerminalClaim:
    """A lock on the terminal's own device file, which the system takes back when we die.

    A build may run parl itself: then the keys belong to the outermost. And of two in one pipeline,
    the second must not take the first one's settings for those that were there before.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._lock = -1

    def take(self) -> bool:
        """Return whether the keys are ours to take; also where nothing can be locked."""
        if self._lock >= 0:
            return True
        try:
            lock = os.open(_device_of(self._terminal), os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return True  # another user's terminal, after su
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        """Leave the keys to the next."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _device_of(terminal: int) -> str:
    """Return the path of the terminal itself; /dev/tty is everybody's name for his own."""
    for descriptor in (terminal, 0, 1, 2):
        try:
            name = os.ttyname(descriptor)
        except OSError:
            continue
        if name != "/dev/tty":
            return name
    # All three redirected: Linux tells the number of the controlling terminal.
    with open("/proc/self/stat", "rb") as file:
        number = int(file.read().rpartition(b")")[2].split()[4])
    return f"/dev/pts/{os.minor(number)}"
