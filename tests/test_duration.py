"""Durations as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parl.core.duration import check_seconds, parse_duration
from parl.core.errors import UsageError

DAY = 86400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("3.5", 3.5),
        (".5", 0.5),
        ("5.", 5),
        ("0", 0),
        ("500ms", 0.5),
        ("90s", 90),
        ("30m", 1800),
        ("2s", 2),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("1h", 3600),
        ("2d", 2 * DAY),
        ("1w2d", 9 * DAY),
        ("1m500ms", 60.5),
        ("250us", 0.00025),
        ("1w1d1h1m1s1ms1us", 8 * DAY + 3661.001001),
        ("1H30M", 5400),
        (" 90 ", 90),
        ("1 h 30 m", 5400),
        ("1h 30m", 5400),
        ("1:30", 90),
        ("0:05", 5),
        ("90:00", 5400),
        ("1:30:00", 5400),
        ("1:02:03.5", 3723.5),
        ("PT1M", 60),
        ("P1D", DAY),
        ("P1W", 7 * DAY),
        ("P1DT2H3M4S", DAY + 7384),
        ("PT0.5S", 0.5),
        ("PT0,5S", 0.5),
        ("pt1m", 60),
    ],
)
def test_what_people_write_is_understood(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "P1M", "P1Y", "5mo", "-5s", "-5", "+5", "inf", "nan", "infinity", "10x", "1e3", "1_000", "0x10",
        "1m30", "1 30", "90s 90s", "1h 1h", "30m1h", "1ms1s", "s", "h", ":", "1:", ":30", "1:60", "1:2:3:4",
        "1:60:00", "P", "PT", "PT1", "P1", "P1DT", "1H30M PT1M", "5 5", "one", "1,5", "1.2.3", "1..2", ".", "..5s",
        "\uff11", "٣", "½", "5 s s", "5sec", "5 minutes", "1:30s", "5s\0", "5\ns",
    ],
)  # fmt: skip
def test_what_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_duration(text)
    assert str(raised.value).startswith(f"{text!r} is no duration; write it like 90, 3.5, 500ms,")


@pytest.mark.parametrize("text", ["9" * 30, "9" * 500, "5300w", "9" * 400 + "h", "P36601D", "999999:00:00"])
def test_what_nobody_can_wait_for_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is longer than a hundred years"):
        parse_duration(text)


def test_a_hundred_years_can_be_waited_for_and_no_more() -> None:
    assert parse_duration("36600d") == check_seconds(36600 * DAY) == 36600 * DAY
    for refused in (lambda: parse_duration("36600d1s"), lambda: check_seconds(36600 * DAY + 1)):
        with pytest.raises(UsageError, match="is longer than a hundred years"):
            refused()


def test_a_number_is_its_seconds() -> None:
    assert check_seconds(0) == 0
    assert type(check_seconds(3)) is float


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (-1, "'-1' is no duration; write it like "),
        (math.nan, "'nan' is no duration; write it like "),
        (math.inf, "'inf' is longer than "),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(number: float, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_seconds(number)
    assert str(raised.value).startswith(message)


def test_a_message_quotes_forty_characters_whole() -> None:
    for text, quoted in (("x" * 40, "x" * 40), ("x" * 41, "x" * 37 + "...")):
        with pytest.raises(UsageError) as raised:
            parse_duration(text)
        assert str(raised.value).startswith(f"'{quoted}' is no duration")


def test_a_message_quotes_no_novel() -> None:
    with pytest.raises(UsageError) as raised:
        parse_duration("x" * 10_000)
    assert len(str(raised.value)) < 150
    assert str(raised.value).startswith(f"'{'x' * 37}...' is no duration")


def test_a_message_is_one_printable_line() -> None:
    with pytest.raises(UsageError) as raised:
        parse_duration("5\x1b[31m\nminutes\udc80")
    assert str(raised.value).isprintable()


counts = st.integers(0, 99)
# What the grammar is made of, in an order that it mostly does not know.
pieces = st.lists(
    st.sampled_from(
        ["1", "30", "0.5", ".", ",", ":", "P", "T", "w", "d", "h", "m", "s", "ms", "us", " ", "-", "e", "9" * 20]
    )
).map("".join)


@given(st.text() | pieces)
@example("1" * 5000 + "x")
@example("1 " * 5000)
@example("1" + " " * 50_000 + "!")
@example("1:" * 5000)
@example("P" + "1D" * 5000)
def test_any_text_is_a_time_or_a_usage_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except UsageError:
        return
    assert type(seconds) is float
    assert math.isfinite(seconds)
    assert seconds >= 0


@given(st.floats(0, 1e9))
def test_a_plain_number_is_seconds(seconds: float) -> None:
    assert parse_duration(f"{seconds:f}") == pytest.approx(seconds, abs=1e-6)


@given(counts, counts, counts, counts, counts, counts)
def test_the_compact_form_adds_up(w: int, d: int, h: int, m: int, s: int, ms: int) -> None:
    seconds = ((w * 7 + d) * 24 + h) * 3600 + m * 60 + s + ms / 1000
    assert parse_duration(f"{w}w{d}d{h}h{m}m{s}s{ms}ms") == pytest.approx(seconds)
    assert parse_duration(f" {w} w {d} d {h} h {m} m {s} s {ms} ms ") == pytest.approx(seconds)


@given(st.sets(st.sampled_from("wdhms"), min_size=1))
def test_every_choice_of_units_is_understood(units: set[str]) -> None:
    lengths = {"w": 7 * DAY, "d": DAY, "h": 3600, "m": 60, "s": 1}
    text = "".join(f"2{unit}" for unit in lengths if unit in units)
    assert parse_duration(text) == sum(2 * lengths[unit] for unit in units)


@given(counts, st.integers(0, 59), st.integers(0, 59))
def test_the_clock_form_is_hours_minutes_seconds(h: int, m: int, s: int) -> None:
    assert parse_duration(f"{h}:{m:02}:{s:02}") == h * 3600 + m * 60 + s
    assert parse_duration(f"{h * 60 + m}:{s:02}") == h * 3600 + m * 60 + s


@given(counts, counts, counts, counts)
def test_the_iso_form_adds_up(d: int, h: int, m: int, s: int) -> None:
    assert parse_duration(f"P{d}DT{h}H{m}M{s}S") == ((d * 24 + h) * 60 + m) * 60 + s
