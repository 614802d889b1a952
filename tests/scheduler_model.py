"""What a scheduler promises, as a list that is looked through: for the tests that ask one for whatever comes to mind.

Intervals are predicted to the moment and in their order. A time of day has a moment before which it must not come, and
one until which it must: how often the clock on the wall is looked at is the scheduler's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

LOOK_SECONDS = 1.0
"""A wall clock that was set is noticed within that."""


class CallbackError(Exception):
    """What callbacks raise."""


class Act(NamedTuple):
    """What a callback does: ask for another call, ask the *target*-th call something, take time, fail, close."""

    what: str
    target: int = 0
    seconds: float = 0.0


@dataclass(eq=False)
class Call:
    """One call by intervals."""

    number: int
    due: float
    order: int
    acts: list[Act]
    """What it does at its first time, its second ..."""
    period: float | None = None
    missed: str = ""
    held: float | None = None
    is_over: bool = False
    skipped: int = 0
    is_running: bool = False
    was_moved: bool = False
    """While it is running: its next moment was chosen anew."""

    def next(self) -> float:
        """Return its (next) moment."""
        if self.is_running and not self.was_moved:
            assert self.period is not None
            return self.due + self.period
        return self.due

    def passed(self, now: float) -> int:
        """Return how many of its moments have passed after the one that it is due at; all are exact here."""
        assert self.period is not None
        return max(0, int((now - self.due) // self.period))


@dataclass
class Model:
    """A scheduler that has all the time in the world to look at each of its calls at each moment."""

    now: float = 0.0
    is_closed: bool = False
    calls: list[Call] = field(default_factory=list)
    told: list[tuple[float, int, object]] = field(default_factory=list)
    """Who was called when, and what the act that it made was answered."""
    busy: list[tuple[float, float]] = field(default_factory=list)
    """When the thread was kept by callbacks that take time."""
    _order: int = 0
    _running: Call | None = None
    _runs_until: float = -inf

    # What anybody may ask

    def add(self, seconds: float, acts: list[Act], period: float | None = None, missed: str = "") -> bool:
        if self.is_closed:
            return False
        self._order += 1
        call = Call(len(self.calls), self.now + seconds, self._order, list(acts), period, missed)
        self.calls.append(call)
        return True

    def ask(self, what: str, call: Call, seconds: float = 0.0) -> bool:
        """Do to *call* what its handle's method *what* does; return what that returns."""
        if self.is_over(call):
            return False
        if what == "cancel":
            call.is_over = True
        elif what == "pause":
            if call.held is None:
                call.held = max(0.0, call.next() - self.now)
        elif what == "resume":
            if call.held is None:
                return False
            seconds, call.held = call.held, None
            self._move(call, self.now + seconds)
        elif call.held is not None:
            call.held = seconds
        else:
            self._move(call, self.now + seconds)
        return True

    def close(self) -> None:
        self.is_closed = True

    def state(self, call: Call) -> tuple[float, bool, int]:
        """Return what remains, whether that is held, and how many of its moments were left out."""
        if self.is_over(call):
            return 0.0, False, call.skipped
        remaining = max(0.0, call.next() - self.now) if call.held is None else call.held
        return remaining, call.held is not None, call.skipped

    def is_over(self, call: Call) -> bool:
        return self.is_closed or call.is_over

    # Time

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            if self._running is not None:
                if self._runs_until > end:
                    break
                self.now = max(self.now, self._runs_until)
                self._end_run(self._running)
            elif (call := self._first(end)) is not None:
                self.now = max(self.now, call.due)
                self._begin(call)
            else:
                break
        self.now = end

    def free_from(self, moment: float) -> float:
        """Return the first moment from *moment* on at which no callback keeps the thread."""
        for begin, end in self.busy:
            if begin <= moment <= end:
                moment = end
        return moment

    def _first(self, end: float) -> Call | None:
        waiting = [call for call in self.calls if not self.is_over(call) and call.held is None and call.due <= end]
        return min(waiting, key=lambda call: (call.due, call.order), default=None)

    def _begin(self, call: Call) -> None:
        if call.period is None:
            call.is_over = True
        else:
            # Late by one or more whole periods: those moments were missed.
            passed = call.passed(self.now)
            if passed and call.missed != "all":
                self._leave_out(call, passed)
                if call.missed == "skip":
                    self._leave_out(call, 1)
                    self._enter(call)
                    return
            call.is_running, call.was_moved = True, False
        act = call.acts.pop(0) if call.acts else Act("nothing")
        self._running, self._runs_until = call, self.now
        if act.what == "wait":
            self._runs_until += act.seconds
            self.busy.append((self.now, self._runs_until))
        self.told.append((self.now, call.number, self._act(act)))

    def _act(self, act: Act) -> object:
        if act.what == "after":
            return self.add(act.seconds, [])
        if act.what == "close":
            return self.close()
        if act.what in ("nothing", "wait", "raise"):
            return None
        return self.ask(act.what, self.calls[act.target % len(self.calls)], act.seconds)

    def _end_run(self, call: Call) -> None:
        self._running = None
        call.is_running = False
        if call.period is None or self.is_over(call) or call.was_moved or call.held is not None:
            return
        if call.missed == "skip":  # what passed while it ran itself
            self._leave_out(call, call.passed(self.now))
        call.due += call.period
        self._enter(call)

    def _leave_out(self, call: Call, count: int) -> None:
        assert call.period is not None
        call.skipped += count
        call.due += count * call.period

    def _move(self, call: Call, moment: float) -> None:
        call.due, call.was_moved = moment, True
        self._enter(call)

    def _enter(self, call: Call) -> None:
        self._order += 1
        call.order = self._order
