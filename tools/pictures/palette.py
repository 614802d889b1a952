"""The colours of a picture on light and on dark paper, all of them easy to read there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

READABLE_CONTRAST = 4.5
"""What WCAG 2 asks of text, level AA."""


@dataclass(frozen=True)
class Palette:
    """What a window looks like. *inks* are the terminal's colours by pyte's names."""

    paper: str
    bar: str
    edge: str
    ink: str
    faint: str
    cursor: str
    key: str
    on_key: str
    inks: Mapping[str, str]

    def text_and_ground(self) -> list[tuple[str, str]]:
        """Return each colour of letters with what is behind them."""
        on_paper = [(ink, self.paper) for ink in (self.ink, self.faint, *self.inks.values())]
        return [*on_paper, (self.faint, self.bar), (self.ink, self.cursor), (self.on_key, self.key)]


LIGHT = Palette(
    paper="#ffffff",
    bar="#f1f3f5",
    edge="#c9d1d9",
    ink="#1f2328",
    faint="#59636e",
    cursor="#b4bdc7",
    key="#0b5cc4",
    on_key="#ffffff",
    inks={
        "black": "#24292f",
        "red": "#c4212c",
        "green": "#11682a",
        "brown": "#7d5200",
        "blue": "#0860ca",
        "magenta": "#7a41c9",
        "cyan": "#0f6b74",
        "white": "#59636e",
        "brightblack": "#59636e",
        "brightred": "#a40e26",
        "brightgreen": "#0e5a24",
        "brightbrown": "#6b4700",
        "brightblue": "#0550ae",
        "brightmagenta": "#6639ba",
        "brightcyan": "#0b5961",
        "brightwhite": "#32383f",
    },
)

DARK = Palette(
    paper="#0d1117",
    bar="#1b212a",
    edge="#3a424d",
    ink="#e6edf3",
    faint="#9aa4af",
    cursor="#535c67",
    key="#79b8ff",
    on_key="#0d1117",
    inks={
        "black": "#8b949e",
        "red": "#ff7b72",
        "green": "#4ccb60",
        "brown": "#d9a033",
        "blue": "#6cb0ff",
        "magenta": "#c297ff",
        "cyan": "#4fd0dc",
        "white": "#c9d1d9",
        "brightblack": "#9aa4af",
        "brightred": "#ffa198",
        "brightgreen": "#6fe07f",
        "brightbrown": "#e8bb5a",
        "brightblue": "#8fc5ff",
        "brightmagenta": "#d4b5ff",
        "brightcyan": "#7ce3ec",
        "brightwhite": "#f6f8fa",
    },
)


def contrast(one: str, other: str) -> float:
    """Return how far two colours are apart, 1 to 21, as WCAG 2 reckons."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
