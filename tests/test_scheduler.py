"""The scheduler: everything due is called, in order, on one thread; nothing early, nothing after the end."""

from __future__ import annotations

import gc
import os
import random
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from math import inf, nan
from types import TracebackType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parl.core.errors import ParlError, UsageError
from parl.core.scheduled_call import Missed, RepeatedCall
from parl.core.scheduler import Scheduler
from parl.platform import boot_seconds
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS, no_threads, run_python, run_python_with, wait_until

NEVER = threading.Event()
START = 1_700_000_000.0


@pytest.fixture
def clock() -> FakeClock:
    """Moves when both the test and the scheduler wait."""
    return FakeClock(threads=2, time=START)


class Calls(list[tuple[float, str]]):
    """Notes who is called, and when."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def to(self, name: str) -> Callable[[], None]:
        return lambda: self.append((self._clock.now(), name))


@pytest.fixture
def calls(clock: FakeClock) -> Calls:
    return Calls(clock)


@pytest.fixture
def excepthook(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What would have been printed as an unhandled exception."""
    raised: list[BaseException] = []

    def note(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
        raised.append(error)

    monkeypatch.setattr(sys, "excepthook", note)
    return raised


def is_closed(scheduler: Scheduler) -> bool:
    try:
        scheduler.after(3600, bool).cancel()
    except ParlError:
        return True
    return False


def scheduler_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "parl-scheduler"]


# What is due is called


def test_an_interval_passes(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    scheduler.after(2.5, calls.to("a"))
    clock.advance(2.25)
    assert calls == []
    clock.advance(0.25)
    assert calls == [(2.5, "a")]
    clock.advance(1000)
    assert calls == [(2.5, "a")]


def test_no_time_at_all_is_an_interval_too(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    scheduler.after(0, calls.to("a"))
    clock.advance(0.5)
    assert calls == [(0, "a")]


def test_calls_come_in_the_order_they_are_due_and_then_as_they_were_asked_for(
    clock: FakeClock, scheduler: Scheduler, calls: Calls
) -> None:
    for number in range(200):
        scheduler.after(number * 7 % 5, calls.to(f"{number:03}"))
    clock.advance(10)
    assert calls == sorted((number * 7 % 5, f"{number:03}") for number in range(200))


def test_an_hour_takes_no_time_and_leaves_nothing_out(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    began = time.monotonic()
    scheduler.every(1, calls.to("tick"))
    scheduler.after(1800.5, calls.to("after"))
    scheduler.at(START + 900.25, calls.to("at"))
    clock.advance(3600)
    ticks = [(float(second), "tick") for second in range(1, 3601)]
    assert calls == sorted([*ticks, (1800.5, "after"), (900.25, "at")])
    assert clock.now() == 3600
    assert time.monotonic() - began < PATIENCE_SECONDS


# Whoever waits is due at now + (moment - now), which may be a hair beside the moment.
@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=20), st.floats(0, 1000))
@example([1.3042433690015214, 9.482136356932758], 0.0)
def test_whatever_is_due_is_called_in_the_very_moment(intervals: list[float], began: float) -> None:
    clock = FakeClock(threads=2)
    clock._now = began
    due: list[float] = []
    called: list[float] = []
    with Scheduler(clock=clock) as scheduler:
        for seconds in intervals:
            scheduler.after(seconds, lambda: called.append(clock.now()))
            due.append(began + seconds)
        clock.advance(max(intervals))
        assert called == pytest.approx(sorted(due), abs=1e-9)


def test_who_has_nothing_left_to_call_takes_more(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    for name in "abc":
        scheduler.after(1, calls.to(name))
        clock.advance(2)
    assert calls == [(1, "a"), (3, "b"), (5, "c")]


@pytest.fixture
def sleeps(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the scheduler has gone to sleep."""
    began: list[float] = []
    wait = clock.wait

    def note(event: threading.Event, timeout_seconds: float | None) -> bool:
        began.append(clock.now())
        return wait(event, timeout_seconds)

    monkeypatch.setattr(clock, "wait", note)
    return began


def test_a_later_call_wakes_nobody(clock: FakeClock, scheduler: Scheduler, sleeps: list[float]) -> None:
    scheduler.after(1, print)
    clock.advance(0.25)
    before = len(sleeps)
    for seconds in range(1, 100):
        scheduler.after(seconds, print)
    clock.advance(0.5)
    assert len(sleeps) == before


def test_all_that_is_due_together_is_called_before_the_next_sleep(
    clock: FakeClock, scheduler: Scheduler, sleeps: list[float]
) -> None:
    for _ in range(10):
        scheduler.after(1, lambda: scheduler.after(1, bool))
    clock.advance(0.5)
    sleeps.clear()
    clock.advance(1)
    assert sleeps == [1]


def test_a_callback_may_ask_for_more(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    def again() -> None:
        calls.append((clock.now(), "again"))
        if len(calls) < 4:
            scheduler.after(len(calls), again)

    scheduler.after(1, again)
    clock.advance(100)
    assert [moment for moment, _ in calls] == [1, 2, 4, 7]


def test_a_callback_that_asks_for_more_at_once_holds_no_other_up(
    clock: FakeClock, scheduler: Scheduler, calls: Calls
) -> None:
    def again() -> None:
        scheduler.after(0, again)
        if len(calls) > 1:
            scheduler.close()

    scheduler.after(1, again)
    scheduler.after(1, calls.to("other"))
    scheduler.at(START + 1, calls.to("at"))
    clock.advance(2)
    assert len(calls) == 2


def test_a_time_of_day_that_asks_for_another_past_one_holds_no_other_up(
    clock: FakeClock, scheduler: Scheduler, calls: Calls
) -> None:
    made: list[None] = []

    def again() -> None:
        made.append(None)
        if len(made) < 10_000:
            scheduler.at(0, again)

    scheduler.at(0, again)
    scheduler.after(0, lambda: calls.append((len(made), "other")))
    clock.advance(1)
    assert calls
    assert calls[0][0] < 10_000


def test_what_is_called_once_is_let_go(clock: FakeClock, scheduler: Scheduler) -> None:
    class Callback:
        def __call__(self) -> None:
            pass

    callback = Callback()
    gone = weakref.ref(callback)
    call = scheduler.after(1, callback)
    del callback
    assert gone() is not None
    clock.advance(2)
    assert gone() is None
    assert call.remaining == 0


@pytest.mark.parametrize("seconds", [-1, -1e-300, nan, inf, -inf])
def test_what_is_no_interval_is_refused(scheduler: Scheduler, seconds: float) -> None:
    with pytest.raises(UsageError, match="is no number of seconds"):
        scheduler.after(seconds, print)
    with pytest.raises(UsageError, match="is no number of seconds"):
        scheduler.every(seconds, print)


@pytest.mark.parametrize("ask", [Scheduler.after, Scheduler.every, Scheduler.at])
@pytest.mark.parametrize("digits", [400, 5000])
def test_a_number_that_no_float_can_hold_is_refused(
    scheduler: Scheduler, ask: Callable[[Scheduler, int, Callable[[], None]], object], digits: int
) -> None:
    with pytest.raises(UsageError, match=r"^10000|^a number that long is no"):
        ask(scheduler, 10**digits, print)


def test_far_away_is_not_too_far(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    far = [scheduler.after(1e308, calls.to("far")), scheduler.every(1e308, calls.to("far")), scheduler.at(1e308, print)]
    scheduler.after(1, calls.to("near"))
    clock.advance(3600)
    assert calls == [(1, "near")]
    assert all(call.remaining > 1e300 for call in far)
    assert all(call.cancel() for call in far)


# Every so often


def test_a_repeated_call_comes_on_its_grid_for_ever(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    call = scheduler.every(0.1, calls.to("tick"))
    clock.advance(1000.05)
    assert len(calls) == 10_000
    assert all(moment == 0.1 + number * 0.1 for number, (moment, _) in enumerate(calls)), "nothing may add up"
    assert call.skipped == 0


def test_a_slow_callback_does_not_move_those_that_follow(clock: FakeClock, scheduler: Scheduler) -> None:
    began: list[float] = []

    def work() -> None:
        began.append(clock.now())
        clock.wait(NEVER, 0.75)

    scheduler.every(1, work)
    clock.advance(100.875)
    assert began == [float(second) for second in range(1, 101)]


def run_overrunning(period: float, overruns: list[float], missed: Missed) -> tuple[list[float], RepeatedCall, float]:
    """Repeat a callback that takes *overruns*, and then no time; return when it began, the handle, and the end."""
    clock = FakeClock(threads=2)
    began: list[float] = []
    rest = iter(overruns)

    def work() -> None:
        began.append(clock.now())
        if seconds := next(rest, 0.0):
            clock.wait(NEVER, seconds)

    with Scheduler(clock=clock) as scheduler:
        call = scheduler.every(period, work, missed=missed)
        clock.advance((len(overruns) + 4) * period + 2 * sum(overruns))
    return began, call, clock.now()


@pytest.mark.parametrize(
    ("overrun", "missed", "expected", "skipped"),
    [
        (1.0, "coalesce", [1, 2, 3, 4], 0),
        (1.0, "all", [1, 2, 3, 4], 0),
        (1.5, "coalesce", [1, 2.5, 3, 4], 0),
        (1.5, "all", [1, 2.5, 3, 4], 0),
        (3.5, "coalesce", [1, 4.5, 5, 6], 2),
        (3.5, "all", [1, 4.5, 4.5, 4.5, 5, 6], 0),
        (3.5, "skip", [1, 5, 6], 3),
        (2.5, "skip", [1, 4, 5], 2),
        (1.5, "skip", [1, 3, 4], 1),
    ],
)
def test_what_becomes_of_moments_that_pass_while_the_callback_runs(
    overrun: float, missed: Missed, expected: list[float], skipped: int
) -> None:
    began, call, _ = run_overrunning(1, [overrun], missed)
    assert began[: len(expected)] == expected
    assert call.skipped == skipped


@pytest.mark.parametrize(
    ("missed", "expected", "skipped"),
    [("coalesce", [1, 2, 6.25, 7], 3), ("skip", [1, 2, 7], 4), ("all", [1, 2, 6.25, 6.25, 6.25, 6.25, 7], 0)],
)
def test_what_becomes_of_moments_that_pass_while_another_holds_the_thread(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, missed: Missed, expected: list[float], skipped: int
) -> None:
    call = scheduler.every(1, calls.to("tick"), missed=missed)
    scheduler.after(2.25, lambda: clock.wait(NEVER, 4))
    clock.advance(7.5)
    assert [moment for moment, _ in calls] == expected
    assert call.skipped == skipped


@pytest.mark.parametrize("missed", ["coalesce", "skip", "all"])
def test_kept_by_another_for_less_than_a_period_a_call_is_only_late(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, missed: Missed
) -> None:
    call = scheduler.every(1, calls.to("tick"), missed=missed)
    scheduler.after(2.75, lambda: clock.wait(NEVER, 0.5))
    clock.advance(4.5)
    assert [moment for moment, _ in calls] == [1, 2, 3.25, 4]
    assert call.skipped == 0


eighths = st.integers(1, 80).map(lambda count: count / 8)
grids = given(eighths, st.lists(st.integers(0, 300).map(lambda count: count / 8), max_size=6))


@pytest.mark.parametrize("missed", ["coalesce", "skip", "all"])
def test_every_moment_of_the_grid_is_called_or_counted(missed: Missed) -> None:
    @grids
    def check(period: float, overruns: list[float]) -> None:
        began, call, end = run_overrunning(period, overruns, missed)
        assert len(began) + call.skipped == end // period
        if missed == "all":
            assert call.skipped == 0

    check()


@grids
def test_nothing_is_called_off_the_grid_but_right_behind_an_overrun(period: float, overruns: list[float]) -> None:
    began, _, _ = run_overrunning(period, overruns, "coalesce")
    ends = {moment + seconds for moment, seconds in zip(began, overruns, strict=False)}
    assert all(moment % period == 0 or moment in ends for moment in began)
    assert sum(moment % period != 0 for moment in began) <= len(overruns)


@grids
def test_what_is_skipped_is_never_called_late(period: float, overruns: list[float]) -> None:
    began, _, _ = run_overrunning(period, overruns, "skip")
    assert all(moment % period == 0 for moment in began)


@pytest.mark.parametrize("period", [0, 0.0, -0.0])
def test_every_nought_seconds_is_refused(scheduler: Scheduler, period: float) -> None:
    with pytest.raises(UsageError, match="a millisecond is the least"):
        scheduler.every(period, print)


@pytest.mark.parametrize("missed", ["", "none", "Skip", None, 3])
def test_a_way_to_miss_that_does_not_exist_is_refused(scheduler: Scheduler, missed: Missed) -> None:
    with pytest.raises(UsageError, match="say coalesce, skip or all"):
        scheduler.every(1, print, missed=missed)


@pytest.mark.parametrize("period", [5e-324, 1e-9, 9.99e-4])
def test_a_period_that_no_clock_can_tell_is_refused(scheduler: Scheduler, period: float) -> None:
    with pytest.raises(UsageError, match="a millisecond is the least"):
        scheduler.every(period, print)


@pytest.mark.parametrize("missed", ["coalesce", "skip"])
def test_the_shortest_period_keeps_no_other_from_its_call(missed: Missed) -> None:
    other = threading.Event()
    with Scheduler() as scheduler:
        call = scheduler.every(0.001, lambda: None, missed=missed)
        scheduler.after(0.01, other.set)
        assert other.wait(PATIENCE_SECONDS)
        assert call.cancel()


# At a time of day


@pytest.mark.parametrize(
    "when",
    [
        START + 2.5,
        datetime.fromtimestamp(START + 2.5, UTC),
        datetime.fromtimestamp(START + 2.5, timezone(timedelta(hours=5, minutes=30))),
        datetime.fromtimestamp(START + 2.5),
    ],
)
def test_a_time_of_day_comes(clock: FakeClock, scheduler: Scheduler, calls: Calls, when: datetime | float) -> None:
    call = scheduler.at(when, calls.to("at"))
    assert call.remaining == 2.5
    clock.advance(2.25)
    assert calls == []
    clock.advance(2)
    assert calls == [(2.5, "at")]
    assert call.remaining == 0


@pytest.mark.parametrize(
    "when", [START, START - 1, 0, -1e9, -1e308, datetime(1970, 1, 3), datetime(1, 1, 2, tzinfo=UTC)]
)
def test_what_is_past_comes_at_once(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, when: datetime | float
) -> None:
    call = scheduler.at(when, calls.to("at"))
    assert call.remaining == 0
    clock.advance(0.5)
    assert calls == [(0, "at")]


def test_even_the_first_datetime_of_all_is_past(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    scheduler.at(datetime.min, calls.to("at"))
    clock.advance(0.5)
    assert calls == [(0, "at")]


@pytest.mark.parametrize("when", [nan, inf, -inf])
def test_what_is_no_moment_is_refused(scheduler: Scheduler, when: float) -> None:
    with pytest.raises(UsageError, match="is no moment"):
        scheduler.at(when, print)


def test_times_of_day_come_in_order(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    for number in range(100):
        scheduler.at(START + number * 7 % 5, calls.to(f"{number:03}"))
    clock.advance(10)
    assert calls == sorted((number * 7 % 5, f"{number:03}") for number in range(100))


def test_a_wall_clock_set_forward_is_noticed_within_a_second(
    clock: FakeClock, scheduler: Scheduler, calls: Calls
) -> None:
    scheduler.at(START + 3600, calls.to("at"))
    scheduler.after(3600, calls.to("after"))
    clock.advance(10.5)
    assert calls == []
    clock.set_time(START + 7200)
    clock.advance(1)
    assert [name for _, name in calls] == ["at"]
    assert calls[0][0] <= 11.5
    clock.advance(3600)
    assert calls[1:] == [(3600, "after")]


def test_a_wall_clock_set_backward_is_waited_for(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    call = scheduler.at(START + 10, calls.to("at"))
    clock.advance(9.5)
    clock.set_time(START)
    clock.advance(9.5)
    assert calls == []
    assert call.remaining == 0.5
    clock.advance(0.5)
    assert calls == [(19.5, "at")]


@pytest.mark.parametrize("asked", [("far", "near"), ("near", "far")], ids=" then ".join)
def test_of_two_times_of_day_the_nearer_comes_in_time(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, asked: tuple[str, str]
) -> None:
    moments = {"near": 0.5, "far": 100.0}
    for name in asked:
        scheduler.at(START + moments[name], calls.to(name))
        clock.advance(0.25)
    clock.advance(1000)
    assert calls == [(0.5, "near"), (100, "far")]


def looks_at_the_time(timers: int) -> list[float]:
    """Return when the time of day is looked at in a hundred seconds in which no timer is due."""
    clock = FakeClock(threads=2, time=START)
    looks: list[float] = []
    time_of_day = clock.time

    def look() -> float:
        looks.append(clock.now())
        return time_of_day()

    clock.time = look  # type: ignore[method-assign]
    with Scheduler(clock=clock) as scheduler:
        for _ in range(timers):
            scheduler.at(START + 1e6, print)
        clock.advance(0.5)
        looks.clear()
        clock.advance(100)
    return looks


def test_a_far_time_of_day_costs_one_look_a_second() -> None:
    assert len(set(looks_at_the_time(1))) == 100


def test_many_far_times_of_day_cost_no_more_than_one() -> None:
    assert looks_at_the_time(100) == looks_at_the_time(1)


# What goes wrong


def test_what_a_callback_raises_is_told_and_the_others_are_called(clock: FakeClock, calls: Calls) -> None:
    errors: list[BaseException] = []
    threads: list[threading.Thread] = []

    def told(error: BaseException) -> None:
        errors.append(error)
        threads.append(threading.current_thread())

    with Scheduler(clock=clock, on_error=told) as scheduler:
        scheduler.after(1, lambda: 1 / 0)
        scheduler.after(1, calls.to("a"))
        scheduler.every(1, lambda: [][0])
        scheduler.at(START + 2, lambda: {}["b"])
        scheduler.at(START + 2, calls.to("b"))
        clock.advance(3)
    assert sorted(type(error).__name__ for error in errors) == ["IndexError"] * 3 + ["KeyError", "ZeroDivisionError"]
    assert calls == [(1, "a"), (2, "b")]
    assert {thread.name for thread in threads} == {"parl-scheduler"}


def test_without_anybody_to_tell_it_is_an_unhandled_exception(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[type[BaseException], BaseException, TracebackType | None]] = []
    monkeypatch.setattr(sys, "excepthook", lambda *unhandled: told.append(unhandled))
    scheduler.after(1, lambda: 1 / 0)
    scheduler.after(1, calls.to("a"))
    clock.advance(3)
    ((kind, error, traceback),) = told
    assert kind is type(error) is ZeroDivisionError
    assert traceback is error.__traceback__ is not None
    assert calls == [(1, "a")]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException])
def test_nothing_that_a_callback_raises_ends_the_thread(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, excepthook: list[BaseException], kind: type[BaseException]
) -> None:
    def leave() -> None:
        raise kind

    scheduler.after(1, leave)
    scheduler.after(2, calls.to("a"))
    clock.advance(3)
    assert [type(error) for error in excepthook] == [kind]
    assert calls == [(2, "a")]


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_what_the_one_who_is_told_raises_is_an_unhandled_exception_with_its_cause(
    clock: FakeClock, calls: Calls, excepthook: list[BaseException], kind: type[BaseException]
) -> None:
    def fail(_: BaseException) -> None:
        raise kind("worse")

    with Scheduler(clock=clock, on_error=fail) as scheduler:
        scheduler.after(1, lambda: 1 / 0)
        scheduler.after(2, calls.to("a"))
        clock.advance(3)
    assert [type(error) for error in excepthook] == [kind]
    assert isinstance(excepthook[0].__context__, ZeroDivisionError)
    assert calls == [(2, "a")]


def test_not_even_an_excepthook_that_raises_ends_the_thread(
    clock: FakeClock, scheduler: Scheduler, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> None:
        raise ValueError("worse")

    monkeypatch.setattr(sys, "excepthook", fail)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    scheduler.after(1, lambda: 1 / 0)
    scheduler.after(2, calls.to("a"))
    clock.advance(3)
    assert calls == [(2, "a")]


def test_a_repeated_call_that_raises_goes_on(clock: FakeClock, calls: Calls) -> None:
    errors: list[BaseException] = []
    with Scheduler(clock=clock, on_error=errors.append) as scheduler:
        scheduler.every(1, lambda: 1 / 0)
        clock.advance(5)
    assert len(errors) == 5


@pytest.mark.parametrize(
    "ask",
    [
        lambda scheduler, callback: scheduler.after(0, callback),
        lambda scheduler, callback: scheduler.every(0.001, callback),
        lambda scheduler, callback: scheduler.at(0, callback),
    ],
    ids=["after", "every", "at"],
)
def test_without_a_thread_it_says_so_and_forgets_what_it_was_asked(
    ask: Callable[[Scheduler, Callable[[], None]], object],
) -> None:
    ghosts: list[str] = []
    done = threading.Event()
    with Scheduler() as scheduler:
        with no_threads(), pytest.raises(ParlError, match="no thread for the scheduler"):
            ask(scheduler, lambda: ghosts.append("called"))
        scheduler.at(0, lambda: scheduler.after(0.01, done.set))
        assert done.wait(PATIENCE_SECONDS), "a scheduler that could not start can start later"
    assert not ghosts


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_without_a_thread_no_descriptor_is_left() -> None:
    import os

    before = len(os.listdir("/proc/self/fd"))
    with no_threads(), Scheduler() as scheduler, pytest.raises(ParlError):
        scheduler.after(0, print)
    assert len(os.listdir("/proc/self/fd")) == before


# The end


def test_closing_cancels_what_is_to_come(clock: FakeClock, calls: Calls) -> None:
    scheduler = Scheduler(clock=clock)
    handles = [
        scheduler.after(1, calls.to("after")),
        scheduler.every(1, calls.to("every")),
        scheduler.at(START + 1, calls.to("at")),
    ]
    clock.advance(0.5)
    scheduler.close()
    clock.advance(100)
    assert calls == []
    assert not any(handle.cancel() for handle in handles)


@pytest.mark.parametrize("ask", [Scheduler.after, Scheduler.every, Scheduler.at])
@pytest.mark.parametrize("used", [None, Scheduler.after, Scheduler.at])
def test_a_closed_scheduler_takes_nothing_more(
    ask: Callable[[Scheduler, float, Callable[[], None]], object],
    used: Callable[[Scheduler, float, Callable[[], None]], object] | None,
) -> None:
    scheduler = Scheduler()
    if used:
        used(scheduler, time.time() + 3600, print)
    scheduler.close()
    with pytest.raises(ParlError, match="this scheduler is closed"):
        ask(scheduler, 1, print)
    scheduler.close()


def test_a_with_block_closes_also_when_it_fails() -> None:
    scheduler = Scheduler()
    scheduler.after(3600, print)
    with pytest.raises(ZeroDivisionError), scheduler:
        _ = 1 / 0
    assert is_closed(scheduler)


def test_an_end_waits_for_the_callback_that_has_begun() -> None:
    order: list[str] = []
    began, release = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        release.wait(PATIENCE_SECONDS)
        order.append("called")

    scheduler = Scheduler()
    scheduler.after(0, work)
    scheduler.after(0, lambda: order.append("never"))
    assert began.wait(PATIENCE_SECONDS)
    with ThreadPoolExecutor(1) as side:
        closing = side.submit(lambda: (scheduler.close(), order.append("closed")))
        wait_until(lambda: is_closed(scheduler), "the close to begin")
        release.set()
        closing.result(PATIENCE_SECONDS)
    assert order == ["called", "closed"]


def test_a_closed_scheduler_is_let_go() -> None:
    scheduler = Scheduler()
    scheduler.after(3600, print)
    scheduler.close()
    gone = weakref.ref(scheduler)
    del scheduler
    gc.collect()
    assert gone() is None


def test_a_callback_may_close_its_scheduler(clock: FakeClock, calls: Calls) -> None:
    scheduler = Scheduler(clock=clock)
    before = set(scheduler_threads())
    scheduler.after(1, calls.to("a"))
    scheduler.after(1, scheduler.close)
    scheduler.after(1, calls.to("never"))
    scheduler.every(1, calls.to("never"))
    (thread,) = set(scheduler_threads()) - before
    clock.advance(10)
    assert calls == [(1, "a")]
    wait_until(lambda: not thread.is_alive(), "the thread's end")
    scheduler.close()


@pytest.mark.parametrize("missed", ["coalesce", "skip", "all"])
def test_a_repeated_callback_may_close_its_scheduler(clock: FakeClock, calls: Calls, missed: Missed) -> None:
    scheduler = Scheduler(clock=clock)

    def last() -> None:
        calls.append((clock.now(), "last"))
        clock.wait(NEVER, 5)
        scheduler.close()

    call = scheduler.every(1, last, missed=missed)
    clock.advance(20)
    assert calls == [(1, "last")]
    assert not call.cancel()


def test_a_time_of_day_may_close_its_scheduler(clock: FakeClock, calls: Calls) -> None:
    scheduler = Scheduler(clock=clock)
    scheduler.at(START + 1, scheduler.close)
    scheduler.at(START + 1, calls.to("never"))
    clock.advance(20)
    assert calls == []
    assert is_closed(scheduler)


def test_threads_may_close_it_at_once() -> None:
    for _ in range(50):
        scheduler = Scheduler()
        for _ in range(10):
            scheduler.every(0.001, lambda: None)
        with ThreadPoolExecutor(4) as side:
            for closing in [side.submit(scheduler.close) for _ in range(4)]:
                closing.result(PATIENCE_SECONDS)


@pytest.mark.parametrize("missed", ["coalesce", "skip", "all"])
def test_an_end_in_whatever_moment_breaks_nothing(monkeypatch: pytest.MonkeyPatch, missed: Missed) -> None:
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: died.append(arguments.exc_value))
    monkeypatch.setattr("parl.core.interval.SHORTEST_PERIOD_SECONDS", 0.0)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(150):
            with Scheduler() as scheduler:
                for _ in range(3):
                    scheduler.every(1e-6, lambda: None, missed=missed)
                for _ in range(100):
                    scheduler.after(3600, print)
    finally:
        sys.setswitchinterval(before)
    assert not died


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_an_end_gives_back_thread_and_descriptors() -> None:
    import os

    before, threads = len(os.listdir("/proc/self/fd")), set(threading.enumerate())
    for _ in range(20):
        with Scheduler() as scheduler:
            scheduler.after(3600, print)
            assert len(os.listdir("/proc/self/fd")) > before
            assert set(threading.enumerate()) - threads
    assert len(os.listdir("/proc/self/fd")) == before
    assert set(threading.enumerate()) <= threads


# On the machine's own clock


def test_a_thousand_timers_are_one_daemon_thread() -> None:
    before = set(threading.enumerate())
    with Scheduler() as scheduler:
        assert set(threading.enumerate()) <= before, "nobody needs a thread yet"
        for number in range(1000):
            scheduler.after(3600 + number, print)
            scheduler.every(3600 + number, print)
            scheduler.at(time.time() + 3600, print)
        (thread,) = set(threading.enumerate()) - before
        assert (thread.name, thread.daemon) == ("parl-scheduler", True)
    assert not thread.is_alive()


def test_no_timer_is_early_and_all_are_called_in_order() -> None:
    asked: list[float] = []
    called: list[tuple[int, float]] = []
    done = threading.Event()
    order = random.Random(4)
    with Scheduler() as scheduler:
        for number in range(300):
            seconds = order.random() * 0.05
            asked.append(boot_seconds() + seconds)
            scheduler.after(seconds, lambda number=number: called.append((number, boot_seconds())))
        scheduler.after(0.06, done.set)
        assert done.wait(PATIENCE_SECONDS)
    assert len(called) == 300
    assert all(moment >= asked[number] for number, moment in called)


def test_no_time_of_day_is_early() -> None:
    called: list[float] = []
    done = threading.Event()
    when = time.time() + 0.02
    with Scheduler() as scheduler:
        scheduler.at(when, lambda: (called.append(time.time()), done.set()))
        assert done.wait(PATIENCE_SECONDS)
    assert called[0] >= when


def test_a_nearer_timer_wakes_the_thread_that_sleeps_for_a_far_one() -> None:
    with Scheduler() as scheduler:
        for number in range(200):
            called = threading.Event()
            scheduler.after(3600 - number, print)
            scheduler.after(0.001 * (number % 3), called.set)
            assert called.wait(PATIENCE_SECONDS)


def test_threads_may_ask_at_once() -> None:
    called: list[int] = []
    done = threading.Event()

    def ask(scheduler: Scheduler, seed: int) -> None:
        order = random.Random(seed)
        for number in range(500):
            scheduler.after(order.random() * 0.02, lambda number=number: called.append(number))

    with Scheduler() as scheduler, ThreadPoolExecutor(4) as side:
        for asking in [side.submit(ask, scheduler, seed) for seed in range(4)]:
            asking.result(PATIENCE_SECONDS)
        scheduler.after(0.02, done.set)
        assert done.wait(PATIENCE_SECONDS)
    assert sorted(called) == sorted(4 * list(range(500)))


_PENDING = """
from parl.core.scheduler import Scheduler
scheduler = Scheduler()
scheduler.after(3600, print)
scheduler.every(3600, print)
scheduler.at(4e9, print)
print("end")
"""

_STUCK = """
import threading
from parl.core.scheduler import Scheduler
began = threading.Event()
scheduler = Scheduler()
scheduler.after(0, lambda: (began.set(), threading.Event().wait()))
began.wait()
print("end")
"""

_BUSY = """
import threading
from parl.core.scheduler import Scheduler
calls = []
began = threading.Event()
scheduler = Scheduler()
scheduler.every(0.001, lambda: (calls.append(1), began.set()))
began.wait()
print("end")
"""

_AT_EXIT = """
import atexit
from parl.core.scheduler import Scheduler
scheduler = Scheduler()
atexit.register(scheduler.close)
scheduler.after(3600, print)
atexit.register(scheduler.close)
print("end")
"""


@pytest.mark.parametrize("code", [_PENDING, _STUCK, _BUSY, _AT_EXIT], ids=["pending", "stuck", "busy", "closed twice"])
def test_a_program_that_ends_is_not_held_up(code: str) -> None:
    began = time.monotonic()
    done = run_python(code)
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


def test_the_end_of_a_program_waits_for_the_callback_that_has_begun() -> None:
    done = run_python(
        "import atexit, threading\n"
        "from parl.core.scheduler import Scheduler\n"
        "begun, ends = threading.Event(), threading.Event()\n"
        "def work():\n"
        "    begun.set()\n"
        "    ends.wait()\n"
        "    sum(range(1_000_000))\n"
        "    print('worked')\n"
        "Scheduler().after(0, work)\n"
        "begun.wait()\n"
        "atexit.register(ends.set)\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("worked\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_scheduler_made_in_a_forked_child_works() -> None:
    code = (
        "import os, threading\n"
        "from parl.core.scheduler import Scheduler\n"
        "parent = Scheduler(); parent.after(3600, print)\n"
        "pid = os.fork()\n"
        "if pid:\n"
        "    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "called = threading.Event()\n"
        "with Scheduler() as child:\n"
        "    child.after(0.01, called.set)\n"
        "    os._exit(0 if called.wait(9) else 1)\n"
    )
    done = run_python_with(["-W", "ignore::DeprecationWarning", "-c", code])
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_close_waits_too() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def callback() -> None:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)
        ended.append(True)

    real = Scheduler()
    real.after(0, callback)
    assert begun.wait(PATIENCE_SECONDS)
    first = threading.Thread(target=real.close)
    first.start()
    wait_until(lambda: real._intervals.is_closed, "the first close")
    threading.Timer(0.05, go_on.set).start()
    real.close()
    assert ended == [True]
    first.join()


def test_what_is_due_already_is_called_when_no_time_passes(
    clock: FakeClock, scheduler: Scheduler, calls: Calls
) -> None:
    scheduler.after(0, calls.to("now"))
    clock.advance(0)
    assert calls == [(0, "now")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_ends_and_is_told_that_its_scheduler_is_closed() -> None:
    done = run_python(
        "import os, sys\n"
        "from parl import ParlError, Scheduler\n"
        "scheduler = Scheduler()\n"
        "scheduler.at(4e9, print)\n"
        "for _ in range(4): scheduler.every(0.001, lambda: None)\n"
        "for number in range(20):\n"
        "    if not (pid := os.fork()):\n"
        "        try: (scheduler.at if number % 2 else scheduler.after)(1, print)\n"
        "        except ParlError: scheduler.close(), sys.exit(0)\n"
        "        sys.exit(1)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\n",
    )
    assert done.returncode == 0, done.stderr  # Python 3.12 warns of the fork itself


class Cancelling:
    """Cancels its timer when it goes, as many an object does."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.timer = scheduler.after(3600, print)

    def __del__(self) -> None:
        self.timer.cancel()


@pytest.mark.parametrize("end", ["cancel", "close"])
def test_a_finalizer_may_cancel_while_its_last_reference_is_dropped(end: str) -> None:
    with Scheduler() as scheduler:
        kept = Cancelling(scheduler)
        call = scheduler.after(3600, lambda kept=kept: kept)
        del kept
        ended = threading.Thread(target=call.cancel if end == "cancel" else scheduler.close, daemon=True)
        ended.start()
        ended.join(PATIENCE_SECONDS)
        assert not ended.is_alive()


def test_the_collector_may_cancel_at_any_instruction() -> None:
    due = threading.Event()
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        with Scheduler() as scheduler:
            for _ in range(300):
                knot = [Cancelling(scheduler)]
                knot.append(knot)
                del knot
                scheduler.after(3600, print)
            scheduler.after(0.01, due.set)
            assert due.wait(PATIENCE_SECONDS)
    finally:
        gc.set_threshold(*before)


def test_the_first_of_many_may_come_earlier_or_later(clock: FakeClock, scheduler: Scheduler, calls: Calls) -> None:
    scheduler.every(10, calls.to("soon"), first=3)
    scheduler.every(10, calls.to("late"), first=15)
    scheduler.every(10, calls.to("now"), first=0)
    clock.advance(24)
    assert calls == [(0, "now"), (3, "soon"), (10, "now"), (13, "soon"), (15, "late"), (20, "now"), (23, "soon")]


@pytest.mark.parametrize("callback", [None, "print", 3])
def test_what_cannot_be_called_is_refused(scheduler: Scheduler, callback: object) -> None:
    for ask in (
        lambda: scheduler.after(1, callback),
        lambda: scheduler.at(1, callback),
        lambda: scheduler.every(1, callback),
    ):
        with pytest.raises(UsageError, match="cannot be called"):
            ask()


@pytest.mark.parametrize("seconds", ["1h", None, timedelta(1), Decimal(1)])
def test_what_is_no_number_is_refused_by_name(scheduler: Scheduler, seconds: object) -> None:
    for ask in (lambda: scheduler.after(seconds, print), lambda: scheduler.every(seconds, print)):
        with pytest.raises(UsageError, match="is no number of seconds"):
            ask()


@pytest.mark.parametrize("when", ["14:30", None, date(2026, 1, 1)])
def test_what_is_no_moment_is_refused_by_name(scheduler: Scheduler, when: object) -> None:
    with pytest.raises(UsageError, match="is no moment"):
        scheduler.at(when, print)
