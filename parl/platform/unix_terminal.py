"""A terminal on POSIX as a file: what it can no longer do is an answer, and no error."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import fcntl
import os
import struct
import termios
from contextlib import suppress

from parl.platform.unix_modes import Settings

_MOST_BYTES = 4096


class UnixTerminal:
    """An open terminal. Owns *descriptor*, which should be non-blocking and its own open file."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor: int = descriptor
        self.is_usable: bool = True
        """False once it has hung up, and for ever then."""

    def hang_up(self) -> None:
        """Take it for hung up."""
        self.is_usable = False

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self.descriptor < 0

    def close(self) -> None:
        """Close the file. A second call is an error."""
        os.close(self.descriptor)
        self.descriptor = -1
        self.is_usable = False

    def read(self, count: int = _MOST_BYTES) -> bytes:
        """Return what is there, up to *count* bytes: by default all that a terminal holds; ``b""`` where nothing is."""
        # Not counted before: in cold caches the question costs 15 us of some 200.
        try:
            data = os.read(self.descriptor, count)
        except BlockingIOError:
            return b""  # somebody else was quicker
        except OSError:
            data = b""
        if not data:
            self.hang_up()  # end-of-file or EIO
        return data

    def pending_bytes(self) -> int:
        """Return how many bytes ``read`` would find."""
        try:
            answer = fcntl.ioctl(self.descriptor, termios.FIONREAD, struct.pack("i", 0))
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])

    def settings(self) -> Settings | None:
        """Return what tcgetattr does; None where it cannot be asked."""
        try:
            return termios.tcgetattr(self.descriptor)
        except termios.error:
            return None

    def apply(self, settings: Settings) -> bool:
        """Return whether *settings* were taken. From the background this would stop us."""
        try:
            # At once: to wait for the output to drain can take for ever on a dead terminal.
            termios.tcsetattr(self.descriptor, termios.TCSANOW, settings)
        except termios.error:
            self.hang_up()
            return False
        return True

    def flush(self) -> None:
        """Forget what was typed and not read."""
        with suppress(termios.error):
            termios.tcflush(self.descriptor, termios.TCIFLUSH)
