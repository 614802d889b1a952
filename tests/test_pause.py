"""The lesson's note 17: wait for Enter."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from parl.cli.pause import choose_pause, pause


class Terminal(AbstractContextManager["Terminal"]):
    """Remembers how many lines were read."""

    def __init__(self) -> None:
        self.lines_read = 0

    def readline(self) -> str:
        self.lines_read += 1
        return "typed\n"

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr("builtins.open", lambda *_, **__: terminal)
    return terminal


@pytest.fixture(autouse=True)
def choice_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.cli.pause._wanted", None)


def alone(monkeypatch: pytest.MonkeyPatch, *, is_alone: bool) -> None:
    monkeypatch.setattr("parl.cli.pause.alone_in_console", lambda: is_alone)


@pytest.mark.parametrize(("wanted", "is_alone"), [(True, False), (True, True), (None, True)])
def test_it_says_so_and_waits_for_one_line(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wanted: bool | None,
    is_alone: bool,
) -> None:
    alone(monkeypatch, is_alone=is_alone)
    choose_pause(wanted=wanted)
    pause()
    assert capsys.readouterr() == ("", "Press [enter] to close\n")
    assert terminal.lines_read == 1


@pytest.mark.parametrize(("wanted", "is_alone"), [(False, False), (False, True), (None, False)])
def test_it_does_not_wait_where_it_is_not_wanted(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wanted: bool | None,
    is_alone: bool,
) -> None:
    alone(monkeypatch, is_alone=is_alone)
    choose_pause(wanted=wanted)
    pause()
    assert capsys.readouterr() == ("", "")
    assert terminal.lines_read == 0


def test_without_a_terminal_nobody_could_press_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(6, "No such device or address")

    monkeypatch.setattr("builtins.open", refuse)
    choose_pause(wanted=True)
    pause()
    assert capsys.readouterr() == ("", "")
