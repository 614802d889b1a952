"""A line that is painted over and over: nothing wraps, nothing stays behind, nothing is somebody else's."""

from __future__ import annotations

import os
import sys

import pytest

from parl.cli import status_line
from parl.cli.status_line import StatusLine
from tests.conftest import Screen, set_columns


@pytest.fixture
def screen(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """The same, of 40 columns."""
    set_columns(monkeypatch, 40)
    return screen


class DeadStream:
    """What sys.stderr becomes when the window was closed."""

    def write(self, _: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_a_line_begins_at_the_left_and_what_was_there_before_is_cleared(screen: Screen) -> None:
    line = StatusLine()
    line.paint(lambda _: "hello")
    assert screen() == "\rhello\x1b[K"
    assert line.is_shown


@pytest.mark.parametrize(("columns", "usable"), [(40, 39), (2, 1), (1, 0), (0, 79)])
def test_the_last_column_is_left_free_and_a_terminal_that_does_not_know_has_eighty(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, columns: int, usable: int
) -> None:
    set_columns(monkeypatch, columns)
    StatusLine().paint(lambda room: "x" * room)
    assert screen().count("x") == usable


def test_each_painting_asks_for_the_width_again(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    line = StatusLine()
    widths: list[int] = []
    for columns in (40, 20):
        set_columns(monkeypatch, columns)
        line.paint(lambda room: widths.append(room) or "")  # type: ignore[func-returns-value]
    assert widths == [39, 19]


def test_what_was_not_shown_is_not_erased(screen: Screen) -> None:
    StatusLine().erase("unseen")
    assert screen() == ""


def test_erasing_happens_once_for_each_time_it_was_shown(screen: Screen) -> None:
    line = StatusLine()
    line.paint(lambda _: "x")
    line.paint(lambda _: "y")
    screen()
    line.erase()
    assert not line.is_shown
    line.erase()
    assert screen() == "\r\x1b[K"
    line.paint(lambda _: "z")
    screen()
    line.erase()
    assert screen() == "\r\x1b[K"


def test_what_is_not_seen_goes_out_with_the_erasing(screen: Screen) -> None:
    line = StatusLine()
    line.paint(lambda _: "x")
    screen()
    line.erase("\x1b]9;4;0\x1b\\")
    assert screen() == "\r\x1b[K\x1b]9;4;0\x1b\\"


def test_in_the_background_nothing_is_composed_or_painted(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "owns_screen", lambda: False)
    line = StatusLine()
    line.paint(lambda _: pytest.fail("composed in vain"))
    line.erase()
    assert screen() == ""
    assert not line.is_shown


def test_back_in_the_foreground_it_is_painted(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    line = StatusLine()
    monkeypatch.setattr(status_line, "owns_screen", lambda: False)
    line.paint(lambda _: "x")
    monkeypatch.setattr(status_line, "owns_screen", lambda: True)
    line.paint(lambda _: "x")
    assert screen() == "\rx\x1b[K"


def test_a_terminal_that_has_no_size_any_more_is_no_error(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: int) -> os.terminal_size:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr(os, "get_terminal_size", gone)
    line = StatusLine()
    line.paint(lambda _: "x")
    line.erase()
    assert screen() == ""


def test_a_terminal_that_takes_no_more_is_no_error(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    line = StatusLine()
    line.paint(lambda _: "x")
    monkeypatch.setattr(sys, "stderr", DeadStream())
    line.paint(lambda _: "y")
    line.erase()
    line.erase()


def test_a_bug_in_what_composes_is_not_hidden_and_locks_nobody_out(screen: Screen) -> None:
    line = StatusLine()
    with pytest.raises(ZeroDivisionError):
        line.paint(lambda _: str(1 // 0))
    line.paint(lambda _: "x")
    assert screen() == "\rx\x1b[K"
