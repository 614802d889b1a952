"""Timers in one Python process: what a million costs, how late one is, how far a thousand drift.

parl's Scheduler beside asyncio, sched, threading.Timer and APScheduler, each in turn in the same run.
Those that do not stand a million timers are measured with as many as they do. Processor time is that
of the whole process, all threads.
"""

from __future__ import annotations

import gc
import random
import sys
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, run_as_script
from benchmarks.timer_contestants import ApScheduler, Contestant, Parl, contestants
from benchmarks.waiting import voluntary_switches
from parl import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RUNS = 3
QUICK_RUNS = 1

_SPREAD_SECONDS = 1000.0
_MICROSECOND = 1e-6
_LATENESS_SAMPLES = 200
_SHORT_SECONDS = 0.005
_CROWD = 10_000
_TICKS = 1000
_TICK_SECONDS = 0.01
_WAITING_SECONDS = 5.0
_PEER = "asyncio call_later"


def measure(runs: int) -> list[Figure]:
    """Return the figures of all."""
    names = {kind.name for kind in contestants()}
    if ApScheduler.name not in names:
        print("missing: APScheduler (pip install --group bench)", file=sys.stderr)
    return [*_costs(runs), *_lateness(), *_crowd(runs), *_drift(), *_wake_ups()]


# What a timer costs


def _costs(runs: int) -> list[Figure]:
    targets = {
        "create": Target(median=5),
        "cancel, as created": Target(median=1),
        "cancel, at random": None,
        "create and fire": Target(median=5),
    }
    figures: list[Figure] = []
    for what, target in targets.items():
        figures += _cost_figures(what, runs, target)
    memory = [_bytes_of_a_timer(Parl)]
    figures.append(Figure("memory: parl Scheduler, 1,000,000 timers", "bytes each", memory, None, Target(median=300)))
    return figures


def _cost_figures(what: str, runs: int, target: Target | None) -> list[Figure]:
    stopwatch = {
        "create": _create_cost,
        "cancel, as created": lambda kind: _cancel_cost(kind, shuffled=False),
        "cancel, at random": lambda kind: _cancel_cost(kind, shuffled=True),
        "create and fire": _life_cost,
    }[what]
    samples = alternate({kind.name: _measuring(stopwatch, kind) for kind in contestants()}, runs, warm_ups=0)
    most = {kind.name: kind.most for kind in contestants()}
    peer = Figure(f"{what}: {_PEER}, {most[_PEER]:,}", "us", samples[_PEER])
    figures = [
        Figure(f"{what}: {name}, {most[name]:,}", "us", seconds, peer, target if name == Parl.name else None)
        for name, seconds in samples.items()
        if name != _PEER
    ]
    return [figures[0], peer, *figures[1:]]


def _measuring(stopwatch: Callable[[type[Contestant]], float], kind: type[Contestant]) -> Callable[[], float]:
    def run() -> float:
        gc.collect()
        gc.enable()  # as in any program
        try:
            return stopwatch(kind) / _MICROSECOND
        finally:
            gc.disable()

    return run


def _nothing() -> None:
    pass


def _create_cost(kind: type[Contestant]) -> float:
    contestant = kind()
    delays = _delays(kind.most, _SPREAD_SECONDS, _SPREAD_SECONDS)
    began = time.process_time()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    spent = time.process_time() - began
    _cancel_all(contestant, handles)
    return spent / len(handles)


def _cancel_cost(kind: type[Contestant], *, shuffled: bool) -> float:
    contestant = kind()
    handles = [contestant.create(seconds, _nothing) for seconds in _delays(kind.most, _SPREAD_SECONDS, _SPREAD_SECONDS)]
    if shuffled:
        random.shuffle(handles)
    began = time.process_time()
    _cancel_all(contestant, handles)
    return (time.process_time() - began) / len(handles)


def _cancel_all(contestant: Contestant, handles: Sequence[object]) -> None:
    for handle in handles:
        contestant.cancel(handle)
    contestant.close()


def _life_cost(kind: type[Contestant]) -> float:
    """All are due within one second, after the last has been made."""
    contestant = kind()
    done = threading.Event()

    def finish() -> None:
        done.set()
        contestant.finish()

    head_start = 1.0 + 8 * _MICROSECOND * kind.most if kind.most > 10_000 else 4.0
    delays = _delays(kind.most, head_start, 1.0)
    began = time.process_time()
    for seconds in delays:
        contestant.create(seconds, _nothing)
    contestant.create(head_start + 1.5, finish)
    contestant.run(done)
    spent = time.process_time() - began
    contestant.close()
    return spent / len(delays)


def _delays(count: int, least: float, span: float) -> list[float]:
    return [least + random.random() * span for _ in range(count)]


def _bytes_of_a_timer(kind: type[Contestant]) -> float:
    contestant = kind()
    delays = _delays(kind.most, _SPREAD_SECONDS, _SPREAD_SECONDS)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    after, _ = tracemalloc.get_traced_memory()
    _cancel_all(contestant, handles)
    tracemalloc.stop()
    return (after - before) / len(delays)


# How late it is


def _lateness() -> list[Figure]:
    """One timer at a time; the peer is time.sleep."""
    makers = {kind.name: kind() for kind in contestants()}
    ways = {f"lateness: {name}": _one_timer(contestant) for name, contestant in makers.items()}
    peer_name = "lateness: time.sleep"
    samples = alternate({**ways, peer_name: _one_sleep}, _LATENESS_SAMPLES, warm_ups=5)
    for contestant in makers.values():
        contestant.close()
    if min(min(seconds) for name, seconds in samples.items() if Parl.name in name) < 0:
        raise MeasurementError("parl's timer was early")
    microseconds = {name: [second / _MICROSECOND for second in seconds] for name, seconds in samples.items()}
    peer = Figure(peer_name, "us", microseconds.pop(peer_name))
    targets = {f"lateness: {Parl.name}": Target(ratio=1)}
    return [*(Figure(name, "us", values, peer, targets.get(name)) for name, values in microseconds.items()), peer]


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
    name = "p99 of 10,000 in 1 s: {}".format
    samples = alternate({name(kind.name): _measure_crowd(kind) for kind in kinds}, runs, warm_ups=0)
    peer = Figure(name(_PEER), "ms", samples[name(_PEER)])
    return [Figure(name(Parl.name), "ms", samples[name(Parl.name)], peer, Target(p95=5)), peer]


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
    samples = {
        "parl every()": _parl_drift(),
        "a loop of time.sleep": _sleep_drift(),
        "a chain of threading.Timer": _chain_drift(),
    }
    name = "drift, 1000 x 10 ms: {}".format
    figures = {way: Figure(name(way), "ms", [1000 * seconds]) for way, seconds in samples.items()}
    peer = figures["a loop of time.sleep"]
    ours = Figure(name("parl every()"), "ms", figures["parl every()"].samples, peer, Target(median=2))
    return [ours, peer, figures["a chain of threading.Timer"]]


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
        Figure(f"wake-ups a second: parl {name}", "", [_wake_ups_of(arm)], None, Target(median=1.2))
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
