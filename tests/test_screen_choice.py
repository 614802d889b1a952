"""Where a list is painted, and where it is written in plain lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parl.cli import screen_choice
from parl.cli.line_reader import LineReader
from parl.cli.screen_choice import can_paint, open_screen


@pytest.mark.parametrize(
    ("environment", "paints"),
    [
        ({}, True),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, sys.platform == "win32"),
        ({"TERM": "unknown"}, sys.platform == "win32"),
        ({"TERM": "xterm", "ACCESSIBLE": "1"}, False),
        ({"TERM": "xterm", "ACCESSIBLE": "0"}, True),
        ({"TERM": "xterm", "ACCESSIBLE": ""}, True),
    ],
)
def test_dumb_terminals_and_screen_readers_get_plain_lines(environment: dict[str, str], paints: bool) -> None:
    assert can_paint(environment) is paints


def test_without_a_terminal_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_choice, "has_terminal", lambda: False)
    monkeypatch.delenv("TERM", raising=False)
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    monkeypatch.setattr("parl.cli.screen_terminal.open_screen_terminal", lambda: pytest.fail("it was tried"))
    assert open_screen() is None


def test_where_prompt_toolkit_finds_no_console_the_menu_is_numbered(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """git-bash and mintty: a terminal as far as one sees, and no console."""
    from parl.cli import menu_run
    from parl.core.menu import Menu

    monkeypatch.delenv("TERM", raising=False)
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    monkeypatch.setattr(screen_choice, "has_terminal", lambda: True)
    monkeypatch.setattr(menu_run, "is_terminal", lambda _descriptor: True)
    monkeypatch.setattr("parl.cli.screen_terminal.open_screen_terminal", lambda: None)
    (tmp_path / "answers").write_text("1\n99\n")
    with (tmp_path / "answers").open() as answers:
        monkeypatch.setattr(menu_run, "LineReader", lambda: LineReader(answers.fileno()))
        with pytest.raises(SystemExit) as leaving:
            menu_run.run_menu(Menu([lambda: print("called")]), numbered=False, yes=False)
    assert leaving.value.code == 0
    seen = capfd.readouterr()
    assert seen.out == "called\n"
    assert "99. exit" in seen.err
