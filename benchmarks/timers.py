"""Timers in one Python process: what a million costs, how late one is, how far a thousand drift.

parl's Scheduler beside asyncio, uvloop, sched, threading.Timer and APScheduler, each in turn in the same run.
Those that do not stand a million timers are measured with as many as they do. Processor time is that
of the whole process, all threads.
"""

from __future__ import annotations

import gc
import random
import threading
import time
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.charts import Bars, Curves
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside
from benchmarks.script import run_as_script
from benchmarks.timer_contestants import Asyncio, Contestant, Parl, contestants
from benchmarks.waiting import voluntary_switches
from parl import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TITLE = "Timers in one Python process"
RUNS = 3
QUICK_RUNS = 1

_SIZES = (1_000, 3_000, 10_000, 100_000, 1_000_000)
_QUICK_SIZES = (10_000,)
_SPREAD_SECONDS = 1000.0
_MICROSECOND = 1e-6
_LATENESS_SAMPLES = 200
_QUICK_LATENESS_SAMPLES = 60
_SHORT_SECONDS = 0.005
_CROWD = 10_000
_TICKS = 1000
_TICK_SECONDS = 0.01
_WAITING_SECONDS = 5.0
_LATENESS = "lateness"
_CREATE, _CANCEL, _SHUFFLED, _LIFE = (
    "to create one",
    "to cancel one",
    "to cancel one at random",
    "to create and fire one",
)
CHARTS = (Curves(_CREATE, "timers"), Curves(_CANCEL, "timers"), Curves(_LIFE, "timers"), Bars(_LATENESS))
# What each costs with a million.
_TARGETS = {_CREATE: Target(median=5), _CANCEL: Target(median=1), _LIFE: Target(median=5)}


def measure(effort: Effort) -> list[Figure]:
    """Return the figures of all."""
    figures = [*_costs(effort), *_lateness(_QUICK_LATENESS_SAMPLES if effort.quick else _LATENESS_SAMPLES)]
    return figures if effort.quick else [*figures, *_memory(), *_crowd(effort.runs), *_drift(), *_wake_ups()]


# What a timer costs


def _costs(effort: Effort) -> list[Figure]:
    stopwatches: dict[str, Callable[[type[Contestant], int], float]] = {
        _CREATE: _create_cost,
        _CANCEL: partial(_cancel_cost, shuffled=False),
        _SHUFFLED: partial(_cancel_cost, shuffled=True),
        _LIFE: _life_cost,
    }
    sizes = _QUICK_SIZES if effort.quick else _SIZES
    return [
        figure
        for what, stopwatch in stopwatches.items()
        for size in sizes
        for figure in _cost_figures(what, stopwatch, size, effort.runs)
    ]


def _cost_figures(what: str, stopwatch: Callable[[type[Contestant], int], float], size: int, runs: int) -> list[Figure]:
    kinds = [kind for kind in contestants() if kind.most >= size]
    samples = alternate({kind.name: partial(_measured, stopwatch, kind, size) for kind in kinds}, runs, warm_ups=0)
    target = _TARGETS.get(what) if size == _SIZES[-1] else None
    figures = beside(what, Asyncio.name, samples, {Parl.name: target} if target else {}, "us", size)
    return sorted(figures, key=lambda figure: figure.who != Parl.name)


def _measured(stopwatch: Callable[[type[Contestant], int], float], kind: type[Contestant], size: int) -> float:
    gc.collect()
    gc.enable()  # as in any program
    try:
        return stopwatch(kind, size) / _MICROSECOND
    finally:
        gc.disable()


def _memory() -> list[Figure]:
    what, size = "memory of one", _SIZES[-1]
    samples = {kind.name: [_bytes_of_a_timer(kind, size)] for kind in (Parl, Asyncio)}
    return beside(what, Asyncio.name, samples, {Parl.name: Target(median=300)}, "bytes", size)


def _nothing() -> None:
    pass


def _create_cost(kind: type[Contestant], size: int) -> float:
    contestant = kind()
    delays = _delays(size, _SPREAD_SECONDS, _SPREAD_SECONDS)
    began = time.process_time()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    spent = time.process_time() - began
    _cancel_all(contestant, handles)
    return spent / size


def _cancel_cost(kind: type[Contestant], size: int, *, shuffled: bool) -> float:
    contestant = kind()
    handles = [contestant.create(seconds, _nothing) for seconds in _delays(size, _SPREAD_SECONDS, _SPREAD_SECONDS)]
    if shuffled:
        random.shuffle(handles)
    began = time.process_time()
    _cancel_all(contestant, handles)
    return (time.process_time() - began) / size


def _cancel_all(contestant: Contestant, handles: Sequence[object]) -> None:
    for handle in handles:
        contestant.cancel(handle)
    contestant.close()


def _life_cost(kind: type[Contestant], size: int) -> float:
    """All are due within one second, after the last has been made."""
    contestant = kind()
    done = threading.Event()

    def finish() -> None:
        done.set()
        contestant.finish()

    head_start = 0.5 + kind.slowest_create_seconds * size
    delays = _delays(size, head_start, 1.0)
    began = time.process_time()
    for seconds in delays:
        contestant.create(seconds, _nothing)
    contestant.create(head_start + 1.5, finish)
    contestant.run(done)
    spent = time.process_time() - began
    contestant.close()
    return spent / size


def _delays(count: int, least: float, span: float) -> list[float]:
    return [least + random.random() * span for _ in range(count)]


def _bytes_of_a_timer(kind: type[Contestant], size: int) -> float:
    contestant = kind()
    delays = _delays(size, _SPREAD_SECONDS, _SPREAD_SECONDS)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    after, _ = tracemalloc.get_traced_memory()
    _cancel_all(contestant, handles)
    tracemalloc.stop()
    return (after - before) / len(delays)


# How late it is


def _lateness(count: int) -> list[Figure]:
    """One timer at a time; the peer is time.sleep."""
    makers = {kind.name: kind() for kind in contestants()}
    ways = {name: _one_timer(contestant) for name, contestant in makers.items()}
    peer = "time.sleep"
    samples = alternate({**ways, peer: _one_sleep}, count, warm_ups=5)
    for contestant in makers.values():
        contestant.close()
    if min(samples[Parl.name]) < 0:
        raise MeasurementError("parl's timer was early")
    microseconds = {name: [second / _MICROSECOND for second in seconds] for name, seconds in samples.items()}
    return beside(_LATENESS, peer, microseconds, {Parl.name: Target(ratio=1)}, "us")


def _one_timer(contestant: Contestant) -> Callable[[], float]:
    def run() -> float:
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

    return run


def _one_sleep() -> float:
    due = time.monotonic() + _SHORT_SECONDS
    time.sleep(_SHORT_SECONDS)
    return time.monotonic() - due


def _crowd(runs: int) -> list[Figure]:
    """The 99th percentile of the lateness of 10,000 timers that are due within one second."""
    kinds = [kind for kind in contestants() if kind.most >= _CROWD]
    samples = alternate({kind.name: _measure_crowd(kind) for kind in kinds}, runs, warm_ups=0)
    return beside("p99 of the lateness of 10,000 in 1 s", Asyncio.name, samples, {Parl.name: Target(p95=5)})


def _measure_crowd(kind: type[Contestant]) -> Callable[[], float]:
    def run() -> float:
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

        for seconds in _delays(_CROWD, 0.5, 1.0):
            contestant.create(seconds, expect(time.monotonic() + seconds))
        contestant.run(done)
        contestant.close()
        if kind is Parl and min(late) < 0:
            raise MeasurementError("parl's timer was early")
        return 1000 * sorted(late)[int(0.99 * _CROWD)]

    return run


# How far a thousand drift


def _drift() -> list[Figure]:
    """How late the thousandth of calls every 10 ms is."""
    ours, peer = "parl every()", "a loop of time.sleep"
    seconds = {ours: _parl_drift(), peer: _sleep_drift(), "a chain of threading.Timer": _chain_drift()}
    samples = {way: [1000 * drift] for way, drift in seconds.items()}
    return beside("drift after 1000 x 10 ms", peer, samples, {ours: Target(median=2)})


def _parl_drift() -> float:
    calls: list[float] = []
    done = threading.Event()

    def tick() -> None:
        calls.append(time.monotonic())
        if len(calls) == _TICKS:
            done.set()

    with Scheduler() as scheduler:
        began = time.monotonic()
        scheduler.every(_TICK_SECONDS, tick, missed="all")  # as its peers, which leave none out
        done.wait()
    return _drift_of(calls[_TICKS - 1], began)


def _sleep_drift() -> float:
    began = time.monotonic()
    for _ in range(_TICKS):
        time.sleep(_TICK_SECONDS)
    return _drift_of(time.monotonic(), began)


def _chain_drift() -> float:
    done = threading.Event()
    left = _TICKS

    def tick() -> None:
        nonlocal left
        left -= 1
        if left:
            threading.Timer(_TICK_SECONDS, tick).start()
        else:
            done.set()

    began = time.monotonic()
    threading.Timer(_TICK_SECONDS, tick).start()
    done.wait()
    return _drift_of(time.monotonic(), began)


def _drift_of(ended: float, began: float) -> float:
    return ended - began - _TICKS * _TICK_SECONDS


# What waiting costs


def _wake_ups() -> list[Figure]:
    """How often the scheduler's thread is woken while one timer waits: an interval, and a time of day."""
    arms: Mapping[str, Callable[[Scheduler], object]] = {
        "after(60)": lambda scheduler: scheduler.after(60, _nothing),
        "at(in a minute)": lambda scheduler: scheduler.at(time.time() + 60, _nothing),
    }
    return [
        Figure("wake-ups a second while one waits", f"parl {name}", "", [_wake_ups_of(arm)], None, Target(median=1.2))
        for name, arm in arms.items()
    ]


def _wake_ups_of(arm: Callable[[Scheduler], object]) -> float:
    with Scheduler() as scheduler:
        arm(scheduler)
        thread = next(thread for thread in threading.enumerate() if thread.name == "parl-scheduler")
        time.sleep(0.5)
        folder = f"/proc/self/task/{thread.native_id}"
        before = voluntary_switches(folder)
        time.sleep(_WAITING_SECONDS)
        return (voluntary_switches(folder) - before) / _WAITING_SECONDS


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
