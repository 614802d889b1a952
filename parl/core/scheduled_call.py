"""What a scheduler gives for a call that is to come: to cancel it, hold it, or move it."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Literal

from parl.core.agenda import Agenda
from parl.core.errors import UsageError
from parl.core.interval import check_interval

Missed = Literal["coalesce", "skip", "all"]


class ScheduledCall:
    """One call after an interval, as ``Scheduler.after`` returns it. Intervals are in seconds.

    Any thread may use it, the callback and finalizers too; no signal handler may.
    """

    # A million of them may wait, so no more than that: not to come any more is to have no callback,
    # not to be on the agenda is to have no moment.
    __slots__ = ("_agenda", "_callback", "_held_seconds", "due")
    repeats: bool = False

    def __init__(self, agenda: Agenda, callback: Callable[[], object]) -> None:
        if not callable(callback):
            raise UsageError(f"{callback!r} cannot be called")
        self._agenda = agenda
        self._callback: Callable[[], object] | None = callback
        self._held_seconds: float | None = None
        self.due: float | None = None
        """When it is due, by its agenda's clock; None while it is not on the agenda."""

    def cancel(self) -> bool:
        """Prevent every call that has not begun; True exactly when that prevented one."""
        with self._agenda.lock:
            if self._is_over():
                return False
            # The callback dies with this name, after the lock: what it holds may have finalizers.
            _dropped, self._callback = self._callback, None
            self._held_seconds = None
            self._agenda.leave(self)
        return True

    def pause(self) -> bool:
        """Hold the time that remains; True if it is held now, False if there is nothing left to hold."""
        with self._agenda.lock:
            if self._is_over():
                return False
            if self._held_seconds is None:
                self._held_seconds = self._seconds_left()
                self._agenda.leave(self)
            return True

    def resume(self) -> bool:
        """Let the time that was held run on; True if it was held."""
        with self._agenda.lock:
            if self._is_over() or self._held_seconds is None:
                return False
            seconds, self._held_seconds = self._held_seconds, None
            self.move_to(self._agenda.now() + seconds)
            return True

    def reschedule(self, seconds: float) -> bool:
        """Have the (next) call in *seconds* from now; False if there is none to come any more.

        What is held stays held, with *seconds* remaining. Raises UsageError where that is no interval.
        """
        seconds = check_interval(seconds)
        with self._agenda.lock:
            if self._is_over():
                return False
            if self._held_seconds is not None:
                self._held_seconds = seconds
            else:
                self._agenda.leave(self)
                self.move_to(self._agenda.now() + seconds)
            return True

    @property
    def remaining(self) -> float:
        """Seconds to the (next) call; 0 if it is due, or none is to come any more."""
        with self._agenda.lock:
            if self._is_over():
                return 0.0
            return self._seconds_left() if self._held_seconds is None else self._held_seconds

    @property
    def is_paused(self) -> bool:
        """Whether its time is held."""
        return self._held_seconds is not None and not self._is_over()

    # What follows is for the scheduler, which holds the lock.

    def begin(self, _now: float) -> Callable[[], object] | None:
        """Return what is to be called now; the call has just been taken from the agenda."""
        callback, self._callback = self._callback, None
        self.due = None
        return callback

    def go_on(self) -> None:
        """Prepare for the next call, after this one has been made."""

    def move_to(self, moment: float) -> None:
        """Be due at *moment*; not on the agenda yet."""
        self._agenda.enter(self, moment)

    def _is_over(self) -> bool:
        return self._callback is None or self._agenda.is_closed

    def _seconds_left(self) -> float:
        return max(0.0, self._next() - self._agenda.now())

    def _next(self) -> float:
        assert self.due is not None, "one that is not on the agenda, and not held, is over"
        return self.due


class RepeatedCall(ScheduledCall):
    """A call every so often, as ``Scheduler.every`` returns it.

    It is due on a grid: a late one does not move those that follow.
    """

    __slots__ = ("_anchor", "_missed", "_number", "_period", "skipped")
    repeats = True
    due: float | None

    def __init__(self, agenda: Agenda, callback: Callable[[], object], period: float, missed: Missed) -> None:
        super().__init__(agenda, callback)
        self._period = period
        self._missed = missed
        self._anchor = 0.0
        self._number = 0
        self.skipped: int = 0
        """How many of its moments have passed so far without a call."""

    def begin(self, now: float) -> Callable[[], object] | None:
        """Return what is to be called now; None if this moment is to be skipped."""
        self.due = None
        passed = self._passed(now)
        if passed and self._missed != "all":
            self._skip(passed)
            if self._missed == "skip":
                self._skip(1)
                self._enter_next()
                return None
        return self._callback

    def go_on(self) -> None:
        """Be due at the next moment, unless it was cancelled, held or moved meanwhile."""
        if self._is_over() or self.due is not None or self._held_seconds is not None:
            return
        if self._missed == "skip":
            self._skip(self._passed(self._agenda.now()))
        self._number += 1
        self._enter_next()

    def move_to(self, moment: float) -> None:
        """Be due at *moment*, where a new grid begins."""
        self._anchor = moment
        self._number = 0
        super().move_to(moment)

    def _next(self) -> float:
        if self.due is not None:
            return self.due
        return self._anchor + (self._number + 1) * self._period  # while it is being called

    def _enter_next(self) -> None:
        super().move_to(self._anchor + self._number * self._period)

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
