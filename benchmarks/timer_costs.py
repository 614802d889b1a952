"""What a timer costs in one Python process: processor time, memory, and wake-ups while it waits."""

from __future__ import annotations

import gc
import itertools
import random
import threading
import time
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside
from benchmarks.timer_contestants import Asyncio, Contestant, Parl, ParlAt, contestants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SIZES = (1_000, 3_000, 10_000, 100_000, 1_000_000)
_QUICK_SIZES = (1_000,)
_SPREAD_SECONDS = 1000.0
_WAITING_SECONDS = 5.0
_SETTLING_SECONDS = 1.0
_MICROSECOND = 1e-6
CREATE, CANCEL = "to create one", "to cancel one"
_SHUFFLED, _LIFE = "to cancel one at random", "to create and fire one, all due within a second"
# What each costs with a million.
_TARGETS = {CREATE: Target(median=5), CANCEL: Target(median=1), _LIFE: Target(median=5)}


def measure(effort: Effort) -> list[Figure]:
    """Return what it costs to create, cancel and fire timers, and how much memory one takes."""
    stopwatches: Mapping[str, Callable[[type[Contestant], int], float]] = {
        CREATE: _create_cost,
        CANCEL: partial(_cancel_cost, shuffled=False),
        _SHUFFLED: partial(_cancel_cost, shuffled=True),
        _LIFE: _life_cost,
    }
    sizes = _QUICK_SIZES if effort.quick else _SIZES
    costs = [
        figure
        for what, stopwatch in stopwatches.items()
        for size in sizes
        for figure in _figures(what, stopwatch, size, effort)
    ]
    return [*costs, *_memory(sizes[-1])]


def _figures(what: str, stopwatch: Callable[[type[Contestant], int], float], size: int, effort: Effort) -> list[Figure]:
    limits = {CANCEL: "most_cancelled", _SHUFFLED: "most_cancelled", _LIFE: "most_fired"}
    kinds = [kind for kind in contestants() if size <= getattr(kind, limits.get(what, "most"))]
    ways = {kind.name: partial(_measured, stopwatch, kind, size) for kind in kinds}
    first = effort.first_samples(ways, [Parl.name])
    others = alternate({name: ways[name] for name in first}, effort.runs - 1, warm_ups=0)
    samples = {name: [sample, *others[name]] for name, sample in first.items()}
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


def _create_cost(kind: type[Contestant], size: int) -> float:
    contestant = kind()
    delays = delays_of(size, _SPREAD_SECONDS, _SPREAD_SECONDS)
    began = time.process_time()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    spent = time.process_time() - began
    contestant.close()
    return spent / len(handles)


def _cancel_cost(kind: type[Contestant], size: int, *, shuffled: bool) -> float:
    contestant = kind()
    handles = [contestant.create(seconds, _nothing) for seconds in delays_of(size, _SPREAD_SECONDS, _SPREAD_SECONDS)]
    if shuffled:
        random.shuffle(handles)
    began = time.process_time()
    for handle in handles:
        contestant.cancel(handle)
    spent = time.process_time() - began
    contestant.close()
    return spent / size


def _life_cost(kind: type[Contestant], size: int) -> float:
    """All are due within one second, after the last has been made."""
    contestant = kind()
    done = threading.Event()
    calls = itertools.count()
    count_it = partial(next, calls)  # one for all: a million more objects would have the garbage collector look at them
    head_start = 0.5 + kind.slowest_create_seconds * size
    delays = delays_of(size, head_start, 1.0)
    began = time.process_time()
    for seconds in delays:
        contestant.create(seconds, count_it)
    contestant.create(head_start + 1.5, partial(_finish, contestant, done))
    contestant.run(done)
    spent = time.process_time() - began
    contestant.close()
    if (called := next(calls)) != size:
        raise MeasurementError(f"{kind.name}: {called:,} of {size:,} timers were called")
    return spent / size


def _finish(contestant: Contestant, done: threading.Event) -> None:
    done.set()
    contestant.finish()


def _nothing() -> None:
    pass


def delays_of(count: int, least: float, span: float) -> list[float]:
    """Return so many seconds at random."""
    return [least + random.random() * span for _ in range(count)]


# Memory


def _memory(size: int) -> list[Figure]:
    kinds = [kind for kind in contestants() if kind.most == _SIZES[-1]]
    samples = {kind.name: [_bytes_of_a_timer(kind, size)] for kind in kinds}
    return beside("memory of one", Asyncio.name, samples, {Parl.name: Target(median=300)}, "bytes", size)


def _bytes_of_a_timer(kind: type[Contestant], size: int) -> float:
    contestant = kind()
    delays = delays_of(size, _SPREAD_SECONDS, _SPREAD_SECONDS)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    handles = [contestant.create(seconds, _nothing) for seconds in delays]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    contestant.close()
    return (after - before) / len(handles)


# What waiting costs


def while_waiting(effort: Effort) -> list[Figure]:
    """Return how often any thread is woken while timers wait."""
    kinds: list[type[Contestant]] = [*contestants(), ParlAt]
    ways = {kind.name: partial(_wake_ups, kind) for kind in kinds}
    targets = dict.fromkeys((Parl.name, ParlAt.name), Target(median=1.2))
    samples = {name: [sample] for name, sample in effort.first_samples(ways, targets).items()}
    return beside("wake-ups a second while timers wait", Asyncio.name, samples, targets, unit="")


def _wake_ups(kind: type[Contestant]) -> float:
    """Count from one timer's call to the next; the second's own is not one."""
    import resource  # not on Windows

    contestant = kind()
    done = threading.Event()
    counts: list[int] = []

    def count() -> None:
        counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw)

    for seconds in (_SETTLING_SECONDS, _SETTLING_SECONDS + _WAITING_SECONDS):
        contestant.create(seconds, count)
    contestant.create(_SETTLING_SECONDS + _WAITING_SECONDS + 0.5, partial(_finish, contestant, done))
    contestant.run(done)
    contestant.close()
    before, after = counts
    return (after - before - 1) / _WAITING_SECONDS
