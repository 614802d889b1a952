"""The controlling terminal of POSIX, for prompt_toolkit."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
from typing import TextIO, cast

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output.vt100 import Vt100_Output

from parl.cli.key_presses import KeyPresses
from parl.cli.screen_terminal import ScreenTerminal
from parl.platform import TERMINAL_KEYS, is_writable
from parl.platform.unix_modes import CbreakMode

# One: what is typed behind the deciding key is for the command that was chosen.
_READ_BYTES, _READ_PASTE_BYTES = 1, 4096
_WRITE_PATIENCE_SECONDS = 0.1
_ROWS_WHERE_NOBODY_KNOWS, _COLUMNS_WHERE_NOBODY_KNOWS = 24, 80


def open_tty() -> ScreenTerminal | None:
    """Open it; None where there is none."""
    try:
        # An open file of our own: its O_NONBLOCK is nobody else's.
        terminal = os.open(TERMINAL_KEYS, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    source = _TtyInput(open(terminal, encoding="utf-8", closefd=False))  # noqa: SIM115 - no more than its number
    writer = _Writer(terminal)
    # A mute terminal would cost a second and a warning: we do not ask where the cursor is.
    output = _TtyOutput(cast("TextIO", writer), lambda: _size(terminal), term=os.environ.get("TERM"), enable_cpr=False)
    mode = source.mode

    def hurry() -> None:
        writer.hurry()
        mode.hurry()

    return ScreenTerminal(source, output, mode.released, mode.tidy, hurry, lambda: os.close(terminal))


class _TtyInput(Vt100Input):
    """Keys in cbreak mode: prompt_toolkit's raw mode would swallow Ctrl-C and Ctrl-Z."""

    def __init__(self, keys: TextIO) -> None:
        super().__init__(keys)
        self._presses = KeyPresses()
        self._is_gone = False
        self.mode = CbreakMode(keys.fileno())

    @property
    def closed(self) -> bool:
        return self._is_gone

    def raw_mode(self) -> CbreakMode:
        return self.mode

    def read_keys(self) -> list[KeyPress]:
        try:
            data = os.read(self.fileno(), _READ_PASTE_BYTES if self._presses.in_paste else _READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        self._is_gone = not data  # end of file, or EIO: hung up
        return self._presses.feed(data)

    def flush_keys(self) -> list[KeyPress]:
        return self._presses.flush()


class _Writer:
    """Writes to the terminal, and waits where that takes nothing (after Ctrl-S), but not when parl is to end."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self.encoding = (sys.stderr and sys.stderr.encoding) or "utf-8"
        self._is_patient = True

    def write(self, text: str) -> None:
        data = text.encode(self.encoding, "replace")
        while data:
            try:
                data = data[os.write(self._terminal, data) :]
            except BlockingIOError:
                if not self._is_patient:
                    return
                is_writable(self._terminal, _WRITE_PATIENCE_SECONDS)
            except OSError:
                return  # hung up: its signal, or the end of its keys, is about to tell

    def flush(self) -> None:
        """Nothing is held back."""

    def hurry(self) -> None:
        self._is_patient = False


class _TtyOutput(Vt100_Output):
    def erase_down(self) -> None:
        # The cursor's line first, and what is below by itself: tmux takes it for a `clear` if all is erased from
        # the top left corner, and keeps what was there, so that each change of its size would leave a copy.
        self.write_raw("\x1b7\x1b[K\x1b[E\x1b[J\x1b8")


def _size(terminal: int) -> Size:
    try:
        columns, rows = os.get_terminal_size(terminal)
    except OSError:
        columns = rows = 0
    return Size(rows=rows or _ROWS_WHERE_NOBODY_KNOWS, columns=columns or _COLUMNS_WHERE_NOBODY_KNOWS)
