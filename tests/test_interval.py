"""Numbers that can be waited for."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan

import pytest

from parl.core.errors import UsageError
from parl.core.interval import SHORTEST_PERIOD_SECONDS, check_interval, check_period, seconds_since_1970


@pytest.mark.parametrize("seconds", [0, 3, 0.001, 1e308, True])
def test_an_interval_is_a_float(seconds: float) -> None:
    assert check_interval(seconds) == seconds
    assert type(check_interval(seconds)) is float


@pytest.mark.parametrize(
    ("seconds", "quoted"),
    [
        (-0.001, "-0.001"),
        (inf, "inf"),
        (nan, "nan"),
        (None, "None"),
        ("3", "'3'"),
        pytest.param(10**400, "1" + "0" * 36 + "...", id="too large"),
        pytest.param(10**5000, "a number that long", id="too long to write"),
    ],
)
def test_what_is_no_interval_is_refused_by_name(seconds: float, quoted: str) -> None:
    for check in (check_interval, check_period):
        with pytest.raises(UsageError) as raised:
            check(seconds)
        assert str(raised.value) == f"{quoted} is no number of seconds to wait"


def test_a_period_is_a_millisecond_at_least() -> None:
    assert check_period(SHORTEST_PERIOD_SECONDS) == 0.001
    with pytest.raises(UsageError) as raised:
        check_period(0.0009)
    assert str(raised.value) == "every 0.0009 seconds is too often; a millisecond is the least"


@pytest.mark.parametrize(
    ("when", "seconds"),
    [(7, 7), (-1.5, -1.5), (datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 60), (datetime.min, -62135596800)],
)
def test_a_moment_is_seconds_since_1970(when: datetime | float, seconds: float) -> None:
    # The first datetime of all has no local time, and is long past in any zone.
    assert seconds_since_1970(when) == pytest.approx(seconds, abs=86400 if when == datetime.min else 0)
    assert type(seconds_since_1970(when)) is float


@pytest.mark.parametrize(
    ("when", "quoted"),
    [
        (inf, "inf"),
        (nan, "nan"),
        ("14:30", "'14:30'"),
        pytest.param(10**5000, "a number that long", id="too long to write"),
    ],
)
def test_what_is_no_moment_is_refused_by_name(when: float, quoted: str) -> None:
    with pytest.raises(UsageError) as raised:
        seconds_since_1970(when)
    assert str(raised.value) == f"{quoted} is no moment to wait for"
