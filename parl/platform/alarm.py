"""A thread's wait for a moment, which any other thread can end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf, nextafter


class Alarm(ABC):
    """One thread waits; any thread may wake it. Moments are seconds on the clock that it was made for."""

    @abstractmethod
    def wait(self, until: float | None) -> None:
        """Block until that moment, or ``wake``.

        May return earlier, and half a millisecond later: to be woken less often.
        """

    @abstractmethod
    def wake(self) -> None:
        """Make a blocked ``wait``, or else the next one, return now; any thread."""

    def close(self) -> None:
        """Give back what the system lent, after the last ``wait``."""


class EventAlarm(Alarm):
    """An alarm on whatever clock: *now* reads it, *wait* waits on it for an event or a time-out."""

    def __init__(self, now: Callable[[], float], wait: Callable[[threading.Event, float | None], bool]) -> None:
        self._now = now
        self._wait = wait
        self._woken = threading.Event()

    def wait(self, until: float | None) -> None:
        seconds = None if until is None else self._seconds_to(until)
        if seconds is None or seconds > 0:
            self._wait(self._woken, seconds)
        self._woken.clear()

    def _seconds_to(self, until: float) -> float:
        now = self._now()
        seconds = until - now
        if now + seconds < until:  # rounded: a clock that stands still between two waits would stop short
            seconds = nextafter(seconds, inf)
        return min(seconds, threading.TIMEOUT_MAX)

    def wake(self) -> None:
        self._woken.set()
