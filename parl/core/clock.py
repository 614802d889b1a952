"""Time as an object, so that tests can pass another one and take none."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine may ask of time. Seconds, monotonic, from an arbitrary start."""

    def now(self) -> float:
        """Return the present moment."""

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Block until *event* is set or the time is over; return whether it is set."""


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Return the present moment."""
        return time.monotonic()

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Block until *event* is set or the time is over; return whether it is set."""
        return event.wait(timeout_seconds)


SYSTEM_CLOCK = SystemClock()
