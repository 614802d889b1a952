"""Somebody who sits at a terminal, types, waits for what is to be seen, and takes a picture of each moment."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from itertools import cycle
from time import monotonic

from tools.pictures.frame import Frame, Key, frame_of
from tools.pictures.terminal import Condition, Terminal

ENTER, ESCAPE, UP, DOWN = "\r", "\x1b", "\x1b[A", "\x1b[B"

_TYPING_SECONDS = (0.05, 0.04, 0.07, 0.04, 0.06, 0.04, 0.08)
_BEFORE_ENTER_SECONDS = 0.35
_KEY_DOWN_SECONDS = 0.35
_KEY_UP_SECONDS = 0.45
_GRID_SECONDS = 0.05


class Recorder:
    """Records *frames*. What they show is real; how long one types is not, nor how long one waits for a wait_for."""

    def __init__(self, terminal: Terminal) -> None:
        self.frames: list[Frame] = []
        self.still = -1
        """The frame for who sees no animation; the last, unless the scenario says otherwise."""
        self._terminal = terminal
        self._pace = cycle(_TYPING_SECONDS)

    def show(self, seconds: float, key: Key | None = None) -> None:
        """Show for so long what is on the screen."""
        self.frames.append(frame_of(self._terminal.screen, key, seconds))

    def show_still(self, seconds: float) -> None:
        """Show this, also to who sees no animation."""
        self.show(seconds)
        self.still = len(self.frames) - 1

    def type(self, text: str) -> None:
        """Type *text* letter by letter."""
        for length in range(1, len(text) + 1):
            self._terminal.press(text[length - 1])
            self._terminal.wait_for(lambda lines, typed=text[:length]: self._is_before_cursor(typed, lines))  # type: ignore[misc]
            self.show(next(self._pace))

    def run(self, line: str, until: Condition) -> None:
        """Type a command *line* and Enter, and wait."""
        self.type(line)
        self.show(_BEFORE_ENTER_SECONDS)
        self._terminal.press(ENTER)
        self._terminal.wait_for(until)

    def press(self, key: str, shown: Key, until: Condition, seconds: float = _KEY_UP_SECONDS) -> None:
        """Press a *key* that everybody is to see, and wait; show for so long what came of it, the key still down."""
        self.show(_KEY_DOWN_SECONDS, shown)
        self._terminal.press(key)
        self._terminal.wait_for(until)
        self.show(seconds, shown)

    def wait_for(self, condition: Condition) -> None:
        """Wait for something to be seen; nobody will see how long that took."""
        self._terminal.wait_for(condition)

    def watch(self, condition: Condition) -> None:
        """Film every change, each for as long as it was there, until *condition* holds."""
        last, since = frame_of(self._terminal.screen), monotonic()

        def look() -> None:
            nonlocal last, since
            seconds = _on_grid(monotonic() - since)
            if seconds:  # a painting may come in pieces
                self.frames.append(Frame(last.rows, last.cursor, None, seconds))
                since += seconds
            last = frame_of(self._terminal.screen)

        self._terminal.watch(condition, look)
        self._terminal.wait_for(condition)

    def _is_before_cursor(self, typed: str, lines: list[str]) -> bool:
        cursor = self._terminal.screen.cursor
        return lines[cursor.y].ljust(cursor.x)[: cursor.x].endswith(typed)


def _on_grid(seconds: float) -> float:
    return round(int(seconds / _GRID_SECONDS) * _GRID_SECONDS, 2)
