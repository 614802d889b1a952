"""The contract of Workers, for both kinds: every task is answered or told of, and nothing is left over."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

if sys.platform == "win32":
    pytest.skip("forks, and reports through a named pipe", allow_module_level=True)

from parl.platform import forked_workers, spawned_workers
from parl.platform.base import Answered, Ended, Workers
from parl.platform.forked_workers import ForkedWorkers
from parl.platform.spawned_workers import SpawnedWorkers
from tests import worker_functions
from tests.conftest import PATIENCE_SECONDS, Lifeline, wait_until

KINDS = (ForkedWorkers, SpawnedWorkers)
Open = Callable[[Callable[[Any], bytes], Sequence[Any]], Workers[Any]]
only_where_proc_tells = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are seen in /proc")


@pytest.fixture(params=KINDS, ids=["forked", "spawned"])
def kind(request: pytest.FixtureRequest) -> type[Workers[Any]]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def open_workers(kind: type[Workers[Any]]) -> Iterator[Open]:
    """Opens workers that have all their tasks in the queue; they are closed after the test."""
    opened = []

    def open_kind(serve: Callable[[Any], bytes], tasks: Sequence[Any]) -> Workers[Any]:
        workers = kind(serve, tasks)
        opened.append(workers)
        assert workers.offer(range(len(tasks))) == len(tasks)
        return workers

    yield open_kind
    for workers in opened:
        workers.close()


@pytest.fixture
def ignored_children() -> Iterator[None]:
    """A program that leaves its children to the system."""
    found = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGCHLD, found)


def _events(workers: Workers[Any], pids: set[int]) -> list[Answered | Ended]:
    """Return what happens until the workers of these *pids* have ended."""
    events: list[Answered | Ended] = []
    left = set(pids)
    while left:
        found = workers.wait()
        events += found
        left -= {event.pid for event in found if isinstance(event, Ended)}
    return events


def _answers(events: list[Answered | Ended]) -> dict[int, bytes]:
    answered = [event for event in events if isinstance(event, Answered)]
    assert Counter(event.number for event in answered).most_common(1)[0][1] == 1, "no task is done twice"
    return {event.number: event.answer for event in answered}


def _ends(events: list[Answered | Ended]) -> set[Ended]:
    return {event for event in events if isinstance(event, Ended)}


def test_all_tasks_are_answered_and_the_workers_end_by_themselves(open_workers: Open) -> None:
    workers = open_workers(worker_functions.double, range(100))
    pids = {workers.start() for _ in range(3)}
    events = _events(workers, pids)
    assert _answers(events) == {number: b"%d" % (2 * number) for number in range(100)}
    assert _ends(events) == {Ended(pid, None, 0) for pid in pids}


def test_only_the_tasks_of_the_numbers_offered_are_done(open_workers: Open) -> None:
    workers = open_workers(worker_functions.double, range(100))
    assert workers.offer([7, 3]) == 2
    events = _events(workers, {workers.start()})
    assert [event.number for event in events] == [7, 3, None], "and in their order"


def test_large_answers_arrive_whole(open_workers: Open) -> None:
    workers = open_workers(worker_functions.make_much, range(4))
    events = _events(workers, {workers.start() for _ in range(2)})
    assert _answers(events) == {number: b"%d" % number * 1_000_000 for number in range(4)}


def test_a_killed_worker_is_told_with_its_task(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["quick", "stay", "quick"])
    pid = workers.start()
    assert int(lifeline.read_line()) == pid
    os.kill(pid, signal.SIGKILL)
    events = _events(workers, {pid})
    assert _answers(events) == {0: b"quick"}
    assert _ends(events) == {Ended(pid, 1, -signal.SIGKILL)}


def test_what_a_killed_worker_had_not_begun_is_done_by_the_next(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay", "one", "two"])
    pid = workers.start()
    lifeline.read_line()
    os.kill(pid, signal.SIGKILL)
    _events(workers, {pid})
    assert _answers(_events(workers, {workers.start()})) == {1: b"one", 2: b"two"}


def test_kill_ends_all_and_keeps_what_was_answered(open_workers: Open, lifeline: Lifeline) -> None:
    tasks = ["quick", "stay", "quick", "stay"]
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), tasks)
    pids = {workers.start(), workers.start()}
    assert {int(lifeline.read_line()), int(lifeline.read_line())} == pids
    workers.kill()
    events = _events(workers, pids)
    assert _answers(events) == {0: b"quick", 2: b"quick"}
    assert {(end.number, end.exit_code) for end in _ends(events)} == {(1, -signal.SIGKILL), (3, -signal.SIGKILL)}


def test_wake_ends_a_wait(open_workers: Open, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_workers, "_LOOK_MILLISECONDS", 3_600_000)
    monkeypatch.setattr(spawned_workers, "_LOOK_SECONDS", 3600)
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay"])
    workers.start()
    lifeline.read_line()
    with ThreadPoolExecutor(1) as side:
        waiting = side.submit(workers.wait)
        workers.wake()
        assert waiting.result(PATIENCE_SECONDS) == []


def test_suspended_workers_stand_still_until_they_are_resumed(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay"] * 4)
    processes = [psutil.Process(workers.start()) for _ in range(2)]  # each may take a second task to have it at hand
    for _ in processes:
        lifeline.read_line()
    workers.suspend()
    wait_until(lambda: all(process.status() == psutil.STATUS_STOPPED for process in processes), "a stand-still")
    workers.resume()
    wait_until(lambda: all(process.status() == psutil.STATUS_SLEEPING for process in processes), "an awakening")


def test_a_suspended_worker_does_its_task_later(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.outlive_signals, lifeline.path), [signal.SIGUSR1])
    pid = workers.start()
    lifeline.read_line()
    workers.suspend()
    os.kill(pid, signal.SIGUSR1)
    assert workers.wait() == []
    workers.resume()
    assert _events(workers, {pid}) == [Answered(pid, 0, b"alive"), Ended(pid, None, 0)]


def test_suspended_workers_can_be_killed(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay"])
    pid = workers.start()
    lifeline.read_line()
    workers.suspend()
    workers.kill()
    assert _events(workers, {pid}) == [Ended(pid, 0, -signal.SIGKILL)]


def test_who_has_ended_is_neither_suspended_nor_resumed(open_workers: Open) -> None:
    workers = open_workers(worker_functions.leave, [7])
    pid = workers.start()
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, "the worker's end")
    workers.suspend()
    workers.resume()
    assert _events(workers, {pid}) == [Ended(pid, 0, 7)]


def test_close_tells_what_the_workers_were_at(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["quick", "stay"])
    pid = workers.start()
    lifeline.read_line()
    wait_until(lambda: any(isinstance(event, Answered) for event in workers.wait()), "the first answer")
    assert workers.close() == [Ended(pid, 1, -signal.SIGKILL)]
    assert workers.close() == []


def test_where_no_child_leaves_an_exit_code_the_tasks_are_told_all_the_same(
    open_workers: Open, ignored_children: None
) -> None:
    workers = open_workers(worker_functions.double, [1, 2])
    pid = workers.start()
    events = _events(workers, {pid})
    assert _answers(events) == {0: b"2", 1: b"4"}
    assert _ends(events) == {Ended(pid, None, 0)}


def test_where_no_child_leaves_an_exit_code_an_end_amid_a_task_is_a_crash(
    open_workers: Open, ignored_children: None
) -> None:
    workers = open_workers(worker_functions.leave, [7])
    pid = workers.start()
    [end] = _events(workers, {pid})
    assert isinstance(end, Ended)
    assert (end.pid, end.number) == (pid, 0)
    assert end.exit_code != 0


def test_wake_after_close_does_nothing(open_workers: Open) -> None:
    workers = open_workers(worker_functions.double, [1])
    workers.close()
    workers.wake()


def test_the_exit_code_is_told_with_the_task(open_workers: Open) -> None:
    workers = open_workers(worker_functions.leave, [7])
    pid = workers.start()
    assert _events(workers, {pid}) == [Ended(pid, 0, 7)]


def test_a_task_that_raises_ends_its_worker_and_the_traceback_is_shown(
    open_workers: Open, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)  # pytest's own has a descriptor that a worker closes
    workers = open_workers(worker_functions.fail, ["wrong"])
    pid = workers.start()
    assert _events(workers, {pid}) == [Ended(pid, 0, 1)]
    assert "ValueError: the task is wrong" in capfd.readouterr().err


def test_what_the_parent_answers_to_is_ignored_by_a_worker(open_workers: Open, lifeline: Lifeline) -> None:
    workers = open_workers(partial(worker_functions.outlive_signals, lifeline.path), [signal.SIGUSR1])
    pid = workers.start()
    lifeline.read_line()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
        os.kill(pid, number)
    assert _events(workers, {pid}) == [Answered(pid, 0, b"alive"), Ended(pid, None, 0)]


@only_where_proc_tells
def test_close_leaves_no_process_and_no_descriptor(open_workers: Open, lifeline: Lifeline) -> None:
    first = open_workers(worker_functions.double, [1])
    _events(first, {first.start()})
    first.close()  # multiprocessing keeps a process of its own from now on
    children, descriptors = psutil.Process().children(), os.listdir("/proc/self/fd")
    workers = open_workers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay"] * 6)
    for _ in range(3):
        workers.start()  # it may take a second task to have it at hand
    for _ in range(3):
        lifeline.read_line()
    workers.close()
    assert psutil.Process().children() == children
    assert os.listdir("/proc/self/fd") == descriptors


def test_the_mask_of_signals_is_left_as_found(open_workers: Open) -> None:
    found = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    workers = open_workers(worker_functions.double, [1])
    _events(workers, {workers.start()})
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == found


def test_a_spawned_worker_that_fails_before_its_first_task_has_none(capfd: pytest.CaptureFixture[str]) -> None:
    """Else each task would cost an interpreter, and be blamed for what is wrong with all of them."""
    with closing(SpawnedWorkers(worker_functions.Unloadable(), ["one", "two"])) as workers:
        workers.offer([0, 1])
        pid = workers.start()
        assert _events(workers, {pid}) == [Ended(pid, None, 1)]
    assert "not in this process" in capfd.readouterr().err


def test_forked_workers_take_more_tasks_than_fit_their_queue_bit_by_bit() -> None:
    tasks = range(100_000)
    with closing(ForkedWorkers(worker_functions.double, tasks)) as workers:
        fitting = workers.offer(tasks)
        assert 0 < fitting < len(tasks)
        assert set(_answers(_events(workers, {workers.start()}))) == set(range(fitting))
        assert workers.offer(tasks[fitting : fitting + 3]) == 3
        assert set(_answers(_events(workers, {workers.start()}))) == set(range(fitting, fitting + 3))


@only_where_proc_tells
def test_a_forked_worker_inherits_no_descriptor(tmp_path: Path) -> None:
    with (
        open(tmp_path / "inheritable", "w") as file,
        closing(ForkedWorkers(worker_functions.descriptors, [0])) as workers,
    ):
        os.set_inheritable(file.fileno(), True)
        workers.offer([0])
        for _ in range(3):  # the later ones know no pipe of the earlier
            workers.offer([0])
            [answer] = _answers(_events(workers, {workers.start()})).values()
            targets = answer.decode().splitlines()
            assert [target.partition(":")[0] for target in targets] == ["pipe", "pipe"]


def test_a_forked_worker_runs_no_handler_of_its_parent() -> None:
    found = signal.signal(signal.SIGUSR2, lambda *_: None)
    try:
        with closing(ForkedWorkers(worker_functions.disposition, [signal.SIGUSR2])) as workers:
            workers.offer([0])
            assert _answers(_events(workers, {workers.start()})) == {0: str(signal.SIG_DFL).encode()}
    finally:
        signal.signal(signal.SIGUSR2, found)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_forked_workers_end_with_a_parent_that_was_killed(lifeline: Lifeline) -> None:
    parent = os.fork()
    if parent == 0:
        try:
            workers = ForkedWorkers(partial(worker_functions.stay_if_asked, lifeline.path), ["stay"] * 2)
            workers.offer([0, 1])
            workers.start()
            workers.start()
            signal.pause()
        finally:
            os._exit(1)
    for _ in range(2):
        lifeline.read_line()
    os.kill(parent, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(parent, 0)
    assert lifeline.read_to_the_end() == ""


def test_a_collector_of_all_children_costs_the_exit_code_only() -> None:
    """A library's caller may reap every child; a worker that is done is then told all the same."""
    with closing(ForkedWorkers(worker_functions.double, [1])) as workers:
        workers.offer([0])
        pid = workers.start()
        os.waitid(os.P_PID, pid, os.WEXITED)
        events = _events(workers, {pid})
        assert _answers(events) == {0: b"2"}
        assert [end.number for end in _ends(events)] == [None]
