"""How the process ends: by an exit code, or by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import PATIENCE_SECONDS, ROOT, run_python, run_python_with

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no death by signal")


@pytest.mark.parametrize(
    ("end", "code"), [("leave(0)", 0), ("leave(42)", 42), ("leave(ExitCode.TIMEOUT)", 124), ("None", 0)]
)
def test_the_process_ends_with_the_code_and_all_is_written(end: str, code: int) -> None:
    ended = run_python(
        "from parl.cli.ending import *\n"
        "from parl.cli.exit_codes import ExitCode\n"
        f"run_to_exit(lambda: (print('said'), {end}))"
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "said\n", "")


def test_a_bug_ends_it_as_an_internal_failure_with_the_traceback() -> None:
    ended = run_python("from parl.cli.ending import *\nrun_to_exit(lambda: 1 / 0)")
    assert ended.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert ended.returncode == 125


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_it_dies_of_the_signal_and_all_is_written(name: str) -> None:
    ended = run_python(
        "import resource, signal\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "from parl.cli.ending import *\n"
        f"signal.signal(signal.{name}, lambda *_: None)\n"
        "print('said', end='')\n"
        f"die_of(signal.{name})"
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-getattr(signal, name), "said", "")


@posix
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 1), (["--version"], 1), (["compile", "--help"], 1), (["compile"], -getattr(signal, "SIGPIPE", 0))],
    ids=str,
)
def test_without_a_reader_it_ends_quietly_as_any_program_in_a_pipe(arguments: list[str], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "parl", *arguments],
            stdout=writer,
            stderr=subprocess.PIPE,
            start_new_session=True,  # away from any terminal
            timeout=PATIENCE_SECONDS,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (code, b"")


@posix
@pytest.mark.parametrize("closed", [">&-", "<&-", "<&- >&-"])
def test_closed_streams_are_no_reason_for_a_traceback(closed: str) -> None:
    command = f'"$0" -m parl compile --no-key --timeout 0.05 {closed}'
    ended = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=ROOT
    )
    assert (ended.returncode, ended.stderr) == (124, "parl: timed out after 0.05 s\n")


@posix
def test_a_closed_stderr_is_no_reason_to_fail() -> None:
    command = '"$0" -m parl compile --no-key --timeout 0.05 2>&-'
    ended = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=ROOT
    )
    assert (ended.returncode, ended.stdout) == (124, "Dummy Compiler v1.0\nbuilding memory database\n")


def test_a_word_to_the_shell_by_python_is_none() -> None:
    """sys.exit("text") is a way to fail, not a code."""
    ended = run_python("import sys\nfrom parl.cli.ending import *\nrun_to_exit(lambda: sys.exit('text'))")
    assert ended.returncode == 125


def test_the_installed_module_ends_with_the_commands_code() -> None:
    ended = run_python_with(["-m", "parl", "compile", "--", sys.executable, "-c", "raise SystemExit(42)"])
    assert (ended.returncode, ended.stdout, ended.stderr) == (42, "", "")
