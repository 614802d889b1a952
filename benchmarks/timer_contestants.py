"""Ways to have many functions called later in one Python process: parl's Scheduler and its peers, all alike to use."""

from __future__ import annotations

import asyncio
import sched
import threading
import time
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks import peers
from benchmarks.comparison import MeasurementError
from parl import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_SECONDS = 120.0


class Contestant(ABC):
    """One way. Make one, ``create`` timers, ``cancel`` some, ``run`` the rest out, ``close`` it."""

    name: str
    most = 1_000_000
    """More timers than these it does not stand, or not within a benchmark's patience."""
    most_cancelled = 1_000_000
    """Nor to cancel more than these."""
    most_fired = 1_000_000
    """Nor to have more than these fired within a second."""
    slowest_create_seconds = 8e-6
    """So long one is given to create a timer, where all are to be made before the first is due."""

    @abstractmethod
    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        """Have *callback* called in *seconds*."""

    @abstractmethod
    def cancel(self, handle: Any) -> None:
        """Prevent that."""

    def run(self, done: threading.Event) -> None:
        """Let timers come due until one of them sets *done*, and calls ``finish``."""
        self._expect(done.wait(_PATIENCE_SECONDS))

    def finish(self) -> None:
        """Let ``run`` return; called by the last timer."""

    def close(self) -> None:
        """Give back what there is."""

    def _expect(self, done: bool) -> None:  # noqa: FBT001
        if not done:
            raise MeasurementError(f"{self.name}: the last timer did not come")


class Parl(Contestant):
    """parl's Scheduler: one thread."""

    name = "parl Scheduler"

    def __init__(self) -> None:
        self._scheduler = Scheduler()
        self.create = self._scheduler.after  # type: ignore[method-assign] # nothing in between is measured

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        raise NotImplementedError

    def cancel(self, handle: Any) -> None:
        handle.cancel()

    def close(self) -> None:
        self._scheduler.close()


class ParlAt(Parl):
    """The same by the time of day: at()."""

    name = "parl Scheduler, at()"

    def __init__(self) -> None:
        super().__init__()
        self.create = lambda seconds, callback: self._scheduler.at(time.time() + seconds, callback)  # type: ignore[method-assign]


class Asyncio(Contestant):
    """asyncio's call_later: the loop runs in the thread that measures."""

    name = "asyncio call_later"

    def __init__(self) -> None:
        self._loop = self._make_loop()
        self.create = self._loop.call_later  # type: ignore[assignment,method-assign]

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        raise NotImplementedError

    def cancel(self, handle: Any) -> None:
        handle.cancel()

    def run(self, done: threading.Event) -> None:
        self._loop.run_forever()
        self._expect(done.is_set())

    def finish(self) -> None:
        self._loop.stop()

    def close(self) -> None:
        self._loop.close()

    def _make_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


class Uvloop(Asyncio):
    """asyncio's call_later on uvloop's event loop."""

    name = "uvloop call_later"

    def _make_loop(self) -> asyncio.AbstractEventLoop:
        import uvloop

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop


class Sched(Contestant):
    """The standard library's sched; to cancel one looks at all."""

    name = "sched"
    most_cancelled = 10_000
    most_fired = 100_000

    def __init__(self) -> None:
        self._scheduler = sched.scheduler(time.monotonic, time.sleep)

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        return self._scheduler.enter(seconds, 0, callback)

    def cancel(self, handle: Any) -> None:
        self._scheduler.cancel(handle)

    def run(self, done: threading.Event) -> None:
        self._scheduler.run()
        self._expect(done.is_set())


class ThreadingTimer(Contestant):
    """threading.Timer: a thread for each."""

    name = "threading.Timer"
    most = most_cancelled = most_fired = 3_000
    slowest_create_seconds = 1e-3

    def __init__(self) -> None:
        self._threads: list[threading.Timer] = []

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        timer = threading.Timer(seconds, callback)
        timer.daemon = True
        timer.start()
        self._threads.append(timer)
        return timer

    def cancel(self, handle: Any) -> None:
        handle.cancel()

    def close(self) -> None:
        for thread in self._threads:
            thread.cancel()
        for thread in self._threads:
            thread.join()


class ApScheduler(Contestant):
    """APScheduler's BackgroundScheduler, with jobs in memory."""

    name = "APScheduler"
    most = most_cancelled = most_fired = 10_000
    slowest_create_seconds = 3e-4

    def __init__(self) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)})
        self._scheduler.start()

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        when = datetime.now().astimezone() + timedelta(seconds=seconds)
        return self._scheduler.add_job(callback, "date", run_date=when, misfire_grace_time=None)

    def cancel(self, handle: Any) -> None:
        handle.remove()

    def close(self) -> None:
        self._scheduler.shutdown()


def contestants() -> list[type[Contestant]]:
    """Return those that this machine has, parl first."""
    found: list[type[Contestant]] = [Parl, Asyncio]
    if peers.has("uvloop"):
        found.append(Uvloop)
    found += [Sched, ThreadingTimer]
    if peers.has("APScheduler"):
        found.append(ApScheduler)
    return found
