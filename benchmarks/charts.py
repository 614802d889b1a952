"""Figures as pictures: bars for contestants at one thing, curves for cost as the work grows. SVG, by matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.tables import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.comparison import Figure

# Readable on light and on dark paper; nothing is painted behind.
_INK = "#7d8590"
_OURS = "#2f81f7"
_THEIRS = ("#d29922", "#3fb950", "#db6d28", "#a371f7", "#f85149", "#768390", "#39c5cf")
_MARKS = "osD^vPX*"
_WIDTH_INCHES = 8.0


@dataclass(frozen=True)
class Bars:
    """A bar for each contestant at *what*: the median, and a whisker to the 95th percentile."""

    what: str
    logarithmic: bool = False

    def draw(self, figures: Sequence[Figure], path: str) -> None:
        """Write the picture to *path*."""
        shown = [figure for figure in figures if figure.what == self.what]
        plot, axes = _paper(0.9 + 0.34 * len(shown))
        names = [figure.who for figure in shown]
        medians = [figure.median for figure in shown]
        whiskers = [[0.0] * len(shown), [max(0.0, figure.p95 - figure.median) for figure in shown]]
        colors = [_OURS if figure.who.startswith("parl") else _INK for figure in shown]
        axes.barh(names, medians, xerr=whiskers, color=colors, height=0.62, ecolor=_INK, capsize=2)
        for place, figure in enumerate(shown):
            axes.annotate(
                f"{number(figure.median)} {figure.unit}",
                (max(figure.p95, figure.median), place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                color=_INK,
                fontsize=8,
            )
        axes.invert_yaxis()
        axes.margins(x=0.18)
        if self.logarithmic:
            axes.set_xscale("log")
        axes.set_xlabel(f"{self.what}, {shown[0].unit}: median, and 95th percentile", color=_INK)
        _save(plot, path)


@dataclass(frozen=True)
class Curves:
    """The median at *what* against the size of the work, a line for each contestant; both axes logarithmic."""

    what: str
    size_name: str

    def draw(self, figures: Sequence[Figure], path: str) -> None:
        """Write the picture to *path*."""
        shown = [figure for figure in figures if figure.what == self.what and figure.size is not None]
        plot, axes = _paper(4.0)
        others = iter(zip(_THEIRS, _MARKS[1:], strict=True))
        for who in dict.fromkeys(figure.who for figure in shown):
            line = [figure for figure in shown if figure.who == who]
            color, mark = (_OURS, _MARKS[0]) if who.startswith("parl") else next(others)
            axes.plot(
                [figure.size for figure in line],
                [figure.median for figure in line],
                color=color,
                marker=mark,
                markersize=4,
                linewidth=2.2 if color == _OURS else 1.2,
                label=who,
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(self.size_name, color=_INK)
        axes.set_ylabel(f"{self.what}, {shown[0].unit}", color=_INK)
        axes.legend(frameon=False, labelcolor=_INK, fontsize=8)
        _save(plot, path)


Chart = Bars | Curves


def _paper(height_inches: float) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    # Letters stay letters, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "parl", "font.family": "sans-serif"})
    from matplotlib import pyplot

    plot, axes = pyplot.subplots(figsize=(_WIDTH_INCHES, height_inches), layout="constrained")
    axes.tick_params(colors=_INK, which="both", labelsize=8)
    for side, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(side in ("left", "bottom"))
    axes.grid(color=_INK, alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)
    return plot, axes


def _save(plot: Any, path: str) -> None:
    from matplotlib import pyplot

    plot.savefig(path, transparent=True, metadata={"Date": None})
    pyplot.close(plot)
