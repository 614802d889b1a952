"""How far calls every 10 ms have drifted after a thousand, made in each of the ways that Python has."""

from __future__ import annotations

import asyncio
import sched
import threading
import time
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.comparison import Effort, Figure, Target, alternate, beside, milliseconds
from parl import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

_TICKS = 1000
_TICK_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0
_OURS, _PEER = "parl every()", "a loop of time.sleep"
DRIFT = f"drift after {_TICKS} x {1000 * _TICK_SECONDS:g} ms"


def measure(effort: Effort) -> list[Figure]:
    """Return how late the last call is."""
    ways: dict[str, Callable[[], float]] = {
        _OURS: _every,
        _PEER: _sleeps,
        "a loop of time.sleep until the next": _sleeps_until,
        "a chain of threading.Timer": _chain,
        "asyncio call_at": _call_at,
        "sched enterabs": _enterabs,
    }
    if peers.has("APScheduler"):
        ways["APScheduler, an interval"] = _interval
    samples = alternate(ways, effort.runs, warm_ups=0)
    return beside(DRIFT, _PEER, {name: milliseconds(late) for name, late in samples.items()}, {_OURS: Target(median=2)})


class _Calls:
    """Counts its calls: ``late`` is when the last came, less when it was due."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.late = 0.0
        self._count = 0
        self._began = time.monotonic()

    def next_due(self) -> float:
        """Return when the next is due."""
        return self._began + (self._count + 1) * _TICK_SECONDS

    def __call__(self) -> None:
        self.late = time.monotonic() - self.next_due()
        self._count += 1
        if self._count == _TICKS:
            self.done.set()

    def wait(self) -> float:
        """Wait for the last: how late it was."""
        self.done.wait(_PATIENCE_SECONDS)
        return self.late


def _every() -> float:
    with Scheduler() as scheduler:
        calls = _Calls()
        handle = scheduler.every(_TICK_SECONDS, calls, missed="all")  # as its peers, which leave none out
        late = calls.wait()
        handle.cancel()
    return late


def _sleeps() -> float:
    calls = _Calls()
    while not calls.done.is_set():
        time.sleep(_TICK_SECONDS)
        calls()
    return calls.late


def _sleeps_until() -> float:
    calls = _Calls()
    while not calls.done.is_set():
        time.sleep(max(0.0, calls.next_due() - time.monotonic()))
        calls()
    return calls.late


def _chain() -> float:
    calls = _Calls()

    def tick() -> None:
        calls()
        if not calls.done.is_set():
            threading.Timer(_TICK_SECONDS, tick).start()

    threading.Timer(_TICK_SECONDS, tick).start()
    return calls.wait()


def _call_at() -> float:
    async def run() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tick() -> None:
            calls()
            if calls.done.is_set():
                done.set()
            else:
                loop.call_at(calls.next_due(), tick)  # the loop's clock is time.monotonic

        loop.call_at(calls.next_due(), tick)
        await done.wait()

    calls = _Calls()
    asyncio.run(run())
    return calls.late


def _enterabs() -> float:
    scheduler = sched.scheduler(time.monotonic, time.sleep)
    calls = _Calls()

    def tick() -> None:
        calls()
        if not calls.done.is_set():
            scheduler.enterabs(calls.next_due(), 0, tick)

    scheduler.enterabs(calls.next_due(), 0, tick)
    scheduler.run()
    return calls.late


def _interval() -> float:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)})
    scheduler.start()
    calls = _Calls()
    scheduler.add_job(
        calls, "interval", seconds=_TICK_SECONDS, misfire_grace_time=None, coalesce=False, max_instances=99
    )
    late = calls.wait()
    scheduler.shutdown()
    return late
