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
from parl import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_SECONDS = 120.0


class Contestant(ABC):
    """One way. Make one, ``create`` timers, ``cancel`` some, ``run`` the rest out, ``close`` it."""

    name: str
    most = 1_000_000
    """More timers than these it does not stand, or not within a benchmark's patience."""
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
        assert done.wait(_PATIENCE_SECONDS), f"{self.name}: the last timer did not come"

    def finish(self) -> None:
        """Let ``run`` return; called by the last timer."""

    def close(self) -> None:
        """Give back what there is."""


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
        assert done.is_set()

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
    most = 10_000

    def __init__(self) -> None:
        self._scheduler = sched.scheduler(time.monotonic, time.sleep)

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        return self._scheduler.enter(seconds, 0, callback)

    def cancel(self, handle: Any) -> None:
        self._scheduler.cancel(handle)

    def run(self, done: threading.Event) -> None:
        self._scheduler.run()
        assert done.is_set()


class ThreadingTimer(Contestant):
    """threading.Timer: a thread for each."""

    name = "threading.Timer"
    most = 3_000
    slowest_create_seconds = 1e-3

    def create(self, seconds: float, callback: Callable[[], object]) -> Any:
        timer = threading.Timer(seconds, callback)
        timer.daemon = True
        timer.start()
        return timer

    def cancel(self, handle: Any) -> None:
        handle.cancel()


class ApScheduler(Contestant):
    """APScheduler's BackgroundScheduler, with jobs in memory."""

    name = "APScheduler"
    most = 3_000
    slowest_create_seconds = 1e-3

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
