"""The scheduler: any number of timers on one thread."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from parl.core.agenda import Agenda
from parl.core.clock import Clock
from parl.core.errors import ParlError, UsageError
from parl.core.interval import check_interval, check_period, seconds_since_1970
from parl.core.scheduled_call import CallAtTime, Missed, RepeatedCall, ScheduledCall
from parl.core.side_thread import start_side_thread
from parl.platform import boot_seconds, open_alarm
from parl.platform.alarm import Alarm, EventAlarm

if TYPE_CHECKING:
    from datetime import datetime

# The wall clock may be set, and the machine be suspended: nobody tells us.
_RELOOK_SECONDS = 1.0
# A callback that is stuck must not keep the interpreter from ending.
_PATIENCE_AT_EXIT_SECONDS = 1.0
_POLICIES = ("coalesce", "skip", "all")


class Scheduler:
    """Calls functions after an interval, at a time of day, every so often: the lesson's timer thread, for any number.

    Its one daemon thread makes the calls, in the order they are due, one after the other; between
    them it sleeps. None is early; a callback that takes long makes the others late. Intervals go on
    while the machine is suspended. Any thread may use it, callbacks and finalizers too; no signal
    handler may (it takes a lock).

    *clock*: another time than the machine's. *on_error* is told, on that thread, what a callback
    raised; without it, ``sys.excepthook`` is. The others are called all the same. ``close`` it, or
    use it in a ``with`` block: what is still to come is cancelled then. In a forked child it is closed.
    """

    def __init__(
        self, *, clock: Clock | None = None, on_error: Callable[[BaseException], object] | None = None
    ) -> None:
        self._clock = clock
        self._on_error = on_error
        self._alarm: Alarm | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.RLock()
        self._intervals = Agenda(self._lock, clock.now if clock else boot_seconds, self._interval_entered)
        self._times = Agenda(self._lock, clock.time if clock else time.time, self._time_entered)
        self._look: ScheduledCall | None = None
        _schedulers.add(self)

    def after(self, seconds: float, callback: Callable[[], object]) -> ScheduledCall:
        """Call *callback* once, in *seconds* from now. Raises UsageError where that is no interval."""
        agenda = self._intervals
        now = agenda.now()  # first of all: what is done here is not to be added
        call = ScheduledCall(agenda, callback)
        seconds = check_interval(seconds)
        with agenda.lock:
            agenda.enter(call, now + seconds)
        return call

    def at(self, when: datetime | float, callback: Callable[[], object]) -> CallAtTime:
        """Call *callback* once, when the wall clock shows *when*; at once if that is past.

        *when*: a datetime, which without a zone is the local time, or seconds since 1970 in UTC. The
        clock is looked at once a second, so the call follows it when it is set.
        """
        moment = seconds_since_1970(when)
        call = CallAtTime(self._times, callback)
        with self._lock:
            self._times.enter(call, moment)
        return call

    def every(
        self,
        seconds: float,
        callback: Callable[[], object],
        *,
        missed: Missed = "coalesce",
        first: float | None = None,
    ) -> RepeatedCall:
        """Call *callback* every *seconds* until it is cancelled; first in *first* seconds from now, else in *seconds*.

        The calls are due on a grid, so nothing adds up. *missed*: what becomes of moments that pass
        while a callback still runs, this or another, or the machine is suspended. "coalesce": one late
        call for all of them; "skip": none (where another kept it for less than a period it is only late);
        "all": a late call for each. What was left out is counted in ``skipped``. Raises UsageError below a
        millisecond.
        """
        now = self._intervals.now()
        seconds = check_period(seconds)
        first = seconds if first is None else check_interval(first)
        if missed not in _POLICIES:
            raise UsageError(f"missed={missed!r}: say coalesce, skip or all")
        call = RepeatedCall(self._intervals, callback, seconds, missed)
        with self._lock:
            call.move_to(now + first)
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

    def _interval_entered(self, due: float) -> None:
        """See that the thread does not sleep longer than that."""
        if self._thread is None or self._intervals.is_closed:
            self._start()
        self._intervals.concern = due
        self._wake()

    def _time_entered(self, moment: float) -> None:
        """See that the wall clock is looked at when that seems due, or else before long."""
        first = self._times.queue.first()
        if first is None or moment < first or self._look is None:
            self._plan_look(moment)

    def _plan_look(self, moment: float) -> None:
        if self._look is not None:
            self._intervals.leave(self._look)
        look = ScheduledCall(self._intervals, self._look_at_time)
        seconds = min(max(0.0, moment - self._times.now()), _RELOOK_SECONDS)
        self._intervals.enter(look, self._intervals.now() + seconds)
        self._look = look

    def _start(self) -> None:
        """Have a thread, from the first call on."""
        if self._intervals.is_closed:
            raise ParlError("this scheduler is closed; make another one")
        alarm = EventAlarm(self._clock.now, self._clock.wait) if self._clock else open_alarm()
        self._alarm = alarm
        try:
            self._thread = start_side_thread(lambda: self._run(alarm), name="parl-scheduler", purpose="the scheduler")
        except ParlError:
            alarm.close()
            raise
        atexit.register(self._close_at_exit)

    def _wake(self) -> None:
        if self._alarm is not None:
            self._alarm.wake()

    # On the scheduler's thread

    def _run(self, alarm: Alarm) -> None:
        intervals = self._intervals
        while not intervals.is_closed:
            if not self._call_next(intervals):
                with self._lock:
                    until = intervals.queue.first()
                    if intervals.is_closed:
                        break
                    intervals.concern = inf if until is None else until
                alarm.wait(until)
                with self._lock:
                    if not intervals.is_closed:
                        intervals.concern = -inf  # awake, it looks by itself
        alarm.close()

    def _call_next(self, agenda: Agenda) -> bool:
        """Make the first call that is due; False if none is."""
        with agenda.lock:
            now = agenda.now()
            call = None if agenda.is_closed else agenda.queue.pop(now)
            if call is None:
                return False
            callback = call.begin(now)
        if callback is not None:
            try:
                callback()
            except BaseException as error:  # noqa: BLE001 - the others must be called all the same
                self._report(error)
        if call.repeats:
            with agenda.lock:
                call.go_on()
        return True

    def _look_at_time(self) -> None:
        # One, then it is the others' turn: there may always be another.
        self._call_next(self._times)
        with self._lock:
            self._look = None
            first = self._times.queue.first()
            if first is not None and not self._times.is_closed:
                self._plan_look(first)

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
            agendas = (self._intervals, self._times)
            dropped = [agenda.close() for agenda in agendas]
            self._look = None  # it was on the agenda
        dropped.clear()  # after the lock: callbacks may hold what has finalizers
        self._wake()
        atexit.unregister(self._close_at_exit)
        return self._thread

    def _close_at_exit(self) -> None:
        thread = self._stop()
        if thread is not None:
            thread.join(_PATIENCE_AT_EXIT_SECONDS)

    def _forked(self) -> None:
        """In a forked child: the thread is not there, and may have held the lock."""
        atexit.unregister(self._close_at_exit)
        self._thread = self._alarm = self._look = None
        self._lock = threading.RLock()
        for agenda in (self._intervals, self._times):
            agenda.lock = self._lock
            agenda.close()


_schedulers: WeakSet[Scheduler] = WeakSet()


def _all_forked() -> None:
    for scheduler in tuple(_schedulers):
        scheduler._forked()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_all_forked)
