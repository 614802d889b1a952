"""Durations as people write them: the one parser for all of parl."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parl.core.errors import UsageError

EXAMPLES = "90, 3.5, 500ms, 90s, 1h30m, 1:30 or PT1M"

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_UNITS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
_PLAIN = re.compile(_NUMBER)
_COMPACT = re.compile(
    rf"(?:({_NUMBER})w)?(?:({_NUMBER})d)?(?:({_NUMBER})h)?(?:({_NUMBER})m(?!s))?"
    rf"(?:({_NUMBER})s)?(?:({_NUMBER})ms)?(?:({_NUMBER})us)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?)")
# No years and months: they have no length.
_ISO = re.compile(
    rf"P(?=.)(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=.)(?:({_NUMBER})H)?(?:({_NUMBER})M)?"
    rf"(?:({_NUMBER})S)?)?",
    re.IGNORECASE,
)
_SPACE_AT_UNIT = re.compile(r"(?<=\d) +(?=[a-z])|(?<=[a-z]) +(?=\d)", re.IGNORECASE)  # "1 h 30 m"
_LONGEST_SECONDS = 100 * 366 * 86400.0


def parse_duration(text: str) -> float:
    """Return the seconds that *text* means; UsageError names what cannot be one.

    A plain number is seconds; ``1h30m``; ``1:30`` is a minute and a half, ``1:30:00`` an hour and
    a half; ``PT1M`` as in ISO 8601, whose decimal comma is understood too.
    """
    seconds = _seconds(_SPACE_AT_UNIT.sub("", text.strip()))
    if seconds is None:
        raise UsageError(f"{shortened(text)!r} is no duration; write it like {EXAMPLES}")
    return _bounded(seconds, text)


def check_seconds(number: float) -> float:
    """Return *number* as the seconds of a duration; UsageError where there is no such."""
    if not number >= 0:  # NaN too
        raise UsageError(f"{str(number)!r} is no duration; write it like {EXAMPLES}")
    return _bounded(number, str(number))


def _bounded(seconds: float, text: str) -> float:
    if seconds > _LONGEST_SECONDS:
        raise UsageError(f"{shortened(text)!r} is longer than a hundred years; that is the most")
    return float(seconds)


def _seconds(text: str) -> float | None:
    if not text.isascii() or not text:
        return None
    if _PLAIN.fullmatch(text):
        return float(text)
    if found := _COMPACT.fullmatch(text):
        return _total(found.groups(), _UNITS.values())
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        if hours is not None and float(minutes) > 59:
            return None
        return _total((hours, minutes, seconds), (3600.0, 60.0, 1.0))
    if found := _ISO.fullmatch(text.replace(",", ".")):
        return _total(found.groups(), _UNITS.values())
    return None


def _total(numbers: Iterable[str | None], units: Iterable[float]) -> float:
    return sum(float(number) * unit for number, unit in zip(numbers, units, strict=False) if number)


def shortened(text: str) -> str:
    """Return *text* as it may be quoted in a message."""
    return text if len(text) <= 40 else f"{text[:37]}..."
