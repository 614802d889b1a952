"""The lesson's sleeper, as a job: it sleeps until a timer thread wakes it, and computes nothing meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from parl.core.abort import AbortFlag
from parl.core.errors import ParlError, UsageError
from parl.core.events import SignalReceived
from parl.core.job import Job, Outcome
from parl.core.scheduled_call import RepeatedCall, ScheduledCall
from parl.core.scheduler import Scheduler

Arm = Callable[[Scheduler, Callable[[], None]], ScheduledCall]
"""Turns the alarm clock on: has a scheduler make a call, and returns what it gives."""

_PAUSE_KEY = "space"


class Countdown(NamedTuple):
    """How far the sleeper is."""

    seconds_left: float
    seconds_in_all: float
    rings: int
    """How often it has been woken so far."""
    is_paused: bool = False
    refuses_pause: bool = False
    """Whether a pause was asked for that cannot be."""


class SleepObserver:
    """What a user interface may want to do while somebody sleeps. Does nothing itself.

    Called on the timer's thread; ``counting_down`` on others too, one at a time. What it raises ends
    the sleep, as the outcome's error.
    """

    watches = False
    """Whether ``counting_down`` is to be called at all."""

    def counting_down(self, countdown: Countdown) -> None:
        """Whole seconds remain; also called at the beginning, and when Space was pressed."""

    def rang(self, skipped: int) -> None:
        """The sleeper was woken; *skipped* moments before had to be left out."""

    def worked(self, outcome: Outcome[None]) -> None:
        """The work of this waking has ended; where it could not begin, with the reason as its error."""


class Sleeper(Job[None]):
    """Sleeps until it has been woken *times* (None: until it is aborted), by what *arm* asks of a scheduler.

    *make_work*: makes a job that is run at each waking, on the timer's thread, before it is woken
    again. Its failure does not end the sleep. Space pauses and resumes.
    """

    def __init__(
        self,
        arm: Arm,
        observer: SleepObserver,
        *,
        times: int | None = 1,
        make_work: Callable[[], Job[None]] | None = None,
        scheduler: Scheduler | None = None,
    ) -> None:
        self._arm = arm
        self._observer = observer
        self._times = times
        self._make_work = make_work
        self._scheduler = scheduler or Scheduler()
        self._call: ScheduledCall | None = None
        self._frames: RepeatedCall | None = None
        self._seconds_in_all = 0.0
        self._rings = 0
        self._skipped = 0
        self._is_done = False
        self._work: Job[None] | None = None
        self._died_working = False
        self._survivors: tuple[int, ...] = ()
        self._error: Exception | None = None
        self._abort = AbortFlag()
        self._is_set_up = threading.Event()
        self._awake = threading.Event()
        self._gate = threading.Lock()
        self._is_over = False
        self._idle = threading.Event()
        self._idle.set()
        self._screen = threading.Lock()

    def run(self, abort: AbortFlag) -> Outcome[None]:
        """Turn the alarm clock on, and sleep until woken for the last time, or aborted."""
        self._abort = abort
        try:
            self._set_alarm_clock()
            forget = abort.on_set(self._awake.set)
            self._awake.wait()
            forget()
        finally:
            with self._gate:
                self._is_over = True  # from now on no work begins
            self._idle.wait()
            # Not for the thread: it may be stuck in a write that nobody reads.
            self._scheduler.close(wait=False)
        if self._error is not None:
            return Outcome(error=self._error)
        if self._is_done:
            return Outcome()
        return Outcome(aborted_by=abort.reason, survivors=(*self._survivors, *self._end_leftovers()))

    def takes_key(self, key: str) -> bool:
        """Pause or resume; nothing else is for the sleeper."""
        call = self._call
        if key != _PAUSE_KEY or call is None:
            return False
        try:
            if not call.resume():
                call.pause()
        except UsageError:
            self._show(refuses_pause=True)
        else:
            self._align_frames()
            self._show()
        return True

    def end_rest(self) -> tuple[int, ...]:
        """End what the last work left running."""
        return self._work.end_rest() if self._work is not None else ()

    def close(self) -> None:
        """Let go of the last work."""
        if self._work is not None:
            self._work.close()

    def hurry(self) -> None:
        """Let the work stop at once."""
        if self._work is not None:
            self._work.hurry()

    def suspend(self) -> None:
        """Hold the work."""
        if self._work is not None:
            self._work.suspend()

    def resume(self) -> None:
        """Let the work go on."""
        if self._work is not None:
            self._work.resume()

    def reads_terminal(self) -> bool:
        """Whether the work wants the keys."""
        return self._work is not None and self._work.reads_terminal()

    def _set_alarm_clock(self) -> None:
        """The lesson's note 4; note 5, the snoring, is for the observer."""
        self._call = self._arm(self._scheduler, self._ring)
        self._seconds_in_all = self._call.remaining
        if self._observer.watches:
            self._frames = self._scheduler.every(1.0, self._show)
            self._align_frames()
            self._show()
        self._is_set_up.set()

    def _ring(self) -> None:
        """Be called back, on the timer's thread: at the last time, signal the sleeper to wake up (note 3)."""
        self._is_set_up.wait()
        if self._abort.is_set():
            return
        self._rings += 1
        try:
            self._observer.rang(self._newly_skipped())
            if self._make_work is not None and not self._go_through(self._make_work()):
                return
        except Exception as error:  # noqa: BLE001 - the outcome carries it to whoever asked
            self._error = error
        self._is_done = self._rings == self._times
        if self._is_done or self._error is not None:
            self._fall_silent()
        else:
            self._align_frames()
            self._show()

    def _fall_silent(self) -> None:
        for call in (self._call, self._frames):
            if call is not None:
                call.cancel()
        self._awake.set()

    def _go_through(self, work: Job[None]) -> bool:
        """Do *work* and tell its outcome; False if it was aborted."""
        outcome = self._do(work)
        self._observer.worked(outcome)
        return not outcome.is_aborted

    def _newly_skipped(self) -> int:
        if not isinstance(self._call, RepeatedCall):
            return 0
        before, self._skipped = self._skipped, self._call.skipped
        return self._skipped - before

    def _do(self, work: Job[None]) -> Outcome[None]:
        with self._gate:
            if self._is_over:
                return Outcome(aborted_by=self._abort.reason)
            self._idle.clear()
        self.close()
        self._work = work
        try:
            work.start()
            outcome = work.run(self._abort)
        except ParlError as error:
            return Outcome(error=error)
        finally:
            self._idle.set()
        self._died_working = outcome.signal is not None
        self._survivors += outcome.survivors
        return outcome

    def _end_leftovers(self) -> tuple[int, ...]:
        """A typed Ctrl-C may have killed the work before parl came to look at it, and left others behind."""
        if self._died_working and isinstance(self._abort.reason, SignalReceived):
            return self.end_rest()
        return ()

    def _align_frames(self) -> None:
        """Have a frame each time that whole seconds remain."""
        if self._frames is None or self._call is None:
            return
        if self._call.is_paused:
            self._frames.pause()
        else:
            self._frames.resume()
            self._frames.reschedule(self._call.remaining % 1.0 or 1.0)

    def _show(self, *, refuses_pause: bool = False) -> None:
        is_seen = self._observer.watches and self._idle.is_set() and not self._abort.is_set()
        if not is_seen or self._call is None:
            return
        with self._screen:
            self._observer.counting_down(
                Countdown(self._call.remaining, self._seconds_in_all, self._rings, self._call.is_paused, refuses_pause)
            )
