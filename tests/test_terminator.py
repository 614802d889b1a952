"""The keyboard in the main thread, the job in a side thread: whichever ends first releases the other."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from parl.core.abort import AbortFlag
from parl.core.errors import Aborted, CommandNotFoundError, ParlError
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import FunctionJob, Job, Outcome
from parl.core.terminator import Observer, run_abortable
from parl.platform.base import NoKeyboard
from parl.testing import FakeClock, FakeKeyboard
from tests.conftest import PATIENCE_SECONDS, no_threads

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pthread_kill")


@pytest.fixture
def clock() -> FakeClock:
    """Moves when both the keyboard's reader and the job wait."""
    return FakeClock(threads=2)


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """Every test leaves the handlers of all signals as it found them."""
    watched = signal.valid_signals() - {getattr(signal, "SIGALRM", None)}  # that one is pytest-timeout's
    before = {number: signal.getsignal(number) for number in watched}
    yield
    assert {number: signal.getsignal(number) for number in watched} == before


class Patient(Job):
    """Works until it is told to stop, and stops at once."""

    def run(self, abort: AbortFlag) -> Outcome:
        abort.wait()
        return Outcome(aborted_by=abort.reason)


class Stubborn(Job):
    """Takes a minute to end after an abort, unless it is hurried."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._hurried = threading.Event()
        self.hurries: list[float] = []

    def run(self, abort: AbortFlag) -> Outcome:
        abort.wait()
        self._clock.wait(self._hurried, 60)
        return Outcome(aborted_by=abort.reason)

    def hurry(self) -> None:
        self.hurries.append(self._clock.now())
        self._hurried.set()


class Diary(Observer):
    """Notes what it is told, and when."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.entries: list[tuple[float, str]] = []

    def listening(self) -> None:
        self.entries.append((self._clock.now(), "listening"))

    def leaving_keys(self) -> None:
        self.entries.append((self._clock.now(), "leaving keys"))

    def ending_slowly(self) -> None:
        self.entries.append((self._clock.now(), "ending slowly"))


def working(clock: FakeClock, seconds: float) -> FunctionJob:
    """Return a job that takes its time and does not look at the flag."""

    def work(_abort: AbortFlag) -> str:
        clock.wait(threading.Event(), seconds)
        return "done"

    return FunctionJob(work)


def test_a_job_that_ends_releases_the_terminator(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    assert run_abortable(working(clock, 3), keyboard, clock=clock) == Outcome(value="done", seconds=3)
    assert not keyboard.listening


def test_a_job_is_timed_from_its_own_start() -> None:
    clock = FakeClock()
    clock.advance(100)
    assert run_abortable(FunctionJob(lambda _: clock.advance(3)), NoKeyboard(), clock=clock).seconds == 3


def test_a_key_aborts_the_job(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (2.5, "x"))
    outcome = run_abortable(Patient(), keyboard, clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=2.5)
    assert not keyboard.listening


def test_only_the_abort_keys_abort(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (1, "a"), (2, "Q"), (3, "esc"), (4, "q"))
    outcome = run_abortable(Patient(), keyboard, abort_keys=("q", "esc"), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("esc"), seconds=3)


def test_abort_keys_may_be_written_as_people_do(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (1, "a"), (2, ","), (3, "esc"))
    outcome = run_abortable(Patient(), keyboard, abort_keys="q, ESC", clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("esc"), seconds=3)


def test_another_key_than_the_abort_keys_changes_nothing(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (1, "a"))
    outcome = run_abortable(working(clock, 3), keyboard, abort_keys={"q"}, clock=clock)
    assert outcome == Outcome(value="done", seconds=3)


def test_without_any_abort_key_no_key_aborts(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (1, "a"))
    outcome = run_abortable(working(clock, 3), keyboard, abort_keys=(), clock=clock)
    assert outcome == Outcome(value="done", seconds=3)


def test_the_time_runs_out(clock: FakeClock) -> None:
    outcome = run_abortable(Patient(), FakeKeyboard(clock), timeout_seconds=5, clock=clock)
    assert outcome == Outcome(aborted_by=TimedOut(5), seconds=5)


def test_a_job_in_time_is_not_timed_out(clock: FakeClock) -> None:
    outcome = run_abortable(working(clock, 4.9), FakeKeyboard(clock), timeout_seconds=5, clock=clock)
    assert outcome == Outcome(value="done", seconds=4.9)


def test_the_time_running_out_during_the_grace_changes_no_reason(clock: FakeClock) -> None:
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (1, "x")), timeout_seconds=2, clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=61)
    assert job.hurries == []


def test_a_second_key_hurries(clock: FakeClock) -> None:
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (1, "x"), (1.2, "y")), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=1.2)
    assert job.hurries == [1.2]


def test_a_key_after_the_time_ran_out_hurries(clock: FakeClock) -> None:
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (3, "x")), timeout_seconds=2, clock=clock)
    assert outcome == Outcome(aborted_by=TimedOut(2), seconds=3)
    assert job.hurries == [3]


def test_the_second_key_must_be_an_abort_key_too(clock: FakeClock) -> None:
    job = Stubborn(clock)
    keyboard = FakeKeyboard(clock, (1, "q"), (2, "x"), (3, "q"))
    assert run_abortable(job, keyboard, abort_keys=("q",), clock=clock).seconds == 3
    assert job.hurries == [3]


def test_a_burst_is_one_press(clock: FakeClock) -> None:
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (1, "a"), (1, "b"), (1, "c")), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("a"), seconds=61)
    assert job.hurries == []


def test_a_key_before_there_is_a_job_gives_it_a_short_life(clock: FakeClock) -> None:
    outcome = run_abortable(Patient(), FakeKeyboard(clock, (0, "x")), timeout_seconds=9, clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=0)


def test_a_key_while_the_job_is_being_started_counts(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)

    class SlowToStart(Patient):
        def start(self) -> None:
            keyboard.press("x")

    outcome = run_abortable(SlowToStart(), keyboard, timeout_seconds=9, clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=0)


def test_the_job_is_started_in_the_main_thread_with_the_keyboard_open(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    seen: list[tuple[str, threading.Thread, bool]] = []

    class Watched(Job):
        def start(self) -> None:
            seen.append(("start", threading.current_thread(), keyboard.listening))

        def run(self, abort: AbortFlag) -> Outcome:
            seen.append(("run", threading.current_thread(), keyboard.listening))
            return Outcome()

    run_abortable(Watched(), keyboard, clock=clock)
    assert [(name, listening) for name, _, listening in seen] == [("start", True), ("run", True)]
    assert seen[0][1] is threading.main_thread()
    assert seen[1][1] is not threading.main_thread()
    assert not seen[1][1].is_alive()


def test_a_job_that_ends_in_the_very_moment_of_the_key_reports_its_own_success(clock: FakeClock) -> None:
    for _ in range(200):
        keyboard = FakeKeyboard(clock)

        def work(_abort: AbortFlag, keyboard: FakeKeyboard = keyboard) -> str:
            keyboard.press("x")
            return "done"

        assert run_abortable(FunctionJob(work), keyboard, clock=clock).value == "done"


def test_a_job_that_cannot_start_raises_and_leaves_the_keyboard_closed(clock: FakeClock) -> None:
    class Unstartable(Patient):
        def start(self) -> None:
            raise CommandNotFoundError("no such thing")

    keyboard = FakeKeyboard(clock)
    with pytest.raises(CommandNotFoundError, match="no such thing"):
        run_abortable(Unstartable(), keyboard, clock=clock)
    assert not keyboard.listening


def test_a_jobs_exception_is_in_the_outcome(clock: FakeClock) -> None:
    error = ZeroDivisionError("a bug")

    class Buggy(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            raise error

    assert run_abortable(Buggy(), FakeKeyboard(clock), clock=clock) == Outcome(error=error)


def test_a_job_of_ones_own_may_leave_by_aborted(clock: FakeClock) -> None:
    class Checking(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            abort.wait()
            abort.check()
            return Outcome(value="never")

    outcome = run_abortable(Checking(), FakeKeyboard(clock, (1, "x")), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=1)


def test_aborted_passes_through_a_functions_own_exception_handler(clock: FakeClock) -> None:
    def work(abort: AbortFlag) -> str:
        try:
            abort.wait()
            abort.check()
        except Exception:
            return "eaten"
        return "never"

    outcome = run_abortable(FunctionJob(work), FakeKeyboard(clock, (1, "x")), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=1)
    with pytest.raises(Aborted):
        outcome.unwrap()


def test_a_function_that_leaves_by_system_exit_does_not_die_in_its_thread(clock: FakeClock) -> None:
    def leave(_abort: AbortFlag) -> None:
        sys.exit(3)

    outcome = run_abortable(FunctionJob(leave), FakeKeyboard(clock), clock=clock)
    assert not outcome.is_success
    with pytest.raises(SystemExit) as raised:
        outcome.unwrap()
    assert raised.value.code == 3


def test_anyones_flag_aborts(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    somebody = threading.Thread(target=flag.set, args=("somebody else",))

    class Awaited(Patient):
        def run(self, abort: AbortFlag) -> Outcome:
            somebody.start()
            return super().run(abort)

    outcome = run_abortable(Awaited(), FakeKeyboard(clock), abort=flag, clock=clock)
    assert outcome == Outcome(aborted_by="somebody else")
    somebody.join()


def test_a_flag_that_is_set_before_gives_the_job_a_short_life(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    flag.set("long ago")
    outcome = run_abortable(Patient(), FakeKeyboard(clock), abort=flag, timeout_seconds=9, clock=clock)
    assert outcome == Outcome(aborted_by="long ago")


def test_a_key_after_anyones_abort_hurries(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    flag.set("somebody else")
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (2, "x")), abort=flag, clock=clock)
    assert outcome == Outcome(aborted_by="somebody else", seconds=2)
    assert job.hurries == [2]


def test_the_observer_is_told_when_keys_count_and_when_the_end_takes_long(clock: FakeClock) -> None:
    diary = Diary(clock)
    run_abortable(Stubborn(clock), FakeKeyboard(clock, (1, "x")), clock=clock, observer=diary)
    assert diary.entries == [(0, "listening"), (1.3, "ending slowly")]


def test_the_observer_hears_nothing_of_a_prompt_end(clock: FakeClock) -> None:
    diary = Diary(clock)
    run_abortable(Patient(), FakeKeyboard(clock, (1, "x")), clock=clock, observer=diary)
    assert diary.entries == [(0, "listening")]


def test_the_observer_is_told_how_far_the_job_is(clock: FakeClock) -> None:
    class Reporting(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            for value in ("half", None, 3):
                self.report(value)
            return Outcome()

    class Listening(Observer):
        def progressed(self, value: object) -> None:
            heard.append((value, threading.current_thread()))

    heard: list[tuple[object, threading.Thread]] = []
    run_abortable(Reporting(), FakeKeyboard(clock), clock=clock, observer=Listening())
    assert heard == [(value, threading.main_thread()) for value in ("half", None, 3)]


def test_keys_are_left_to_a_job_that_reads_the_terminal(clock: FakeClock) -> None:
    class Asking(Patient):
        def reads_terminal(self) -> bool:
            return clock.now() < 3

    diary = Diary(clock)
    keyboard = FakeKeyboard(clock, (1, "y"), (2, "enter"), (4, "x"))
    outcome = run_abortable(Asking(), keyboard, clock=clock, observer=diary)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=4)
    assert diary.entries == [(0, "listening"), (1, "leaving keys"), (2, "leaving keys")]


def test_after_the_abort_the_keys_are_ours_even_if_the_job_reads_the_terminal(clock: FakeClock) -> None:
    class Asking(Stubborn):
        def reads_terminal(self) -> bool:
            return clock.now() > 1

    outcome = run_abortable(Asking(clock), FakeKeyboard(clock, (1, "x"), (2, "y")), clock=clock)
    assert outcome.seconds == 2


class Signalling(Job):
    """Has the main thread signalled, then does as *then* does."""

    def __init__(self, number: int, then: Job) -> None:
        self._number = number
        self._then = then

    def run(self, abort: AbortFlag) -> Outcome:
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, self._number)
        return self._then.run(abort)

    def hurry(self) -> None:
        self._then.hurry()


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_a_signal_aborts(clock: FakeClock, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = getattr(signal, name)
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: True)
    outcome = run_abortable(Signalling(number, Patient()), FakeKeyboard(clock), clock=clock, reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(number, by_terminal=name in ("SIGINT", "SIGQUIT")))


@posix
def test_an_interrupt_that_no_terminal_sent_is_not_taken_for_a_typed_one(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: False)
    outcome = run_abortable(Signalling(signal.SIGINT, Patient()), FakeKeyboard(clock), clock=clock, reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGINT, by_terminal=False))


@posix
def test_a_ctrl_c_goes_on_to_whom_it_was_meant_for(clock: FakeClock) -> None:
    """Else a loop around run_abortable could not be stopped."""
    keyboard = FakeKeyboard(clock)
    with pytest.raises(KeyboardInterrupt):
        run_abortable(Signalling(signal.SIGINT, Patient()), keyboard, clock=clock)
    assert not keyboard.listening


@posix
def test_a_second_signal_hurries(clock: FakeClock) -> None:
    job = Stubborn(clock)
    main = threading.get_ident()

    class Impatient(Diary):
        def ending_slowly(self) -> None:
            super().ending_slowly()
            signal.pthread_kill(main, signal.SIGTERM)

    outcome = run_abortable(
        Signalling(signal.SIGTERM, job), FakeKeyboard(clock), clock=clock, observer=Impatient(clock), reraise=False
    )
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGTERM), seconds=0.3)
    assert job.hurries == [0.3]


@posix
def test_an_ignored_signal_stays_ignored(clock: FakeClock) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        outcome = run_abortable(Signalling(signal.SIGHUP, working(clock, 3)), FakeKeyboard(clock), clock=clock)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert outcome == Outcome(value="done", seconds=3)


@posix
def test_handlers_are_restored_also_after_an_error(clock: FakeClock) -> None:
    def handler(*_: object) -> None:
        raise AssertionError("not while the job runs")

    class Unstartable(Patient):
        def start(self) -> None:
            assert signal.getsignal(signal.SIGTERM) is not handler
            raise CommandNotFoundError("no such thing")

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(CommandNotFoundError):
            run_abortable(Unstartable(), FakeKeyboard(clock), clock=clock)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


@posix
def test_a_stop_request_suspends_the_keyboard_and_the_job_goes_on(clock: FakeClock) -> None:
    class Suspendable(FakeKeyboard):
        def suspend(self) -> None:
            super().suspend()
            suspended.set()

    suspended = threading.Event()
    keyboard = Suspendable(clock)

    def work(_abort: AbortFlag) -> str:
        assert suspended.wait(PATIENCE_SECONDS)
        return "done"

    outcome = run_abortable(Signalling(signal.SIGTSTP, FunctionJob(work)), keyboard, clock=clock)
    assert outcome == Outcome(value="done")
    assert keyboard.suspensions == 1


@posix
def test_a_stop_request_is_told_before_anything_stops(clock: FakeClock) -> None:
    order: list[str] = []
    gone_on = threading.Event()

    class Leaving(Diary):
        def suspending(self) -> None:
            order.append("told")

    class Suspendable(FakeKeyboard):
        def suspend(self) -> None:
            order.append("keyboard suspended")

    class Holdable(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            return Outcome(value=gone_on.wait(PATIENCE_SECONDS))

        def suspend(self) -> None:
            order.append("job suspended")

        def resume(self) -> None:
            order.append("job resumed")
            gone_on.set()

    class Stopped(Signalling):
        def suspend(self) -> None:
            self._then.suspend()

        def resume(self) -> None:
            self._then.resume()

    job = Stopped(signal.SIGTSTP, Holdable())
    outcome = run_abortable(job, Suspendable(clock), clock=clock, observer=Leaving(clock))
    assert outcome == Outcome(value=True)
    assert order == ["told", "job suspended", "keyboard suspended", "job resumed"]


@posix
def test_a_continued_process_looks_at_its_terminal_again(clock: FakeClock) -> None:
    class Continuable(FakeKeyboard):
        def listen_again(self) -> None:
            continued.set()

    continued = threading.Event()

    def work(_abort: AbortFlag) -> bool:
        return continued.wait(PATIENCE_SECONDS)

    outcome = run_abortable(Signalling(signal.SIGCONT, FunctionJob(work)), Continuable(clock), clock=clock)
    assert outcome == Outcome(value=True)


def test_in_another_thread_it_works_without_signals(clock: FakeClock) -> None:
    with ThreadPoolExecutor(1) as side:
        running = side.submit(run_abortable, Patient(), FakeKeyboard(clock, (1, "x")), clock=clock)
        assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by=KeyPressed("x"), seconds=1)


class Recorded(Job):
    """Notes what is asked of it, and leaves the process 7 behind that nothing ends."""

    def __init__(self, clock: FakeClock, keyboard: FakeKeyboard, outcome: Outcome) -> None:
        self._clock = clock
        self._keyboard = keyboard
        self._outcome = outcome
        self.calls: list[str] = []

    def run(self, abort: AbortFlag) -> Outcome:
        self.calls.append("run")
        return self._outcome

    def end_rest(self) -> tuple[int, ...]:
        self.calls.append("end rest")
        return (7,)

    def close(self) -> None:
        assert self._keyboard.listening, "the keyboard closes last"
        self.calls.append("close")


def test_a_job_is_closed_after_all_else(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    job = Recorded(clock, keyboard, Outcome(value="done"))
    assert run_abortable(job, keyboard, clock=clock) == Outcome(value="done")
    assert job.calls == ["run", "close"], "what a job that ended well leaves behind is left alone"


def test_a_job_that_cannot_start_is_closed_too(clock: FakeClock) -> None:
    class Unstartable(Recorded):
        def start(self) -> None:
            raise CommandNotFoundError("no such thing")

    keyboard = FakeKeyboard(clock)
    job = Unstartable(clock, keyboard, Outcome())
    with pytest.raises(CommandNotFoundError):
        run_abortable(job, keyboard, clock=clock)
    assert job.calls == ["close"]


@posix
def test_a_signal_wins_over_the_jobs_own_end_and_ends_what_it_left_behind(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    main = threading.get_ident()

    class Signalled(Recorded):
        def run(self, abort: AbortFlag) -> Outcome:
            signal.pthread_kill(main, signal.SIGTERM)
            return super().run(abort)

    for _ in range(20):
        job = Signalled(clock, keyboard, Outcome(signal=15))
        outcome = run_abortable(job, keyboard, clock=clock, reraise=False)
        assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGTERM), survivors=(7,))
        assert job.calls == ["run", "end rest", "close"]


@posix
def test_the_value_of_a_job_that_a_signal_has_come_in_is_kept(clock: FakeClock) -> None:
    job = Signalling(signal.SIGTERM, FunctionJob(lambda _: "done"))
    outcome = run_abortable(job, FakeKeyboard(clock), clock=clock, reraise=False)
    assert outcome == Outcome(value="done", aborted_by=SignalReceived(signal.SIGTERM))


@posix
def test_a_signal_after_an_abort_ends_nothing_twice(clock: FakeClock) -> None:
    main = threading.get_ident()

    class Signalled(Recorded):
        def run(self, abort: AbortFlag) -> Outcome:
            signal.pthread_kill(main, signal.SIGTERM)
            return super().run(abort)

    keyboard = FakeKeyboard(clock)
    job = Signalled(clock, keyboard, Outcome(aborted_by="key", survivors=(8,)))
    outcome = run_abortable(job, keyboard, clock=clock, reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGTERM), survivors=(8,))
    assert job.calls == ["run", "close"]


class ClosingSlowly(FakeKeyboard):
    """A signal comes while it closes."""

    def close(self) -> None:
        signal.raise_signal(signal.SIGTERM)
        super().close()


@posix
def test_a_signal_that_comes_after_the_end_counts_and_the_value_is_kept(clock: FakeClock) -> None:
    outcome = run_abortable(working(clock, 3), ClosingSlowly(clock), clock=clock, reraise=False)
    assert outcome == Outcome(value="done", aborted_by=SignalReceived(signal.SIGTERM), seconds=3)


@posix
def test_a_second_signal_that_comes_after_the_end_changes_nothing(clock: FakeClock) -> None:
    job = Signalling(signal.SIGHUP, Patient())
    outcome = run_abortable(job, ClosingSlowly(clock), clock=clock, reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGHUP))


@posix
def test_a_signal_that_comes_after_the_end_may_be_the_jobs_too(clock: FakeClock) -> None:
    class Taking(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            return Outcome(value="done")

        def takes_signal(self, event: SignalReceived) -> bool:
            return event == SignalReceived(signal.SIGTERM)

    assert run_abortable(Taking(), ClosingSlowly(clock), clock=clock) == Outcome(value="done")


@posix
def test_while_the_job_runs_a_signal_wakes_the_keyboard(clock: FakeClock) -> None:
    class Watched(Patient):
        def start(self) -> None:
            watched.append(signal.set_wakeup_fd(-1))
            signal.set_wakeup_fd(watched[0])

    class Waking(FakeKeyboard):
        @property
        def signal_descriptor(self) -> int:
            return writer

    watched: list[int] = []
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        run_abortable(Watched(), Waking(clock, (1, "x")), clock=clock)
        assert watched == [writer]
        assert signal.set_wakeup_fd(-1) == -1, "and afterwards none does"
    finally:
        os.close(reader)
        os.close(writer)


@posix
def test_a_signal_wins_over_the_key_before_it(clock: FakeClock) -> None:
    class Impatient(Diary):
        def ending_slowly(self) -> None:
            signal.pthread_kill(main, signal.SIGTERM)

    main = threading.get_ident()
    job = Stubborn(clock)
    outcome = run_abortable(job, FakeKeyboard(clock, (1, "x")), clock=clock, observer=Impatient(clock), reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGTERM), seconds=1.3)
    assert job.hurries == [1.3]


def test_a_keyboard_that_fails_leaves_no_job_behind(clock: FakeClock) -> None:
    outcomes: list[Outcome] = []

    class Watched(Patient):
        def run(self, abort: AbortFlag) -> Outcome:
            outcomes.append(super().run(abort))
            return outcomes[0]

    class Unplugged(FakeKeyboard):
        def read_key(self, timeout_seconds: float | None) -> str | None:
            raise OSError(5, "Input/output error")

    keyboard = Unplugged(clock)
    with pytest.raises(OSError, match="Input/output error"):
        run_abortable(Watched(), keyboard, clock=clock)
    assert [outcome.is_aborted for outcome in outcomes] == [True]
    assert not keyboard.listening


def test_where_no_thread_can_be_had_the_job_is_ended_and_the_reason_told(clock: FakeClock) -> None:
    class Hurried(Recorded):
        def hurry(self) -> None:
            self.calls.append("hurry")

    keyboard = FakeKeyboard(clock)
    job = Hurried(clock, keyboard, Outcome())
    with no_threads(), pytest.raises(ParlError, match="no thread for the job: can't start new thread"):
        run_abortable(job, keyboard, clock=clock)
    assert job.calls == ["hurry", "end rest", "close"]
    assert not keyboard.listening


@pytest.mark.parametrize("ends", [lambda _: None, lambda _: 1 / 0])
def test_no_thread_is_left(clock: FakeClock, ends: Callable[[AbortFlag], object]) -> None:
    before = threading.active_count()
    run_abortable(FunctionJob(ends), FakeKeyboard(clock), clock=clock)
    assert threading.active_count() == before


class Choosy(Stubborn):
    """Acts on some keys itself."""

    def __init__(self, clock: FakeClock, *own: str) -> None:
        super().__init__(clock)
        self._own = own
        self.offered: list[tuple[float, str]] = []

    def takes_key(self, key: str) -> bool:
        self.offered.append((self._clock.now(), key))
        return key in self._own


def test_a_key_that_the_job_takes_does_not_abort(clock: FakeClock) -> None:
    job = Choosy(clock, "space")
    keyboard = FakeKeyboard(clock, (1, "space"), (2, "space"), (3, "x"), (4, "y"))
    assert run_abortable(job, keyboard, clock=clock) == Outcome(aborted_by=KeyPressed("x"), seconds=4)
    assert job.offered == [(1, "space"), (2, "space"), (3, "x")]


def test_after_an_abort_no_key_is_offered_to_the_job(clock: FakeClock) -> None:
    job = Choosy(clock, "space")
    keyboard = FakeKeyboard(clock, (1, "x"), (2, "space"))
    assert run_abortable(job, keyboard, clock=clock) == Outcome(aborted_by=KeyPressed("x"), seconds=2)
    assert job.hurries == [2], "then it hurries as any other does"
    assert job.offered == [(1, "x")]


def test_the_job_is_offered_also_keys_that_do_not_abort(clock: FakeClock) -> None:
    job = Choosy(clock, "space", "q")
    keyboard = FakeKeyboard(clock, (1, "space"), (2, "q"), (3, "a"), (4, "esc"), (5, "esc"))
    outcome = run_abortable(job, keyboard, abort_keys=("q", "esc"), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("esc"), seconds=5)
    assert job.offered == [(1, "space"), (2, "q"), (3, "a"), (4, "esc")]


def test_the_rest_of_a_burst_that_begins_with_a_taken_key_is_not_lost(clock: FakeClock) -> None:
    job = Choosy(clock, "space")
    keyboard = FakeKeyboard(clock, (1, "space"), (1, "x"), (2, "y"))
    assert run_abortable(job, keyboard, clock=clock) == Outcome(aborted_by=KeyPressed("x"), seconds=2)


def test_a_job_takes_no_key_unless_it_says_so(clock: FakeClock) -> None:
    assert not Patient().takes_key("space")
    outcome = run_abortable(Patient(), FakeKeyboard(clock, (1, "space")), clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("space"), seconds=1)


class Attended(Job):
    """Signals the main thread, and acts on typed signals itself."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers
        self._heard = threading.Semaphore(0)
        self.offered: list[SignalReceived] = []

    def run(self, abort: AbortFlag) -> Outcome:
        forget = abort.on_set(self._heard.release)
        for number in self._numbers:
            signal.pthread_kill(main_thread(), number)
            assert self._heard.acquire(timeout=PATIENCE_SECONDS)
        forget()
        return Outcome(aborted_by=abort.reason) if abort.is_set() else Outcome(value="done")

    def takes_signal(self, event: SignalReceived) -> bool:
        assert threading.current_thread() is threading.main_thread()
        self.offered.append(event)
        if event.by_terminal:
            self._heard.release()
        return event.by_terminal


def main_thread() -> int:
    ident = threading.main_thread().ident
    assert ident is not None
    return ident


@posix
def test_a_signal_that_the_job_takes_neither_aborts_nor_goes_on_to_anybody(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: True)
    job = Attended(signal.SIGINT, signal.SIGINT, signal.SIGQUIT)
    flag = AbortFlag(clock)
    assert run_abortable(job, FakeKeyboard(clock), abort=flag, clock=clock) == Outcome(value="done")
    assert job.offered == [SignalReceived(number, by_terminal=True) for number in (2, 2, 3)]
    assert not flag.is_set()


@posix
def test_a_signal_that_the_job_leaves_aborts(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: True)
    job = Attended(signal.SIGINT, signal.SIGTERM)
    outcome = run_abortable(job, FakeKeyboard(clock), clock=clock, reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGTERM))
    assert len(job.offered) == 2


@posix
def test_after_an_abort_no_signal_is_offered_to_the_job(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: True)

    class Greedy(Stubborn):
        def takes_signal(self, event: SignalReceived) -> bool:
            raise AssertionError("it ends already")

    class Impatient(Diary):
        def ending_slowly(self) -> None:
            signal.pthread_kill(main_thread(), signal.SIGINT)

    job = Greedy(clock)
    keyboard = FakeKeyboard(clock, (1, "x"))
    outcome = run_abortable(job, keyboard, clock=clock, observer=Impatient(clock), reraise=False)
    assert outcome == Outcome(aborted_by=SignalReceived(signal.SIGINT, by_terminal=True), seconds=1.3)
    assert job.hurries == [1.3], "it hurries as any other does"


def test_a_job_takes_no_signal_unless_it_says_so() -> None:
    assert not Patient().takes_signal(SignalReceived(signal.SIGINT, by_terminal=True))
