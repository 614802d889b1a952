"""A Python function that knows nothing of parl runs in a real child process, which an abort ends."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable
from contextlib import closing
from functools import partial
from threading import Thread
from time import monotonic

import pytest

from parl.core.abort import AbortFlag
from parl.core.child import ChildJob
from parl.core.errors import JobCrashedError, ParlError, UsageError
from parl.core.job import Outcome
from parl.core.side_thread import start_side_thread
from tests import child_functions
from tests.conftest import PATIENCE_SECONDS, Lifeline, begin, no_threads, outlived

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes and signals are POSIX's")


@pytest.fixture(autouse=True)
def light_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spawned child imports the main module: let it not be pytest."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


def run(job: ChildJob) -> Outcome:
    with closing(job):
        job.start()
        return job.run(AbortFlag())


def test_the_value_comes_back() -> None:
    assert run(ChildJob(child_functions.add, 1, 2, 3)) == Outcome(value=6)


def test_a_value_larger_than_any_pipe_comes_back() -> None:
    assert run(ChildJob(child_functions.make_much)) == Outcome(value=b"x" * 5_000_000)


def test_the_exception_comes_back() -> None:
    outcome = run(ChildJob(child_functions.fail))
    with pytest.raises(ValueError, match="wrong input"):
        outcome.unwrap()


def test_a_result_that_cannot_be_sent_is_an_error_that_says_so() -> None:
    outcome = run(ChildJob(child_functions.make_unpicklable))
    with pytest.raises(TypeError, match=r"the result cannot be sent to the parent: .*lambda"):
        outcome.unwrap()


def test_an_exception_that_cannot_be_rebuilt_is_told_all_the_same() -> None:
    outcome = run(ChildJob(child_functions.fail_torn))
    with pytest.raises(TypeError, match=r"^TornError: 1 and 2 cannot be sent to the parent: "):
        outcome.unwrap()


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize("leave", [child_functions.leave, child_functions.leave_politely])
def test_a_child_that_ends_without_an_answer_has_crashed(leave: Callable[[int], None], code: int) -> None:
    outcome = run(ChildJob(leave, code))
    assert isinstance(outcome.error, JobCrashedError)
    assert str(outcome.error) == f"{leave.__name__}: its process exited with {code}"


def test_what_can_be_called_and_has_no_name_is_called_and_shown_as_it_is() -> None:
    function = partial(child_functions.leave, 3)
    assert str(run(ChildJob(function)).error) == f"{function!r}: its process exited with 3"


def test_what_was_sent_before_anybody_listened_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def start_and_await_its_end(target: Callable[[], None], *, name: str, purpose: str) -> Thread:
        thread = start_side_thread(target, name=name, purpose=purpose)
        thread.join(PATIENCE_SECONDS)
        return thread

    monkeypatch.setattr("parl.core.child.start_side_thread", start_and_await_its_end)
    assert run(ChildJob(child_functions.add, 1, 2, 3)) == Outcome(value=6)


def test_a_child_that_dies_of_a_signal_has_crashed() -> None:
    outcome = run(ChildJob(child_functions.die, signal.SIGKILL))
    assert isinstance(outcome.error, JobCrashedError)
    assert str(outcome.error) == "die: its process died of SIGKILL"


@pytest.mark.timeout(15)
def test_a_crash_is_noticed_even_while_a_grandchild_lives_on(lifeline: Lifeline) -> None:
    job = ChildJob(child_functions.leave_a_grandchild_behind, lifeline.path)
    flag = AbortFlag()
    running = begin(job, flag)
    grandchild = int(lifeline.read_line())
    try:
        outcome = running.result(5)
    finally:
        os.kill(grandchild, signal.SIGKILL)
    assert isinstance(outcome.error, JobCrashedError)


def test_an_abort_ends_the_child_and_all_that_it_started(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    running = begin(ChildJob(child_functions.work_with_children, lifeline.path), flag)
    assert lifeline.read_line() == "ready"
    began = monotonic()
    flag.set("key")
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert lifeline.read_to_the_end() == ""
    assert monotonic() - began < 1.9, "no grace was needed"


def test_an_abort_before_the_run_ends_the_child(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    job = ChildJob(child_functions.work_with_children, lifeline.path)
    job.start()
    flag.set("early")
    with closing(job):
        assert job.run(flag) == Outcome(aborted_by="early")


def test_what_outlived_an_abort_is_named(lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ChildJob(child_functions.work_with_children, lifeline.path)
    assert outlived(7, job, monkeypatch) == Outcome(aborted_by="key", survivors=(7,))


def test_a_child_that_ignores_the_request_is_killed_after_the_grace(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    running = begin(ChildJob(child_functions.ignore_requests, lifeline.path, grace_seconds=0.5), flag)
    assert lifeline.read_line() == "ready"
    began = monotonic()
    flag.set("key")
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert monotonic() - began >= 0.5
    assert lifeline.read_to_the_end() == "no\n", "it was asked once, then killed"


def test_being_hurried_it_kills_at_once(lifeline: Lifeline) -> None:
    flag = AbortFlag()
    job = ChildJob(child_functions.ignore_requests, lifeline.path, grace_seconds=50)
    running = begin(job, flag)
    assert lifeline.read_line() == "ready"
    flag.set("key")
    assert lifeline.read_line() == "no"
    began = monotonic()
    job.hurry()
    assert running.result(PATIENCE_SECONDS) == Outcome(aborted_by="key")
    assert lifeline.read_to_the_end() == ""
    assert monotonic() - began < 5


def test_a_function_that_cannot_be_sent_is_refused_at_the_start() -> None:
    with closing(ChildJob(lambda: None)) as job, pytest.raises(UsageError, match="cannot be sent to a child process"):
        job.start()


def open_descriptors() -> list[str]:
    gc.collect()
    return sorted(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_run_leaves_no_descriptor_open() -> None:
    run(ChildJob(child_functions.add))  # multiprocessing keeps some of its own from the first time
    before = open_descriptors()
    job = ChildJob(child_functions.add)
    run(job)
    assert open_descriptors() == before
    del job


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_job_that_was_never_started_or_refused_to_leaves_no_descriptor_open() -> None:
    run(ChildJob(child_functions.add))
    before = open_descriptors()
    ChildJob(child_functions.add).close()
    with closing(ChildJob(lambda: None)) as job, pytest.raises(UsageError, match="cannot be sent to a child process"):
        job.start()
    assert open_descriptors() == before


def refuse(*_: object) -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.mark.skipif(sys.platform != "linux", reason="pidfds")
@pytest.mark.parametrize("what", ["multiprocessing.process.BaseProcess.start", "os.pidfd_open"])
def test_where_the_system_has_no_more_it_says_so_and_leaves_nothing(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that nobody could watch over is killed."""
    job = ChildJob(child_functions.add)
    with monkeypatch.context() as full, closing(job):
        full.setattr(what, refuse)
        # The kernel's own check of pidfds comes first.
        full.setattr("parl.platform.linux_process.has_pidfd", lambda: True)
        with pytest.raises(ParlError, match="add: cannot be started: too many open files"):
            job.start()
    assert multiprocessing.active_children() == []


def test_without_a_thread_to_watch_it_the_child_is_killed_with_all_that_it_started(lifeline: Lifeline) -> None:
    job = ChildJob(child_functions.work_with_children, lifeline.path)
    with closing(job):
        job.start()
        assert lifeline.read_line() == "ready"
        with no_threads(), pytest.raises(ParlError, match="no thread for the job"):
            job.run(AbortFlag())
    assert multiprocessing.active_children() == []
    assert lifeline.read_to_the_end() == ""
