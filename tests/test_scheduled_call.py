"""A call that is to come can be cancelled, held and moved, in whatever state it is, from wherever."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.agenda import Agenda
from parl.core.errors import UsageError
from parl.core.scheduled_call import Missed, RepeatedCall, ScheduledCall
from parl.core.scheduler import Scheduler
from parl.platform import boot_seconds
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS, wait_until

NEVER = threading.Event()
START = 1_700_000_000.0


@pytest.fixture
def clock() -> FakeClock:
    """Moves when both the test and the scheduler wait."""
    return FakeClock(threads=2, time=START)


class Moments(list[float]):
    """Notes when it is called."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def __call__(self) -> None:
        self.append(self._clock.now())


@pytest.fixture
def moments(clock: FakeClock) -> Moments:
    return Moments(clock)


Make = Callable[[Scheduler, Callable[[], object]], ScheduledCall]


def after(scheduler: Scheduler, callback: Callable[[], object]) -> ScheduledCall:
    return scheduler.after(10, callback)


def every(scheduler: Scheduler, callback: Callable[[], object]) -> ScheduledCall:
    return scheduler.every(10, callback)


def at(scheduler: Scheduler, callback: Callable[[], object]) -> ScheduledCall:
    return scheduler.at(START + 10, callback)


kinds = pytest.mark.parametrize("make", [after, every, at])
intervals = pytest.mark.parametrize("make", [after, every])


def state(call: ScheduledCall) -> tuple[float, bool]:
    return call.remaining, call.is_paused


# One that is pending


@kinds
def test_a_pending_call_can_be_cancelled(clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make) -> None:
    call = make(scheduler, moments)
    assert state(call) == (10, False)
    clock.advance(4)
    assert state(call) == (6, False)
    assert not call.resume()
    assert call.cancel()
    assert state(call) == (0, False)
    clock.advance(100)
    assert moments == []


@intervals
def test_a_paused_call_keeps_the_time_that_remains(
    clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make
) -> None:
    call = make(scheduler, moments)
    clock.advance(4)
    assert call.pause()
    assert call.pause(), "it is held already"
    assert state(call) == (6, True)
    clock.advance(1000)
    assert state(call) == (6, True)
    assert moments == []
    assert call.resume()
    assert not call.resume()
    assert state(call) == (6, False)
    clock.advance(7)
    assert moments == [1010]


@intervals
def test_a_call_can_be_moved_nearer_and_farther(
    clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make
) -> None:
    call = make(scheduler, moments)
    clock.advance(4)
    assert call.reschedule(20)
    clock.advance(19)
    assert moments == []
    assert call.reschedule(0.5)
    assert state(call) == (0.5, False)
    clock.advance(0.75)
    assert moments == [23.5]


@intervals
def test_what_is_held_stays_held_when_it_is_moved(
    clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make
) -> None:
    call = make(scheduler, moments)
    call.pause()
    assert call.reschedule(3)
    clock.advance(50)
    assert state(call) == (3, True)
    assert call.resume()
    clock.advance(4)
    assert moments == [53]


@intervals
def test_a_paused_call_can_be_cancelled(clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make) -> None:
    call = make(scheduler, moments)
    call.pause()
    assert call.cancel()
    assert not call.resume()
    assert call.remaining == 0
    clock.advance(50)
    assert moments == []


@pytest.mark.parametrize(("make", "due"), [(after, 10), (every, 10), (at, START + 10)])
def test_a_call_tells_when_it_is_due(clock: FakeClock, scheduler: Scheduler, make: Make, due: float) -> None:
    call = make(scheduler, lambda: None)
    clock.advance(4)
    assert call.due == due
    call.cancel()
    assert call.due is None


@pytest.mark.parametrize("make", [after, at])
def test_a_call_that_was_made_is_not_due_any_more(clock: FakeClock, scheduler: Scheduler, make: Make) -> None:
    assert fired(clock, scheduler, make).due is None


# One that is over


def fired(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = make(scheduler, lambda: None)
    clock.advance(15)
    return call


def cancelled(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = make(scheduler, lambda: None)
    clock.advance(5)
    call.cancel()
    return call


def closed(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = make(scheduler, lambda: None)
    clock.advance(5)
    scheduler.close()
    return call


def cancelled_after_it_fired(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = fired(clock, scheduler, make)
    call.cancel()
    return call


def cancelled_while_held(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = make(scheduler, lambda: None)
    clock.advance(5)
    call.pause()
    call.cancel()
    return call


def closed_while_held(clock: FakeClock, scheduler: Scheduler, make: Make) -> ScheduledCall:
    call = make(scheduler, lambda: None)
    clock.advance(5)
    call.pause()
    scheduler.close()
    return call


@pytest.mark.parametrize(
    ("end", "make"),
    [
        (fired, after),
        (cancelled, after),
        (cancelled, every),
        (closed, after),
        (closed, every),
        (cancelled_after_it_fired, after),
        (cancelled_after_it_fired, every),
        (cancelled_while_held, after),
        (cancelled_while_held, every),
        (closed_while_held, after),
        (closed_while_held, every),
    ],
)
def test_of_a_call_that_is_over_nothing_can_be_had(
    clock: FakeClock,
    scheduler: Scheduler,
    end: Callable[[FakeClock, Scheduler, Make], ScheduledCall],
    make: Make,
) -> None:
    call = end(clock, scheduler, make)
    assert state(call) == (0, False)
    assert not call.cancel()
    assert not call.pause()
    assert not call.resume()
    assert not call.reschedule(5)
    assert state(call) == (0, False)


@pytest.mark.parametrize("end", [fired, cancelled, closed, cancelled_after_it_fired])
def test_of_a_time_of_day_that_is_over_nothing_can_be_had(
    clock: FakeClock, scheduler: Scheduler, end: Callable[[FakeClock, Scheduler, Make], ScheduledCall]
) -> None:
    call = end(clock, scheduler, at)
    assert state(call) == (0, False)
    assert not call.cancel()
    assert not call.resume()
    assert not call.reschedule(1000)


# In its own callback


def asked_by_itself(
    clock: FakeClock, scheduler: Scheduler, make: Make, ask: Callable[[ScheduledCall], object], until: float = 55
) -> tuple[list[object], Moments, ScheduledCall]:
    """Have the callback ask its own call something, the first time; return the answer and when it was called."""
    answers: list[object] = []
    called = Moments(clock)

    def callback() -> None:
        called()
        if len(called) == 1:
            answers.append(ask(call))

    call = make(scheduler, callback)
    clock.advance(until)
    return answers, called, call


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (ScheduledCall.cancel, False),
        (ScheduledCall.pause, False),
        (ScheduledCall.resume, False),
        (lambda call: call.reschedule(1), False),
        (state, (0, False)),
    ],
)
def test_a_call_that_is_being_made_is_the_last(
    clock: FakeClock, scheduler: Scheduler, ask: Callable[[ScheduledCall], object], answer: object
) -> None:
    answers, called, call = asked_by_itself(clock, scheduler, after, ask)
    assert (answers, called, state(call)) == ([answer], [10], (0, False))


def test_a_time_of_day_that_is_being_made_is_the_last(clock: FakeClock, scheduler: Scheduler) -> None:
    for ask in (lambda call: call.cancel(), lambda call: call.reschedule(60)):
        answers, called, _ = asked_by_itself(clock, scheduler, lambda s, c: s.at(0, c), ask, until=5)
        assert (answers, len(called)) == ([False], 1)


@pytest.mark.parametrize("missed", ["coalesce", "skip", "all"])
@pytest.mark.parametrize(
    ("ask", "answer", "expected"),
    [
        (ScheduledCall.cancel, True, [10]),
        (ScheduledCall.pause, True, [10]),
        (ScheduledCall.resume, False, [10, 20, 30, 40, 50]),
        (lambda call: call.reschedule(3), True, [10, 13, 23, 33, 43, 53]),
        (lambda call: call.reschedule(0), True, [10, 10, 20, 30, 40, 50]),
        (state, (10, False), [10, 20, 30, 40, 50]),
        (lambda call: (call.pause(), call.resume()), (True, True), [10, 20, 30, 40, 50]),
        (lambda call: (call.pause(), call.cancel(), call.resume()), (True, True, False), [10]),
        (lambda call: (call.reschedule(3), call.cancel()), (True, True), [10]),
        (lambda call: (call.reschedule(3), call.pause(), call.remaining), (True, True, 3), [10]),
        (lambda call: (call.pause(), call.reschedule(3), call.resume()), (True,) * 3, [10, 13, 23, 33, 43, 53]),
    ],
)
def test_a_repeated_call_that_is_being_made_has_a_next_one(
    clock: FakeClock,
    scheduler: Scheduler,
    missed: str,
    ask: Callable[[ScheduledCall], object],
    answer: object,
    expected: list[float],
) -> None:
    def make(scheduler: Scheduler, callback: Callable[[], object]) -> ScheduledCall:
        return scheduler.every(10, callback, missed=missed)  # type: ignore[arg-type]

    answers, called, call = asked_by_itself(clock, scheduler, make, ask)
    assert (answers, called) == ([answer], expected)
    assert isinstance(call, RepeatedCall)
    assert call.skipped == 0


def test_a_repeated_call_that_overran_has_nothing_left_to_wait_for(clock: FakeClock, scheduler: Scheduler) -> None:
    seen: list[float] = []

    def work() -> None:
        clock.wait(NEVER, 4)
        seen.append(call.remaining)
        clock.wait(NEVER, 9)
        seen.append(call.remaining)
        call.pause()
        seen.append(call.remaining)

    call = scheduler.every(10, work)
    clock.advance(30)
    assert seen == [6, 0, 0]
    assert call.is_paused


# The grid afterwards


def test_after_a_pause_the_grid_begins_where_it_goes_on(
    clock: FakeClock, scheduler: Scheduler, moments: Moments
) -> None:
    call = scheduler.every(10, moments)
    clock.advance(24)
    call.pause()
    clock.advance(100)
    call.resume()
    clock.advance(30)
    assert moments == [10, 20, 130, 140, 150]
    assert call.skipped == 0, "what passes while it is held is not missed"


def test_after_a_move_the_grid_begins_there(clock: FakeClock, scheduler: Scheduler, moments: Moments) -> None:
    call = scheduler.every(10, moments)
    clock.advance(24)
    call.reschedule(1.5)
    clock.advance(30)
    assert moments == [10, 20, 25.5, 35.5, 45.5]


def test_it_can_be_held_from_outside_while_it_is_being_made(clock: FakeClock, scheduler: Scheduler) -> None:
    moments = Moments(clock)

    def work() -> None:
        moments()
        clock.wait(NEVER, 4)

    call = scheduler.every(10, work)
    clock.advance(12)
    assert call.remaining == 8
    assert call.pause()
    clock.advance(100)
    assert (moments, state(call)) == ([10], (8, True))
    assert call.resume()
    clock.advance(8.5)
    assert moments == [10, 120]
    assert call.cancel()
    clock.advance(50)
    assert moments == [10, 120]


# Times of day


def test_a_time_of_day_cannot_be_paused(clock: FakeClock, scheduler: Scheduler, moments: Moments) -> None:
    call = scheduler.at(START + 10, moments)
    with pytest.raises(UsageError, match="cannot be paused"):
        call.pause()
    assert not call.is_paused
    assert not call.resume()
    clock.advance(11)
    assert moments == [10]


def test_a_time_of_day_can_be_moved_to_another(clock: FakeClock, scheduler: Scheduler, moments: Moments) -> None:
    call = scheduler.at(START + 10, moments)
    assert call.reschedule(1000)
    assert call.remaining == 1000
    clock.advance(2)
    assert call.reschedule(3)
    assert call.remaining == 3
    clock.advance(2000)
    assert moments == [5]


# What is refused


@pytest.mark.parametrize("seconds", [-1, -1e-300, nan, inf, -inf])
@intervals
def test_a_move_to_no_interval_is_refused_and_changes_nothing(
    clock: FakeClock, scheduler: Scheduler, moments: Moments, make: Make, seconds: float
) -> None:
    call = make(scheduler, moments)
    with pytest.raises(UsageError, match="is no number of seconds"):
        call.reschedule(seconds)
    clock.advance(15)
    assert moments == [10]


# Whatever is asked, in whatever order


@dataclass
class Expected:
    """What is to become of one call."""

    due: float
    order: int
    period: float | None
    held: float | None = None
    is_over: bool = False


class Model:
    """A scheduler that looks at each of its calls at each moment."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order = 0
        self.calls: list[Expected] = []
        self.made: list[tuple[float, int]] = []

    def add(self, seconds: float, period: float | None) -> None:
        self.order += 1
        self.calls.append(Expected(self.now + seconds, self.order, period))

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [call for call in self.calls if not call.is_over and call.held is None and call.due <= end]:
            call = min(due, key=lambda call: (call.due, call.order))
            self.now = max(self.now, call.due)
            self.made.append((self.now, self.calls.index(call)))
            if call.period is None:
                call.is_over = True
            else:
                self.move(call, call.due + call.period)
        self.now = end

    def move(self, call: Expected, due: float) -> None:
        self.order += 1
        call.due, call.order = due, self.order

    def cancel(self, call: Expected) -> bool:
        was_over, call.is_over = call.is_over, True
        return not was_over

    def pause(self, call: Expected) -> bool:
        if not call.is_over and call.held is None:
            call.held = call.due - self.now
        return not call.is_over

    def resume(self, call: Expected) -> bool:
        if call.is_over or call.held is None:
            return False
        self.move(call, self.now + call.held)
        call.held = None
        return True

    def reschedule(self, call: Expected, seconds: float) -> bool:
        if call.held is not None:
            call.held = seconds
        else:
            self.move(call, self.now + seconds)
        return not call.is_over

    def remaining(self, call: Expected) -> float:
        if call.is_over:
            return 0.0
        return call.due - self.now if call.held is None else call.held


halves = st.integers(1, 20).map(lambda count: count / 2)
which = st.integers(0, 1000)
steps = st.lists(
    st.tuples(st.sampled_from(["after", "every", "advance"]), halves)
    | st.tuples(st.sampled_from(["cancel", "pause", "resume", "reschedule"]), which),
    max_size=40,
)


@given(steps)
def test_whatever_is_asked_it_does_what_a_simple_model_does(steps: list[tuple[str, float]]) -> None:
    clock = FakeClock(threads=2)
    model = Model()
    made: list[tuple[float, int]] = []
    handles: list[ScheduledCall] = []

    def make(ask: Callable[[float, Callable[[], object]], ScheduledCall], seconds: float) -> None:
        number = len(handles)
        handles.append(ask(seconds, lambda: made.append((clock.now(), number))))
        model.add(seconds, seconds if isinstance(handles[-1], RepeatedCall) else None)

    with Scheduler(clock=clock) as scheduler:
        make(scheduler.after, 1)
        for what, argument in steps:
            number = int(argument) % len(handles)
            handle, expected = handles[number], model.calls[number]
            if what in ("after", "every"):
                make(getattr(scheduler, what), argument)
            elif what == "advance":
                clock.advance(argument)
                model.advance(argument)
            elif what == "reschedule":
                seconds = argument % 16 / 2 + 0.25
                assert handle.reschedule(seconds) == model.reschedule(expected, seconds)
            else:
                assert getattr(handle, what)() == getattr(model, what)(expected)
            assert [call.remaining for call in handles] == [model.remaining(call) for call in model.calls]
        clock.advance(30)
        model.advance(30)
    assert made == model.made


# Races, on the machine's own clock


def test_a_call_is_either_made_or_cancelled_and_by_one_thread_only() -> None:
    count = 2000
    # On a busy machine those that cancel may all be ahead, or behind: then nobody has raced.
    assert any(0 < _race_to_cancel(count) < count for _ in range(10))


def _race_to_cancel(count: int) -> int:
    """Cancel calls by three threads in the moment when they are due; return how many were made."""
    spread = 0.1
    called = [0] * count
    order = random.Random(5)
    done = threading.Event()

    def callback(number: int) -> Callable[[], None]:
        def call() -> None:
            called[number] += 1

        return call

    def cancel_all() -> list[int]:
        cancelled = []
        for number, call in enumerate(calls):
            while boot_seconds() < began + spread * number / count:  # just then it is due, or was, or will be
                pass
            if call.cancel():
                cancelled.append(number)
        return cancelled

    with Scheduler() as scheduler:
        began = boot_seconds() + 0.25  # till then they are all entered, also by a loaded machine
        moments = [began + spread * number / count + order.uniform(-1e-3, 1e-3) for number in range(count)]
        calls = [
            scheduler.after(max(0.0, moment - boot_seconds()), callback(number))
            for number, moment in enumerate(moments)
        ]
        with ThreadPoolExecutor(3) as side:
            results = [side.submit(cancel_all) for _ in range(3)]
            cancelled = [number for result in results for number in result.result(PATIENCE_SECONDS)]
        scheduler.after(spread + 0.01, done.set)
        assert done.wait(PATIENCE_SECONDS)
    assert all(called[number] + cancelled.count(number) == 1 for number in range(count))
    return sum(called)


def test_nothing_is_called_once_it_was_cancelled_not_even_a_repeated_call() -> None:
    late: list[str] = []
    with Scheduler() as scheduler:
        for _ in range(200):
            begun = threading.Event()
            ended = threading.Event()
            running = threading.Lock()

            def callback(
                begun: threading.Event = begun, ended: threading.Event = ended, running: threading.Lock = running
            ) -> None:
                with running:
                    begun.set()
                    if ended.is_set():
                        late.append("called")

            call = scheduler.every(0.001, callback)
            assert begun.wait(PATIENCE_SECONDS)
            assert call.cancel()
            with running:  # one may have begun before
                pass
            marker = threading.Event()
            scheduler.after(0, marker.set)  # that it is called, too, says that the one before has ended
            assert marker.wait(PATIENCE_SECONDS)
            ended.set()
        last = threading.Event()
        scheduler.after(0.01, last.set)
        assert last.wait(PATIENCE_SECONDS)
    assert not late


def test_pauses_and_moves_from_many_threads_lose_no_call() -> None:
    called: list[int] = []
    stop = threading.Event()

    def meddle(seed: int) -> None:
        order = random.Random(seed)
        while not stop.is_set():
            call = order.choice(calls)
            order.choice([call.pause, call.resume, lambda call=call: call.reschedule(order.random() * 0.01)])()

    with Scheduler() as scheduler, ThreadPoolExecutor(3) as side:
        calls = [scheduler.after(0.01, lambda number=number: called.append(number)) for number in range(300)]
        meddling = [side.submit(meddle, seed) for seed in range(3)]
        wait_until(lambda: len(called) > 100, "the first hundred")
        stop.set()
        for one in meddling:
            one.result(PATIENCE_SECONDS)
        for call in calls:
            call.resume()
        wait_until(lambda: len(called) >= 300, "the others")
    assert sorted(called) == list(range(300))


# Moments of a repeated call that pass without it


class Late:
    """A call every ten seconds from the tenth on, unless told otherwise, and its agenda, at whatever time."""

    def __init__(self, missed: Missed, *, first: float = 10, period: float = 10) -> None:
        self.now = 0.0
        agenda = Agenda(threading.RLock(), lambda: self.now, lambda _moment: None)
        self.call = RepeatedCall(agenda, print, period, missed)
        self.call.move_to(first)
        self._queue = agenda.queue

    def begin(self, now: float) -> bool:
        """Return whether the call is to be made *now*."""
        self.now = now
        assert self._queue.pop(now) is self.call
        return self.call.begin(now) is not None

    def state(self) -> tuple[float | None, int]:
        return self.call.due, self.call.skipped


@pytest.mark.parametrize(
    ("missed", "now", "is_made", "due", "skipped"),
    [
        ("coalesce", 10, True, 20, 0),
        ("coalesce", 19, True, 20, 0),
        ("coalesce", 30, True, 40, 2),
        ("coalesce", 35, True, 40, 2),
        ("all", 10, True, 20, 0),
        ("all", 35, True, 20, 0),
        ("skip", 10, True, 20, 0),
        ("skip", 19, True, 20, 0),
        ("skip", 30, False, 40, 3),
        ("skip", 35, False, 40, 3),
    ],
)
def test_what_becomes_of_moments_that_passed_before_the_call(
    missed: Missed, now: float, is_made: bool, due: float, skipped: int
) -> None:
    late = Late(missed)
    assert late.begin(now) is is_made
    if is_made:
        assert late.call.due is None, "it is being made"
        late.call.go_on()
    assert late.state() == (due, skipped)


@pytest.mark.parametrize(
    ("missed", "now", "due", "skipped"),
    [("coalesce", 35, 20, 0), ("all", 35, 20, 0), ("skip", 19, 20, 0), ("skip", 30, 40, 2), ("skip", 35, 40, 2)],
)
def test_what_becomes_of_moments_that_pass_during_the_call(
    missed: Missed, now: float, due: float, skipped: int
) -> None:
    late = Late(missed)
    assert late.begin(10)
    late.now = now
    late.call.go_on()
    assert late.state() == (due, skipped)


def test_a_call_that_was_moved_while_it_was_made_begins_a_new_grid() -> None:
    late = Late("coalesce")
    assert late.begin(12)
    assert late.call.remaining == 8
    assert late.call.reschedule(3)
    late.call.go_on()
    assert late.state() == (15, 0)
    assert late.begin(15)
    late.call.go_on()
    assert late.state() == (25, 0)


@pytest.mark.parametrize(
    ("now", "due", "skipped"),
    [
        (1, 4 * 0.3, 3),
        (12.899999999999999, 43 * 0.3, 42),  # divided by 0.3 it is 43.0, and that moment is still to come
        (43 * 0.3, 44 * 0.3, 43),
    ],
)
def test_no_moment_is_passed_because_of_a_rounding(now: float, due: float, skipped: int) -> None:
    late = Late("coalesce", first=0, period=0.3)
    assert late.begin(now)
    late.call.go_on()
    assert late.state() == (due, skipped)
