"""Frames as SVG: a window with a grid of cells, in which each letter is at its place whatever the font."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from tools.pictures.frame import Frame, Key, Run, Style
from tools.pictures.palette import DARK, LIGHT, Palette

CELL_WIDTH, CELL_HEIGHT = 8.4, 20
_FONT_SIZE = 14
_BASELINE = 15
_BAR_HEIGHT = 36
_MARGIN = 16
_KEY_ROWS = 3
_KEY_HEIGHT = 40
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


@dataclass(frozen=True)
class Window:
    """A terminal's window with so many *rows* and *columns*."""

    rows: int
    columns: int
    title: str

    @property
    def width(self) -> float:
        """In pixels."""
        return round(self.columns * CELL_WIDTH + 2 * _MARGIN, 1)

    @property
    def height(self) -> float:
        """In pixels."""
        return self.rows * CELL_HEIGHT + _BAR_HEIGHT + 2 * _MARGIN - 6

    def frame(self) -> str:
        """Return what is the same all the time."""
        bar = f"M.5 {_BAR_HEIGHT}V10.5a10 10 0 0 1 10-10H{self.width - 10.5:g}a10 10 0 0 1 10 10V{_BAR_HEIGHT}z"
        dots = "".join(
            f'<circle cx="{20 + 20 * at}" cy="18" r="6" fill="{color}"/>'
            for at, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        )
        return (
            f'<rect class="window" x=".5" y=".5" width="{self.width - 1:g}" height="{self.height - 1:g}" rx="10"/>'
            f'<path class="bar" d="{bar}"/>{dots}'
            f'<text class="title" x="{self.width / 2:g}" y="23">{escape(self.title)}</text>'
        )

    def parts(self, frame: Frame) -> list[str]:
        """Return what is drawn of *frame*, piece by piece, so that what stays from frame to frame can be told."""
        row_of_cursor, column = frame.cursor or (-1, 0)
        parts = [
            _row(row, runs, column if row == row_of_cursor else None)
            for row, runs in enumerate(frame.rows)
            if runs or row == row_of_cursor
        ]
        return parts + ([self._key(frame.key, frame)] if frame.key else [])

    def _key(self, key: Key, frame: Frame) -> str:
        """Return a key cap in the lower right corner, where nothing else may be, and a word to its left."""
        width = max(_KEY_HEIGHT, 22 + 11 * len(key.label))
        left, bottom = self.width - _MARGIN - width, self.height - _MARGIN
        caption = f'<text class="caption" x="{left - 12:g}" y="{bottom - 14:g}">{escape(key.caption)}</text>'
        size = f'width="{width}" height="{_KEY_HEIGHT}"'
        self._check_free(left - 12 - 8 * len(key.caption), frame)
        return (
            f'<rect class="key" x="{left:g}" y="{bottom - _KEY_HEIGHT:g}" {size} rx="8"/>'
            f'<text class="cap" x="{left + width / 2:g}" y="{bottom - 14:g}">{escape(key.label)}</text>'
            f"{caption if key.caption else ''}"
        )

    def _check_free(self, left: float, frame: Frame) -> None:
        """Raise ValueError if there are letters in the lower right corner, from *left* on."""
        for runs in frame.rows[self.rows - _KEY_ROWS :]:
            if runs and _MARGIN + (runs[-1].column + len(runs[-1].text)) * CELL_WIDTH > left:
                raise ValueError(f"a key would cover {runs[-1].text!r}")


def style_sheet() -> str:
    """Return the classes of everything that is drawn, for light paper and for dark."""
    shapes = (
        f"text{{font:{_FONT_SIZE}px {_FONTS};white-space:pre}}"
        ".b{font-weight:700}.u{text-decoration:underline}.title,.cap{text-anchor:middle}.caption{text-anchor:end}"
        ".title,.caption{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
        ".cap{font-size:18px;font-weight:700}"
    )
    return f"{shapes}{_colors(LIGHT)}@media (prefers-color-scheme:dark){{{_colors(DARK)}}}"


def _colors(palette: Palette) -> str:
    inks = "".join(f".{name}{{fill:{color}}}" for name, color in palette.inks.items())
    return (
        f"text{{fill:{palette.ink}}}.window{{fill:{palette.paper};stroke:{palette.edge}}}.bar{{fill:{palette.bar}}}"
        f".title,.caption{{fill:{palette.faint}}}.cursor{{fill:{palette.cursor}}}"
        f".key{{fill:{palette.key}}}.cap{{fill:{palette.on_key}}}.paper{{fill:{palette.paper}}}"
        f".ink{{fill:{palette.ink}}}{inks}"
    )


def _left(column: int) -> str:
    return f"{_MARGIN + column * CELL_WIDTH:.1f}".removesuffix(".0")


def _top(row: int) -> int:
    return _BAR_HEIGHT + _MARGIN - 6 + row * CELL_HEIGHT


def _cursor(row: int, column: int) -> str:
    return f'<rect class="cursor" x="{_left(column)}" y="{_top(row)}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}"/>'


def _row(row: int, runs: tuple[Run, ...], cursor: int | None) -> str:
    """Return a row, with the *cursor* in its column: one text, so that a person who marks it copies a line."""
    grounds = "".join(_ground(row, run) for run in runs) + ("" if cursor is None else _cursor(row, cursor))
    return grounds + (f'<text y="{_top(row) + _BASELINE}">{"".join(map(_run, runs))}</text>' if runs else "")


def _run(run: Run) -> str:
    """Return letters that begin in their cell and end in theirs."""
    ink, _ = _inks(run.style)
    names = [name for name, is_so in ((ink, ink), ("b", run.style.bold), ("u", run.style.underlined)) if is_so]
    look = f' class="{" ".join(names)}"' if names else ""
    length = f' textLength="{len(run.text) * CELL_WIDTH:g}"' if len(run.text) > 1 else ""
    return f'<tspan x="{_left(run.column)}"{length}{look}>{escape(run.text, quote=False)}</tspan>'


def _ground(row: int, run: Run) -> str:
    _, paper = _inks(run.style)
    place = f'x="{_left(run.column)}" y="{_top(row)}" width="{len(run.text) * CELL_WIDTH:g}" height="{CELL_HEIGHT}"'
    return f'<rect class="{paper}" {place}/>' if paper else ""


def _inks(style: Style) -> tuple[str, str]:
    """Return the classes of the letters and of what is behind them, empty where they are the window's."""
    ink, paper = _class(style.ink), _class(style.paper)
    return (paper or "paper", ink or "ink") if style.reverse else (ink, paper)


def _class(color: str) -> str:
    if color != "default" and color not in LIGHT.inks:
        raise ValueError(f"the palettes do not know the colour {color!r}")
    return color.removeprefix("default")
