"""A label as it is painted: harmless, as wide as there is room, with what matched standing out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from prompt_toolkit.utils import get_cwidth

from parl.cli.printable import printable

Fragments = list[tuple[str, str]]
"""Styles and texts, as prompt_toolkit takes them."""

_ELLIPSIS = ".."
_TAB = "  "
_CHARACTERS_A_COLUMN = 8  # with combining ones; what has more is cut


class _Cell(NamedTuple):
    text: str
    width: int
    is_match: bool


def label_fragments(label: str, matched: Collection[int], width: int, style: str, match_style: str) -> Fragments:
    """Return *label* on *width* columns at most; the end of what matched is in them."""
    if not matched and len(label) <= width and label.isascii() and label.isprintable():
        return [(style, label)]
    begin, end = _visible(label, matched, width)
    cells = [_cell(label[at], at in matched) for at in range(begin, end)]
    before, shown, after = _fit(cells, width, is_begin=begin == 0, is_end=end == len(label))
    fragments: Fragments = [(style, before)] if before else []
    for cell in shown:
        wanted = match_style if cell.is_match else style
        if fragments and fragments[-1][0] == wanted:
            fragments[-1] = (wanted, fragments[-1][1] + cell.text)
        else:
            fragments.append((wanted, cell.text))
    return [*fragments, (style, after)] if after else fragments


def text_width(text: str) -> int:
    """Return the columns that *text* takes."""
    return len(text) if text.isascii() else get_cwidth(text)


def _cell(sign: str, is_match: bool) -> _Cell:  # noqa: FBT001 - a field
    text = _TAB if sign == "\t" else printable(sign)
    return _Cell(text, text_width(text), is_match)


def _visible(label: str, matched: Collection[int], width: int) -> tuple[int, int]:
    """Return the part of *label* that is worth a look: no more than may be seen, however long the whole is."""
    reach = _CHARACTERS_A_COLUMN * width
    begin = max(0, max(matched, default=0) - reach)
    return begin, min(len(label), begin + 2 * reach)


def _fit(cells: Sequence[_Cell], width: int, *, is_begin: bool, is_end: bool) -> tuple[str, Sequence[_Cell], str]:
    """Return an ellipsis or nothing, the cells that fit on *width*, and an ellipsis or nothing."""
    if is_begin and is_end and sum(cell.width for cell in cells) <= width:
        return "", cells, ""
    end = _reach(cells, 0, width - len(_ELLIPSIS))
    last_match = max((at for at, cell in enumerate(cells) if cell.is_match), default=-1)
    if (is_begin and last_match < end) or width <= 2 * len(_ELLIPSIS):
        return "", cells[:end], _ELLIPSIS[:width]
    tail = 0 if is_end and last_match == len(cells) - 1 else len(_ELLIPSIS)
    room = width - len(_ELLIPSIS) - tail
    end = last_match + 1
    begin = end - _reach(cells[:end][::-1], 0, room)
    return _ELLIPSIS, cells[begin:end], _ELLIPSIS[:tail]


def _reach(cells: Sequence[_Cell], begin: int, width: int) -> int:
    """Return the end of those *cells* from *begin* that fit on *width*."""
    for at in range(begin, len(cells)):
        width -= cells[at].width
        if width < 0:
            return at
    return len(cells)
