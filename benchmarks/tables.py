"""Figures as tables: aligned lines for a terminal, Markdown for the documentation."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.comparison import Figure

# Of fewer the 95th percentile is the worst.
_LEAST_SAMPLES = 20
_COLUMNS = ("", "median", "p95", "runs", "ratio", "target", "")


def plain(figures: Sequence[Figure]) -> str:
    """Return the figures as aligned lines."""
    rows = [_COLUMNS, *((f"{title(figure)}: {figure.who}", *cells(figure, figures)) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(_line(row, widths) for row in rows)


def markdown(figures: Sequence[Figure]) -> str:
    """Return a table for each thing that was measured, with a line for each contestant."""
    return "\n\n".join("\n".join(_markdown_table(name, list(group))) for name, group in groupby(figures, key=title))


def number(value: float) -> str:
    """Return *value* with three digits that mean something."""
    return f"{value:,.0f}" if value >= 1000 or value == 0 else f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def title(figure: Figure) -> str:
    """Return what was measured, and with how much of it."""
    return figure.what if figure.size is None else f"{figure.what}, {figure.size:,}"


def _markdown_table(name: str, figures: Sequence[Figure]) -> Iterator[str]:
    yield f"| {name} | median | p95 | runs | ratio | target | |"
    yield "|---|--:|--:|--:|--:|---|---|"
    for figure in figures:
        who = f"**{figure.who}**" if figure.target else figure.who
        yield f"| {' | '.join((who, *cells(figure, figures)))} |"


def cells(figure: Figure, figures: Sequence[Figure] = ()) -> tuple[str, str, str, str, str, str]:
    """Return median, 95th percentile, runs, ratio, target and verdict as words; the *figures*' peer has 1."""
    is_peer = any(other.peer is figure for other in figures)
    return (
        _amount(figure.median, figure.unit),
        _tail(figure),
        str(len(figure.samples)),
        "1" if is_peer else "" if figure.ratio is None else f"{figure.ratio:.2f}",
        str(figure.target or ""),
        figure.verdict,
    )


def _tail(figure: Figure) -> str:
    """Return the 95th percentile; of few samples that is the worst, and of one it is nothing."""
    if len(figure.samples) == 1:
        return ""
    worst = "" if len(figure.samples) >= _LEAST_SAMPLES else "min " if figure.more_is_better else "max "
    return worst + _amount(figure.p95, figure.unit)


def _amount(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)]
    cells += [cell.ljust(width) for cell, width in zip(row[5:], widths[5:], strict=True)]
    return "  ".join(cells).rstrip()
