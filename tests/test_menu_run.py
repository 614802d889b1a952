"""The lesson's scrolling menu, run from end to end: shown, asked, called, until it is left."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from parl.core.errors import ParlError
from parl.core.menu import Dialogue, Menu, Option
from tests.test_menu import Called, raising


@pytest.fixture
def called() -> Called:
    return Called()


@pytest.fixture
def menu(called: Called) -> Menu:
    return Menu([called("print"), called("edit"), called("erase")])


class Terminal:
    """Types lines, and reads what is said; at the end of the lines is the end of the file."""

    def __init__(self, *lines: str) -> None:
        self._lines: Iterator[str] = iter(lines)
        self.said: list[str] = []
        self.prompts: list[str] = []

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        try:
            return next(self._lines)
        except StopIteration:
            raise EOFError from None

    def say(self, line: str) -> None:
        self.said.append(line)


def run(menu: Menu, *lines: str) -> list[str]:
    """Run *menu* with *lines* typed, and return what it said besides the options."""
    terminal = Terminal(*lines)
    menu.run(terminal.ask, terminal.say)
    return [line for line in terminal.said if ". " not in line[:5]]


def test_the_lessons_menu_runs_with_input_and_print(
    called: Called, menu: Menu, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["2", "x", "99"])
    monkeypatch.setattr("builtins.input", lambda prompt: sys.stdout.write(prompt) and next(lines))
    menu.run(input, print)
    shown = "1. Print\n2. Edit\n3. Erase\n99. exit\n> "
    wrong = "'x' is not a number; type 1 to 3, or 99 to leave\n"
    assert capsys.readouterr().out == shown + shown + wrong + shown
    assert called == ["edit"]


def test_the_title_is_said_first(called: Called) -> None:
    terminal = Terminal("99")
    Menu([called("print")], title="Office").run(terminal.ask, terminal.say)
    assert terminal.said == ["Office", "1. Print", "99. exit"]
    assert terminal.prompts == ["> "]


def test_the_end_of_the_input_leaves_too(called: Called, menu: Menu) -> None:
    run(menu, "1")
    assert called == ["print"]


def test_a_menu_can_be_run_again(called: Called, menu: Menu) -> None:
    run(menu, "1", "99")
    run(menu, "2", "99", "3")
    assert called == ["print", "edit"]


def test_the_menu_goes_on_after_whatever_went_wrong(called: Called, menu: Menu) -> None:
    for error in (ValueError("bad"), SystemExit(2), ParlError("no"), EOFError()):
        menu.add(raising(error))
    said = run(menu, "4", "5", "6", "7", "8", "1", "99", "2")
    place = f"(test_menu.py:{raising.__code__.co_firstlineno + 2})"
    assert said[:3] == [f"Work failed: ValueError: bad {place}", "Work: exit 2", "Work: no"]
    assert said[3] == f"Work failed: EOFError {place}"
    assert said[4].startswith("8 is out of range")
    assert called == ["print"]


def test_callbacks_change_the_menu_they_are_called_from(called: Called) -> None:
    menu = Menu()

    def grow() -> None:
        menu.add(called("grown"))
        menu.remove(grow)

    menu.add(grow)
    run(menu, "1", "1", "2")
    assert called == ["grown"]


def test_a_callback_may_leave_the_menu(called: Called, menu: Menu) -> None:
    menu.add(menu.leave)
    run(menu, "4", "1")
    assert called == []


def test_a_question_is_asked_where_the_choices_are(called: Called) -> None:
    menu = Menu([Option(called("drop"), "Drop", confirm="Drop all?")])
    terminal = Terminal("1", "no", "1", "y", "99")
    menu.run(terminal.ask, terminal.say)
    assert terminal.prompts == ["> ", "Drop all? [y/N] "] * 2 + ["> "]
    assert "Drop: not run" in terminal.said
    assert called == ["drop"]


def test_the_end_of_the_input_is_no_yes(called: Called) -> None:
    run(Menu([Option(called("drop"), confirm="Drop all?")]), "1")
    assert called == []


def test_a_submenu_runs_in_its_place_and_leads_back(called: Called) -> None:
    deepest = Menu([called("deepest")], exit_title="back")
    inner = Menu([called("inner"), Option(deepest, "Deepest")], title="Inner", exit_title="back")
    terminal = Terminal("1", "1", "2", "1", "99", "9", "99", "2", "99", "1")
    Menu([inner, called("outer")], title="Outer").run(terminal.ask, terminal.say)
    assert called == ["inner", "deepest", "outer"]
    assert terminal.said[:7] == ["Outer", "1. Inner", "2. Outer", "99. exit", "Inner", "1. Inner", "2. Deepest"]
    assert terminal.said[-4:] == ["Outer", "1. Inner", "2. Outer", "99. exit"]


def test_what_calls_and_confirms_goes_down_to_the_submenus(called: Called) -> None:
    inner = Menu([Option(called("inner"), "Inner", confirm="Sure?")])
    terminal = Terminal("1", "1", "99", "99")
    asked: list[str] = []
    dialogue = Dialogue(
        terminal.ask,
        terminal.say,
        lambda question: bool(asked.append(question)) or True,  # type: ignore[func-returns-value]
        lambda option: f"called {option.title}",
    )
    Menu([inner]).converse(dialogue)
    assert asked == ["Sure?"]
    assert "called Inner" in terminal.said
    assert called == []
