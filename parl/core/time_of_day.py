"""Times of day as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from parl.core.duration import shortened
from parl.core.errors import UsageError

EXAMPLES = "14:30, 18:00Z, '18:00 Europe/Berlin' or 2026-12-24T18:00"

# ISO 8601 without colons would be too easily mistaken: 2026-12 is 20:26 in a zone.
_WITHOUT_DATE = re.compile(r"T?\d?\d:[ -~]*")
_WITH_DATE = re.compile(r"\d{4}-?(?:\d\d-?\d\d|W\d\d(?:-?\d)?)(?:[Tt ][ -~]+)?")
_WITH_ZONE_NAME = re.compile(r"(?P<time>.*\d)(?: +(?P<name>[A-Za-z][\w+/-]*)| *\[(?P<bracketed>[\w+/-]+)\])")


class TimeOfDay(NamedTuple):
    """A moment that somebody has named."""

    seconds: float
    """Since 1970 in UTC."""
    is_tomorrow: bool
    """Whether a time without a date is tomorrow's, as the local calendar has it."""


def parse_time(text: str, now: float) -> TimeOfDay:
    """Return the moment that *text* means at the moment *now*, both in seconds since 1970 in UTC.

    A time without a date is the next such time, today or tomorrow; without a zone it is local. One
    that a daylight-saving change leaves out is as much later as the gap is long; of two, the first is
    meant. Raises UsageError, naming *text*, where that is no time or is past.
    """
    words, zone = text.strip(), None
    if found := _WITH_ZONE_NAME.fullmatch(words):
        words, zone = found["time"], _zone(found["name"] or found["bracketed"], text)
    try:
        if _WITHOUT_DATE.fullmatch(words):
            moment = _next(_clock_time(words, zone), now)
            return TimeOfDay(moment, is_tomorrow=_local_date(moment) > _local_date(now))
        moment = _in_zone(_dated(words), zone).timestamp()
        _local_date(moment)  # or else it is beyond the calendar here
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{shortened(text)!r} is no time; write it like {EXAMPLES}") from error
    if moment <= now:
        raise UsageError(
            f"{shortened(text)!r} is past; it is {datetime.fromtimestamp(now).astimezone():%Y-%m-%dT%H:%M:%S%z} now"
        )
    return TimeOfDay(moment, is_tomorrow=False)


def _clock_time(words: str, zone: tzinfo | None) -> time:
    words = words.removeprefix("T")
    clock = time.fromisoformat(words if words[1] != ":" else f"0{words}")
    if zone is None:
        return clock
    return _in_zone(datetime.combine(date.min, clock), zone).timetz()


def _dated(words: str) -> datetime:
    if not _WITH_DATE.fullmatch(words):
        raise ValueError("Python takes any sign between the date and the time")
    return datetime.fromisoformat(words)


def _next(clock: time, now: float) -> float:
    today = datetime.fromtimestamp(now, clock.tzinfo).date()
    # By PEP 495, without a fold, the offset before a change holds: that is later in a gap, and first of two.
    moment = datetime.combine(today, clock).timestamp()
    return moment if moment > now else datetime.combine(today + timedelta(days=1), clock).timestamp()


def _local_date(moment: float) -> date:
    return datetime.fromtimestamp(moment).date()


def _in_zone(when: datetime, zone: tzinfo | None) -> datetime:
    if zone is None:
        return when
    if when.tzinfo is not None:
        raise ValueError("two zones")
    return when.replace(tzinfo=zone)


def _zone(name: str, text: str) -> tzinfo:
    if name.upper() in ("Z", "UTC"):  # also where there is no database
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"{shortened(text)!r}: {shortened(name)!r} is no time zone; write it like Europe/Berlin or +01:00"
        ) from error
