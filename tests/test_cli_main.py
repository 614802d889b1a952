"""The command ``parl``: errors become one line on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping

import click
import pytest
from click.testing import CliRunner, Result

import parl as package
from parl.cli.color import color_choice
from parl.cli.main import ParlGroup
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, JobCrashedError, ParlError, UsageError
from tests.conftest import run_python_with

Parl = Callable[..., Result]


def assert_usage_error(result: Result, *words: str) -> None:
    """One line on stderr that names *words*, nothing on stdout, exit 2."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    assert result.stderr.isprintable() or result.stderr[:-1].isprintable()
    for word in words:
        assert word in result.stderr


def test_version_is_the_packages(parl: Parl) -> None:
    result = parl("--version")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"parl {package.__version__}\n", "")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(parl: Parl, option: str) -> None:
    result = parl(option)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage: parl [OPTIONS] COMMAND")
    assert "compile  Run a compiler that any key stops." in result.stdout


def test_without_a_command_the_help_is_an_error_on_stderr(parl: Parl) -> None:
    result = parl()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == parl("--help").stdout


def test_an_unknown_command_is_one_line_with_the_nearest(parl: Parl) -> None:
    assert_usage_error(parl("comple"), "parl: ", "'comple'", "ompile")


def test_an_unknown_command_that_is_near_to_none_points_to_the_help(parl: Parl) -> None:
    result = parl("zzz")
    assert_usage_error(result, "'zzz'")
    assert result.stderr == "parl: no such command 'zzz'; see 'parl -h'\n"


def test_an_unknown_option_is_one_line(parl: Parl) -> None:
    assert parl("--nope").stderr == "parl: no such option '--nope'; see 'parl -h'\n"
    assert_usage_error(parl("--nope"))


def test_a_bad_choice_names_the_choices(parl: Parl) -> None:
    assert_usage_error(parl("--color", "red", "compile"), "--color: ", "'red'", "there are auto, always, never")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["comple"], "compile"),
        (["--versio"], "--version"),
        (["--color", "alwys", "timer", "0"], "always"),
        (["compile", "--time", "3", "--", "make"], "--timeout"),
        (["compile", "--stdin", "inherited", "--", "make"], "inherit"),
        (["compile", "--format", "JSN", "a"], "json"),
        (["timer", "--evry", "3"], "--every"),
        (["menu", "--chose"], "--choose"),
    ],
    ids=str,
)
def test_what_may_have_been_meant_is_asked(parl: Parl, words: list[str], meant: str) -> None:
    assert_usage_error(parl(*words), f"(did you mean '{meant}'?)")


@pytest.mark.parametrize("command", ["compile", "timer", "menu"])
@pytest.mark.parametrize("option", ["--version", "--color"])
def test_an_option_of_parls_behind_the_command_is_told_its_place(parl: Parl, command: str, option: str) -> None:
    assert_usage_error(parl(command, option), f"{option} is an option of parl itself; write it before '{command}'\n")


def test_a_suggestion_is_one_sentence(parl: Parl) -> None:
    for result in (parl("comple"), parl("--versio")):
        assert_usage_error(result)
        assert "?;" not in result.stderr
        assert "Did" not in result.stderr


@pytest.mark.parametrize("name", ["x\ny", "x\x1b[31m", "x\r", "x\x07"])
def test_what_the_user_wrote_cannot_paint_the_terminal(parl: Parl, name: str) -> None:
    assert_usage_error(parl(name), "x")
    assert_usage_error(parl("compile", name), "x")


def test_a_variable_is_read(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_COLOR", "red")
    assert_usage_error(parl("compile"), "'red'")


# Errors


def group_that(fail: Callable[[], object]) -> ParlGroup:
    group = ParlGroup("parl")

    @group.command("fail")
    def command() -> None:
        fail()

    return group


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("parl.toml: wrong"), 2, "parl: parl.toml: wrong\n"),
        (CommandNotFoundError("x: command not found"), 127, "parl: x: command not found\n"),
        (CommandNotExecutableError("x: permission denied"), 126, "parl: x: permission denied\n"),
        (OSError(errno.EIO, "Input/output error"), 125, "parl: input/output error\n"),
        (OSError(errno.EIO, "Input/output error", "x.py"), 125, "parl: x.py: input/output error\n"),
        (OSError(errno.EMFILE, "Too many open files", "x.py"), 125, "parl: too many open files\n"),
        (JobCrashedError("f: its process ended with 3"), 125, "parl: f: its process ended with 3\n"),
        (ParlError("lost"), 125, "parl: lost\n"),
        (click.FileError("x", "unreadable"), 2, "parl: could not open file 'x': unreadable\n"),
    ],
)
def test_an_error_is_one_line_and_its_code(error: Exception, code: int, words: str) -> None:
    def fail() -> None:
        raise error

    result = CliRunner().invoke(group_that(fail), ["fail"])
    assert (result.exit_code, result.stdout, result.stderr.lower()) == (code, "", words)


def test_a_bug_keeps_its_traceback() -> None:
    result = CliRunner().invoke(group_that(lambda: 1 / 0), ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_a_command_that_returns_has_succeeded() -> None:
    assert CliRunner().invoke(group_that(lambda: None), ["fail"]).exit_code == 0


# Colour


@pytest.mark.parametrize(
    ("environment", "choice"),
    [
        ({}, None),
        ({"TERM": "xterm"}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, None),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"TERM": "dumb"}, False),
        ({"CLICOLOR": "0"}, False),
        ({"CLICOLOR": "1"}, None),
    ],
    ids=str,
)
def test_the_environment_chooses_the_colour(environment: Mapping[str, str], choice: bool | None) -> None:
    assert color_choice(environment) is choice


@pytest.mark.parametrize(
    ("arguments", "environment", "choice"),
    [
        ([], {}, None),
        (["--color", "auto"], {"NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"PARL_COLOR": "never", "FORCE_COLOR": "1"}, False),
        (["--color", "always"], {"PARL_COLOR": "never"}, True),
    ],
    ids=str,
)
def test_the_option_goes_before_the_environment(
    parl: Parl, monkeypatch: pytest.MonkeyPatch, arguments: list[str], environment: dict[str, str], choice: bool | None
) -> None:
    chosen = []

    def look(*_: object) -> None:
        chosen.append(click.get_current_context().color)
        raise SystemExit(0)

    monkeypatch.setattr("parl.cli.compile_run.run_command", look)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parl(*arguments, "compile", "--", "true").exit_code == 0
    assert chosen == [choice]


def test_as_a_module_it_is_the_same_program() -> None:
    ended = run_python_with(["-m", "parl", "--version"])
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"parl {package.__version__}\n", "")
    ended = run_python_with(["-m", "parl", "zzz"])
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "parl: no such command 'zzz'; see 'parl -h'\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bytes for arguments")
def test_an_argument_that_is_no_text_is_refused_in_words() -> None:
    ended = run_python_with(["-m", "parl", os.fsdecode(b"\xff")])
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("parl: no such command")
