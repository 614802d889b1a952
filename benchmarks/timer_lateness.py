"""How late a timer is in one Python process: one at a time, and the latest of a crowd; and who is called too early."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside
from benchmarks.timer_contestants import Asyncio, Contestant, Parl, contestants
from benchmarks.timer_costs import delays_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SAMPLES = 200
_QUICK_SAMPLES = 60
_SHORT_SECONDS = 0.005
_CROWD = 10_000
_SLEEP = "time.sleep"
LATENESS = "lateness"


def measure(effort: Effort) -> list[Figure]:
    """Return the lateness of single timers, and of a crowd."""
    alone = _alone(_QUICK_SAMPLES if effort.quick else _SAMPLES)
    return alone if effort.quick else [*alone, *_crowd(effort)]


def _alone(count: int) -> list[Figure]:
    """One timer at a time; the peer is time.sleep."""
    makers = {kind.name: kind() for kind in contestants()}
    ways: dict[str, Callable[[], float]] = {_SLEEP: _one_sleep}
    ways |= {name: partial(_one_timer, contestant) for name, contestant in makers.items()}
    samples = alternate(ways, count, warm_ups=5)
    for contestant in makers.values():
        contestant.close()
    microseconds = {name: [1e6 * second for second in seconds] for name, seconds in samples.items()}
    early = {name: [float(sum(second < 0 for second in seconds))] for name, seconds in samples.items()}
    return [
        *beside(LATENESS, _SLEEP, microseconds, {Parl.name: Target(ratio=1)}, "us"),
        *beside(f"calls that are early, of {count}", _SLEEP, early, {Parl.name: Target(median=0)}, ""),
    ]


def _one_timer(contestant: Contestant) -> float:
    done = threading.Event()
    rang_at = 0.0

    def ring() -> None:
        nonlocal rang_at
        rang_at = time.monotonic()
        done.set()
        contestant.finish()

    due = time.monotonic() + _SHORT_SECONDS
    contestant.create(_SHORT_SECONDS, ring)
    contestant.run(done)
    return rang_at - due


def _one_sleep() -> float:
    due = time.monotonic() + _SHORT_SECONDS
    time.sleep(_SHORT_SECONDS)
    return time.monotonic() - due


def _crowd(effort: Effort) -> list[Figure]:
    """The 99th percentile of the lateness of 10,000 timers that are due within one second."""
    ways = {kind.name: partial(_one_crowd, kind) for kind in contestants() if kind.most >= _CROWD}
    samples = alternate(effort.working(ways, [Parl.name]), effort.runs, warm_ups=0)
    what = f"p99 of the lateness of {_CROWD:,} in 1 s"
    return beside(what, Asyncio.name, samples, {Parl.name: Target(p95=5)})


def _one_crowd(kind: type[Contestant]) -> float:
    contestant = kind()
    done = threading.Event()
    late: list[float] = []

    def expect(due: float) -> Callable[[], None]:
        def ring() -> None:
            late.append(time.monotonic() - due)
            if len(late) == _CROWD:
                done.set()
                contestant.finish()

        return ring

    head_start = 0.5 + kind.slowest_create_seconds * _CROWD
    for seconds in delays_of(_CROWD, head_start, 1.0):
        contestant.create(seconds, expect(time.monotonic() + seconds))
    contestant.run(done)
    contestant.close()
    if kind is Parl and min(late) < 0:
        raise MeasurementError("parl's timer was early")
    return 1000 * sorted(late)[int(0.99 * _CROWD)]
