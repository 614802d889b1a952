"""A moment of a session: what is on the screen, the key that is pressed, and for how long it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import pyte
from pyte.screens import Char

_INVISIBLE_PAPER = "default"


@dataclass(frozen=True)
class Style:
    """How a cell looks; colours by pyte's names, ``default`` is the window's."""

    ink: str = "default"
    paper: str = "default"
    bold: bool = False
    underlined: bool = False
    reverse: bool = False


@dataclass(frozen=True)
class Run:
    """Neighbours on a row that look the same."""

    column: int
    text: str
    style: Style = Style()


@dataclass(frozen=True)
class Key:
    """A key that is being pressed, as it is shown: its *label*, and a word about it."""

    label: str
    caption: str = ""


@dataclass(frozen=True)
class Frame:
    """A moment; *rows* without what is blank at their ends, *cursor* is (row, column) or None while it is hidden."""

    rows: tuple[tuple[Run, ...], ...]
    cursor: tuple[int, int] | None = None
    key: Key | None = None
    seconds: float = 1.0


def frame_of(screen: pyte.Screen, key: Key | None = None, seconds: float = 1.0) -> Frame:
    """Return what is on pyte's *screen* now."""
    cursor = None if screen.cursor.hidden else (screen.cursor.y, screen.cursor.x)
    rows = tuple(_row(screen.buffer[row], screen.columns) for row in range(screen.lines))
    return Frame(rows, cursor, key, seconds)


def _row(cells: Mapping[int, Char], columns: int) -> tuple[Run, ...]:
    runs, column = [], 0
    for style, neighbours in groupby((cells[at] for at in range(columns)), _style):
        text = "".join(cell.data for cell in neighbours)
        runs.append(Run(column, text, style))
        column += len(text)
    while runs and not runs[-1].text.strip() and _is_invisible(runs[-1].style):
        runs.pop()
    if runs and _is_invisible(runs[-1].style):
        last = runs.pop()
        runs.append(Run(last.column, last.text.rstrip(), last.style))
    return tuple(runs)


def _style(cell: Char) -> Style:
    return Style(cell.fg, cell.bg, cell.bold, cell.underscore, cell.reverse)


def _is_invisible(style: Style) -> bool:
    """Whether a blank that looks so cannot be told from paper."""
    return style.paper == _INVISIBLE_PAPER and not style.underlined and not style.reverse
