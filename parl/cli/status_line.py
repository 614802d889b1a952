"""One line on stderr that is painted over and over, where nothing can wrap or stay behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from parl.platform import owns_screen

_COLUMNS_WHERE_NOBODY_KNOWS = 80


class StatusLine:
    """A line that is erased before anything else is written there. Only for a terminal; any thread."""

    def __init__(self) -> None:
        self.is_shown = False
        self._lock = threading.Lock()
        self._is_closed = False

    def paint(self, compose: Callable[[int], str]) -> None:
        """Show what *compose* makes of the number of columns, which it must not exceed."""
        with self._lock, suppress(OSError):  # a terminal that is gone must not keep us from our work
            if self._is_closed or not owns_screen():
                return  # in the background: the screen is somebody else's
            columns = os.get_terminal_size(2).columns or _COLUMNS_WHERE_NOBODY_KNOWS
            _write(f"\r{compose(columns - 1)}\x1b[K")
            self.is_shown = True

    def erase(self, unseen: str = "") -> None:
        """Leave the terminal's line empty; *unseen* sequences go out with it."""
        with self._lock, suppress(OSError):
            if self.is_shown:
                self.is_shown = False
                _write(f"\r\x1b[K{unseen}")

    def close(self, unseen: str = "") -> None:
        """Do that, and paint nothing any more, whoever may still want to."""
        self._is_closed = True
        self.erase(unseen)


def _write(text: str) -> None:
    if sys.platform == "win32":
        import click  # it knows which consoles obey

        click.echo(text, nl=False, err=True, color=True)
    else:
        sys.stderr.write(text)
        sys.stderr.flush()
