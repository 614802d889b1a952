"""What every benchmark here shares: contestants in turn, figures, targets, one table."""

from __future__ import annotations

import argparse
import gc
import json
import math
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_Sample = TypeVar("_Sample")

_COLUMNS = ("", "median", "p95", "runs", "ratio", "target", "")


class MeasurementError(Exception):
    """What was to be measured did not happen: better no number than a wrong one."""


@dataclass(frozen=True)
class Target:
    """How good a figure must be, in the figure's own unit; ratios are of the medians."""

    median: float | None = None
    p95: float | None = None
    ratio: float | None = None
    least_ratio: float | None = None

    def is_met_by(self, figure: Figure) -> bool:
        """Whether no bound is missed; a ratio that cannot be had misses its bound."""
        ratio = figure.ratio
        return (
            (self.median is None or figure.median <= self.median)
            and (self.p95 is None or figure.p95 <= self.p95)
            and (self.ratio is None or (ratio is not None and ratio <= self.ratio))
            and (self.least_ratio is None or (ratio is not None and ratio >= self.least_ratio))
        )

    def __str__(self) -> str:
        bounds = (
            ("median <=", self.median),
            ("p95 <=", self.p95),
            ("ratio <=", self.ratio),
            ("ratio >=", self.least_ratio),
        )
        return ", ".join(f"{name} {bound:g}" for name, bound in bounds if bound is not None)


@dataclass(frozen=True)
class Figure:
    """What was measured of one contestant, and how that compares with its peer."""

    name: str
    unit: str
    samples: Sequence[float]
    peer: Figure | None = None
    target: Target | None = None
    more_is_better: bool = False

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)

    @property
    def p95(self) -> float:
        """The sample than which 95 of 100 are no worse (nearest rank)."""
        return sorted(self.samples, reverse=self.more_is_better)[math.ceil(0.95 * len(self.samples)) - 1]

    @property
    def ratio(self) -> float | None:
        """The median as a multiple of the peer's; None without a peer, or where the peer's is 0."""
        return self.median / self.peer.median if self.peer is not None and self.peer.median else None

    @property
    def verdict(self) -> str:
        """Whether the target is met, in a word; empty where there is none."""
        return "" if self.target is None else "met" if self.target.is_met_by(self) else "MISSED"

    def as_json(self) -> dict[str, object]:
        """Return all of it, samples too."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "p95": self.p95,
            "runs": len(self.samples),
            "peer": self.peer.name if self.peer else None,
            "ratio": self.ratio,
            "target": str(self.target) if self.target else None,
            "verdict": self.verdict,
            "samples": list(self.samples),
        }


def alternate(
    contestants: Mapping[str, Callable[[], _Sample]], runs: int, *, warm_ups: int = 1
) -> dict[str, list[_Sample]]:
    """Return *runs* samples of each contestant, taken in turn: what disturbs one disturbs all.

    The order rotates, so that nobody always runs behind the same neighbour. The *warm_ups* are
    rounds that do not count: they fill the caches that every later round finds filled.
    """
    samples: dict[str, list[_Sample]] = {name: [] for name in contestants}
    names = list(contestants)
    gc.disable()  # a collection in the stop-watch would be counted as the contestant's
    try:
        for turn in range(warm_ups + runs):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                sample = contestants[name]()
                if turn >= warm_ups:
                    samples[name].append(sample)
    finally:
        gc.enable()
    return samples


def milliseconds(seconds: Sequence[float]) -> list[float]:
    """Return *seconds* in the unit of most figures."""
    return [1000 * second for second in seconds]


def versus(name: str, peer: str, samples: Mapping[str, Sequence[float]], target: Target) -> list[Figure]:
    """Return the figures, in milliseconds, of *name* and of the *peer* it is compared with."""
    theirs = Figure(peer, "ms", milliseconds(samples[peer]))
    return [Figure(name, "ms", milliseconds(samples[name]), theirs, target), theirs]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as aligned lines."""
    rows = [_COLUMNS, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        f"{_number(figure.median)} {figure.unit}",
        f"{_number(figure.p95)} {figure.unit}",
        str(len(figure.samples)),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        str(figure.target or ""),
        figure.verdict,
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 or value == 0 else f"{value:.3g}" if value < 100 else f"{value:.1f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)]
    cells += [cell.ljust(width) for cell, width in zip(row[5:], widths[5:], strict=True)]
    return "  ".join(cells).rstrip()


def parser_for(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the figures, with every sample, to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser


def run_as_script(description: str | None, measure: Callable[[int], list[Figure]], runs: int) -> None:
    """Be the main program of one benchmark."""
    parser = parser_for(description)
    parser.add_argument("--runs", type=int, default=runs, metavar="N", help=f"how often (default: {runs})")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs: must be 1 or more")
    try:
        figures = measure(options.runs)
    except MeasurementError as error:
        sys.exit(f"nothing measured: {error}")
    report(figures, options)


def report(figures: Sequence[Figure], options: argparse.Namespace) -> None:
    """Print the table, write the file, and judge if asked to."""
    print(table(figures))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"python": sys.version, "figures": [figure.as_json() for figure in figures]}, file, indent=1)
    if options.check and any(figure.verdict == "MISSED" for figure in figures):
        sys.exit(1)
