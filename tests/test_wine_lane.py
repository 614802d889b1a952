"""The Windows lane itself: a set-up that cannot be had, and what is said at the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a machine to run Wine on", allow_module_level=True)

from tools.wine_lane import __main__ as lane
from tools.wine_lane import place, set_up
from tools.wine_lane.set_up import SetUpError

_PIPES = b"""\
SKIPPED [2] tests\\test_a.py:7: a POSIX shell\r
SKIPPED [3] tests\\test_b.py:7: a POSIX shell\r
SKIPPED [1] tests\\test_c.py: pidfds\r
XFAIL tests/test_tree.py::test_break - Wine: sends nothing\r
== 1 failed, 4000 passed, 6 skipped, 1 xfailed, 2 errors in 299.08s (0:04:59) ==\r
"""
_CONSOLE = b"""\
SKIPPED [1] tests\\test_c.py: pidfds\r
XFAIL tests/test_console.py::test_sequences - Wine: prints them\r
== 130 passed, 1 skipped, 4637 deselected, 1 xfailed in 31.09s ==\r
"""


class Wine:
    """Stands in for Wine: runs that say something and end with a code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.codes = {"pipes": 0, "console": 0}
        monkeypatch.setattr(lane, "run_between_pipes", lambda words, tell: self._run("pipes", words, tell, _PIPES))
        monkeypatch.setattr(lane, "run_on_terminal", lambda words, tell: self._run("console", words, tell, _CONSOLE))
        self.words: dict[str, Sequence[str]] = {}

    def _run(self, name: str, words: Sequence[str], tell: lane.Tell, said: bytes) -> int:
        self.words[name] = words
        half = len(said) // 2  # a pipe gives what it has
        tell(said[:half])
        tell(said[half:])
        return self.codes[name]


@pytest.fixture
def wine(monkeypatch: pytest.MonkeyPatch) -> Wine:
    return Wine(monkeypatch)


def refuse() -> None:
    raise SetUpError("no wine here")


@pytest.mark.parametrize(("words", "code"), [((), 69), (("--if-possible",), 0)])
def test_a_set_up_that_cannot_be_had_is_tried_twice_and_said(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
) -> None:
    tries: list[None] = []
    monkeypatch.setattr(set_up, "_set_up", lambda: (tries.append(None), refuse()))
    monkeypatch.setattr(lane, "LANE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["wine_lane", *words])
    assert lane.main() == code
    assert len(tries) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "windows lane not run: no wine here"


def test_a_second_try_may_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[None] = []

    def fail_once() -> None:
        tries.append(None)
        if len(tries) == 1:
            raise subprocess.TimeoutExpired("apt-get", 600)

    monkeypatch.setattr(set_up, "_set_up", fail_once)
    monkeypatch.setattr(set_up, "start_server", lambda: None)
    set_up.set_up()
    assert len(tries) == 2


def test_without_wine_and_root_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up.shutil, "which", lambda _: None)
    monkeypatch.setattr(set_up.os, "geteuid", lambda: 1000)
    with pytest.raises(SetUpError, match="root"):
        set_up._install_wine()


def test_a_step_that_fails_is_named_with_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(set_up, "LANE", tmp_path)
    with pytest.raises(SetUpError, match=r"^sh -c echo one; echo gone >&2; exit 100 failed with 100: gone$"):
        set_up.call(["sh", "-c", "echo one; echo gone >&2; exit 100"])


def test_a_server_that_does_not_start_is_a_set_up_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[None] = []
    monkeypatch.setattr(set_up, "_set_up", lambda: None)
    monkeypatch.setattr(set_up, "start_server", lambda: (starts.append(None), refuse()))
    with pytest.raises(SetUpError, match="no wine here"):
        set_up.set_up()
    assert len(starts) == 2


def test_a_run_that_breaks_off_is_told(wine: Wine, capsys: pytest.CaptureFixture[str]) -> None:
    wine.codes["console"] = 3
    assert lane._run_tests([]) == 3
    assert "windows lane: the tests that press keys on the console ended with 3\n" in capsys.readouterr().out


def test_what_was_run_is_summed_up(wine: Wine, capsys: pytest.CaptureFixture[str]) -> None:
    wine.codes["pipes"] = 1
    assert lane._run_tests([]) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("windows lane: ")]
    assert told[2:] == [
        "windows lane: expected failure: tests/test_tree.py::test_break - Wine: sends nothing",
        "windows lane: expected failure: tests/test_console.py::test_sequences - Wine: prints them",
        "windows lane: left out: 5 for a POSIX shell",
        "windows lane: left out: 1 for pidfds",
        "windows lane: 4130 passed, 3 failed, 2 that Wine cannot show, 6 left out; named above",
    ]


@pytest.mark.parametrize(
    ("pipes", "console", "words", "code"),
    [
        (0, 0, [], 0),
        (1, 0, [], 1),
        (0, 1, [], 1),
        (0, 5, [], 5),  # all of them, and none was found
        (0, 5, ["-k", "x"], 0),
        (5, 0, ["-k", "x"], 0),
        (5, 1, ["-k", "x"], 1),
        (5, 5, ["-k", "nothing"], 5),
        (-9, 0, [], -9),
    ],
)
def test_a_failure_of_either_run_is_the_lanes(
    wine: Wine, pipes: int, console: int, words: list[str], code: int
) -> None:
    wine.codes = {"pipes": pipes, "console": console}
    assert lane._run_tests(words) == code
    assert all(words == list(given)[5 : 5 + len(words)] for given in wine.words.values())
    assert "console" in wine.words["console"]


def test_what_windows_python_is_to_measure_is_said_in_its_own_paths(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in place.measured_into(tmp_path / "measured").items():
        monkeypatch.setenv(name, value)
    told = place.environment()
    assert told["COVERAGE_FILE"] == f"Z:{tmp_path / 'measured'}"
    assert told["COVERAGE_PROCESS_START"] == f"Z:{place.ROOT / 'pyproject.toml'}"
