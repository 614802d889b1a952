"""The lesson's "Terminator UI": the keyboard in the main thread, the job in a side thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Collection
from contextlib import closing
from typing import Generic, TypeVar

from parl.core.abort import AbortFlag
from parl.core.clock import SYSTEM_CLOCK, Clock
from parl.core.dispatcher import Dispatcher
from parl.core.errors import Aborted, ParlError
from parl.core.events import Continued, JobEnded, KeyPressed, Progressed, SignalReceived, StopRequested, TimedOut
from parl.core.job import Job, Outcome
from parl.core.side_thread import start_side_thread
from parl.core.signals import signals_posted, signals_wake
from parl.platform import open_keyboard
from parl.platform.base import Keyboard
from parl.platform.keys import parse_key_names

T = TypeVar("T")
_SLOW_END_SECONDS = 0.3


class Observer:
    """What a user interface may want to show; called on the terminator's thread. Does nothing itself."""

    def listening(self) -> None:
        """Keys begin to count: at the start, and again when parl comes back to the foreground."""

    def leaving_keys(self) -> None:
        """The job turned out to read the terminal itself, so the keys are left to it."""

    def progressed(self, value: object) -> None:
        """The job reports how far it is; *value* is what it gave to ``Job.report``."""

    def suspending(self) -> None:
        """Ctrl-Z was typed: parl is about to stop, and the shell to write on the screen."""

    def ending_slowly(self) -> None:
        """Some time after the abort the job has not ended yet: it uses its grace."""


class _EndedSlowly:
    """The job had time to end after the abort, and has not."""


class _AllHeard:
    """The job has ended, and what had been posted by then is dispatched."""


class _AllEnded:
    """The side thread has nothing left to do."""


def run_abortable(
    job: Job[T],
    keyboard: Keyboard | None = None,
    *,
    abort: AbortFlag | None = None,
    abort_keys: Collection[str] | None = None,
    timeout_seconds: float | None = None,
    clock: Clock = SYSTEM_CLOCK,
    observer: Observer | None = None,
    reraise: bool = True,
) -> Outcome[T]:
    """Run *job* until it ends or is aborted, and return its outcome.

    A key (any, or one of *abort_keys*), a signal, *timeout_seconds* or *abort*, set by anyone,
    ends the job; whichever comes first releases the other. A second key or signal ends it at once.
    Without *keyboard*, the controlling terminal's is opened. Its hooks are used, and it is closed.
    *observer* is told what a user interface may want to show; *clock* is what time is taken from.

    A signal that asked this process to end is raised again when all is cleaned up, so that it does
    what it always does (a Ctrl-C becomes KeyboardInterrupt); not with *reraise* off: then the
    caller finds SignalReceived in the outcome and has to act on it.

    The keyboard is read in the calling thread and the job runs in a side thread: the design of the
    lesson's second program. Call it in the main thread: elsewhere Python lets nobody handle signals. Raises what
    ``job.start`` raises; what goes wrong later is in the outcome.
    """
    if isinstance(abort_keys, str):
        abort_keys = parse_key_names(abort_keys)
    terminator = _Terminator(job, keyboard or open_keyboard(), abort or AbortFlag(clock), clock)
    outcome = terminator.run(abort_keys, timeout_seconds, observer or Observer())
    if reraise and isinstance(outcome.aborted_by, SignalReceived):
        signal.raise_signal(outcome.aborted_by.number)
    return outcome


class _Terminator(Generic[T]):
    def __init__(self, job: Job[T], keyboard: Keyboard, abort: AbortFlag, clock: Clock) -> None:
        self._job = job
        self._keyboard = keyboard
        self._abort = abort
        self._clock = clock
        self._dispatcher = Dispatcher(keyboard, clock)
        self._outcome: Outcome[T] | None = None
        self._signal: SignalReceived | None = None
        self._all_heard = threading.Event()

    def run(self, abort_keys: Collection[str] | None, timeout_seconds: float | None, observer: Observer) -> Outcome[T]:
        began = self._clock.now()
        self._abort_keys = abort_keys
        self._observer = observer
        self._register()
        keyboard = self._keyboard
        keyboard.on_listening = observer.listening
        keyboard.on_lending = observer.leaving_keys
        keyboard.has_rival = self._has_rival
        with signals_posted(self._dispatcher.post), keyboard, signals_wake(keyboard.signal_descriptor):
            if timeout_seconds is not None:
                self._dispatcher.post_later(timeout_seconds, TimedOut(timeout_seconds))
            outcome = self._run_job()
        late = self._dispatcher.take(SignalReceived)
        if self._signal is None and late is not None and not self._job.takes_signal(late):
            outcome = Outcome(value=outcome.value, aborted_by=late)  # it came while we were closing
        return outcome._replace(seconds=self._clock.now() - began)

    def _register(self) -> None:
        on = self._dispatcher.on
        on(KeyPressed, self._key_pressed)
        on(TimedOut, self._abort_because)
        on(SignalReceived, self._signalled)
        on(Progressed, lambda event: self._observer.progressed(event.value))
        on(_EndedSlowly, lambda _: self._observer.ending_slowly())
        on(StopRequested, lambda _: self._stop_and_go_on())
        on(Continued, lambda _: self._keyboard.listen_again())
        on(JobEnded, lambda _: self._dispatcher.post(_AllHeard()))
        on(_AllHeard, lambda _: self._all_heard.set())
        on(_AllEnded, lambda _: self._dispatcher.stop())

    def _run_job(self) -> Outcome[T]:
        with closing(self._job):
            # Note 16: the keyboard listens before there is a job. What is pressed now is read by
            # the loop, and gives the job a short life indeed.
            self._job.report = lambda value: self._dispatcher.post(Progressed(value))
            self._job.start()
            side = self._start_side()
            try:
                self._dispatcher.run()
            finally:
                # Also when the loop itself fails: no job outlives its terminator.
                if self._outcome is None:
                    self._abort.set("the terminator failed")
                self._all_heard.set()
                side.join()
        assert self._outcome is not None
        return self._outcome

    def _start_side(self) -> threading.Thread:
        try:
            return start_side_thread(self._work, name="parl-job", purpose="the job")
        except ParlError:
            self._job.hurry()
            self._job.end_rest()
            raise

    def _work(self) -> None:
        """Run in the side thread; note 13: the job itself releases the terminator."""
        self._outcome = self._run_to_its_end()
        self._dispatcher.post(JobEnded())
        # A Ctrl-C may have killed the command before parl came to look at it, and left others
        # behind. Whatever ended the job: if parl was told to end, it ends all, and says so.
        self._all_heard.wait()
        if self._signal is not None:
            survivors = self._outcome.survivors if self._outcome.is_aborted else self._job.end_rest()
            self._outcome = Outcome(value=self._outcome.value, aborted_by=self._signal, survivors=survivors)
        self._dispatcher.post(_AllEnded())

    def _run_to_its_end(self) -> Outcome[T]:
        try:
            return self._job.run(self._abort)
        except Aborted as stop:
            return Outcome(aborted_by=stop.reason)
        except BaseException as error:  # noqa: BLE001 - it must reach the main thread, not die here
            return Outcome(error=error)

    def _key_pressed(self, event: KeyPressed) -> None:
        if not self._abort.is_set() and self._job.takes_key(event.key):
            return
        if self._abort_keys is not None and event.key not in self._abort_keys:
            return
        self._asked(event)
        # Note 8: eat the rest of the key, so that it does not turn up at the shell's prompt; and
        # a burst is one press, not a press and an impatient second one.
        self._keyboard.drain()

    def _signalled(self, event: SignalReceived) -> None:
        if self._abort.is_set() or not self._job.takes_signal(event):
            self._asked(event)

    def _stop_and_go_on(self) -> None:
        self._observer.suspending()
        self._job.suspend()
        self._keyboard.suspend()
        self._job.resume()

    def _asked(self, event: KeyPressed | SignalReceived) -> None:
        """Abort; asked again, at once."""
        if isinstance(event, SignalReceived) and self._signal is None:
            self._signal = event
        if self._abort.is_set():
            self._job.hurry()
        else:
            self._abort_because(event)

    def _abort_because(self, event: object) -> None:
        self._abort.set(event)
        self._dispatcher.post_later(_SLOW_END_SECONDS, _EndedSlowly())

    def _has_rival(self) -> bool:
        return not self._abort.is_set() and self._job.reads_terminal()
