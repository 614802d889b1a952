"""Time as an object, so that tests can pass another one and take none."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine may ask of time. All in seconds, as *timeout_seconds* is; any thread."""

    def now(self) -> float:
        """Return the present moment, monotonic, from an arbitrary start."""

    def time(self) -> float:
        """Return the time of day, from 1970 in UTC: what may be set while we wait."""

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Block until *event* is set or the time is over; return whether it is set."""


class SystemClock:
    """The machine's monotonic clock, and its wall clock; *timeout_seconds* pass in real time."""

    def now(self) -> float:
        """Return the present moment."""
        return time.monotonic()

    def time(self) -> float:
        """Return the time of day, from 1970 in UTC."""
        return time.time()

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Block until *event* is set or the time is over; return whether it is set."""
        return event.wait(timeout_seconds)


SYSTEM_CLOCK = SystemClock()
