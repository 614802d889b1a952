"""What every benchmark here shares: contestants in turn, and figures with their targets."""

from __future__ import annotations

import gc
import math
import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from benchmarks.tables import number

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

_LONGEST_WORDS = 200
_Sample = TypeVar("_Sample")


class MeasurementError(Exception):
    """What was to be measured did not happen: better no number than a wrong one."""


@dataclass(frozen=True)
class Effort:
    """How much to measure. *quick*: leave out what takes minutes."""

    runs: int
    quick: bool = False
    left_out: list[str] = field(default_factory=list)
    """The peers that failed, and how."""

    def first_samples(self, ways: Mapping[str, Callable[[], _Sample]], ours: Container[str]) -> dict[str, _Sample]:
        """Let each run once, and leave out the peers that fail; *ours* must not."""
        samples = {}
        for name, way in ways.items():
            try:
                samples[name] = way()
            except (MeasurementError, OSError) as error:
                if name in ours:
                    raise
                self.leave_out(name, error)
        return samples

    def working(
        self, ways: Mapping[str, Callable[[], _Sample]], ours: Container[str]
    ) -> dict[str, Callable[[], _Sample]]:
        """Return the *ways* without the peers that fail."""
        return {name: ways[name] for name in self.first_samples(ways, ours)}

    def leave_out(self, who: str, why: Exception) -> None:
        """Remember for the report that *who* could not be measured."""
        self.left_out.append(f"{who} ({str(why)[:_LONGEST_WORDS]})")
        print(f"left out: {self.left_out[-1]}", file=sys.stderr)


@dataclass(frozen=True)
class Target:
    """How good a figure must be, in the figure's own unit; ratios are of the medians."""

    median: float | None = None
    p95: float | None = None
    ratio: float | None = None
    least_ratio: float | None = None
    ahead: bool = False
    """Of every rival, in median and in p95."""

    def missed_by(self, figure: Figure) -> Iterator[str]:
        """Yield in words each bound that is missed; a ratio that cannot be had misses its bound."""
        ratio = figure.ratio
        if self.median is not None and figure.median > self.median:
            yield "median"
        if self.p95 is not None and figure.p95 > self.p95:
            yield "p95"
        if self.ratio is not None and (ratio is None or ratio > self.ratio):
            yield "ratio"
        if self.least_ratio is not None and (ratio is None or ratio < self.least_ratio):
            yield "ratio"
        if self.ahead:
            yield from (f"behind {rival.who}" for rival in figure.rivals if not figure.is_ahead_of(rival))

    def __str__(self) -> str:
        bounds = (
            ("median <=", self.median),
            ("p95 <=", self.p95),
            ("ratio <=", self.ratio),
            ("ratio >=", self.least_ratio),
        )
        words = [f"{name} {number(bound)}" for name, bound in bounds if bound is not None]
        return ", ".join([*words, "ahead of all"] if self.ahead else words)


@dataclass(frozen=True)
class Figure:
    """What was measured of *who*, one contestant, at *what*, and how that compares with its peer."""

    what: str
    who: str
    unit: str
    samples: Sequence[float]
    peer: Figure | None = None
    target: Target | None = None
    rivals: Sequence[Figure] = ()
    size: int | None = None
    """How much work it was, where figures differ in that."""
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
        """Whether the target is met, in words; empty where there is none."""
        if self.target is None:
            return ""
        missed = ", ".join(self.target.missed_by(self))
        return f"MISSED: {missed}" if missed else "met"

    def is_ahead_of(self, rival: Figure) -> bool:
        """Whether both the median and the 95th percentile are better (less) than the *rival*'s."""
        return self.median < rival.median and self.p95 < rival.p95

    def as_json(self) -> dict[str, object]:
        """Return all of it, samples too."""
        return {
            "what": self.what,
            "who": self.who,
            "size": self.size,
            "unit": self.unit,
            "median": self.median,
            "p95": self.p95,
            "runs": len(self.samples),
            "peer": self.peer.who if self.peer else None,
            "ratio": self.ratio,
            "target": str(self.target) if self.target else None,
            "verdict": self.verdict,
            "samples": [float(f"{sample:.5g}") for sample in self.samples],
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


def beside(
    what: str,
    peer: str,
    samples: Mapping[str, Sequence[float]],
    targets: Mapping[str, Target],
    unit: str = "ms",
    size: int | None = None,
) -> list[Figure]:
    """Return a figure of each of the *samples*, all compared with the *peer*'s where that is there.

    Who has one of the *targets* comes first, then the *peer*, then the others; these two are the rivals.
    """
    base = Figure(what, peer, unit, samples[peer], size=size) if peer in samples else None
    others = [
        Figure(what, who, unit, values, base, size=size)
        for who, values in samples.items()
        if who != peer and who not in targets
    ]
    rivals = [*([base] if base else []), *others]
    ours = [
        Figure(what, who, unit, samples[who], base, target, rivals, size)
        for who, target in targets.items()
        if who in samples
    ]
    return [*ours, *rivals]
