"""A pseudo-terminal: what is shown on it, and whether it is left as it was found."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import fcntl
import os
import re
import select
import struct
import termios
from contextlib import suppress

from tests.conftest import PATIENCE_SECONDS

_AFTER_THE_END = b"<typed after the end>"
_ON_AT_FIRST = {"7", "25"}
_IRRELEVANT_MODES = {"12"}  # whether the cursor blinks


class PseudoTerminal:
    """A terminal of 24 rows and 80 columns, and all that was ever shown on its *screen*."""

    def __init__(self) -> None:
        self._master, self.slave = os.openpty()
        os.set_blocking(self._master, False)
        self.resize(24, 80)
        self._found = termios.tcgetattr(self.slave)
        self.screen = b""
        self.is_hung_up = False

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def feed(self) -> None:
        """Take in what is to be shown."""
        if self.is_hung_up:
            return
        with suppress(BlockingIOError, OSError):
            while data := os.read(self._master, 65536):
                self.screen += data

    def write(self, data: bytes) -> int:
        """Type as much of *data* as is taken; return how much. BlockingIOError where it is nothing."""
        return os.write(self._master, data)

    def echoes(self) -> bool:
        """Whether it shows what is typed."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def hang_up(self) -> None:
        """Close it, as a closed window does."""
        os.close(self._master)
        self.is_hung_up = True

    def close(self) -> None:
        os.close(self.slave)
        if not self.is_hung_up:
            os.close(self._master)

    def assert_as_found(self) -> None:
        now = termios.tcgetattr(self.slave)
        assert now == self._found, f"settings: {now[:4]}, found {self._found[:4]}"
        assert not fcntl.fcntl(self.slave, fcntl.F_GETFL) & os.O_NONBLOCK

    def assert_modes_as_found(self) -> None:
        """Cursor, wrapping, pastes, application keys, mice."""
        last: dict[str, bool] = {}
        for modes, switch in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", self.screen):
            last |= dict.fromkeys(modes.decode().split(";"), switch == b"h")
        changed = {mode for mode, is_on in last.items() if is_on != (mode in _ON_AT_FIRST)} - _IRRELEVANT_MODES
        assert not changed, f"modes {changed}, {self.screen[-300:]!r}"

    def read_left(self) -> bytes:
        """Return what was typed and reaches the next reader."""
        settings = termios.tcgetattr(self.slave)
        settings[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
        termios.tcsetattr(self.slave, termios.TCSANOW, settings)
        left, to_type = b"", _AFTER_THE_END
        while not left.endswith(_AFTER_THE_END):
            with suppress(BlockingIOError):
                to_type = to_type[self.write(to_type) :] if to_type else b""
            assert select.select([self.slave], [], [], PATIENCE_SECONDS)[0], "the terminal is dead"
            left += os.read(self.slave, 65536)
        return left.removesuffix(_AFTER_THE_END)
