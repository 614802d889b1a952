"""The line that shows how far a compilation is."""

from __future__ import annotations

import os

import click
import pytest

from parl.cli import status_line
from parl.cli.progress import ProgressLine
from parl.core.tree_compiler import Progress
from tests.conftest import Screen, set_columns


def at(done: int, total: int, looked_at: int = 0) -> Progress:
    return Progress(looked_at=looked_at, done=done, total=total, share=done / (total or 1), diagnostics=())


def text_of(painted: str) -> str:
    """What is to be read of one painted line."""
    assert painted.startswith("\r")
    assert painted.endswith("\x1b[K")
    assert "\n" not in painted
    return click.unstyle(painted[1:-3])


def test_while_the_files_are_looked_at_they_are_counted(screen: Screen) -> None:
    line = ProgressLine()
    line.keys = "any key"
    line.paint(at(0, 0, 1234))
    assert text_of(screen()) == "1234 files looked at  any key stops it"


def test_at_once_the_key_is_told(screen: Screen) -> None:
    line = ProgressLine()
    line.keys = "any key"
    line.begin()
    assert text_of(screen()) == "any key stops it"
    line.paint(at(1, 5))
    screen()
    line.begin()
    assert screen() == "", "it listens again, and there is more to read than that"
    line.erase()
    screen()
    line.begin()
    assert text_of(screen()) == "any key stops it"


def test_the_line_has_done_and_total_rate_and_the_key(screen: Screen) -> None:
    line = ProgressLine()
    line.keys = "q"
    line.paint(at(50, 200))
    text = text_of(screen())
    assert text.startswith("[######")
    assert "  50/200  " in text
    assert "/s" in text
    assert text.endswith("q stops it")


def test_the_time_left_is_told(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.time", lambda: now)
    line = ProgressLine()
    line.paint(at(0, 200))
    for done in (50, 100):
        now += 60
        line.paint(at(done, 200))
    assert "00:02:00" in screen().rpartition("\r")[2]


def test_without_a_listener_no_key_is_promised(screen: Screen) -> None:
    line = ProgressLine()
    line.paint(at(0, 0, 5))
    assert text_of(screen()) == "5 files looked at"
    line.paint(at(1, 5))
    assert "stops" not in screen()


@pytest.mark.parametrize("columns", [100, 80, 60, 50, 40, 20, 10, 2, 1])
def test_the_line_never_wraps(screen: Screen, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    set_columns(monkeypatch, columns)
    line = ProgressLine()
    line.keys = "any key"
    for progress in (at(0, 0, 123456), at(0, 123456), at(99999, 123456), at(123456, 123456)):
        line.paint(progress)
        assert len(text_of(screen())) < columns


def test_a_window_may_change_its_width(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ProgressLine()
    line.paint(at(1, 10))
    assert "[" in screen()
    set_columns(monkeypatch, 40)
    line.paint(at(2, 10))
    assert text_of(screen()).startswith("2/10")


def test_erasing_leaves_an_empty_line_once(screen: Screen) -> None:
    line = ProgressLine()
    line.erase()
    assert screen() == "", "nothing was shown"
    line.paint(at(1, 10))
    screen()
    line.erase()
    line.erase()
    assert screen() == "\r\x1b[K"


def test_in_the_background_nothing_is_painted(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "owns_screen", lambda: False)
    line = ProgressLine()
    line.paint(at(1, 10))
    line.erase()
    assert screen() == ""


def test_a_terminal_that_is_gone_is_no_error(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: int) -> os.terminal_size:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr(os, "get_terminal_size", gone)
    ProgressLine().paint(at(1, 10))
    assert screen() == ""
