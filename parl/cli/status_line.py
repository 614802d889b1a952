"""One line on stderr that is painted over and over, where nothing can wrap or stay behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from parl.platform import is_writable, open_screen, owns_screen

_COLUMNS_WHERE_NOBODY_KNOWS = 80


class StatusLine:
    """A line that is erased before anything else is written there. Only for a terminal; any thread.

    It is decoration: where the terminal takes nothing (after Ctrl-S, over a dead link), it is left out.
    """

    def __init__(self) -> None:
        self.is_shown: bool = False
        self._lock = threading.Lock()
        self._screen: int | None = None
        self._is_new_line_wanted = False
        self._is_closed = False

    def paint(self, compose: Callable[[int], str]) -> None:
        """Show what *compose* makes of the number of columns, which it must not exceed."""
        with self._lock, suppress(OSError):  # a terminal that is gone must not keep us from our work
            if self._is_closed or not owns_screen():
                return  # in the background: the screen is somebody else's
            columns = os.get_terminal_size(2).columns or _COLUMNS_WHERE_NOBODY_KNOWS
            self._write(f"{self._new_line(columns)}\r{compose(columns - 1)}\x1b[K")
            self.is_shown = True

    def erase(self, unseen: str = "") -> None:
        """Leave the terminal's line empty; *unseen* sequences go out with it."""
        with self._lock, suppress(OSError):
            if self.is_shown:
                self.is_shown = False
                self._write(f"\r\x1b[K{unseen}")

    def leave_line(self) -> None:
        """Go to a new line for the next painting, if others have left something on this one."""
        self._is_new_line_wanted = True

    def close(self, unseen: str = "") -> None:
        """Erase it, and paint nothing any more, whoever may still want to."""
        self._is_closed = True
        self.erase(unseen)

    def _new_line(self, columns: int) -> str:
        """Return what goes to the next line, unless this one is empty: as many spaces as it is long.

        From its beginning they just fill it, from anywhere else they run into the next.
        """
        wanted, self._is_new_line_wanted = self._is_new_line_wanted, False
        return " " * columns if wanted else ""

    def _write(self, text: str) -> None:
        if sys.platform == "win32":
            import click  # it knows which consoles obey

            click.echo(text, nl=False, err=True, color=True)
            return
        if self._screen is None:
            self._screen = open_screen()
        if self._screen is not None:
            os.write(self._screen, text.encode())
        elif is_writable(2):
            sys.stderr.write(text)
            sys.stderr.flush()
