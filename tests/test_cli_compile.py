"""``parl compile``: what the words on the command line come to, in this process."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from parl.core.abort import AbortFlag
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Job, Outcome
from parl.core.terminator import run_abortable
from parl.platform.base import NoKeyboard
from parl.platform.shell import shell_argv, typed_line
from parl.testing import FakeClock, FakeKeyboard
from tests.test_cli_main import assert_usage_error

Parl = Callable[..., Result]


class NamedCommand(Job):
    """Stands for a CommandJob; is never run."""

    def __init__(self, argv: list[str], **options: object) -> None:
        self.argv = list(argv)
        self.options = options

    def run(self, abort: AbortFlag) -> Outcome:
        raise AssertionError("must not run")


@dataclass
class Runs:
    """What the terminator was asked to run, and the outcome it reports."""

    outcome: Outcome = field(default_factory=Outcome)
    error: Exception | None = None
    calls: list[tuple[Any, Any, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, job: Job, keyboard: object, **options: object) -> Outcome:
        self.calls.append((job, keyboard, options))
        if self.error is not None:
            raise self.error
        return self.outcome

    @property
    def argv(self) -> list[str]:
        ((job, _, _),) = self.calls
        return list(job.argv)

    @property
    def job_options(self) -> dict[str, Any]:
        ((job, _, _),) = self.calls
        return dict(job.options)

    @property
    def options(self) -> dict[str, Any]:
        ((_, _, options),) = self.calls
        return {"abort_keys": options["abort_keys"], "timeout_seconds": options["timeout_seconds"]}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr("parl.cli.runner.run_abortable", runs)
    monkeypatch.setattr("parl.cli.compile_run.CommandJob", NamedCommand)
    monkeypatch.setattr("parl.cli.compile_run.is_terminal", lambda _: False)
    return runs


def write_project(text: str, name: str = "parl.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


# The words


def test_after_the_dashes_everything_is_the_commands(parl: Parl, runs: Runs) -> None:
    result = parl("compile", "-q", "--", "make", "-q", "--timeout", "x", "--", "--help", "", "a b")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert runs.argv == ["make", "-q", "--timeout", "x", "--", "--help", "", "a b"]


def test_without_options_a_command_gets_the_defaults(parl: Parl, runs: Runs) -> None:
    parl("compile", "--", "make")
    assert runs.job_options == {"cwd": None, "grace_seconds": 2.0, "null_stdin": False, "owns_children": True}
    assert runs.options == {"abort_keys": None, "timeout_seconds": None}


def test_options_reach_the_engine(parl: Parl, runs: Runs) -> None:
    parl("compile", "--timeout", "1h30m", "--grace", "500ms", "--abort-key", "q,esc", "--", "make")
    assert runs.job_options["grace_seconds"] == 0.5
    assert runs.options == {"abort_keys": ("q", "esc"), "timeout_seconds": 5400.0}


@pytest.mark.parametrize(
    ("choice", "is_terminal", "is_null"),
    [
        ("auto", False, False),
        ("auto", True, True),
        ("inherit", False, False),
        ("inherit", True, False),
        ("null", False, True),
        ("null", True, True),
    ],
)
def test_a_terminal_is_not_left_to_the_command_unless_it_is_said(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, choice: str, is_terminal: bool, is_null: bool
) -> None:
    monkeypatch.setattr("parl.cli.compile_run.is_terminal", lambda _: is_terminal)
    parl("compile", "--stdin", choice, "--", "make")
    assert runs.job_options["null_stdin"] is is_null


@pytest.mark.parametrize(("options", "opens"), [([], True), (["--no-key"], False), (["--stdin", "inherit"], False)])
def test_keys_are_left_alone_where_that_is_said(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, options: list[str], opens: bool
) -> None:
    opened = FakeKeyboard(FakeClock())
    monkeypatch.setattr("parl.cli.runner.open_keyboard", lambda: opened)
    parl("compile", *options, "--", "make")
    ((_, keyboard, _),) = runs.calls
    assert keyboard is opened if opens else type(keyboard) is NoKeyboard


# Usage errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["make"], ["no such file 'make'; to run a command: parl compile -- make"]),
        (["make", "all"], ["no such file 'make'; to run a command: parl compile -- make all"]),
        (["make", "--", "all"], ["no such file 'make'", "parl compile -- make"]),
        (["--"], ["no command after '--'", "'parl compile -- make -j4'"]),
        (["--", ""], ["the command after '--' is empty"]),
        (["--timeout", "soon", "--", "make"], ["--timeout: ", "'soon' is no duration; write it like 90"]),
        (["--timeout", "", "--", "make"], ["--timeout: ", "'' is no duration"]),
        (["--timeout", "-5s", "--", "make"], ["'-5s' is no duration"]),
        (["--timeout"], ["'--timeout'", "see 'parl compile -h'"]),
        (["--grace", "inf", "--", "make"], ["--grace: ", "'inf' is no duration"]),
        (["--abort-key", "zork", "--", "make"], ["--abort-key: ", "'zork' is no key; write a character"]),
        (["--stdin", "file", "--", "make"], ["--stdin: ", "'file'", "there are auto, inherit, null"]),
        (["--tiemout", "5"], ["'--tiemout'", "--timeout"]),
        (["-x", "--", "make"], ["'-x'"]),
        (["--quiet=yes", "--", "make"], ["'--quiet'"]),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_one_line_with_culprit_and_remedy(
    parl: Parl, runs: Runs, arguments: list[str], words: list[str]
) -> None:
    result = parl("compile", *arguments)
    assert_usage_error(result, *words)
    assert result.stderr.startswith("parl compile: ")
    assert runs.calls == []


def test_the_way_out_is_not_cut_short(parl: Parl) -> None:
    assert (
        parl("compile", "a", "--", "b").stderr.rstrip("\n").endswith(("parl compile -- a b", "parl compile -- a ..."))
    )


def test_help_names_every_option(parl: Parl) -> None:
    result = parl("compile", "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: parl compile [OPTIONS]")
    for option in ("--timeout", "--grace", "--abort-key", "--no-key", "--stdin", "--quiet", "--pause", "--no-pause"):
        assert option in result.stdout


# Variables and files


def test_variables_are_options(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TIMEOUT": "2s", "GRACE": "1", "ABORT_KEY": "q", "STDIN": "null", "NO_KEY": "1"}.items():
        monkeypatch.setenv(f"PARL_COMPILE_{name}", value)
    parl("compile", "--", "make")
    assert runs.job_options == {"cwd": None, "grace_seconds": 1.0, "null_stdin": True, "owns_children": True}
    assert runs.options == {"abort_keys": ("q",), "timeout_seconds": 2.0}


def test_a_bad_variable_is_a_usage_error(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_COMPILE_TIMEOUT", "soon")
    assert_usage_error(parl("compile", "--", "make"), "parl compile: PARL_COMPILE_TIMEOUT: 'soon' is no duration")
    assert runs.calls == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PARL_COMPILE_JOBS", "x", "'x' is not a number from 1, or 0 for all"),
        ("PARL_COMPILE_NO_KEY", "maybe", "'maybe' is neither yes nor no; write 1 or 0\n"),
        ("PARL_COMPILE_STDIN", "nul", "'nul' is unknown; there are auto, inherit, null (did you mean 'null'?)"),
        ("PARL_COLOR", "alway", "'alway' is unknown; there are auto, always, never (did you mean 'always'?)"),
    ],
)
def test_a_bad_variable_is_named_and_not_the_option(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert_usage_error(parl("compile", "--", "make"), f"{variable}: {words}")
    assert runs.calls == []


@pytest.mark.parametrize(
    ("option", "variable", "file", "seconds"),
    [
        (None, None, None, None),
        (None, None, "3s", 3.0),
        (None, "2s", None, 2.0),
        (None, "2s", "3s", 2.0),
        ("1s", None, "3s", 1.0),
        ("1s", "2s", None, 1.0),
        ("1s", "2s", "3s", 1.0),
    ],
)
def test_the_command_line_wins_then_the_variable_then_the_file(
    parl: Parl,
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    variable: str | None,
    file: str | None,
    seconds: float | None,
) -> None:
    write_project('[compile]\ncommand = "make"\n' + (f'timeout = "{file}"\n' if file else ""))
    if variable:
        monkeypatch.setenv("PARL_COMPILE_TIMEOUT", variable)
    parl("compile", *(["--timeout", option] if option else []))
    assert runs.options["timeout_seconds"] == seconds


def test_a_flag_of_the_file_can_be_taken_back(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project('[compile]\ncommand = "make"\nquiet = true\n')
    monkeypatch.setenv("PARL_COMPILE_QUIET", "0")
    assert parl("compile").stderr == "parl: running make (from parl.toml)\n"


def test_every_setting_of_the_file_arrives(parl: Parl, runs: Runs) -> None:
    write_project(
        '[compile]\ncommand = ["make", "a b"]\ntimeout = 5\ngrace = "1s"\nabort-key = "q"\nstdin = "null"\n'
        "quiet = true\nno-key = true\npause = false\n"
    )
    result = parl("compile")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert runs.argv == ["make", "a b"]
    assert runs.job_options == {"cwd": os.getcwd(), "grace_seconds": 1.0, "null_stdin": True, "owns_children": True}
    assert runs.options == {"abort_keys": ("q",), "timeout_seconds": 5.0}


def test_what_the_file_names_is_printed_as_one_could_type_it(parl: Parl, runs: Runs) -> None:
    write_project('[compile]\ncommand = ["make", "a b"]\n')
    result = parl("compile")
    assert (result.stdout, result.stderr) == ("", f"parl: running {typed_line(['make', 'a b'])} (from parl.toml)\n")


def test_a_line_of_the_file_goes_to_the_shell_in_the_files_folder(
    parl: Parl, runs: Runs, bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project('[tool.parl.compile]\ncommand = "make && echo $HOME"\n', "pyproject.toml")
    (bare_environment / "deep" / "below").mkdir(parents=True)
    monkeypatch.chdir("deep/below")
    result = parl("compile")
    assert runs.argv == shell_argv("make && echo $HOME")
    assert runs.job_options["cwd"] == str(bare_environment)
    name = os.path.join("..", "..", "pyproject.toml")
    assert result.stderr == f"parl: running make && echo $HOME (from {name}: tool.parl)\n"


def test_a_command_on_the_command_line_does_not_look_for_a_file(parl: Parl, runs: Runs) -> None:
    write_project("this is [ broken")
    assert parl("compile", "--", "make").exit_code == 0
    assert runs.argv == ["make"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is [ broken", "parl.toml: not valid TOML: "),
        ("[compile]\ncomand = 1\n", "parl.toml: unknown key 'compile.comand' (did you mean 'command'?)"),
        ("[compile]\ntimeout = 'soon'\n", "parl.toml: compile.timeout: 'soon' is no duration; write it like "),
    ],
)
def test_a_wrong_file_is_a_usage_error(parl: Parl, runs: Runs, text: str, words: str) -> None:
    write_project(text)
    assert_usage_error(parl("compile"), f"parl: {words}")
    assert runs.calls == []


def test_a_backslash_in_a_wrong_file_is_explained(parl: Parl, runs: Runs) -> None:
    write_project('[compile]\ncommand = ".\\act.cmd"\n')
    result = parl("compile")
    assert_usage_error(result, "parl: parl.toml: not valid TOML: ")
    assert "; between single quotes a backslash is itself" in result.stderr


# How it ends


@pytest.mark.parametrize(
    ("outcome", "code", "stderr"),
    [
        (Outcome(), 0, ""),
        (Outcome(exit_code=1), 1, ""),
        (Outcome(exit_code=255), 255, ""),
        (Outcome(signal=15), 143, ""),
        (Outcome(aborted_by=KeyPressed("q")), 130, "Aborted by user!\n"),
        (Outcome(aborted_by=TimedOut(2)), 124, "parl: timed out after 2 s\n"),
        (
            Outcome(aborted_by=TimedOut(2), survivors=(7,)),
            124,
            "parl: timed out after 2 s\nparl: still running: 7 (not ours to signal, or stuck in the kernel)\n",
        ),
        (Outcome(error=CommandNotFoundError("x: command not found")), 127, "parl: x: command not found\n"),
        (Outcome(error=CommandNotExecutableError("x: permission denied")), 126, "parl: x: permission denied\n"),
    ],
    ids=str,
)
def test_an_outcome_is_an_exit_code_and_without_a_terminal_few_words(
    parl: Parl, runs: Runs, outcome: Outcome, code: int, stderr: str
) -> None:
    runs.outcome = outcome
    result = parl("compile", "--", "make")
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", stderr)


@pytest.mark.parametrize(
    ("error", "code"), [(CommandNotFoundError("x: no such file"), 127), (CommandNotExecutableError("x: is bad"), 126)]
)
def test_a_command_that_cannot_start_is_said_even_quietly(parl: Parl, runs: Runs, error: Exception, code: int) -> None:
    runs.error = error
    result = parl("compile", "-q", "--", "x")
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"parl: {error}\n")


def test_of_a_signal_to_parl_it_dies(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(number: int) -> None:
        deaths.append(number)
        raise SystemExit

    deaths: list[int] = []
    monkeypatch.setattr("parl.cli.runner.die_of", die)
    monkeypatch.setattr("parl.cli.runner.pause", lambda: deaths.append(-1))
    runs.outcome = Outcome(aborted_by=SignalReceived(signal.SIGTERM))
    assert parl("compile", "--pause", "--", "make").stderr == "parl: ended by SIGTERM\n"
    assert deaths == [signal.SIGTERM], "without waiting for Enter"


@pytest.mark.parametrize(("options", "wanted"), [([], None), (["--pause"], True), (["--no-pause"], False)])
def test_the_pause_is_asked_for(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, options: list[str], wanted: bool | None
) -> None:
    import parl.cli.pause as pause_module

    asked: list[bool | None] = []
    monkeypatch.setattr("parl.cli.runner.pause", lambda: asked.append(pause_module._wanted))
    runs.outcome = Outcome(exit_code=3)
    assert parl("compile", *options, "--", "make").exit_code == 3
    assert asked == [wanted]


# The demonstration

SCREEN = "Dummy Compiler v1.0\nbuilding memory database.....\nchecking dependencies.....\ngenerating code.....\n"


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the demonstration a clock that takes no time and a keyboard with a script."""

    def prepare(*script: tuple[float, str]) -> None:
        clock = FakeClock(threads=2)  # the keyboard's reader and the job
        monkeypatch.setattr("parl.cli.runner.run_abortable", functools.partial(run_abortable, clock=clock))
        monkeypatch.setattr("parl.cli.runner.open_keyboard", lambda: FakeKeyboard(clock, *script))

    return prepare


DEMONSTRATION_ONLY = "parl: no parl.toml here or above, so this was only the demonstration; see 'parl compile -h'\n"


def test_without_anything_it_is_the_demonstration(parl: Parl, demonstration: Callable[..., None]) -> None:
    demonstration()
    result = parl("compile")
    assert (result.exit_code, result.stdout) == (0, SCREEN + "Compilation successful!\n")
    assert result.stderr == DEMONSTRATION_ONLY


def test_quietly_nobody_is_told_that_it_is_only_the_demonstration(
    parl: Parl, demonstration: Callable[..., None]
) -> None:
    demonstration()
    assert parl("compile", "-q").stderr == ""


def test_on_a_terminal_the_screen_reads_as_in_the_lesson(
    parl: Parl, demonstration: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.cli.voice.stderr_is_terminal", lambda: True)
    demonstration()
    result = parl("compile")
    assert result.output == f"Press any key to abort compilation!\n{SCREEN}Compilation successful!\n"


def test_a_key_aborts_the_demonstration(
    parl: Parl, demonstration: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.cli.voice.stderr_is_terminal", lambda: True)
    demonstration((2.5, "x"))
    result = parl("compile")
    assert result.exit_code == 130
    assert result.stdout == "Dummy Compiler v1.0\nbuilding memory database..\n"
    assert result.stderr == "Press any key to abort compilation!\nAborted by user!\n"


def test_the_demonstration_knows_abort_keys_and_time_outs(parl: Parl, demonstration: Callable[..., None]) -> None:
    demonstration((2.5, "x"))
    result = parl("compile", "--abort-key", "q", "--timeout", "4.5s")
    assert (result.exit_code, result.stderr) == (124, "parl: timed out after 4.5 s\n")
    assert result.stdout == "Dummy Compiler v1.0\nbuilding memory database....\n"


def test_a_project_without_a_command_has_the_demonstration_with_its_settings(
    parl: Parl, demonstration: Callable[..., None]
) -> None:
    write_project("[compile]\ntimeout = 1.5\n")
    demonstration()
    result = parl("compile")
    assert (result.exit_code, result.stderr) == (124, "parl: timed out after 1.5 s\n")


@pytest.mark.parametrize("words", [["--no-key"], ["--stdin", "inherit"]])
def test_an_abort_key_where_there_are_no_keys_is_refused(parl: Parl, words: list[str]) -> None:
    assert_usage_error(parl("compile", *words, "--abort-key", "q", "--", "make"), "--abort-key", " ".join(words))


def test_a_command_without_the_separator_is_shown_the_way(parl: Parl) -> None:
    assert_usage_error(parl("compile", "make", "-C", "x"), "'-C'", "to run a command: parl compile -- make -C x")
    assert_usage_error(parl("compile", "make", "-j4"), "'make'", "to run a command: parl compile -- make -j4")


def test_any_key_can_be_said_in_so_many_words(parl: Parl, runs: Runs) -> None:
    parl("compile", "--abort-key", "any", "--", "make")
    assert runs.options["abort_keys"] is None


def test_what_a_file_has_run_cannot_paint_the_screen(parl: Parl, runs: Runs) -> None:
    write_project('[compile]\ncommand = ["true", "\\u001b[2Jgone"]\n')
    assert "\\x1b[2Jgone" in parl("compile").stderr


def test_a_dot_is_not_eaten(parl: Parl) -> None:
    Path("notes.txt").touch()
    assert parl("compile", "notes.txt").stderr == (
        "parl compile: 'notes.txt' is no Python source (a name that ends in .py); "
        "to run a command: parl compile -- notes.txt\n"
    )
