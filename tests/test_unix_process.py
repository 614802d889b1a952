"""The process tree of POSIX systems without pidfds, on any POSIX system."""

from __future__ import annotations

import sys

import pytest

if sys.platform == "win32":
    pytest.skip("processes of POSIX", allow_module_level=True)

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic

from parl.platform.base import ProcessTree
from parl.platform.unix_process import UnixProcessTree
from tests.conftest import PATIENCE_SECONDS, Lifeline, no_threads
from tests.test_command import UNHURRIED, UNWILLING, WILLING, is_alive


def wait_for(*argv: str, **options: object) -> int | None:
    with closing(UnixProcessTree()) as tree:
        tree.start(argv, **options)  # type: ignore[arg-type]
        return tree.wait()


def start(lifeline: Lifeline, script: str) -> ProcessTree:
    tree = UnixProcessTree()
    tree.start(["sh", "-c", f"exec 9>{lifeline.path}; {script}"])
    return tree


@pytest.mark.parametrize("code", [0, 1, 2, 127, 128, 255])
def test_the_exit_code_comes_out_as_it_went_in(code: int) -> None:
    assert wait_for("sh", "-c", f"exit {code}") == code


def test_a_death_by_signal_is_minus_its_number() -> None:
    assert wait_for("sh", "-c", "kill -TERM $$") == -signal.SIGTERM


def test_what_cannot_be_run_raises() -> None:
    with pytest.raises(FileNotFoundError):
        wait_for("no-such-program-here")


def test_without_a_thread_to_watch_it_the_command_is_ended(lifeline: Lifeline) -> None:
    with closing(start(lifeline, "sleep 60 & echo ready >&9; sleep 60")) as tree:
        assert lifeline.read_line() == "ready"
        with no_threads(), pytest.raises(OSError, match="can't start new thread"):
            tree.wait()
        assert lifeline.read_to_the_end() == ""
        with pytest.raises(ChildProcessError):
            os.waitpid(tree._root, os.WNOHANG)


def test_an_interrupt_ends_the_wait_and_not_the_command(lifeline: Lifeline) -> None:
    tree = start(lifeline, "echo $$ >&9; sleep 60")
    pid = int(lifeline.read_line())
    with ThreadPoolExecutor(1) as side:
        waiting = side.submit(tree.wait)
        tree.interrupt()
        assert waiting.result(PATIENCE_SECONDS) is None
    assert is_alive(pid)
    assert tree.end(20) == ()
    assert lifeline.read_to_the_end() == ""


@WILLING
def test_a_willing_tree_ends_without_using_the_grace(lifeline: Lifeline, tree: str) -> None:
    processes = start(lifeline, f"echo ready >&9; {tree}")
    assert lifeline.read_line() == "ready"
    processes.interrupt()
    assert processes.wait() is None
    began = monotonic()
    assert processes.end(30) == ()
    assert lifeline.read_to_the_end() == ""
    assert monotonic() - began < 10


@UNWILLING
def test_a_tree_that_ignores_requests_is_killed_after_the_grace(lifeline: Lifeline, tree: str) -> None:
    processes = start(lifeline, tree)
    assert lifeline.read_line() == "ready"
    processes.interrupt()
    assert processes.wait() is None
    began = monotonic()
    assert processes.end(0.2) == ()
    assert 0.2 <= monotonic() - began < 10
    assert lifeline.read_to_the_end() == ""


def test_haste_cuts_the_grace(lifeline: Lifeline) -> None:
    tree = UnixProcessTree()
    tree.start([sys.executable, "-c", UNHURRIED, lifeline.path])
    assert lifeline.read_line() == "ready"
    tree.interrupt()
    assert tree.wait() is None
    with ThreadPoolExecutor(1) as side:
        ending = side.submit(tree.end, 50)
        assert lifeline.read_line() == "no"
        tree.hurry()
        assert ending.result(PATIENCE_SECONDS) == ()
    assert lifeline.read_to_the_end() == ""


def test_a_neighbour_in_our_group_is_no_member() -> None:
    with subprocess.Popen(["sleep", "60"]) as neighbour:
        tree = UnixProcessTree()
        tree.start(["sleep", "60"])
        tree.interrupt()
        assert tree.wait() is None
        assert tree.end(20) == ()
        assert neighbour.poll() is None
        neighbour.kill()


def test_a_child_that_somebody_else_reaps_is_ended(lifeline: Lifeline) -> None:
    script = f"exec 9>{lifeline.path}; sleep 60 & echo ready >&9; wait"
    with subprocess.Popen(["sh", "-c", script]) as child:
        assert lifeline.read_line() == "ready"
        tree = UnixProcessTree()
        tree.attach(child.pid)
        assert tree.end(20) == ()
        assert lifeline.read_to_the_end() == ""
        assert child.wait(PATIENCE_SECONDS) == -signal.SIGTERM


def test_it_stops_and_goes_on(lifeline: Lifeline) -> None:
    # It tells of the signals itself: in an orphaned process group (CI) a SIGTSTP stops nobody.
    traps = "trap 'echo stop >&9' TSTP; trap 'echo go on >&9' CONT"
    tree = start(lifeline, f"{traps}; echo ready >&9; while :; do sleep 0.01; done")
    assert lifeline.read_line() == "ready"
    tree.suspend()
    assert lifeline.read_line() == "stop"
    tree.resume()
    assert lifeline.read_line() == "go on"
    tree.interrupt()
    assert tree.wait() is None
    assert tree.end(20) == ()
