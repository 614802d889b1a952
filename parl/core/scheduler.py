"""The scheduler: any number of timers on one thread."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Self

from parl.core.clock import Clock
from parl.core.errors import ParlError, UsageError
from parl.core.scheduled_call import (
    CallAtTime,
    Missed,
    RepeatedCall,
    ScheduledCall,
    interval,
    seconds_since_1970,
)
from parl.core.timer_queue import TimerQueue
from parl.platform import boot_seconds, open_alarm
from parl.platform.alarm import Alarm, EventAlarm

if TYPE_CHECKING:
    from datetime import datetime

_SHORTEST_PERIOD_SECONDS = 1e-6
# The wall clock may be set, and the machine be suspended: nobody tells us.
_RELOOK_SECONDS = 1.0
# A callback that is stuck must not keep the interpreter from ending.
_PATIENCE_AT_EXIT_SECONDS = 1.0


class Scheduler:
    """Calls functions after an interval, at a time of day, every so often: the lesson's timer thread, for any number.

    Its one daemon thread makes the calls, in the order they are due, one after the other; between
    them it sleeps. None is early. Intervals go on while the machine is suspended. Any thread may use it,
    callbacks too; no signal handler may (it takes a lock).

    *clock*: another time than the machine's. *on_error* is told, on that thread, what a callback
    raised; without it, ``sys.excepthook`` is. The others are called all the same. ``close`` it, or
    use it in a ``with`` block: what is still to come is cancelled then. In a forked child it is dead:
    make another one there.
    """

    def __init__(
        self, *, clock: Clock | None = None, on_error: Callable[[BaseException], object] | None = None
    ) -> None:
        self._now = clock.now if clock else boot_seconds
        self._time = clock.time if clock else time.time
        self._clock = clock
        self._on_error = on_error
        self._lock = threading.Lock()
        self._queue: TimerQueue[ScheduledCall] = TimerQueue()
        self._times: TimerQueue[ScheduledCall] = TimerQueue()
        self._look = ScheduledCall(self, self._look_at_time)
        self._alarm: Alarm | None = None
        self._thread: threading.Thread | None = None
        self._wakes_at = -inf  # until when the thread sleeps; awake, it will look by itself
        self._is_closed = False

    def after(self, seconds: float, callback: Callable[[], object]) -> ScheduledCall:
        """Call *callback* once, in *seconds* from now. Raises UsageError where that is no interval."""
        seconds = interval(seconds)
        call = ScheduledCall(self, callback)
        with self._lock:
            self._enter(call, self._now() + seconds)
        return call

    def at(self, when: datetime | float, callback: Callable[[], object]) -> CallAtTime:
        """Call *callback* once, when the wall clock shows *when*; at once if that is past.

        *when*: a datetime, which without a zone is the local time, or seconds since 1970 in UTC. The
        clock is looked at once a second, so the call follows it when it is set.
        """
        call = CallAtTime(self, callback)
        moment = seconds_since_1970(when)
        with self._lock:
            self._enter_time(call, moment)
        return call

    def every(self, seconds: float, callback: Callable[[], object], *, missed: Missed = "coalesce") -> RepeatedCall:
        """Call *callback* every *seconds*, the first time in *seconds* from now, until it is cancelled.

        The calls are due on a grid, so nothing adds up. *missed*: what becomes of moments that pass while
        the callback still runs, or the machine is suspended. "coalesce": one late call for all of
        them; "skip": none; "all": a late call for each. What was left out is counted in ``skipped``.
        """
        seconds = interval(seconds)
        if seconds < _SHORTEST_PERIOD_SECONDS:
            raise UsageError(f"every {seconds!r} seconds is without end; a microsecond is the least")
        if missed not in ("coalesce", "skip", "all"):
            raise UsageError(f"missed={missed!r}: say coalesce, skip or all")
        call = RepeatedCall(self, callback, seconds, missed)
        with self._lock:
            call._move_to(self._now() + seconds)
        return call

    def close(self, *, wait: bool = True) -> None:
        """Cancel what is still to come, and *wait* for the end of a callback that has begun; then the thread ends."""
        thread = self._stop()
        if wait and thread is not None and thread is not threading.current_thread():
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # With the lock held

    def _enter(self, call: ScheduledCall, due: float) -> None:
        """Have *call* made when it is *due*."""
        if self._thread is None or self._is_closed:
            self._start()
        call._due = due
        self._queue.add(due, call)
        if due < self._wakes_at:
            self._wakes_at = due
            self._alarm.wake()  # type: ignore[union-attr] # there is one where there is a thread

    def _enter_time(self, call: ScheduledCall, moment: float) -> None:
        """Have *call* made when the wall clock shows *moment*."""
        if self._thread is None or self._is_closed:
            self._start()
        call._due = moment
        self._times.add(moment, call)
        if self._look._due is None or self._times.first() == moment:
            self._plan_look()

    def _plan_look(self) -> None:
        """Look at the wall clock when the first call for it seems due, or else before long."""
        look = self._look
        look._leave_queue()
        first = self._times.first()
        if first is not None:
            look._callback = self._look_at_time
            self._enter(look, self._now() + min(max(0.0, first - self._time()), _RELOOK_SECONDS))

    def _start(self) -> None:
        """Have a thread, from the first call on."""
        if self._is_closed:
            raise ParlError("this scheduler is closed; make another one")
        self._alarm = EventAlarm(self._clock.now, self._clock.wait) if self._clock else open_alarm()
        thread = threading.Thread(target=self._run, name="parl-scheduler", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._alarm.close()
            raise ParlError(f"no thread for the scheduler: {error}") from error
        self._thread = thread
        atexit.register(self._close_at_exit)

    # On the scheduler's thread

    def _run(self) -> None:
        alarm = self._alarm
        assert alarm is not None, "set before the thread starts"
        while not self._is_closed:
            if not self._call_next(self._queue, self._now):
                with self._lock:
                    until = self._queue.first()
                    self._wakes_at = inf if until is None else until
                    if self._is_closed:
                        break
                alarm.wait(until)
                self._wakes_at = -inf
        alarm.close()

    def _call_next(self, queue: TimerQueue[ScheduledCall], now: Callable[[], float]) -> bool:
        """Make the first call that is due; False if none is."""
        with self._lock:
            moment = now()
            call = None if self._is_closed else queue.pop(moment)
            if call is None:
                return False
            callback = call._begin(moment)
        if callback is not None:
            try:
                callback()
            except BaseException as error:  # noqa: BLE001 - the others must be called all the same
                self._report(error)
        if call.repeats:
            with self._lock:
                call._go_on()
        return True

    def _look_at_time(self) -> None:
        # One, then it is the others' turn: there may always be another.
        self._call_next(self._times, self._time)
        with self._lock:
            if not self._is_closed:
                self._plan_look()

    def _report(self, error: BaseException) -> None:
        try:
            if self._on_error is not None:
                self._on_error(error)
                return
        except BaseException as another:  # noqa: BLE001 - the thread must live
            error = another
        with suppress(BaseException):  # it may be anybody's, and the thread must live
            sys.excepthook(type(error), error, error.__traceback__)

    # The end

    def _stop(self) -> threading.Thread | None:
        with self._lock:
            self._is_closed = True
            for queue in (self._queue, self._times):
                for call in queue:
                    call._callback = call._due = None
            self._queue = TimerQueue()
            self._times = TimerQueue()
        thread = self._thread
        if thread is not None:
            assert self._alarm is not None, "there is one where there is a thread"
            self._alarm.wake()
            atexit.unregister(self._close_at_exit)
        return thread

    def _close_at_exit(self) -> None:
        thread = self._stop()
        if thread is not None:
            thread.join(_PATIENCE_AT_EXIT_SECONDS)
