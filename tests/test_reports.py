"""What a compilation of sources says, to people and to programs."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import click
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parl.cli import reports
from parl.cli.reports import JsonReport, TextReport, report_for
from parl.cli.verdict import precise, write_verdict
from parl.core.diagnostic import ERROR, WARNING, Diagnostic, file_error
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Outcome
from parl.core.tree_compiler import TreeResult
from tests.conftest import is_harmless

BROKEN = Diagnostic("src/a.py", 2, 5, ERROR, "'(' was never closed", "y = (", 6)
DOUBTFUL = Diagnostic("src/b.py", 3, 4, WARNING, '"is" with a literal', "if x is 1:", 10)

SECONDS = 1.234


@pytest.fixture
def streams(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[str, str]]:
    def read() -> tuple[str, str]:
        out, err = capsys.readouterr()
        return out, err

    return read


def outcome(result: TreeResult, *, aborted_by: object = None) -> Outcome[TreeResult]:
    code = int(result.failed > 0)
    return Outcome(value=result, exit_code=code, aborted_by=aborted_by, seconds=99.0)  # of the job alone


def shown(diagnostic: Diagnostic) -> list[str]:
    """The source line and the carets of a diagnostic."""
    return [line for line, _ in reports._quotation(diagnostic)]


# The verdict


@pytest.mark.parametrize(
    ("compiled", "up_to_date", "failed", "warnings", "words"),
    [
        (3, 0, 0, 0, "3 compiled, 0 up to date, 0 failed (1.23 s)\nCompilation successful!\n"),
        (0, 7, 0, 1, "0 compiled, 7 up to date, 0 failed, 1 warning (1.23 s)\nCompilation successful!\n"),
        (1, 2, 3, 4, "1 compiled, 2 up to date, 3 failed, 4 warnings (1.23 s)\nCompilation failed.\n"),
    ],
)
def test_the_verdict_counts(
    streams: Callable[[], tuple[str, str]], compiled: int, up_to_date: int, failed: int, warnings: int, words: str
) -> None:
    write_verdict(compiled=compiled, up_to_date=up_to_date, failed=failed, warnings=warnings, seconds=1.234)
    assert streams() == (words, "")


@pytest.mark.parametrize(("seconds", "words"), [(0, "0.00 s"), (0.016, "0.02 s"), (12.3, "12.3 s"), (90, "1 min 30 s")])
def test_short_times_are_precise(seconds: float, words: str) -> None:
    assert precise(seconds) == words


# Text


def test_a_diagnostic_is_what_editors_read_with_the_line_and_a_caret(streams: Callable[[], tuple[str, str]]) -> None:
    TextReport("", quiet=False).show([BROKEN, DOUBTFUL])
    assert streams() == (
        "",
        "src/a.py:2:5: error: '(' was never closed\n"
        "    y = (\n"
        "        ^\n"
        'src/b.py:3:4: warning: "is" with a literal\n'
        "    if x is 1:\n"
        "       ^^^^^^\n",
    )


def test_quietly_only_errors_are_shown(streams: Callable[[], tuple[str, str]]) -> None:
    report = TextReport("", quiet=True)
    report.show([DOUBTFUL, file_error("c.py", "cannot be read: is no regular file")])
    report.close(outcome(TreeResult(1, 2, 1, ())), SECONDS)
    assert streams() == ("", "c.py:1:1: error: cannot be read: is no regular file\n")


@pytest.mark.parametrize(
    ("folder", "path", "shown"),
    [
        ("", "src/a.py", "src/a.py"),
        ("..", "src/a.py", os.path.join("..", "src/a.py")),
        ("..", os.path.abspath("a.py"), os.path.abspath("a.py")),
    ],
)
@pytest.mark.parametrize("name", ["text", "json"])
def test_paths_lead_there_from_here(
    streams: Callable[[], tuple[str, str]], name: str, folder: str, path: str, shown: str
) -> None:
    report_for(name, quiet=False, folder=folder).show([BROKEN._replace(path=path)])
    out, err = streams()
    assert (json.loads(out)["path"] if name == "json" else err.partition(":2:5: ")[0]) == shown


def test_the_end_is_the_verdict(streams: Callable[[], tuple[str, str]]) -> None:
    TextReport("", quiet=False).close(outcome(TreeResult(1, 2, 1, (BROKEN, DOUBTFUL))), SECONDS)
    assert streams() == ("1 compiled, 2 up to date, 1 failed, 1 warning (1.23 s)\nCompilation failed.\n", "")


def test_after_an_abort_there_is_no_verdict(streams: Callable[[], tuple[str, str]]) -> None:
    TextReport("", quiet=False).close(outcome(TreeResult(1, 2, 0, (), "key"), aborted_by=KeyPressed("x")), SECONDS)
    assert streams() == ("", "")


def test_what_others_wrote_cannot_paint_the_screen(streams: Callable[[], tuple[str, str]]) -> None:
    evil = Diagnostic("a\x1b[2J.py", 1, 7, ERROR, "bad\nidea \x1b]0;", "\tx = '\x1b[2J\u202e'", 8)
    TextReport("", quiet=False).show([evil])
    assert streams()[1] == (
        "a\\x1b[2J.py:1:7: error: bad\\nidea \\x1b]0;\n"  # on one line
        "     x = ' [2J '\n"
        "          ^\n"
    )


def test_colour_is_for_who_wants_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("parl.cli.color._wanted", True)
    TextReport("", quiet=False).show([BROKEN])
    coloured = capsys.readouterr().err
    assert coloured.startswith("\x1b[31msrc/a.py")
    assert click.unstyle(coloured).splitlines()[1:] == ["    y = (", "        ^"]


# The line and the caret


@pytest.mark.parametrize(
    ("text", "column", "end", "lines"),
    [
        ("y = (", 5, 6, ["    y = (", "        ^"]),
        ("y = (", 5, 0, ["    y = (", "        ^"]),
        ("y = (", 6, 0, ["    y = (", "         ^"]),
        ("y = (  ", 1, 99, ["    y = (", "    ^^^^^"]),
        ("\ty = (", 6, 0, ["     y = (", "         ^"]),
        ("全 = (", 5, 0, ["    全 = (", "         ^"]),
        ("x = '全全'", 5, 9, ["    x = '全全'", "        ^^^^^^"]),
        ("e\u0301 = (", 6, 0, ["    e\u0301 = (", "        ^"]),
        ("", 1, 0, []),
        ("   ", 1, 0, []),
        ("x", 9, 0, []),
    ],
)
def test_the_caret_is_under_what_is_meant(text: str, column: int, end: int, lines: list[str]) -> None:
    assert shown(Diagnostic("a.py", 1, column, ERROR, "wrong", text, end)) == lines


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    line, caret = shown(Diagnostic("a.py", 1, 100_001, ERROR, "wrong", "+" * 100_000 + "(" + "-" * 100_000))
    assert len(line) == 104
    assert line[caret.index("^")] == "("


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300), st.integers(1, 400), st.integers(0, 400))
@example("\U00018d09\U00018d09", 1, 3)  # wide, but no character yet
def test_whatever_the_line_holds_the_caret_is_below_it(text: str, column: int, end: int) -> None:
    quotation = shown(Diagnostic("a.py", 1, column, ERROR, "wrong", text, end))
    assert len(quotation) in (0, 2)
    for line in quotation:
        assert is_harmless(line)
    if quotation:
        assert quotation[1].strip(" ").strip("^") == ""
        assert reports._width(quotation[1]) <= reports._width(quotation[0]) + 1


# JSON


def test_json_is_an_object_a_line_and_a_summary_last(streams: Callable[[], tuple[str, str]]) -> None:
    report = JsonReport("")
    odd = file_error("\udcff.py", "cannot be read: \x1b\n")
    report.show([BROKEN, DOUBTFUL, odd])
    report.close(outcome(TreeResult(1, 2, 2, (BROKEN, DOUBTFUL, odd))), SECONDS)
    out, err = streams()
    assert err == ""
    assert out.isascii()
    first, second, third, last = map(json.loads, out.splitlines())
    assert first == {
        "type": "diagnostic",
        "path": "src/a.py",
        "line": 2,
        "column": 5,
        "severity": "error",
        "message": "'(' was never closed",
        "source_line": "y = (",
        "end_column": 6,
    }
    assert (second["severity"], third["path"]) == ("warning", "\udcff.py")
    assert last == {
        "type": "summary",
        "success": False,
        "aborted_by": None,
        "compiled": 1,
        "up_to_date": 2,
        "failed": 2,
        "warnings": 1,
        "seconds": 1.234,
    }


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (KeyPressed("x"), "key"),
        (TimedOut(5), "timeout"),
        (SignalReceived(signal.SIGTERM), "SIGTERM"),
        (SignalReceived(signal.SIGINT, by_terminal=True), "SIGINT"),
        ("enough", "enough"),
    ],
    ids=str,
)
def test_json_tells_what_ended_it(streams: Callable[[], tuple[str, str]], reason: object, name: str) -> None:
    JsonReport("").close(outcome(TreeResult(1, 2, 0, (), reason), aborted_by=reason), SECONDS)
    summary = json.loads(streams()[0])
    assert (summary["success"], summary["aborted_by"]) == (False, name)


def test_quiet_does_not_take_from_json(streams: Callable[[], tuple[str, str]]) -> None:
    report = report_for("json", quiet=True)
    report.show([DOUBTFUL])
    report.close(outcome(TreeResult(1, 0, 0, (DOUBTFUL,))), SECONDS)
    assert [json.loads(line)["type"] for line in streams()[0].splitlines()] == ["diagnostic", "summary"]
    assert type(report_for("text", quiet=False)) is TextReport
