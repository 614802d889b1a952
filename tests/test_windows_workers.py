"""Spawned workers on a real Windows: what the contract's tests, which need forks and signals, cannot show there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

if sys.platform != "win32":
    pytest.skip("processes of Windows", allow_module_level=True)

from parl.platform import open_workers, spawned_workers
from parl.platform.base import Answered, Ended, Workers
from tests import worker_functions
from tests.conftest import PATIENCE_SECONDS, wait_until


@pytest.fixture
def workers() -> Iterator[Workers[int]]:
    with closing(open_workers(worker_functions.double, range(20))) as workers:
        workers.offer(range(20))
        yield workers


def wait_for_ends(workers: Workers[int], count: int) -> list[Answered | Ended]:
    """Return all that comes until *count* workers have ended."""
    found: list[Answered | Ended] = []

    def all_ended() -> bool:
        found.extend(workers.wait())
        return sum(isinstance(event, Ended) for event in found) == count

    wait_until(all_ended, f"{count} ends")
    return found


def test_windows_spawns(workers: Workers[int]) -> None:
    assert isinstance(workers, spawned_workers.SpawnedWorkers)


def test_every_task_is_answered(workers: Workers[int]) -> None:
    for _ in range(2):
        workers.start()
    found = wait_for_ends(workers, 2)
    answers = {event.number: event.answer for event in found if isinstance(event, Answered)}
    assert answers == {number: b"%d" % (2 * number) for number in range(20)}
    assert [event.exit_code for event in found if isinstance(event, Ended)] == [0, 0]


@pytest.mark.parametrize("attempt", range(8))
def test_who_is_killed_on_its_way_up_has_ended(workers: Workers[int], attempt: int) -> None:
    pids = [workers.start() for _ in range(2)]
    for _ in range(attempt):
        workers.wait()
    workers.kill()
    ended = [event.pid for event in wait_for_ends(workers, 2) if isinstance(event, Ended)]
    assert sorted(ended) == sorted(pids)
    assert not any(map(psutil.pid_exists, pids))


def test_close_waits_for_nobody(workers: Workers[int]) -> None:
    pids = [workers.start() for _ in range(2)]
    assert len(workers.close()) == 2
    _, left = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], PATIENCE_SECONDS)
    assert left == []


def test_there_are_no_more_than_windows_can_wait_for(workers: Workers[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawned_workers, "_MOST_ON_WINDOWS", 1)
    workers.start()
    with pytest.raises(OSError, match="unavailable"):
        workers.start()
