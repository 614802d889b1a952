"""Times of day as people write them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parl.core.duration import shortened
from parl.core.errors import UsageError
from parl.core.time_of_day import TimeOfDay, parse_time

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no tzset")


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move this process to another zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def berlin(live_in: Callable[[str], None]) -> None:
    live_in("Europe/Berlin")


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOON = utc("2026-06-01 10:00")  # in Berlin


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:30", "2026-06-01 12:30"),
        (" 14:30 ", "2026-06-01 12:30"),
        ("T14:30", "2026-06-01 12:30"),
        ("14:30:15", "2026-06-01 12:30:15"),
        ("14:30:15.5", "2026-06-01 12:30:15.5"),
        ("12:00:00.000001", "2026-06-01 10:00:00.000001"),
        ("23:59:59", "2026-06-01 21:59:59"),
        ("14:30Z", "2026-06-01 14:30"),
        ("14:30 Z", "2026-06-01 14:30"),
        ("14:30 UTC", "2026-06-01 14:30"),
        ("14:30-05:30", "2026-06-01 20:00"),
        ("01:00+14:00", "2026-06-01 11:00"),
        ("14:30 America/New_York", "2026-06-01 18:30"),
        ("14:30   America/New_York", "2026-06-01 18:30"),
        ("14:30[America/New_York]", "2026-06-01 18:30"),
        ("14:30 [America/New_York]", "2026-06-01 18:30"),
        ("2026-12-24T18:00", "2026-12-24 17:00"),
        ("2026-12-24 18:00", "2026-12-24 17:00"),
        ("2026-12-24T18:00:30.25", "2026-12-24 17:00:30.25"),
        ("2026-12-24T18:00Z", "2026-12-24 18:00"),
        ("2026-12-24T18:00-08:00", "2026-12-25 02:00"),
        ("2026-12-24T18:00 America/New_York", "2026-12-24 23:00"),
        ("2026-12-24T18:00[Asia/Kathmandu]", "2026-12-24 12:15"),
        ("2026-12-24", "2026-12-23 23:00"),
        ("2026-06-01T12:00:01", "2026-06-01 10:00:01"),
        ("9000-01-01T00:00Z", "9000-01-01 00:00"),
    ],
)
def test_what_people_write_is_understood(text: str, moment: str) -> None:
    assert parse_time(text, NOON) == TimeOfDay(utc(moment), is_tomorrow=False)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("9:30", "2026-06-02 07:30"),
        ("09:30", "2026-06-02 07:30"),
        ("T9:30", "2026-06-02 07:30"),
        ("12:00", "2026-06-02 10:00"),
        ("00:00", "2026-06-01 22:00"),
        ("10:00Z", "2026-06-02 10:00"),
        ("09:59Z", "2026-06-02 09:59"),
        ("03:00 America/New_York", "2026-06-02 07:00"),
        ("14:30+05:30", "2026-06-02 09:00"),
    ],
)
def test_a_time_that_has_passed_is_tomorrows(text: str, moment: str) -> None:
    assert parse_time(text, NOON) == TimeOfDay(utc(moment), is_tomorrow=True)


@pytest.mark.usefixtures("berlin")
def test_today_is_that_of_the_zone() -> None:
    late = utc("2026-06-01 22:30")  # in Berlin and in Sydney it is June 2 by now
    assert parse_time("23:00Z", late) == TimeOfDay(utc("2026-06-01 23:00"), is_tomorrow=False)
    assert parse_time("00:45", late) == TimeOfDay(utc("2026-06-01 22:45"), is_tomorrow=False)
    assert parse_time("09:00 Australia/Sydney", late) == TimeOfDay(utc("2026-06-01 23:00"), is_tomorrow=False)
    assert parse_time("08:00 Australia/Sydney", late) == TimeOfDay(utc("2026-06-02 22:00"), is_tomorrow=True)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "14", "1430", "T1430", "14:", ":30", "14:3", "1:2", "24:01", "25:00", "14:60", "14:30:60", "-14:30",
        "14h30", "14.30", "2:30pm", "2026", "2026-12", "12-24", "24.12.2026", "2026-13-01", "2026-02-30", "tomorrow",
        "now", "10m", "3.5", "nan", "14:30 14:30", "14:30Z Europe/Berlin", "14:30+01:00[Europe/Berlin]",
        "2026-12-24T18:00Z Europe/Berlin", "14:30+24:00", "14:30+", "\uff11\uff14:\uff13\uff10", "٣:30",
        "14:\n30", "\udc80",
    ],
)  # fmt: skip
def test_what_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_time(text, NOON)
    assert str(raised.value) == f"{text!r} is no time; write it like 14:30, 18:00Z, '18:00 Europe/Berlin' or " + (
        "2026-12-24T18:00"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("14:30 Europe/Atlantis", "Europe/Atlantis"),
        ("14:30 pm", "pm"),
        ("14:30 Europe", "Europe"),
        ("14:30[/etc/passwd]", "/etc/passwd"),
        ("2026-12-24T18:00 Nowhere", "Nowhere"),
        ("14:30 Europe/Zürich", "Europe/Zürich"),
    ],
)
def test_what_is_no_zone_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_time(text, NOON)
    assert str(raised.value).startswith(f"{text!r}: {name!r} is no time zone; write it like Europe/Berlin")


@pytest.mark.parametrize("text", ["14:30 Z", "14:30 UTC", "14:30 utc", "14:30[UTC]"])
def test_utc_is_known_where_there_is_no_database_of_zones(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    def find_none(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr("zoneinfo.ZoneInfo", find_none)
    assert parse_time(text, NOON).seconds == utc("2026-06-01 14:30")
    with pytest.raises(UsageError, match="is no time zone"):
        parse_time("14:30 Europe/Berlin", NOON)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("text", ["2026-06-01T12:00", "2026-06-01", "1969-12-31T23:00Z", "2026-06-01T11:59 Asia/Tokyo"])
def test_a_date_that_is_past_is_refused_and_told_what_time_it_is(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_time(text, NOON)
    assert str(raised.value) == f"{text!r} is past; it is 2026-06-01T12:00:00+0200 now"


# Germany: on 2026-03-29 at 01:00 UTC 02:00 becomes 03:00, on 2026-10-25 at 01:00 UTC 03:00 becomes 02:00.
CHANGES = [
    ("2026-03-28 12:00", "2026-03-29T02:30", "2026-03-29 01:30"),  # in the gap: as much later
    ("2026-03-28 12:00", "2026-03-29T01:59:59", "2026-03-29 00:59:59"),
    ("2026-03-28 12:00", "2026-03-29T02:00", "2026-03-29 01:00"),
    ("2026-03-28 12:00", "2026-03-29T03:00", "2026-03-29 01:00"),
    ("2026-03-28 12:00", "02:30", "2026-03-29 01:30"),  # tomorrow's
    ("2026-03-29 00:30", "02:30", "2026-03-29 01:30"),  # today's
    ("2026-10-24 12:00", "2026-10-25T02:30", "2026-10-25 00:30"),  # twice: the first
    ("2026-10-24 12:00", "2026-10-25T03:00", "2026-10-25 02:00"),
    ("2026-10-24 12:00", "2026-10-25T01:59:59", "2026-10-24 23:59:59"),
    ("2026-10-24 12:00", "02:30", "2026-10-25 00:30"),
    ("2026-10-24 23:30", "02:30", "2026-10-25 00:30"),
    ("2026-10-24 23:30", "12:00", "2026-10-25 11:00"),
    ("2026-10-25 00:40", "03:00", "2026-10-25 02:00"),
]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("now", "text", "moment"), CHANGES)
def test_a_gap_moves_forward_and_a_fold_takes_the_first(now: str, text: str, moment: str) -> None:
    assert parse_time(text, utc(now)).seconds == utc(moment)


@pytest.mark.parametrize("home", ["UTC", "America/New_York", "Australia/Sydney"])
@pytest.mark.parametrize(("now", "text", "moment"), CHANGES)
def test_the_same_in_a_zone_that_is_named(
    live_in: Callable[[str], None], home: str, now: str, text: str, moment: str
) -> None:
    live_in(home)
    assert parse_time(f"{text} Europe/Berlin", utc(now)).seconds == utc(moment)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    st.sampled_from(["T", " "]),
)
def test_every_moment_that_is_written_with_its_offset_comes_back(
    moment: datetime, zone: timezone, separator: str
) -> None:
    aware = moment.replace(tzinfo=UTC).astimezone(zone)
    if aware.timestamp() > 0:
        assert parse_time(aware.isoformat(separator), 0.0) == TimeOfDay(aware.timestamp(), is_tomorrow=False)


# Whole seconds: a float cannot tell microseconds in a far century.
@given(st.times().map(lambda clock: clock.replace(microsecond=0)), st.integers(-1439, 1439), st.floats(0, 2e11))
def test_a_clock_time_with_an_offset_is_within_a_day(clock: object, minutes: int, now: float) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = clock.replace(tzinfo=zone).isoformat()  # type: ignore[attr-defined]
    moment = parse_time(text, now)
    assert now < moment.seconds <= now + 86400
    assert datetime.fromtimestamp(moment.seconds, zone).strftime("%H:%M:%S") == clock.strftime("%H:%M:%S")  # type: ignore[attr-defined]


pieces = st.lists(
    st.sampled_from(
        [
            "1",
            "9",
            "14",
            ":",
            ":",
            "30",
            "-",
            "2026-12-24",
            "T",
            " ",
            "Z",
            "+",
            ".",
            "W",
            "[",
            "]",
            "/",
            "Europe/Berlin",
        ]
    )
).map("".join)


@given(st.text() | pieces)
@example("1" * 100_000)
@example("1 " * 50_000)
@example("1" + " " * 100_000 + "!")
@example("1 a" * 30_000)
@example("1:" * 50_000)
@example("14:30 " + "x" * 5000)
@example("2026-12-24+18:00")
@example("14:30\0")
@example("1[" * 50_000)
@example("2026-12-24T18:00+23:59")
@example("0001-01-01T00:00")
@example("9999-12-31T23:59:59")
@example("0001-01-01T00:00+23:00")
@example("9999-12-31T23:59 Pacific/Kiritimati")
@example("14:30 A\0")
def test_any_text_is_a_time_or_a_usage_error_that_names_it(text: str) -> None:
    refusal = ""
    try:
        moment = parse_time(text, NOON)
    except UsageError as error:
        refusal = str(error)
    if refusal:
        assert refusal.startswith(repr(shortened(text)))
        assert len(refusal) < 300
    else:
        assert moment.seconds > NOON
