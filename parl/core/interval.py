"""What may be waited for: numbers that are intervals, periods and moments."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

from parl.core.duration import shortened
from parl.core.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

SHORTEST_PERIOD_SECONDS = 0.001
"""Sooner after each other no timer can be trusted to come."""


def check_interval(seconds: float) -> float:
    """Return *seconds*; UsageError where that is no interval: negative, endless, not a number."""
    try:
        if 0 <= seconds < inf:
            return seconds + 0.0
    except (OverflowError, TypeError):  # an integer that no float can hold, a text
        pass
    raise UsageError(f"{_quoted(seconds)} is no number of seconds to wait")


def check_period(seconds: float) -> float:
    """Return *seconds*; UsageError where that is no time between two calls."""
    seconds = check_interval(seconds)
    if seconds < SHORTEST_PERIOD_SECONDS:
        raise UsageError(f"every {seconds:g} seconds is too often; a millisecond is the least")
    return seconds


def seconds_since_1970(when: datetime | float) -> float:
    """Return *when* in seconds since 1970 in UTC; a datetime without a zone is the local time.

    In the gap of a daylight-saving change that is as much later as the gap is long, in a fold the first.
    Raises UsageError for what is no moment.
    """
    try:
        seconds = when + 0.0 if isinstance(when, int | float) else _timestamp(when)
    except (OverflowError, AttributeError):
        seconds = inf
    if not isfinite(seconds):
        raise UsageError(f"{_quoted(when)} is no moment to wait for")
    return seconds


def _timestamp(when: datetime) -> float:
    try:
        return when.timestamp()
    except (ValueError, OverflowError, OSError):  # at the ends of the calendar the local zone leads out of it
        from datetime import UTC

        return when.replace(tzinfo=UTC).timestamp()


def _quoted(value: object) -> str:
    try:
        return shortened(repr(value))
    except ValueError:  # an integer with more digits than Python will write
        return "a number that long"
