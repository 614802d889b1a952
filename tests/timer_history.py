"""Timers on the machine's clocks, each with a record of what it was asked and what it did, and a judge of that."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count, takewhile
from typing import NamedTuple

from parl.core.scheduled_call import ScheduledCall
from tests.conftest import wait_until


class Asked(NamedTuple):
    """One question to a timer, and its answer, which was found between two moments."""

    what: str
    before: float
    after: float
    answer: bool
    seconds: float


class TimerHistory:
    """A timer that one thread owns. *clock* is the one it goes by, *period* None for one that comes once."""

    def __init__(self, clock: Callable[[], float], period: float | None = None) -> None:
        self.calls: list[float] = []
        self.is_held = False
        self.is_cancelled = False
        self._clock = clock
        self._period = period
        self._asked: list[Asked] = []
        self._handle: ScheduledCall
        self._earliest = 0.0

    def begin(self, seconds: float, make: Callable[[float], ScheduledCall]) -> None:
        """Have *make* ask for a (first) call in *seconds*; it is told the present moment."""
        now = self._clock()
        self._earliest = now + seconds
        self._handle = make(now)

    @property
    def questions(self) -> list[str]:
        """Return what may be asked."""
        if self._period is not None:
            return ["cancel", "pause", "resume"]
        return ["cancel", "reschedule"] if self._clock is time.time else ["cancel", "pause", "resume", "reschedule"]

    def note_call(self) -> None:
        """Be called."""
        self.calls.append(self._clock())

    def ask(self, what: str, seconds: float = 0.0) -> bool:
        """Ask the timer, and keep what it answers."""
        words = [seconds] if what == "reschedule" else []
        before = self._clock()
        answer = getattr(self._handle, what)(*words)
        self._asked.append(Asked(what, before, self._clock(), answer, seconds))
        if what in ("pause", "resume"):
            self.is_held = answer and what == "pause"
        self.is_cancelled |= answer and what == "cancel"
        return bool(answer)

    def finish(self, *, cancel: bool) -> None:
        """Let it come to its end: it is cancelled, or called within our patience."""
        if cancel or self._period is not None:
            self.ask("cancel")
        elif self.is_held:
            self.ask("resume")
        if self._period is None and not self.is_cancelled:
            wait_until(lambda: bool(self.calls), f"a call: {self._asked}")

    def fault(self) -> str | None:
        """Return what is wrong with a timer that is over; None if it was as promised."""
        found = self._fault_of_one() if self._period is None else self._fault_of_many(self._period)
        return f"{found}: earliest {self._earliest}, {self._asked}, called {self.calls}" if found else None

    def _fault_of_one(self) -> str | None:
        was_cancelled, earliest = self._last_word()
        if was_cancelled:
            return "called after it was cancelled" if self.calls else None
        if len(self.calls) != 1:
            return f"called {len(self.calls)} times"
        return "called early" if self.calls[0] < earliest else None

    def _last_word(self) -> tuple[bool, float]:
        """Return whether it was cancelled, and before which moment it could not be called.

        Each True says that it had not been called until then.
        """
        earliest, held = self._earliest, None
        for asked in self._asked:
            if not asked.answer:
                continue
            match asked.what:
                case "cancel":
                    return True, earliest
                case "pause":
                    held = max(0.0, earliest - asked.after) if held is None else held
                case "resume":
                    earliest, held = asked.before + (held or 0.0), None
                case _ if held is not None:
                    held = asked.seconds
                case _:
                    earliest = asked.before + asked.seconds
        return False, earliest

    def _fault_of_many(self, period: float) -> str | None:
        """Judge a repeated one that makes up for all it misses: each of its calls has a moment that it waits for."""
        earliest, began = [], self._earliest
        is_held = is_cancelled = False
        for asked in self._asked:
            if is_cancelled and asked.answer:
                return "lives after it was cancelled"
            if asked.what == "resume" and asked.answer:
                began, is_held = asked.before, False
            elif asked.what in ("pause", "cancel") and asked.answer:
                if not is_held:
                    earliest += _moments(began, period, asked.after)
                is_held, is_cancelled = True, asked.what == "cancel"
                # One that had begun may still have to come to our notice.
                if is_cancelled and sum(moment > asked.after for moment in self.calls) > 1:
                    return "called after it was cancelled"
        if not is_cancelled:
            return "not cancelled at its end"
        if len(self.calls) > len(earliest):
            return f"called {len(self.calls)} times, due {len(earliest)} times"
        # A hair: a grid's moments are products, ours are sums.
        is_early = any(moment < due - 1e-6 for moment, due in zip(self.calls, earliest, strict=False))
        return "called early" if is_early else None


def _moments(began: float, period: float, end: float) -> list[float]:
    return list(takewhile(lambda moment: moment <= end, count(began, period)))
