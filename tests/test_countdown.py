"""The line that shows how long the sleeper will still sleep."""

from __future__ import annotations

import contextlib
import io
import os
import re
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parl.cli import status_line
from parl.cli.countdown import CountdownLine, clock_face
from parl.core.countdown import Countdown
from tests.conftest import Screen, set_columns

PLAIN = {"TERM": "xterm"}
KNOWN = {"WT_SESSION": "1"}
CLEAR = "\x1b]9;4;0\x1b\\"


def text_of(painted: str) -> str:
    """What is to be read of one painted line."""
    assert painted.startswith("\r")
    assert painted.endswith("\x1b[K")
    text = painted[1:-3]
    assert text.isprintable(), painted
    return text


def bar_of(text: str) -> tuple[int, int]:
    """How many columns of the bar are filled, and how many are not."""
    found = re.search(r"\[(#*)(-*)\]", text)
    assert found is not None, text
    return len(found[1]), len(found[2])


# The clock


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0:00"),
        (0.001, "0:01"),
        (0.2, "0:01"),
        (1, "0:01"),
        (1.001, "0:02"),
        (9, "0:09"),
        (59, "0:59"),
        (59.999, "1:00"),
        (60, "1:00"),
        (60.5, "1:01"),
        (599.5, "10:00"),
        (3599, "59:59"),
        (3599.5, "1:00:00"),
        (3600, "1:00:00"),
        (3661, "1:01:01"),
        (86399, "23:59:59"),
        (86399.1, "1d 0:00:00"),
        (86400, "1d 0:00:00"),
        (90061, "1d 1:01:01"),
        (36600 * 86400, "36600d 0:00:00"),
    ],
)
def test_a_clock_shows_what_is_left_and_never_less(seconds: float, words: str) -> None:
    assert clock_face(seconds) == words


@given(st.floats(0, 36600 * 86400))
def test_a_clock_is_less_than_a_second_ahead(seconds: float) -> None:
    face = clock_face(seconds)
    days, _, clock = face.rpartition("d ")
    shown = float(int(days or 0) * 86400)
    for part, unit in zip(reversed(clock.split(":")), (1, 60, 3600), strict=False):
        shown += int(part) * unit
    assert shown - 1 < seconds <= shown


# The words


@pytest.mark.parametrize(
    ("options", "rings", "countdown", "words"),
    [
        ({}, 0, Countdown(90, 90), "1:30 left  [----]"),
        ({}, 0, Countdown(45, 90), "0:45 left  [##--]"),
        ({"until": "14:30"}, 0, Countdown(90, 90), "1:30 left until 14:30  [----]"),
        ({"until": "2026-12-24 18:00"}, 0, Countdown(1, 2), "0:01 left until 2026-12-24 18:00  [##--]"),
        ({"times": None}, 0, Countdown(10, 10), "0:10 to tick 1  [----]"),
        ({"times": None}, 41, Countdown(10, 10), "0:10 to tick 42  [----]"),
        ({"times": 6}, 5, Countdown(10, 10), "0:10 to tick 6 of 6  [----]"),
    ],
    ids=str,
)
def test_without_keys_there_are_the_time_and_a_bar(
    screen: Screen, options: dict[str, str | int | None], rings: int, countdown: Countdown, words: str
) -> None:
    line = CountdownLine(PLAIN, **options)  # type: ignore[arg-type]
    line.rings = rings
    line.paint(countdown)
    # The bar at a sixth of its length, to be seen here.
    sixth = re.sub("######", "#", re.sub("------", "-", text_of(screen())))
    assert sixth == f"z    {words}"


@pytest.mark.parametrize(
    ("options", "keys", "countdown", "hint"),
    [
        ({}, "any other key", Countdown(5, 9), "Space pauses, any other key cancels"),
        ({}, "any other key", Countdown(5, 9, is_paused=True), "paused; Space goes on, any other key cancels"),
        ({"times": 3}, "any other key", Countdown(5, 9), "Space pauses, any other key cancels"),
        ({}, "", Countdown(5, 9, is_paused=True), "paused"),
        ({}, "", Countdown(5, 9), ""),
        ({"until": "14:30"}, "any key", Countdown(5, 9), "any key cancels"),
        ({"until": "14:30"}, "", Countdown(5, 9), ""),
        (
            {"until": "14:30"},
            "any key",
            Countdown(5, 9, refuses_pause=True),
            "--at cannot be paused; any other key cancels",
        ),
    ],
    ids=str,
)
def test_the_line_ends_with_the_keys_that_do_something(
    screen: Screen, options: dict[str, str | int | None], keys: str, countdown: Countdown, hint: str
) -> None:
    line = CountdownLine(PLAIN, **options)  # type: ignore[arg-type]
    line.keys = keys
    line.paint(countdown)
    assert re.sub(r".*\](?:  )?", "", text_of(screen())) == hint


def test_the_sleeper_snores_and_does_not_while_it_is_paused(screen: Screen) -> None:
    line = CountdownLine(PLAIN)
    breaths = []
    for is_paused in (False, False, False, False, True, True, False):
        line.paint(Countdown(5, 9, is_paused=is_paused))
        breaths.append(text_of(screen())[:3])
    assert breaths == ["z  ", "zZ ", "zZz", "z  ", "   ", "   ", "zZ "]


@pytest.mark.parametrize(
    ("left", "in_all", "filled"),
    [(10, 10, 0), (9.9, 10, 0), (5, 10, 12), (0.5, 10, 22), (0.1, 10, 23), (0, 10, 24), (0, 0, 24), (20, 10, 0)],
)
def test_the_bar_is_full_when_nothing_is_left_and_not_before(
    screen: Screen, left: float, in_all: float, filled: int
) -> None:
    CountdownLine(PLAIN).paint(Countdown(left, in_all))
    assert bar_of(text_of(screen())) == (filled, 24 - filled)


def test_the_bar_is_what_a_narrow_window_does_without_first(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    line = CountdownLine(PLAIN)
    line.keys = "any other key"
    widths = []
    for columns in range(100, 51, -1):
        set_columns(monkeypatch, columns)
        line.paint(Countdown(5, 10))
        text = text_of(screen())
        assert text.endswith("Space pauses, any other key cancels")
        assert "0:05 left" in text
        widths.append(sum(bar_of(text)) if "[" in text else 0)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == 24
    assert widths[-1] == 0
    assert {1, 2, 3}.isdisjoint(widths), "too short to be one"


@pytest.mark.parametrize("until", ["14:30", "14:30:05"])
def test_on_eighty_columns_a_refusal_can_be_read_to_its_end(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    set_columns(monkeypatch, 80)
    line = CountdownLine(PLAIN, until=until)
    line.keys = "any key"
    line.paint(Countdown(7200, 9000, refuses_pause=True))
    text = text_of(screen())
    assert text.endswith("--at cannot be paused; any other key cancels")


@given(
    columns=st.integers(1, 200),
    left=st.floats(0, 36600 * 86400),
    passed=st.floats(0, 36600 * 86400),
    rings=st.integers(0, 10**9),
    states=st.tuples(st.booleans(), st.booleans()),
    until=st.sampled_from(["", "14:30", "2026-12-24 18:00:05"]),
    times=st.sampled_from([None, 1, 999999999]),
    keys=st.sampled_from(["", "any key", "any other key"]),
    environment=st.sampled_from([PLAIN, KNOWN]),
)
@example(
    columns=1,
    left=1.0,
    passed=1.0,
    rings=0,
    states=(False, False),
    until="",
    times=1,
    keys="any key",
    environment=KNOWN,
)
def test_the_line_never_wraps(
    columns: int,
    left: float,
    passed: float,
    rings: int,
    states: tuple[bool, bool],
    until: str,
    times: int | None,
    keys: str,
    environment: dict[str, str],
) -> None:
    written = io.StringIO()
    line = CountdownLine(environment, until=until, times=times)
    line.keys = keys
    with (
        patch.object(status_line, "owns_screen", lambda: True),
        patch.object(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24))),
        contextlib.redirect_stderr(written),
    ):
        line.rings = rings
        line.paint(Countdown(left, left + passed, *states))
    text = text_of(re.sub(r"\x1b\]9;4;[0-9;]*\x1b\\", "", written.getvalue()))
    assert len(text) < columns


def test_the_narrower_the_terminal_the_fewer_words_and_each_is_whole(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for columns in range(70, 0, -1):
        set_columns(monkeypatch, columns)
        line = CountdownLine(PLAIN)
        line.keys = "any other key"
        line.paint(Countdown(5, 10))
        text = re.sub(r"\[#*-*\]", "[]", text_of(screen()))
        if text not in texts[-1:]:
            texts.append(text)
    assert texts == [
        "z    0:05 left  []  Space pauses, any other key cancels",
        "z    0:05 left  Space pauses, any other key cancels",
        "0:05 left  Space pauses, any other key cancels",
        "z    0:05 left  Space pauses, others cancel",
        "0:05 left  Space pauses, others cancel",
        "z    0:05 left  any other key cancels",
        "0:05 left  any other key cancels",
        "z    0:05 left  a key cancels",
        "0:05 left  a key cancels",
        "0:05  a key cancels",
        "0:05 left  []",
        "0:05 left",
        "0:05",
        "0:0",  # nothing shorter says it
        "0:",
        "0",
        "",
    ]


@pytest.mark.parametrize(
    ("options", "columns", "words"),
    [
        ({"until": "14:30"}, 60, "z    1:30 left until 14:30  []  any key cancels"),
        ({"until": "14:30"}, 40, "1:30 left until 14:30  any key cancels"),
        ({"until": "14:30"}, 30, "1:30 left  any key cancels"),
        ({"until": "14:30"}, 20, "1:30  a key cancels"),
        ({"times": 60}, 60, "z    1:30 to tick 42 of 60  Space pauses, any key cancels"),
        ({"times": 60}, 40, "1:30 to tick 42 of 60  any key cancels"),
        ({"times": 60}, 31, "1:30 to tick 42  a key cancels"),
        ({"times": None}, 40, "z    1:30 to tick 42  any key cancels"),
    ],
)
def test_a_narrow_terminal_still_tells_what_is_waited_for(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, options: dict[str, str | int | None], columns: int, words: str
) -> None:
    set_columns(monkeypatch, columns)
    line = CountdownLine(PLAIN, **options)  # type: ignore[arg-type]
    line.keys = "any key"
    line.rings = 41
    line.paint(Countdown(90, 100))
    assert re.sub(r"\[#*-*\]", "[]", text_of(screen())) == words


# When it is painted


def test_to_show_it_again_needs_something_that_was_shown(screen: Screen) -> None:
    line = CountdownLine(PLAIN)
    line.paint_again()
    assert screen() == ""
    line.paint(Countdown(5, 9))
    assert "cancels" not in screen()
    line.keys = "any other key"
    line.paint_again()
    assert text_of(screen()).endswith("0:05 left  [##########--------------]  Space pauses, any other key cancels")


def test_what_was_hidden_is_shown_again_and_what_was_erased_is_not(screen: Screen) -> None:
    line = CountdownLine(KNOWN)
    line.paint(Countdown(5, 10))
    screen()
    line.hide()
    line.hide()
    assert screen() == f"\r\x1b[K{CLEAR}"
    line.paint_again()
    assert "0:05 left" in screen()
    line.erase()
    assert screen() == f"\r\x1b[K{CLEAR}"
    line.paint_again()
    assert screen() == ""


def test_erasing_leaves_an_empty_line_once(screen: Screen) -> None:
    line = CountdownLine(PLAIN)
    line.erase()
    assert screen() == "", "nothing was shown"
    line.paint(Countdown(5, 9))
    screen()
    line.erase()
    line.erase()
    assert screen() == "\r\x1b[K"


def test_in_the_background_nothing_is_painted(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "owns_screen", lambda: False)
    line = CountdownLine(KNOWN)
    line.paint(Countdown(5, 9))
    line.paint_again()
    line.erase()
    assert screen() == ""


# The terminal's own indicator


def test_a_terminal_not_known_to_show_progress_gets_none(screen: Screen) -> None:
    line = CountdownLine(PLAIN)
    line.paint(Countdown(5, 10))
    line.erase()
    assert "\x1b]" not in screen()


def test_a_terminal_that_shows_progress_gets_what_is_new_and_is_cleared(screen: Screen) -> None:
    line = CountdownLine(KNOWN)
    line.paint(Countdown(5, 10))
    assert screen().count("\x1b]9;4;1;50\x1b\\") == 1
    line.paint(Countdown(5, 10))
    assert "\x1b]" not in screen()
    line.paint(Countdown(5, 10, is_paused=True))
    assert screen().count("\x1b]9;4;4;50\x1b\\") == 1
    line.erase()
    line.erase()
    assert screen().count(CLEAR) == 1
    line.paint(Countdown(5, 10))
    assert "\x1b]9;4;1;50\x1b\\" in screen(), "after it was cleared"


def test_a_narrow_window_does_not_cut_the_indicator(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    set_columns(monkeypatch, 3)
    CountdownLine(KNOWN).paint(Countdown(5, 10))
    assert screen().endswith("\x1b]9;4;1;50\x1b\\\x1b[K")


def test_on_a_narrow_terminal_the_hint_is_shorter_and_not_cut(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    set_columns(monkeypatch, 40)
    line = CountdownLine(PLAIN)
    line.keys = "any other key"
    line.paint(Countdown(296, 300))
    assert text_of(screen()) == "4:56 left  Space pauses, others cancel"
    line.paint(Countdown(296, 300, is_paused=True))
    assert text_of(screen()).endswith("4:56 left  paused; Space goes on")
