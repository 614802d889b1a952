"""What a scheduler gives for a call that is to come: to cancel it, hold it, or move it."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, isfinite
from typing import TYPE_CHECKING, Literal

from parl.core.errors import UsageError
from parl.core.timer_queue import TimerQueue

if TYPE_CHECKING:
    from datetime import datetime

    from parl.core.scheduler import Scheduler

_TOO_LONG_TO_SHOW = 10**20
Missed = Literal["coalesce", "skip", "all"]


class ScheduledCall:
    """One call after an interval. Any thread may use it, the callback too; no signal handler may."""

    __slots__ = ("_callback", "_due", "_held_seconds", "_scheduler")
    # A million of them may wait, so no more than that: not to come any more is to have no callback,
    # not to be in the queue is to have no moment.
    _callback: Callable[[], object] | None
    _due: float | None
    _held_seconds: float | None
    repeats = False

    def __init__(self, scheduler: Scheduler, callback: Callable[[], object]) -> None:
        self._scheduler = scheduler
        self._callback = callback
        self._due = None
        self._held_seconds = None

    def cancel(self) -> bool:
        """Prevent every call that has not begun; True exactly when that prevented one."""
        with self._scheduler._lock:
            if self._is_over():
                return False
            self._callback = self._held_seconds = None
            self._leave_queue()
            return True

    def pause(self) -> bool:
        """Hold the time that remains; True if it is held now, False if there is nothing left to hold."""
        with self._scheduler._lock:
            if self._is_over():
                return False
            if self._held_seconds is None:
                self._held_seconds = self._seconds_left()
                self._leave_queue()
            return True

    def resume(self) -> bool:
        """Let the time that was held run on; True if it was held."""
        with self._scheduler._lock:
            if self._is_over() or self._held_seconds is None:
                return False
            seconds, self._held_seconds = self._held_seconds, None
            self._move_to(self._now() + seconds)
            return True

    def reschedule(self, seconds: float) -> bool:
        """Have the (next) call in *seconds* from now; False if there is none to come any more.

        What is held stays held, with *seconds* remaining. Raises UsageError where that is no interval.
        """
        seconds = interval(seconds)
        with self._scheduler._lock:
            if self._is_over():
                return False
            if self._held_seconds is not None:
                self._held_seconds = seconds
            else:
                self._leave_queue()
                self._move_to(self._now() + seconds)
            return True

    @property
    def remaining(self) -> float:
        """Seconds to the (next) call; 0 if it is due, or none is to come any more."""
        with self._scheduler._lock:
            if self._is_over():
                return 0.0
            return self._seconds_left() if self._held_seconds is None else self._held_seconds

    @property
    def is_paused(self) -> bool:
        """Whether its time is held."""
        return self._held_seconds is not None and not self._is_over()

    # What follows is for the scheduler, with its lock held.

    def _begin(self, _now: float) -> Callable[[], object] | None:
        """Return what is to be called now; the call is out of the queue."""
        callback, self._callback = self._callback, None
        self._due = None
        return callback

    def _go_on(self) -> None:
        """Prepare for the next call, after this one has been made."""

    def _is_over(self) -> bool:
        return self._callback is None or self._scheduler._is_closed

    def _queue(self) -> TimerQueue[ScheduledCall]:
        return self._scheduler._queue

    def _now(self) -> float:
        return self._scheduler._now()

    def _next(self) -> float:
        """Return the moment of the next call."""
        assert self._due is not None, "one that is not in the queue is over"
        return self._due

    def _seconds_left(self) -> float:
        return max(0.0, self._next() - self._now())

    def _move_to(self, moment: float) -> None:
        self._scheduler._enter(self, moment)

    def _leave_queue(self) -> None:
        if self._due is not None:
            self._queue().discard(self._due, self)
            self._due = None


class RepeatedCall(ScheduledCall):
    """A call every so often, on a grid: a late one does not move those that follow."""

    __slots__ = ("_anchor", "_missed", "_number", "_period", "skipped")
    repeats = True

    def __init__(self, scheduler: Scheduler, callback: Callable[[], object], period: float, missed: Missed) -> None:
        super().__init__(scheduler, callback)
        self._period = period
        self._missed = missed
        self._anchor = 0.0
        self._number = 0
        self.skipped = 0
        """How many of its moments have passed so far without a call."""

    def _begin(self, now: float) -> Callable[[], object] | None:
        self._due = None
        passed = self._passed(now)
        if passed and self._missed != "all":
            self._skip(passed)
            if self._missed == "skip":
                self._skip(1)
                self._enter_next()
                return None
        return self._callback

    def _go_on(self) -> None:
        # Else it was cancelled, held or moved meanwhile.
        if not self._is_over() and self._due is None and self._held_seconds is None:
            if self._missed == "skip":
                self._skip(self._passed(self._now()))
            self._number += 1
            self._enter_next()

    def _next(self) -> float:
        if self._due is not None:
            return self._due
        return self._anchor + (self._number + 1) * self._period  # while it is being called

    def _move_to(self, moment: float) -> None:
        self._anchor = moment
        self._number = 0
        super()._move_to(moment)

    def _enter_next(self) -> None:
        super()._move_to(self._anchor + self._number * self._period)

    def _passed(self, now: float) -> int:
        """Return how many moments after the present one have passed, too."""
        last = floor((now - self._anchor) / self._period)
        if self._anchor + last * self._period > now:  # rounded up
            last -= 1
        return max(0, last - self._number)

    def _skip(self, count: int) -> None:
        self._number += count
        self.skipped += count


class CallAtTime(ScheduledCall):
    """One call at a time of day, which follows the clock when that is set. It cannot be paused."""

    __slots__ = ()

    def pause(self) -> bool:
        """Raise UsageError: time goes on."""
        raise UsageError("a time of day cannot be paused")

    def reschedule(self, when: datetime | float) -> bool:
        """Have the call at *when*, as ``Scheduler.at`` takes it; False if there is none to come any more."""
        moment = seconds_since_1970(when)
        with self._scheduler._lock:
            if self._is_over():
                return False
            self._leave_queue()
            self._move_to(moment)
            return True

    def _queue(self) -> TimerQueue[ScheduledCall]:
        return self._scheduler._times

    def _now(self) -> float:
        return self._scheduler._time()

    def _move_to(self, moment: float) -> None:
        self._scheduler._enter_time(self, moment)


def interval(seconds: float) -> float:
    """Return *seconds*; UsageError where that is no interval: negative, endless, not a number."""
    try:
        if 0 <= seconds < inf:
            return seconds + 0.0
    except OverflowError:  # an integer that no float can hold
        pass
    raise UsageError(f"{_shortened(seconds)} is no number of seconds to wait")


def seconds_since_1970(when: datetime | float) -> float:
    """Return *when* in seconds since 1970 in UTC; a datetime without a zone is the local time.

    In the gap of a daylight-saving change that is as much later as the gap is long, in a fold the first.
    Raises UsageError for a number that is no moment.
    """
    try:
        seconds = when + 0.0 if isinstance(when, int | float) else _timestamp(when)
    except OverflowError:
        seconds = inf
    if not isfinite(seconds):
        raise UsageError(f"{_shortened(when)} is no moment to wait for")
    return seconds


def _timestamp(when: datetime) -> float:
    try:
        return when.timestamp()
    except (ValueError, OverflowError, OSError):  # at the ends of the calendar the local zone leads out of it
        from datetime import UTC

        return when.replace(tzinfo=UTC).timestamp()


def _shortened(value: object) -> str:
    return repr(value) if not isinstance(value, int) or abs(value) < _TOO_LONG_TO_SHOW else "an integer that long"
