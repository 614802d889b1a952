"""A state machine of hypothesis that asks a scheduler and its model the same, and compares what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from parl.core.errors import ParlError, UsageError
from parl.core.scheduled_call import Missed, ScheduledCall
from parl.core.scheduler import Scheduler
from parl.testing import FakeClock
from tests.scheduler_model import LOOK_SECONDS, Act, CallbackError, Model

START = 1_700_000_000.0
FAR_SECONDS = 1e6
NEVER = threading.Event()

# Exact in binary, so that model and scheduler agree to the last bit, and meet at the same moments often.
intervals = st.integers(0, 64).map(lambda count: count / 8)
periods = st.integers(4, 64).map(lambda count: count / 8)
targets = st.integers(0, 99)
asked = st.sampled_from(["cancel", "pause", "resume", "reschedule"])
acts = st.lists(
    st.one_of(
        st.just(Act("nothing")),
        st.just(Act("raise")),
        st.builds(Act, st.just("wait"), seconds=intervals),
        st.builds(Act, st.just("after"), seconds=intervals),
        st.builds(Act, asked, targets, intervals),
        st.integers(0, 9).map(lambda number: Act("nothing" if number else "close")),
    ),
    max_size=4,
)


@dataclass(eq=False)
class TimeOfDay:
    """A call at a time of day, as the test knows it."""

    handle: ScheduledCall
    when: float
    eligible: float
    """The moment from which on the wall clock shows *when*, or later."""
    is_pending: bool = True


class Asking(RuleBasedStateMachine):
    """Asks for anything in any order; after each question the time that it takes has passed for both."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(threads=2, time=START)
        self.errors: list[BaseException] = []
        self.failed = 0
        self.scheduler = Scheduler(clock=self.clock, on_error=self.errors.append)
        self.model = Model()
        self.told: list[tuple[float, int, object]] = []
        self.handles: list[ScheduledCall] = []
        self.times: list[TimeOfDay] = []
        self.made: list[tuple[float, float, TimeOfDay]] = []
        self.was_set = False
        self.after(FAR_SECONDS, [])  # the clock stands still until there is a thread

    def teardown(self) -> None:
        self.scheduler.close(wait=False)
        self.clock.advance(100)  # a callback that takes long is let out
        self.scheduler.close()

    # Calls by intervals: predicted

    @rule(seconds=intervals, acts=acts)
    def after(self, seconds: float, acts: list[Act]) -> None:
        assert self._after(seconds, acts) == self.model.add(seconds, acts)
        self._compare()

    @rule(period=periods, first=st.none() | intervals, missed=st.sampled_from(["coalesce", "skip", "all"]), acts=acts)
    def every(self, period: float, first: float | None, missed: Missed, acts: list[Act]) -> None:
        number = len(self.handles)
        was_taken = self._take(
            lambda: self.scheduler.every(period, self._callback(number, acts), missed=missed, first=first)
        )
        assert was_taken == self.model.add(period if first is None else first, acts, period, missed)
        self._compare()

    @rule(what=asked, which=targets, seconds=intervals)
    def ask(self, what: str, which: int, seconds: float) -> None:
        which %= len(self.handles)
        assert self._ask(what, which, seconds) == self.model.ask(what, self.model.calls[which], seconds)
        self._compare()

    @rule(seconds=intervals)
    def advance(self, seconds: float) -> None:
        self._compare(seconds)

    # Calls at a time of day: not early, not late

    @rule(seconds=intervals, raises=st.booleans())
    def at(self, seconds: float, raises: bool) -> None:
        call: list[TimeOfDay] = []

        def callback() -> None:
            self.made.append((self.clock.now(), self.clock.time(), call[0]))
            if raises:
                raise CallbackError

        when = self.clock.time() + seconds - 2  # some are past
        try:
            # Held until it is noted: it may be called at once.
            with self.scheduler._lock:
                handle = self.scheduler.at(when, callback)
                call.append(TimeOfDay(handle, when, self.clock.now() + max(0.0, seconds - 2)))
        except ParlError:
            assert self.model.is_closed
        else:
            self.times.append(call[0])
        self._compare()

    @precondition(lambda self: self.times)
    @rule(what=asked, which=targets, seconds=intervals)
    def ask_a_time(self, what: str, which: int, seconds: float) -> None:
        call = self.times[which % len(self.times)]
        is_pending = call.is_pending and not self.model.is_closed
        if what == "pause":
            with pytest.raises(UsageError):
                call.handle.pause()
        elif what == "resume":
            assert not call.handle.resume()
        elif what == "cancel":
            assert call.handle.cancel() == is_pending
            call.is_pending = False
        else:
            # Moved behind its equals, as if it were new.
            self.times.remove(call)
            self.times.append(call)
            call.when, call.eligible = self.clock.time() + seconds, self.clock.now() + seconds
            assert call.handle.reschedule(seconds) == is_pending
        self._compare()

    @rule(seconds=st.integers(-80, 80).map(lambda count: count / 8))
    def set_time(self, seconds: float) -> None:
        self.was_set = True
        self.clock.set_time(self.clock.time() + seconds)
        now, time = self.clock.now(), self.clock.time()
        for call in self.times:
            until = call.when - time
            call.eligible = now + until if until > 0 else min(call.eligible, now)
        self._compare()

    # The end

    @precondition(lambda self: len(self.handles) > 8)
    @rule()
    def close(self) -> None:
        self.scheduler.close(wait=False)
        self.model.close()
        self._compare()

    # What is really done

    def _take(self, ask: Callable[[], ScheduledCall]) -> bool:
        with self.scheduler._lock:  # held until it is noted: it may be called at once
            try:
                self.handles.append(ask())
            except ParlError:
                return False
            return True

    def _after(self, seconds: float, acts: list[Act]) -> bool:
        number = len(self.handles)
        return self._take(lambda: self.scheduler.after(seconds, self._callback(number, acts)))

    def _ask(self, what: str, which: int, seconds: float) -> bool:
        words = [seconds] if what == "reschedule" else []
        return bool(getattr(self.handles[which], what)(*words))

    def _callback(self, number: int, acts: list[Act]) -> Callable[[], None]:
        to_do = list(acts)

        def callback() -> None:
            act = to_do.pop(0) if to_do else Act("nothing")
            self.told.append((self.clock.now(), number, self._act(act)))
            if act.what == "wait":
                self.clock.wait(NEVER, act.seconds)
            elif act.what == "raise":
                raise CallbackError

        return callback

    def _act(self, act: Act) -> object:
        if act.what == "after":
            return self._after(act.seconds, [])
        if act.what == "close":
            return self.scheduler.close()
        if act.what in ("nothing", "wait", "raise"):
            return None
        return self._ask(act.what, act.target % len(self.handles), act.seconds)

    # The comparison

    def _compare(self, seconds: float = 0.0) -> None:
        """Let time pass, if only to have what is due now happen, and look at everything."""
        self.clock.advance(seconds)
        self.model.advance(seconds)
        assert self.told == self.model.told
        states = [(call.remaining, call.is_paused, getattr(call, "skipped", 0)) for call in self.handles]
        assert states == [self.model.state(call) for call in self.model.calls]
        assert all(isinstance(error, CallbackError) for error in self.errors)
        self._check_times()

    def _check_times(self) -> None:
        slack = LOOK_SECONDS if self.was_set else 0.0
        for now, time, call in self.made:
            assert call.is_pending, "called twice, or after it was cancelled"
            assert time >= call.when, "early"
            assert now <= self.model.free_from(call.eligible + slack), "late"
            call.is_pending = False
        self.made.clear()
        for call in self.times:
            is_pending = call.is_pending and not self.model.is_closed
            assert call.handle.remaining == (max(0.0, call.when - self.clock.time()) if is_pending else 0.0)
            assert not is_pending or self.model.free_from(call.eligible + slack) > self.model.now, "left out"
