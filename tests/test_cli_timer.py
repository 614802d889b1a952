"""``parl timer``: what the words on the command line come to, in this process."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from click.testing import Result

from parl.cli.stdout import StdoutError
from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
from parl.core.events import KeyPressed, SignalReceived
from parl.core.job import Job, Outcome
from parl.core.sleeper import Sleeper
from parl.platform.base import NoKeyboard
from parl.platform.shell import typed_line
from parl.testing import FakeClock, FakeKeyboard
from tests.conftest import wait_until
from tests.test_cli_main import assert_usage_error

Parl = Callable[..., Result]

WOKE_UP = "Oops, woke up!\n"
needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")


@dataclass
class Runs:
    """What was to be run, and the outcomes it is told to have had."""

    outcomes: list[Outcome] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    keyboards: list[object] = field(default_factory=list)
    observers: list[Any] = field(default_factory=list)

    def __call__(self, job: Job, keyboard: object, *, observer: object, **_: object) -> Outcome:
        self.jobs.append(job)
        self.keyboards.append(keyboard)
        self.observers.append(observer)
        return self.outcomes.pop(0) if self.outcomes else Outcome()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Run nothing, take no time."""
    runs = Runs()
    monkeypatch.setattr("parl.cli.runner.run_abortable", runs)
    return runs


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """It is noon."""
    noon = datetime(2030, 5, 5, 12, 0)
    monkeypatch.setattr("time.time", noon.timestamp)
    return noon


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have stderr be a terminal, of which nobody knows the size."""
    monkeypatch.setattr("parl.cli.voice.stderr_is_terminal", lambda: True)


# The time


@pytest.mark.parametrize("way", [[], ["--seconds"]])
@pytest.mark.parametrize("text", ["0", "0s", "PT0S", "0:00", "100ms", ".005", "1us"])
def test_it_prints_one_line_when_the_time_is_over(parl: Parl, way: list[str], text: str) -> None:
    result = parl("timer", *way, text)
    assert (result.exit_code, result.stdout, result.stderr) == (0, WOKE_UP, "")


def test_it_is_not_early(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.cli.start._began", None)  # this process began long ago
    for words in (["150ms"], ["--every", "50ms", "--count", "3"]):
        began = time.monotonic()
        parl("timer", *words)
        assert time.monotonic() - began >= 0.15


def test_a_time_of_day_is_waited_for(parl: Parl) -> None:
    when = datetime.now() + timedelta(milliseconds=150)
    result = parl("timer", "--at", when.isoformat())
    assert datetime.now() >= when
    assert (result.exit_code, result.stdout, result.stderr) == (0, WOKE_UP, "")


def test_a_time_that_has_passed_is_tomorrows_and_that_is_said(parl: Parl, runs: Runs, noon: datetime) -> None:
    result = parl("timer", "--at", "11:59")
    assert result.exit_code == 0
    assert result.stderr == "parl: waiting until tomorrow, 2030-05-06 11:59\n"


def test_quietly_it_is_not_said(parl: Parl, runs: Runs, noon: datetime) -> None:
    assert parl("timer", "-q", "--at", "11:59").stderr == ""


def test_a_time_that_is_still_to_come_is_todays(parl: Parl, runs: Runs, noon: datetime) -> None:
    assert parl("timer", "--at", "12:01").stderr == ""


# Usage errors


@pytest.mark.parametrize("way", [[], ["--seconds"], ["--every"]], ids=["plain", "seconds", "every"])
@pytest.mark.parametrize("text", ["P1M", "5mo", "-5s", "-5", "-.5", "inf", "nan", "10x", "", " ", "1m1h", "é"])
def test_what_is_no_duration_is_named(parl: Parl, runs: Runs, way: list[str], text: str) -> None:
    result = parl("timer", *way, text)
    named = f"{way[0]}: " if way else ""
    assert_usage_error(result, f"parl timer: {named}'{text}' is no duration; write it like 90, 3.5, 500ms")
    assert runs.jobs == []


@pytest.mark.parametrize("way", ["--seconds", "--every"])
def test_a_negative_duration_behind_an_equals_sign_is_named_too(parl: Parl, runs: Runs, way: str) -> None:
    assert_usage_error(parl("timer", f"{way}=-5s"), "'-5s' is no duration")
    assert runs.jobs == []


def test_what_is_longer_than_a_life_is_refused(parl: Parl, runs: Runs) -> None:
    assert_usage_error(parl("timer", "5300w"), "'5300w' is longer than a hundred years")


WAYS = {
    "3": ["3"],
    "4": ["4"],
    "--seconds 5": ["--seconds", "5"],
    "--at 14:30": ["--at", "14:30"],
    "--every 6": ["--every", "6"],
}


@pytest.mark.parametrize(("one", "other"), list(combinations(WAYS, 2)))
def test_two_times_are_one_too_many(parl: Parl, runs: Runs, one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        assert_usage_error(parl("timer", *WAYS[first], *WAYS[second]), one, other, "are two times; name one")
    assert runs.jobs == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["3", "", "--seconds", "4"], ["'' is no duration"]),
        (["3", "--at", ""], ["3 and --at '' are two times"]),
        (["--at", "14:30", "--seconds", ""], ["--seconds '' and --at 14:30 are two times"]),
    ],
    ids=str,
)
def test_an_empty_one_among_several_can_be_seen(parl: Parl, runs: Runs, arguments: list[str], words: list[str]) -> None:
    assert_usage_error(parl("timer", *arguments), *words)
    assert runs.jobs == []


@pytest.mark.parametrize("arguments", [[], ["-q"], ["--message", "tea"], ["--bell", "--no-key"], ["--", "true"]])
def test_no_time_at_all_is_an_error_with_an_example(parl: Parl, runs: Runs, arguments: list[str]) -> None:
    assert_usage_error(parl("timer", *arguments), "no duration", "'parl timer 1h30m'", "--at", "--every")
    assert runs.jobs == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--every", "0"], ["'0' is too often"]),
        (["--every", "0ms", "--count", "2"], ["'0ms' is too often"]),
        (["--every", "1", "--count", "0"], ["--count: ", "'0' is not a number from 1"]),
        (["--every", "1", "--count", "-1"], ["-1"]),
        (["--every", "1", "--count", "1.5"], ["--count: ", "'1.5' is not a number from 1"]),
        (["--every", "1", "--count", "many"], ["--count: ", "'many' is not a number from 1"]),
        (["--every", "1", "--count", ""], ["--count: ", "'' is not a number from 1"]),
        (["--every", "1", "--count", "٣"], ["--count: ", "is not a number from 1"]),
        (["3", "--count", "2"], ["--count is for --every only; drop it"]),
        (["--seconds", "3", "--count", "2"], ["--count is for --every only"]),
        (["--at", "14:30", "--count", "2"], ["--count is for --every only"]),
        (["--at", "2001-01-01T00:00"], ["'2001-01-01T00:00' is past", "now"]),
        (["--at", "2001-01-01T00:00Z"], ["'2001-01-01T00:00Z' is past"]),
        (["--at", "2001-01-01T00:00", "--", "true"], ["is past"]),
        (["--at", "soon"], ["'soon' is no time; write it like 14:30"]),
        (["--at", "25:00"], ["'25:00' is no time"]),
        (["--at", "12:60"], ["'12:60' is no time"]),
        (["--at", "2030-02-30T12:00"], ["'2030-02-30T12:00' is no time"]),
        (["--at", ""], ["'' is no time"]),
        (["--at", "-5"], ["-5"]),
        (["--at", "18:00 Mars/Olympus"], ["'Mars/Olympus' is no time zone; write it like Europe/Berlin"]),
        (["--at", "2030-01-01T18:00 ../etc/passwd"], ["is no time"]),
        (["3", "--message"], ["'--message'", "see 'parl timer -h'"]),
        (["3", "--seconds"], ["'--seconds'"]),
        (["3", "--mesage", "x"], ["'--mesage'", "--message"]),
        (["3", "-x"], ["'-x'"]),
        (["3", "--bell=loud"], ["'--bell'"]),
        (["3", "--"], ["no command after '--'"]),
        (["3", "--", ""], ["the command after '--' is empty"]),
        (["3", "--", "", "x"], ["the command after '--' is empty"]),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_one_line_with_culprit_and_remedy(
    parl: Parl, runs: Runs, arguments: list[str], words: list[str]
) -> None:
    result = parl("timer", *arguments)
    assert_usage_error(result, *words)
    assert result.stderr.startswith("parl timer: ")
    assert runs.jobs == []


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (["10m", "notify-send", "tea"], "parl timer 10m -- notify-send tea"),
        (["10m", "notify-send", "green tea"], f"parl timer 10m -- {typed_line(['notify-send', 'green tea'])}"),
        (["10m", "ls", "-l"], "parl timer 10m -- ls -l"),
        (["--seconds", "10m", "notify-send"], "parl timer --seconds 10m -- notify-send"),
        (["--every", "10s", "df", "."], "parl timer --every 10s -- df ."),
        (["--at", "14:30", "make"], "parl timer --at 14:30 -- make"),
        (["-q", "10m", "make", "all"], "parl timer -q 10m -- make all"),
        (["10m", "make", "--", "all"], "parl timer 10m -- make all"),
    ],
    ids=str,
)
def test_a_command_without_the_dashes_is_told_how_to_write_it(
    parl: Parl, runs: Runs, arguments: list[str], way_out: str
) -> None:
    result = parl("timer", *arguments)
    assert_usage_error(result)
    assert result.stderr.endswith(f"; to run a command: {way_out}\n")
    assert runs.jobs == []


@pytest.mark.parametrize("command", ["./brew.py", "brew"])
def test_a_command_without_the_dashes_is_a_command_also_where_a_file_has_its_name(
    parl: Parl, runs: Runs, command: str
) -> None:
    # The timer takes no files: neither a source nor a folder of that name can have been meant.
    os.mkdir("brew")
    result = parl("timer", "10m", command, "tea")
    assert_usage_error(result)
    assert result.stderr.endswith(f"; to run a command: parl timer 10m -- {command} tea\n")


def test_the_remedy_for_a_missing_command_is_no_error_itself(parl: Parl, runs: Runs) -> None:
    words = parl("timer", "10m", "--").stderr
    remedy = words.partition("as in '")[2].partition("'")[0].split()
    assert remedy[:2] == ["parl", "timer"]
    assert parl(*remedy[1:]).exit_code == 0, remedy


def test_help_names_every_option(parl: Parl) -> None:
    result = parl("timer", "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage: parl timer [OPTIONS] [DURATION] [-- COMMAND [ARG]...]")
    for option in ("--seconds", "--at", "--every", "--count", "--message", "--bell", "--quiet", "--no-key", "--pause"):
        assert option in result.stdout


# What it prints


@pytest.mark.parametrize(
    "message", ["Tea!", "", " ", "-5", "-5 minutes", "--every", "two\nlines", "é ☕", "%s {} \\n", "0", "x" * 10000]
)
def test_a_message_is_printed_as_it_is(parl: Parl, message: str) -> None:
    for words in (["0", "--message", message], ["--message", message, "0"], ["0", f"--message={message}"]):
        result = parl("timer", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (0, f"{message}\n", ""), words


@pytest.mark.parametrize("words", [["-q"], ["--quiet"], ["-q", "--message", "Tea!"], ["-q", "--bell"]], ids=" ".join)
def test_quietly_nothing_is_printed(parl: Parl, words: list[str]) -> None:
    result = parl("timer", "0", *words)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_ticks_print_a_line_each(parl: Parl) -> None:
    result = parl("timer", "--every", "100ms", "--count", "3")
    assert (result.exit_code, result.stdout) == (0, WOKE_UP * 3)
    result = parl("timer", "--every", "100ms", "--count", "2", "--message", "tick")
    assert (result.exit_code, result.stdout) == (0, "tick\n" * 2)
    result = parl("timer", "--every", "100ms", "--count", "2", "-q")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_each_line_is_there_when_it_is_due(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def worked(self: object, outcome: Outcome) -> None:
        lengths.append(len(sys.stdout.buffer.getvalue()))  # type: ignore[attr-defined]

    monkeypatch.setattr("parl.cli.timer_run._TimerVoice.worked", worked)
    parl("timer", "--every", "100ms", "--count", "2", "--message", "x", "--", "true")
    line = len(f"x{os.linesep}")
    assert lengths == [line, 2 * line], "flushed"


# The command


@pytest.mark.parametrize("code", [0, 1, 124, 255])
def test_the_commands_exit_code_is_the_timers(parl: Parl, code: int) -> None:
    result = parl("timer", "0", "--", sys.executable, "-c", f"raise SystemExit({code})")
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", "")


@needs_sh
@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -TERM $$", 128 + signal.SIGTERM),
        ("kill -KILL $$", 137),
        ("kill -USR1 $$", 128 + 10),
    ],
)
def test_the_commands_death_is_the_end_of_the_timer(parl: Parl, script: str, code: int) -> None:
    result = parl("timer", "0", "--", "sh", "-c", script)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", "")


def test_after_the_dashes_everything_is_the_commands(parl: Parl, runs: Runs) -> None:
    parl("timer", "0", "-q", "--", "make", "-q", "--every", "x", "--", "--help", "", "-5")
    _, command = runs.jobs
    assert isinstance(command, CommandJob)
    assert command._argv == ["make", "-q", "--every", "x", "--", "--help", "", "-5"]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("no-such-program-here", 127, "parl: no-such-program-here: command not found\n"),
        ("./no-such-file", 127, "parl: ./no-such-file: no such file\n"),
        ("./folder", 126, "parl: ./folder: is a folder\n"),
        pytest.param("./plain", 126, "parl: ./plain: permission denied\n", marks=needs_sh),
    ],
)
def test_a_command_that_cannot_run_is_said_even_quietly(parl: Parl, command: str, code: int, words: str) -> None:
    os.mkdir("folder")
    with open("plain", "w"):
        pass
    for options in ([], ["-q"]):
        result = parl("timer", "0", *options, "--", command)
        assert (result.exit_code, result.stdout, result.stderr) == (code, "", words)


def python(code: str, *words: str) -> tuple[str, ...]:
    """Return a command that runs *code*."""
    return (sys.executable, "-c", code, *words)


def test_a_message_comes_before_the_command(parl: Parl, capfd: pytest.CaptureFixture[str]) -> None:
    command = python("import sys; print(*sys.argv[1:], sep='/')", "from", "the command")
    result = parl("timer", "0", "--message", "Tea!", "--", *command)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Tea!\n", "")
    assert capfd.readouterr().out.splitlines() == ["from/the command"]


def test_the_commands_words_are_no_matter_of_quiet(parl: Parl, capfd: pytest.CaptureFixture[str]) -> None:
    command = python("import sys; print('out'); print('err', file=sys.stderr)")
    result = parl("timer", "0", "-q", "--message", "Tea!", "--", *command)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert [text.split() for text in capfd.readouterr()] == [["out"], ["err"]]


def test_a_command_runs_at_each_tick_with_its_message(parl: Parl, capfd: pytest.CaptureFixture[str]) -> None:
    result = parl("timer", "--every", "100ms", "--count", "3", "-q", "--", *python("print('tick')"))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert capfd.readouterr().out.splitlines() == ["tick"] * 3
    result = parl("timer", "--every", "100ms", "--count", "2", "--message", "Tea!", "--", *python(""))
    assert (result.exit_code, result.stdout) == (0, "Tea!\n" * 2)


def _ticks(parl: Parl, *scripts: str, options: tuple[str, ...] = ()) -> Result:
    """Run each of *scripts* at a tick of its own."""
    with open("turn", "w") as file:
        file.write("echo >>turns\ncase $(wc -l <turns | tr -d ' ') in\n")
        file.writelines(f"{number}) {script};;\n" for number, script in enumerate(scripts, 1))
        file.write("esac\n")
    if os.path.exists("turns"):
        os.remove("turns")
    return parl("timer", "--every", "20ms", "--count", str(len(scripts)), *options, "--", "sh", "turn")


@needs_sh
@pytest.mark.parametrize("options", [(), ("-q",)], ids=["", "quiet"])
def test_a_command_that_fails_at_a_tick_is_reported_and_the_last_failure_counts(
    parl: Parl, options: tuple[str, ...]
) -> None:
    result = _ticks(parl, "exit 3", "exit 0", "kill -TERM $$", "exit 0", options=options)
    assert result.exit_code == 128 + signal.SIGTERM
    assert result.stdout == ""
    assert [line for line in result.stderr.splitlines() if "skipped" not in line] == [
        "parl: tick 1: exit 3",
        "parl: tick 3: SIGTERM",
    ]


@needs_sh
def test_no_failure_is_no_failure(parl: Parl) -> None:
    assert _ticks(parl, "exit 0", "exit 0").exit_code == 0
    assert _ticks(parl, "exit 7", "exit 0").exit_code == 7
    assert _ticks(parl, "exit 7", "exit 8").exit_code == 8
    assert _ticks(parl, "kill -KILL $$", "exit 8").exit_code == 8


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("no-such-program-here", 127, "no-such-program-here: command not found"),
        ("./folder", 126, "./folder: is a folder"),
    ],
)
def test_a_command_that_cannot_run_does_not_end_the_ticks(parl: Parl, command: str, code: int, words: str) -> None:
    os.mkdir("folder")
    result = parl("timer", "--every", "20ms", "--count", "2", "-q", "--", command)
    assert result.exit_code == code
    assert result.stderr == f"parl: tick 1: {words}\nparl: tick 2: {words}\n"


@needs_sh
def test_ticks_that_a_command_overran_are_counted_and_said(parl: Parl) -> None:
    result = parl("timer", "--every", "20ms", "--count", "2", "--", "sleep", "0.1")
    assert result.exit_code == 0
    (said,) = [line for line in result.stderr.splitlines() if "tick 1 is late" not in line]
    found = re.fullmatch(r"parl: (\d+) ticks skipped: tick 2 is late", said)
    assert found is not None, said
    # Of five periods that it took, one tick came late; more only where the machine is slow.
    assert int(found[1]) >= 3
    result = parl("timer", "--every", "20ms", "--count", "2", "-q", "--", "sleep", "0.1")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_command_that_is_not_there_yet_is_told_to_people(parl: Parl, runs: Runs, on_terminal: None) -> None:
    result = parl("timer", "0", "--", "no-such-program-here")
    assert "parl: no-such-program-here: no such command yet" in result.stderr
    assert "no such command" not in parl("timer", "0", "--", sys.executable).stderr
    assert "no such command" not in parl("timer", "0", "-q", "--", "no-such-program-here").stderr


# How it ends


@pytest.mark.parametrize("options", [[], ["-q"]], ids=["", "quiet"])
def test_a_cancelled_timer_is_130_and_its_command_never_runs(parl: Parl, runs: Runs, options: list[str]) -> None:
    runs.outcomes = [Outcome(aborted_by=KeyPressed("x"))]
    result = parl("timer", "1h", *options, "--", "make")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")
    assert len(runs.jobs) == 1
    assert isinstance(runs.jobs[0], Sleeper)


def test_of_a_signal_to_parl_it_dies(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(number: int) -> None:
        deaths.append(number)
        raise SystemExit

    deaths: list[int] = []
    monkeypatch.setattr("parl.cli.runner.die_of", die)
    runs.outcomes = [Outcome(aborted_by=SignalReceived(signal.SIGTERM))]
    assert parl("timer", "1h", "--", "make").stderr == ""
    assert deaths == [signal.SIGTERM]
    assert len(runs.jobs) == 1


def test_what_could_not_be_ended_is_always_said(parl: Parl, runs: Runs) -> None:
    # As test_voice.py has it for every command.
    for options in ([], ["-q"]):
        runs.outcomes = [Outcome(aborted_by=KeyPressed("x"), survivors=(123,))]
        result = parl("timer", "--every", "1h", *options, "--", "make")
        assert result.exit_code == 130
        assert result.stderr == "parl: still running: 123 (not ours to signal, or stuck in the kernel)\n"


@pytest.mark.parametrize("options", [[], ["--every", "1h", "--count", "1"]], ids=["once", "every"])
def test_the_pause_is_asked_for_however_it_ends(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    import parl.cli.pause as pause_module

    asked: list[bool | None] = []
    monkeypatch.setattr("parl.cli.runner.pause", lambda: asked.append(pause_module._wanted))
    for outcome in (Outcome(aborted_by=KeyPressed("x")), Outcome()):
        runs.outcomes = [outcome]
        parl("timer", *(options or ["0"]), "--pause")
    assert asked == [True, True]


def test_no_key_leaves_the_keys_alone_and_a_last_command_has_them_for_itself(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard = FakeKeyboard(FakeClock())
    monkeypatch.setattr("parl.cli.runner.open_keyboard", lambda: keyboard)
    parl("timer", "0", "--", "make")
    assert runs.keyboards[0] is keyboard
    assert isinstance(runs.keyboards[1], NoKeyboard)
    runs.keyboards.clear()
    parl("timer", "0", "--no-key")
    assert isinstance(runs.keyboards[0], NoKeyboard)


def test_a_stdout_that_takes_no_more_is_said(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: str) -> None:
        raise StdoutError(OSError(28, "No space left on device"))

    monkeypatch.setattr("parl.cli.timer_run.write_result", full)
    result = parl("timer", "--every", "100ms")
    assert result.exit_code == 125
    assert result.stderr == "parl: standard output: no space left on device\n"


# Variables


def test_variables_are_options(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_TIMER_SECONDS", "100ms")
    monkeypatch.setenv("PARL_TIMER_MESSAGE", "Tea!")
    result = parl("timer")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Tea!\n", "")
    monkeypatch.setenv("PARL_TIMER_QUIET", "1")
    assert parl("timer").stdout == ""


def test_the_command_line_wins_over_the_variable(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_TIMER_SECONDS", "1h")
    monkeypatch.setenv("PARL_TIMER_MESSAGE", "Tea!")
    result = parl("timer", "--seconds", "0", "--message", "Coffee!")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Coffee!\n", "")


@pytest.mark.parametrize("name", ["SECONDS", "EVERY", "AT"])
@pytest.mark.parametrize("words", [["0"], ["--seconds", "0"], ["--every", "100ms", "--count", "1"]], ids=" ".join)
def test_any_time_on_the_command_line_wins_over_one_in_a_variable(
    parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    # Options on the command line win; a variable is a default, and no second time.
    monkeypatch.setenv(f"PARL_TIMER_{name}", "23:59" if name == "AT" else "1h")
    result = parl("timer", *words)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_count_in_a_variable_is_for_ticks(parl: Parl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_TIMER_COUNT", "2")
    assert parl("timer", "--every", "100ms").stdout == WOKE_UP * 2


def test_a_count_in_a_variable_is_no_matter_of_a_timer_that_does_not_tick(
    parl: Parl, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As above: whoever sets it for all his ticking timers has not asked for it here.
    monkeypatch.setenv("PARL_TIMER_COUNT", "2")
    assert parl("timer", "0").stdout == WOKE_UP


@pytest.mark.parametrize("value", ["soon", "-5s", "inf"])
def test_a_bad_variable_is_a_usage_error(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PARL_TIMER_SECONDS", value)
    assert_usage_error(parl("timer"), f"'{value}' is no duration")
    assert runs.jobs == []


def test_a_bad_time_in_a_variable_is_named_by_it(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_TIMER_SECONDS", "soon")
    assert_usage_error(parl("timer"), "parl timer: PARL_TIMER_SECONDS: 'soon' is no duration")


def test_an_empty_variable_is_none(parl: Parl, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARL_TIMER_SECONDS", "")
    assert_usage_error(parl("timer"), "no duration")
    assert runs.jobs == []


# An abort while a tick's command runs


@needs_sh
@pytest.mark.parametrize("count", ["1", "2"])
def test_a_key_during_a_ticks_command_is_an_abort_also_at_the_last_tick(
    parl: Parl, monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    import threading

    from parl.core.terminator import run_abortable

    def run(job: Job, keyboard: object, *, abort: AbortFlag | None, **options: Any) -> Outcome:
        flag = AbortFlag()

        def press() -> None:
            wait_until(lambda: os.path.exists("began"), "the command")
            flag.set(KeyPressed("x"))

        presser = threading.Thread(target=press)
        presser.start()
        try:
            return run_abortable(job, NoKeyboard(), abort=flag, **options)
        finally:
            presser.join()

    monkeypatch.setattr("parl.cli.runner.run_abortable", run)
    result = parl("timer", "--every", "100ms", "--count", count, "--", "sh", "-c", ">began; exec sleep 60")
    assert result.exit_code == 130
