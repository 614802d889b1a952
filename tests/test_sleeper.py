"""The sleeper sleeps until a timer thread wakes it; it can be held, aborted, and given work to do."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import pytest

from parl.core.abort import AbortFlag
from parl.core.countdown import Countdown
from parl.core.errors import CommandNotFoundError, UsageError
from parl.core.events import KeyPressed, SignalReceived
from parl.core.job import FunctionJob, Job, Outcome
from parl.core.scheduled_call import Missed, ScheduledCall
from parl.core.scheduler import Scheduler
from parl.core.sleeper import Arm, Sleeper, SleepObserver
from parl.core.terminator import run_abortable
from parl.testing import FakeClock, FakeKeyboard
from tests.asked import Asked
from tests.conftest import PATIENCE_SECONDS, begin, wait_until

NEVER = threading.Event()
START = 1_700_000_000.0
SURELY_STUCK_SECONDS = 3.0


def after(seconds: float) -> Arm:
    return lambda scheduler, ring: scheduler.after(seconds, ring)


def every(seconds: float, missed: Missed = "coalesce") -> Arm:
    return lambda scheduler, ring: scheduler.every(seconds, ring, missed=missed)


class Watcher(SleepObserver):
    """Notes what it is told, and when."""

    watches = True

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.set_up = threading.Event()
        self.frames: list[tuple[float, Countdown]] = []
        self.rings: list[tuple[float, int]] = []
        self.outcomes: list[Outcome[None]] = []

    def counting_down(self, countdown: Countdown) -> None:
        self.frames.append((self._clock.now(), countdown))
        self.set_up.set()

    def rang(self, skipped: int) -> None:
        self.rings.append((self._clock.now(), skipped))

    def worked(self, outcome: Outcome[None]) -> None:
        self.outcomes.append(outcome)

    def times_left(self) -> list[tuple[float, float]]:
        """Return when it was shown, and what."""
        return [(moment, countdown.seconds_left) for moment, countdown in self.frames]


class Night:
    """A sleeper in a thread of its own; the test moves the clock."""

    def __init__(self, arm: Arm, observer: type[Watcher] = Watcher, **options: Any) -> None:
        self.clock = FakeClock(threads=2, time=START)
        self.watcher = observer(self.clock)
        self.flag = AbortFlag(self.clock)
        self.scheduler = Scheduler(clock=self.clock)
        self.sleeper = Sleeper(arm, self.watcher, scheduler=self.scheduler, **options)
        self._running: Future[Outcome[None]] = begin(self.sleeper, self.flag)
        if self.watcher.watches:
            assert self.watcher.set_up.wait(PATIENCE_SECONDS)
            # The sleeper's own thread may not have come to its sleep, and is not on the clock.
            wait_until(self.sleeper._is_set_up.is_set, "the alarm clock")

    def outcome(self, patience_seconds: float = PATIENCE_SECONDS) -> Outcome[None]:
        """Return how it ended; what it raises is the outcome's error, as for the terminator."""
        try:
            return self._running.result(patience_seconds)
        except TimeoutError:
            raise AssertionError("the sleeper sleeps on") from None
        except Exception as error:
            return Outcome(error=error)

    def is_asleep(self) -> bool:
        return not self._running.done()

    def abort(self) -> Outcome[None]:
        self.flag.set("woken by hand")
        return self.outcome()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    wait_until(lambda: set(threading.enumerate()) <= before, "the threads' end")  # the sleeper does not wait for them


@pytest.fixture
def unhandled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been printed as an unhandled exception."""
    raised: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _traceback: raised.append(kind.__name__))
    return raised


# It sleeps and is woken


def test_it_sleeps_until_it_is_woken() -> None:
    night = Night(after(3))
    night.clock.advance(2.75)
    assert night.is_asleep()
    assert night.watcher.rings == []
    night.clock.advance(0.5)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(3, 0)]


def test_it_is_woken_as_often_as_was_asked() -> None:
    night = Night(every(10), times=3)
    night.clock.advance(29)
    assert night.is_asleep()
    night.clock.advance(100)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(10, 0), (20, 0), (30, 0)]


def test_it_sleeps_for_ever_if_nobody_says_how_often() -> None:
    night = Night(every(1), times=None)
    night.clock.advance(1000.5)
    assert len(night.watcher.rings) == 1000
    assert night.abort() == Outcome(aborted_by="woken by hand")


def test_no_time_at_all_is_soon_over() -> None:
    for _ in range(50):
        sleeper = Sleeper(after(0), SleepObserver())
        assert begin(sleeper, AbortFlag()).result(PATIENCE_SECONDS) == Outcome()


def test_what_arm_refuses_ends_it() -> None:
    night: Outcome[None] | None = None
    with pytest.raises(UsageError, match="no number of seconds"):
        night = Sleeper(after(-1), SleepObserver()).run(AbortFlag())
    assert night is None


def test_who_is_woken_in_the_moment_of_an_abort_has_slept_well() -> None:
    class Pinching(Watcher):
        def rang(self, skipped: int) -> None:
            night.flag.set("too late")

    night = Night(after(3), Pinching)
    night.clock.advance(4)
    assert night.outcome() == Outcome()


# An abort


def test_an_abort_wakes_it() -> None:
    night = Night(after(3))
    night.clock.advance(1)
    assert night.abort() == Outcome(aborted_by="woken by hand")
    assert night.watcher.rings == []


def test_an_abort_before_it_sleeps_gives_it_a_short_life() -> None:
    flag = AbortFlag()
    flag.set("long ago")
    for arm in (after(3600), after(0), every(0.001)):
        watcher = Watcher(FakeClock())
        assert Sleeper(arm, watcher, times=None).run(flag) == Outcome(aborted_by="long ago")
        assert watcher.rings == []


def test_an_abort_between_two_rings_is_one() -> None:
    night = Night(every(1), times=3)
    night.clock.advance(2.5)
    assert night.abort() == Outcome(aborted_by="woken by hand")
    assert len(night.watcher.rings) == 2


# The countdown


def test_frames_come_when_whole_seconds_remain() -> None:
    night = Night(after(3.25))
    night.clock.advance(3.125)
    assert night.watcher.times_left() == [(0, 3.25), (0.25, 3), (1.25, 2), (2.25, 1)]
    assert {frame.seconds_in_all for _, frame in night.watcher.frames} == {3.25}
    night.clock.advance(1)
    assert night.outcome() == Outcome()


def test_frames_follow_the_repeated_call() -> None:
    night = Night(every(2.5), times=None)
    night.clock.advance(5.125)
    shown = set(night.watcher.times_left())
    assert shown >= {(0, 2.5), (0.5, 2), (1.5, 1), (2.5, 2.5), (3, 2), (4, 1), (5, 2.5)}
    assert all(left % 1 == 0 or left == 2.5 for _, left in shown)
    night.abort()


def test_who_does_not_watch_is_shown_nothing(unhandled: list[str]) -> None:
    class Blind(Watcher):
        watches = False

    night = Night(every(3), Blind, times=2)
    night.clock.advance(10)
    assert night.outcome() == Outcome()
    assert night.watcher.frames == []
    assert len(night.watcher.rings) == 2
    assert unhandled == []


# Space


def test_space_holds_the_time_and_lets_it_go_on() -> None:
    night = Night(after(3))
    night.clock.advance(1.5)
    assert night.sleeper.takes_key("space")
    night.clock.advance(0)
    assert night.watcher.frames[-1] == (1.5, Countdown(1.5, 3, is_paused=True))
    shown = len(night.watcher.frames)
    night.clock.advance(1000)
    assert len(night.watcher.frames) == shown, "what stands still need not be shown again"
    assert night.is_asleep()
    assert night.sleeper.takes_key("space")
    night.clock.advance(0)
    assert night.watcher.frames[-1] == (1001.5, Countdown(1.5, 3))
    night.clock.advance(1.25)
    assert (1002.0, 1.0) in night.watcher.times_left()
    night.clock.advance(0.5)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(1003, 0)]


def test_space_holds_a_repeated_call_too() -> None:
    night = Night(every(2), times=3)
    night.clock.advance(3)
    night.sleeper.takes_key("space")
    night.clock.advance(100)
    night.sleeper.takes_key("space")
    night.clock.advance(10)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(2, 0), (104, 0), (106, 0)]


def test_a_held_sleeper_can_be_aborted() -> None:
    night = Night(after(3))
    night.sleeper.takes_key("space")
    assert night.abort() == Outcome(aborted_by="woken by hand")


def test_a_time_of_day_cannot_be_held_and_that_is_shown() -> None:
    night = Night(lambda scheduler, ring: scheduler.at(START + 3, ring))
    night.clock.advance(1.5)
    assert night.sleeper.takes_key("space"), "it does not abort either"
    night.clock.advance(0)
    assert night.watcher.frames[-1] == (1.5, Countdown(1.5, 3, refuses_pause=True))
    night.clock.advance(2)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(3, 0)]


@pytest.mark.parametrize("key", ["a", "enter", "esc", " ", "up", ""])
def test_another_key_is_not_for_it(key: str) -> None:
    night = Night(after(3))
    assert not night.sleeper.takes_key(key)
    assert not night.watcher.frames[-1][1].is_paused
    night.abort()


def test_before_it_sleeps_no_key_is_for_it() -> None:
    assert not Sleeper(after(3), SleepObserver()).takes_key("space")


def test_after_it_has_slept_no_key_is_for_it() -> None:
    night = Night(after(3))
    night.abort()
    assert not night.sleeper.takes_key("space")


def test_where_the_alarm_clock_was_refused_no_key_is_for_it(clock: FakeClock) -> None:
    sleeper = Sleeper(after(-1), Watcher(clock))
    with pytest.raises(UsageError):
        sleeper.run(AbortFlag())
    assert not sleeper.takes_key("space")


def test_where_nobody_watches_space_is_a_key_like_any_other() -> None:
    class Blind(Watcher):
        watches = False

    night = Night(after(3), Blind)
    assert not night.sleeper.takes_key("space")
    night.abort()


def test_space_does_not_abort_and_another_key_does() -> None:
    clock = FakeClock(threads=3)  # the third never waits: time stands still
    watcher = Watcher(clock)
    keyboard = FakeKeyboard(clock)
    sleeper = Sleeper(after(3600), watcher, scheduler=Scheduler(clock=clock))

    def press() -> None:
        assert watcher.set_up.wait(PATIENCE_SECONDS)
        for paused in (True, False, True):
            keyboard.press("space")
            wait_until(lambda paused=paused: watcher.frames[-1][1].is_paused == paused, "Space to be heard")
        keyboard.press("x")

    presser = threading.Thread(target=press)
    presser.start()
    outcome = run_abortable(sleeper, keyboard, clock=clock)
    presser.join(PATIENCE_SECONDS)
    assert outcome.aborted_by == KeyPressed("x")


# What an observer raises


def failing(method: str, error: BaseException, *, on_call: int = 1) -> type[Watcher]:
    """Return an observer that raises *error* the nth time that *method* is called."""

    class Failing(Watcher):
        calls = 0

    def fail(self: Failing, *arguments: Any) -> None:
        getattr(Watcher, method)(self, *arguments)
        self.calls += 1
        if self.calls == on_call:
            raise error

    setattr(Failing, method, fail)
    return Failing


@pytest.mark.parametrize("method", ["rang", "worked"])
def test_what_an_observer_raises_ends_the_sleep(unhandled: list[str], method: str) -> None:
    error = OSError("nobody reads any more")
    night = Night(every(1), failing(method, error, on_call=2), times=5, make_work=lambda: FunctionJob(lambda _: None))
    night.clock.advance(20)
    assert night.outcome() == Outcome(error=error)
    assert len(night.watcher.rings) == 2
    assert unhandled == []


def test_what_an_observer_raises_at_the_beginning_ends_the_sleep() -> None:
    class Failing(SleepObserver):
        watches = True

        def counting_down(self, countdown: Countdown) -> None:
            raise error

    error = OSError("nobody reads any more")
    clock = FakeClock(threads=2)
    outcome = run_abortable(Sleeper(after(3600), Failing()), FakeKeyboard(clock), clock=clock)
    assert outcome.error is error


@pytest.mark.parametrize(("arm", "on_call"), [(after(5.5), 3), (every(1.5), 2)], ids=["a frame", "behind a ring"])
def test_what_an_observer_raises_while_it_counts_ends_the_sleep(unhandled: list[str], arm: Arm, on_call: int) -> None:
    error = OSError("nobody reads any more")
    night = Night(arm, failing("counting_down", error, on_call=on_call), times=5)
    night.clock.advance(4)
    try:
        assert unhandled == []
        assert night.outcome(SURELY_STUCK_SECONDS) == Outcome(error=error)
    finally:
        night.flag.set("enough")


def test_what_an_observer_raises_at_a_key_ends_the_sleep() -> None:
    error = OSError("nobody reads any more")
    night = Night(after(3600), failing("counting_down", error, on_call=2))
    try:
        assert night.sleeper.takes_key("space")
        assert night.outcome(SURELY_STUCK_SECONDS) == Outcome(error=error)
    finally:
        night.flag.set("enough")


def test_what_an_observer_raises_at_the_beginning_while_it_rings_ends_the_sleep() -> None:
    rings = threading.Event()

    class Failing(SleepObserver):
        watches = True

        def counting_down(self, countdown: Countdown) -> None:
            assert rings.wait(PATIENCE_SECONDS)
            raise OSError("nobody reads any more")

    def arm(scheduler: Scheduler, ring: Callable[[], None]) -> ScheduledCall:
        def call() -> None:
            rings.set()
            ring()

        return scheduler.after(0, call)

    def run() -> None:
        with suppress(OSError):
            Sleeper(arm, Failing()).run(AbortFlag())

    side = threading.Thread(target=run, daemon=True)
    side.start()
    side.join(SURELY_STUCK_SECONDS)
    assert not side.is_alive()


def test_an_observer_that_is_stuck_holds_no_abort_up() -> None:
    stuck, is_read = threading.Event(), threading.Event()

    class Stuck(Watcher):
        def counting_down(self, countdown: Countdown) -> None:
            super().counting_down(countdown)
            if countdown.is_paused:
                stuck.set()
                is_read.wait(PATIENCE_SECONDS)

    night = Night(after(3600), Stuck)
    try:
        assert night.sleeper.takes_key("space")
        assert stuck.wait(PATIENCE_SECONDS)
        night.flag.set("woken by hand")
        assert night.outcome(SURELY_STUCK_SECONDS) == Outcome(aborted_by="woken by hand")
    finally:
        is_read.set()


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_not_even_what_is_no_exception_lets_it_sleep_for_ever(unhandled: list[str], kind: type[BaseException]) -> None:
    night = Night(after(1), failing("rang", kind()))
    night.clock.advance(2)
    try:
        wait_until(lambda: not night.is_asleep(), "the sleeper's end", SURELY_STUCK_SECONDS)
    finally:
        night.flag.set("enough")


# Work


class Work(Asked, Job[None]):
    """Notes what is asked of it; runs until *run* is done."""

    reads = False

    def __init__(self, run: Callable[[AbortFlag], Outcome[None]] | None = None) -> None:
        super().__init__()
        self._run = run or (lambda _: Outcome())
        self.begun = threading.Event()
        self.threads: set[threading.Thread] = set()

    def start(self) -> None:
        self.asked.append("start")
        self.threads.add(threading.current_thread())

    def run(self, abort: AbortFlag) -> Outcome[None]:
        self.asked.append("run")
        self.threads.add(threading.current_thread())
        self.begun.set()
        return self._run(abort)

    def end_rest(self) -> tuple[int, ...]:
        self.asked.append("end rest")
        return (7,)


def until_aborted(abort: AbortFlag) -> Outcome[None]:
    abort.wait()
    return Outcome(aborted_by=abort.reason, survivors=(8,))


def test_work_is_done_at_each_ring_on_the_timer_thread() -> None:
    works: list[Work] = []

    def make() -> Work:
        works.append(Work())
        return works[-1]

    night = Night(every(1), times=3, make_work=make)
    night.clock.advance(10)
    assert night.outcome() == Outcome()
    wait_until(lambda: works[-1].asked[-1] == "close", "the last work to be let go of")
    assert [work.asked for work in works] == [["start", "run", "close"]] * 3
    assert {thread.name for work in works for thread in work.threads} == {"parl-scheduler"}
    assert night.watcher.outcomes == [Outcome()] * 3


def test_work_that_takes_long_skips_what_it_overran_and_that_is_told() -> None:
    def slow(abort: AbortFlag) -> Outcome[None]:
        if len(night.watcher.rings) == 1:
            night.clock.wait(NEVER, 3.5)
        return Outcome()

    night = Night(every(1), times=4, make_work=lambda: Work(slow))
    night.clock.advance(20)
    assert night.outcome() == Outcome()
    assert night.watcher.rings == [(1, 0), (4.5, 2), (5, 0), (6, 0)]


def test_work_that_fails_does_not_end_the_sleep() -> None:
    ends = iter([Outcome[None](exit_code=3), Outcome[None](signal=9), Outcome[None](error=ValueError("a bug"))])
    told: list[Outcome[None]] = []

    def fail(_: AbortFlag) -> Outcome[None]:
        told.append(next(ends))
        return told[-1]

    night = Night(every(1), times=3, make_work=lambda: Work(fail))
    night.clock.advance(10)
    assert night.outcome() == Outcome()
    assert night.watcher.outcomes == told
    assert len(told) == 3


def test_work_that_cannot_start_does_not_end_the_sleep() -> None:
    error = CommandNotFoundError("no such thing")

    class Unstartable(Work):
        def start(self) -> None:
            raise error

    night = Night(every(1), times=2, make_work=Unstartable)
    night.clock.advance(10)
    assert night.outcome() == Outcome()
    assert night.watcher.outcomes == [Outcome(error=error)] * 2


def test_work_that_is_aborted_ends_before_the_sleeper_does() -> None:
    work = Work(until_aborted)
    night = Night(every(1), times=None, make_work=lambda: work)
    night.clock.advance(1)
    assert work.begun.wait(PATIENCE_SECONDS)
    night.flag.set("woken by hand")
    assert night.outcome() == Outcome(aborted_by="woken by hand", survivors=(8,))
    assert night.watcher.outcomes == [Outcome(aborted_by="woken by hand", survivors=(8,))]
    wait_until(lambda: "close" in work.asked, "the work to be let go of")
    assert "end rest" not in work.asked, "it has ended its own"


def test_an_abort_of_the_last_work_is_an_abort() -> None:
    work = Work(until_aborted)
    night = Night(every(1), times=1, make_work=lambda: work)
    night.clock.advance(0.5)
    side = threading.Thread(target=night.clock.advance, args=(1,), daemon=True)
    side.start()  # time stands still while the work runs
    assert work.begun.wait(PATIENCE_SECONDS)
    night.flag.set("woken by hand")
    assert night.outcome() == Outcome(aborted_by="woken by hand", survivors=(8,))


def test_work_may_leave_by_aborted(unhandled: list[str]) -> None:

    def leave(abort: AbortFlag) -> Outcome[None]:
        abort.wait()
        abort.check()
        return Outcome()

    work = Work(leave)
    night = Night(every(1), times=None, make_work=lambda: work)
    night.clock.advance(1)
    assert work.begun.wait(PATIENCE_SECONDS)
    night.flag.set("woken by hand")
    assert night.outcome() == Outcome(aborted_by="woken by hand")
    assert unhandled == []


def test_what_is_asked_of_the_sleeper_reaches_the_work() -> None:
    work = Work(until_aborted)
    night = Night(every(1), times=None, make_work=lambda: work)
    night.clock.advance(1)
    assert work.begun.wait(PATIENCE_SECONDS)
    night.sleeper.hurry()
    night.sleeper.suspend()
    night.sleeper.resume()
    assert work.asked == ["start", "run", "hurry", "suspend", "resume"]
    assert not night.sleeper.reads_terminal()
    work.reads = True
    assert night.sleeper.reads_terminal()
    assert night.sleeper.end_rest() == (7,)
    night.abort()


def test_without_work_there_is_nothing_to_reach() -> None:
    sleeper = Sleeper(after(3), SleepObserver())
    sleeper.hurry()
    sleeper.suspend()
    sleeper.resume()
    sleeper.close()
    assert sleeper.end_rest() == ()
    assert not sleeper.reads_terminal()


@pytest.mark.parametrize(
    ("end", "reason", "ended"),
    [
        (Outcome(signal=2), SignalReceived(2, by_terminal=True), True),
        (Outcome(signal=2), "a key", True),
        (Outcome(signal=9), SignalReceived(2, by_terminal=True), False),
        (Outcome(), SignalReceived(2, by_terminal=True), False),
    ],
    ids=["died of it", "died as a key was pressed", "died of another", "ended well"],
)
def test_what_a_work_that_died_left_behind_is_ended_after_a_signal(
    end: Outcome[None], reason: object, ended: bool
) -> None:
    def be_killed(flag: AbortFlag) -> Outcome[None]:
        flag.set(reason)  # the same Ctrl-C, as parl sees it
        return end

    work = Work(be_killed)
    night = Night(every(1), times=None, make_work=lambda: work)
    night.clock.advance(1.5)
    assert night.outcome() == Outcome(aborted_by=reason, survivors=(7,) if ended else ())
    assert ("end rest" in work.asked) == ended
