"""The lesson's timer: it waits, calls back and expires. As a more realistic one (its note 2), it can be cancelled."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Self

from parl.core.errors import UsageError
from parl.core.interval import check_interval
from parl.core.scheduled_call import ScheduledCall
from parl.core.scheduler import Scheduler

_lock = threading.Lock()
_shared: Scheduler | None = None


class Timer:
    """Calls *callback* once, *seconds* after ``start``, on a timer thread, whatever the starter does meanwhile.

    All timers share one daemon thread, or that of *scheduler*: keep callbacks short. Any thread may
    use it, but no signal handler. Raises UsageError where *seconds* is no interval.
    """

    def __init__(self, seconds: float, callback: Callable[[], object], *, scheduler: Scheduler | None = None) -> None:
        self._seconds = check_interval(seconds)
        self._callback = callback
        self._scheduler = scheduler
        self._call: ScheduledCall | None = None

    def start(self) -> Self:
        """Turn the alarm clock on (the lesson's note 4 of the sleeper); UsageError a second time."""
        if self._call is not None:
            raise UsageError("a timer starts once; make another one")
        self._call = (self._scheduler or _shared_scheduler()).after(self._seconds, self._callback)
        return self

    def cancel(self) -> bool:
        """Prevent the call; True exactly when that did it. Then it never comes."""
        return self._started().cancel()

    def pause(self) -> bool:
        """Hold the time that remains; False if the timer has expired."""
        return self._started().pause()

    def resume(self) -> bool:
        """Let the time that was held run on; True if it was held."""
        return self._started().resume()

    def reschedule(self, seconds: float) -> bool:
        """Have the call in *seconds* from now; False if the timer has expired."""
        return self._started().reschedule(seconds)

    @property
    def remaining(self) -> float:
        """Seconds to the call; 0 once it has expired."""
        return self._started().remaining

    @property
    def is_paused(self) -> bool:
        """Whether its time is held."""
        return self._started().is_paused

    def _started(self) -> ScheduledCall:
        if self._call is None:
            raise UsageError("this timer has not been started")
        return self._call


def _forget_shared() -> None:
    """A forked child has the scheduler, and not its thread."""
    global _lock, _shared
    _lock = threading.Lock()
    _shared = None


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_shared)


def _shared_scheduler() -> Scheduler:
    global _shared
    with _lock:
        if _shared is None:
            _shared = Scheduler()
        return _shared
