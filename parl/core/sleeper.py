"""The lesson's sleeper, as a job: it sleeps until a timer thread wakes it, and computes nothing meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

from parl.core.abort import AbortFlag
from parl.core.countdown import Countdown, Frames
from parl.core.errors import ParlError, UsageError
from parl.core.job import ForwardingJob, Job, Outcome
from parl.core.scheduled_call import RepeatedCall, ScheduledCall
from parl.core.scheduler import Scheduler
from parl.core.tick_work import TickWork

Arm = Callable[[Scheduler, Callable[[], None]], ScheduledCall]
"""Turns the alarm clock on: has a scheduler make a call, and returns what it gives."""

_PAUSE_KEY = "space"


class SleepObserver:
    """What a user interface may want to do while somebody sleeps. Does nothing itself.

    Called on the timer's thread. What is raised ends the sleep, as the outcome's error.
    """

    watches = False
    """Whether ``counting_down`` is to be called at all."""

    def counting_down(self, countdown: Countdown) -> None:
        """Whole seconds remain; also called at the beginning, and when Space was pressed."""

    def rang(self, skipped: int) -> None:
        """The sleeper was woken; *skipped* moments before had to be left out."""

    def worked(self, outcome: Outcome[None]) -> None:
        """What was to be done then has ended; where it could not begin, with the reason as its error."""


class Sleeper(ForwardingJob[None]):
    """Sleeps until it has been woken *times* (None: until it is aborted), by what *arm* asks of a scheduler.

    *make_work*: makes a job that is run each time, on the timer's thread, before it is woken again.
    Its failure does not end the sleep. Where the observer watches, Space pauses and resumes.
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
        self._work = TickWork(make_work)
        self.inner: Job[None] = self._work
        self._scheduler = scheduler or Scheduler()
        self._abort = AbortFlag()
        self._call: ScheduledCall | None = None
        self._frames: Frames | None = None
        self._rings = 0
        self._skipped = 0
        self._is_rested = False
        self._error: BaseException | None = None
        self._is_set_up = threading.Event()
        self._awake = threading.Event()

    def run(self, abort: AbortFlag) -> Outcome[None]:
        """Turn the alarm clock on, and sleep until woken for the last time, or aborted."""
        self._abort = abort
        forget = abort.on_set(self._awake.set)
        try:
            self._set_alarm_clock()
            self._awake.wait()
        finally:
            forget()
            survivors = self._work.finish()
            # Not for its thread: that may be stuck in a write that nobody reads.
            self._scheduler.close(wait=False)
        if self._error is not None:
            return Outcome(error=self._error)
        return Outcome() if self._is_rested else Outcome(aborted_by=abort.reason, survivors=survivors)

    def takes_key(self, key: str) -> bool:
        """Pause or resume, where somebody can see that; nothing else is for the sleeper."""
        if key != _PAUSE_KEY or not self._observer.watches:
            return False
        self._is_set_up.wait()  # soon: keys count from the first moment on
        if self._call is None or self._frames is None:
            return False
        try:
            if not self._call.resume():
                self._call.pause()
            self._frames.follow()
        except UsageError:
            self._frames.refuse()
        except ParlError:  # it is over: the scheduler is closed
            return False
        return True

    def _set_alarm_clock(self) -> None:
        """The lesson's note 4; its note 5, the snoring, is for the observer."""
        try:
            self._call = self._arm(self._scheduler, self._ring)
            if self._observer.watches:
                self._frames = Frames(self._scheduler, self._call, self._show)
                self._frames.follow()
        finally:
            self._is_set_up.set()

    def _ring(self) -> None:
        """Be called back, on the timer's thread: the last time, signal the sleeper to wake up (note 3)."""
        self._is_set_up.wait()
        if self._awake.is_set():
            return
        self._rings += 1
        try:
            self._observer.rang(self._newly_skipped())
            outcome = self._work.run(self._abort)
            self._observer.worked(outcome)
        except BaseException as error:  # noqa: BLE001 - the outcome carries it to whoever asked
            self._fail(error)
            return
        if outcome.is_aborted:
            return
        if self._rings == self._times:
            self._is_rested = True
            self._awake.set()
        elif self._frames is not None:
            self._frames.follow()

    def _newly_skipped(self) -> int:
        if not isinstance(self._call, RepeatedCall):
            return 0
        before, self._skipped = self._skipped, self._call.skipped
        return self._skipped - before

    def _show(self, countdown: Countdown) -> None:
        if self._awake.is_set():
            return
        try:
            self._observer.counting_down(countdown)
        except BaseException as error:  # noqa: BLE001
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """Wake up in terror."""
        self._error = error
        self._awake.set()
