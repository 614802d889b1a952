"""Frames that are shown in turn, as one SVG: what several of them share is in it once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from itertools import accumulate

from tools.pictures.drawing import Window, style_sheet
from tools.pictures.frame import Frame

Moments = tuple[tuple[int, int], ...]
"""The ranges of frames in which something is to be seen."""


def svg(window: Window, frames: Sequence[Frame], description: str, still: int = -1) -> str:
    """Return the film; who cannot or would rather not see it move sees the frame *still*."""
    film = _Film(window, frames, still % len(frames))
    size = f'width="{window.width:g}" height="{window.height:g}" viewBox="0 0 {window.width:g} {window.height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} xml:space="preserve" role="img" aria-labelledby="title about">'
        f'<title id="title">{escape(window.title)}</title><desc id="about">{escape(description)}</desc>\n'
        f"<style>{style_sheet()}\n{film.style_sheet()}</style>\n{window.frame()}\n{film.body()}</svg>\n"
    )


class _Film:
    """What is to be seen when."""

    def __init__(self, window: Window, frames: Sequence[Frame], still: int) -> None:
        self._still = still
        self._ends = list(accumulate((frame.seconds for frame in frames), initial=0.0))
        self._scenes = _scenes([window.parts(frame) for frame in frames])

    def body(self) -> str:
        """Return the pieces, those together that come and go together."""
        return "".join(self._group(at, moments, parts) for at, (moments, parts) in enumerate(self._scenes.items()))

    def style_sheet(self) -> str:
        """Return the animation."""
        names = "".join(f"@keyframes f{at}{{{self._steps(moments)}}}\n" for at, moments in enumerate(self._scenes))
        # Without the duration, outside of @media, nothing moves.
        timing = f".f{{animation:{self._ends[-1]:.2f}s step-end infinite}}"
        return f".h{{visibility:hidden}}\n@media (prefers-reduced-motion:no-preference){{{timing}}}\n{names}"

    def _group(self, at: int, moments: Moments, parts: Sequence[str]) -> str:
        is_still = any(begin <= self._still < end for begin, end in moments)
        hidden = "" if is_still else " h"
        return f'<g class="f{hidden}" style="animation-name:f{at}">{"".join(parts)}</g>\n'

    def _steps(self, moments: Moments) -> str:
        """Return the moments at which it comes, and at which it goes."""
        comes = [self._percent(begin) for begin, _ in moments]
        goes = [self._percent(end) for _, end in moments if end < len(self._ends) - 1]
        if comes[0] != "0%":
            goes.insert(0, "0%")
        gone = f"{','.join(goes)}{{visibility:hidden}}" if goes else ""
        return f"{','.join(comes)}{{visibility:visible}}{gone}"

    def _percent(self, frame: int) -> str:
        return f"{100 * self._ends[frame] / self._ends[-1]:.2f}".rstrip("0").rstrip(".") + "%"


def _scenes(frames: Sequence[Sequence[str]]) -> dict[Moments, list[str]]:
    """Return the pieces by the moments at which they are there, in the order in which they first come."""
    moments: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, parts in enumerate(frames):
        for part in parts:
            if moments[part] and moments[part][-1][1] == at:
                moments[part][-1] = (moments[part][-1][0], at + 1)
            else:
                moments[part].append((at, at + 1))
    scenes: dict[Moments, list[str]] = defaultdict(list)
    for part, ranges in moments.items():
        scenes[tuple(ranges)].append(part)
    return dict(scenes)
