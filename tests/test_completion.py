"""What a shell is told when Tab is pressed behind ``parl``, and the script that makes it ask."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from parl.cli.completion_script import SCRIPTS
from tests.conftest import PATIENCE_SECONDS, run_python_with

_SHELLS = list(SCRIPTS)
_COMMAND = ("command", "", "")
Parl = Callable[..., Result]


class _Tab:
    """Presses Tab behind *before*, in *shell*; returns kind, value and help of what is offered."""

    def __init__(self, parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
        self._parl = parl
        self._variables = monkeypatch

    def __call__(self, before: str, after: str = "", shell: str = "bash") -> list[tuple[str, ...]]:
        variables = {"_PARL_COMPLETE": f"{shell}_complete", "_PARL_BEFORE": before, "_PARL_AFTER": after}
        for name, value in variables.items():
            self._variables.setenv(name, value)
        result = self._parl()
        assert (result.exit_code, result.stderr) == (0, "")
        return [tuple(line.split("\t")) for line in result.stdout.splitlines() if line]

    def values(self, before: str, after: str = "", shell: str = "bash") -> list[str]:
        return [value for _, value, _ in self(before, after, shell)]


@pytest.fixture
def tab(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> _Tab:
    return _Tab(parl, monkeypatch)


@pytest.mark.parametrize("shell", _SHELLS)
def test_commands_come_with_their_help(tab: _Tab, shell: str) -> None:
    assert tab("parl comp", shell=shell) == [("plain", "compile", "Run a compiler that any key stops.")]
    assert tab.values("parl ", shell=shell) == ["compile", "menu", "timer"]


@pytest.mark.parametrize("shell", _SHELLS)
def test_options_come_once_a_word_begins_like_one(tab: _Tab, shell: str) -> None:
    assert tab.values("parl compile --for", shell=shell) == ["--force", "--format"]
    assert tab.values("parl timer --be", shell=shell) == ["--bell"]
    assert tab.values("parl --c", shell=shell) == ["--color", "--completion"]


@pytest.mark.parametrize("before", ["parl compile --format ", "parl compile --format=", "FOO=1 parl compile --format "])
def test_the_values_of_an_option_come_behind_it(tab: _Tab, before: str) -> None:
    assert tab.values(before) == ["text", "json"]


def test_a_duration_is_nobodys_but_the_users(tab: _Tab) -> None:
    assert tab("parl compile --timeout ") == []
    assert tab("parl timer ") == []


def test_keys_come_one_behind_the_other(tab: _Tab) -> None:
    assert tab.values("parl compile --abort-key es") == ["esc"]
    assert tab.values("parl compile --abort-key q,es") == ["q,esc"]
    assert tab.values("parl compile --abort-key a") == ["any"]
    assert "ctrl-c" not in tab.values("parl compile --abort-key c")


def test_the_shell_finds_the_files(tab: _Tab) -> None:
    assert tab("parl compile sr") == [("file", "", "")]
    assert tab("parl compile --out ") == [("dir", "", "")]
    assert tab("parl menu ta") == [("menu", "", "")]
    assert tab("parl menu tasks.py ") == []


@pytest.mark.parametrize("shell", _SHELLS)
@pytest.mark.parametrize("words", ["-- ", "-- mak", "--timeout 3 -- make -", "-- make --format ", "-- timer -- "])
def test_what_follows_the_separator_is_another_commands(tab: _Tab, words: str, shell: str) -> None:
    assert tab(f"parl compile {words}", shell=shell) == [_COMMAND]
    assert tab(f"parl timer {words}", shell=shell) == [_COMMAND]


def test_a_chooser_takes_no_command(tab: _Tab) -> None:
    assert tab("parl menu --choose -- -x ") == []
    assert tab("parl --color always -- ") != [_COMMAND]


def test_a_choosers_items_come_from_both_sides_of_the_cursor(tab: _Tab) -> None:
    assert tab.values("parl menu --choose red --default ", " 'dark green' --prompt Which red") == ["red", "dark green"]
    assert tab.values("parl menu --choose red blue --default b") == ["blue"]
    assert tab.values("parl menu --choose red blue --query=r") == ["red"]
    assert tab("parl menu --choose --answer ", " red blue") == [("plain", "1", "red"), ("plain", "2", "blue")]
    assert tab("parl menu --choose ", " red") == []


def test_powershell_has_no_empty_variables(parl: Parl, tab: _Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tab.values("parl menu --choose red --default r", shell="powershell") == ["red"]
    monkeypatch.delenv("_PARL_AFTER")
    assert parl().stdout == "plain\tred\t\n"


def test_an_item_that_no_line_can_hold_is_left_out(tab: _Tab) -> None:
    assert tab.values("parl menu --choose 'two\nlines' 'a\ttab' plain --default ") == ["plain"]


def test_a_word_may_be_open_still(tab: _Tab) -> None:
    assert tab.values("parl menu --choose 'dark green' --default 'dark ") == ["dark green"]


def test_powershell_takes_a_backslash_for_itself(tab: _Tab) -> None:
    line = r"parl menu --choose a\b --default "
    assert tab.values(line, shell="powershell") == [r"a\b"]
    assert tab.values(line, shell="bash") == ["ab"]


@pytest.mark.parametrize("shell", _SHELLS)
def test_the_script_is_printed_as_it_is_in_the_package(parl: Parl, shell: str) -> None:
    result = parl("--completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    script = Path(sys.modules["parl.cli"].__path__[0], "completions", SCRIPTS[shell])
    assert result.stdout_bytes == script.read_bytes()
    assert f"--completion {shell}" in result.stdout


def test_there_is_no_script_for_another_shell(parl: Parl) -> None:
    result = parl("--completion", "tcsh")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'tcsh'" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_its_script(shell: str) -> None:
    if sys.platform == "win32" or shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = Path(sys.modules["parl.cli"].__path__[0], "completions", SCRIPTS[shell])
    ended = subprocess.run([shell, "-n", script], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_what_completes_is_imported_for_that_only() -> None:
    ended = run_python_with(["-X", "importtime", "-m", "parl", "--help"])
    assert "parl.cli.main" in ended.stderr
    assert "shell_completion" not in ended.stderr
    assert "parl.cli.completion\n" not in ended.stderr
