"""Tasks done by worker processes, each of which may die: with workers that are none."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.abort import AbortFlag
from parl.core.errors import ParlError
from parl.core.worker_pool import WorkerPool
from parl.platform.base import Answered, Ended, Workers

KILLED = -9


class FakeWorkers(Workers[int]):
    """Workers of which each takes one step a wait: takes the next task, or does it, or ends."""

    def __init__(
        self,
        *,
        deadly: Sequence[int] = (),
        stillborn: int = 0,
        most: int = 1000,
        room: int = 1000,
        before_wait: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(lambda number: b"%d" % number, range(1000))
        self._deadly = deadly
        self._stillborn = stillborn
        self._most = most
        self._room = room
        self._before_wait = before_wait
        self._queue: deque[int] = deque()
        self.living: dict[int, int | None] = {}
        self.started = self.waits = self.wakes = self.most_living = 0
        self.offers: list[list[int]] = []
        self.killed = False

    def offer(self, numbers: Sequence[int]) -> int:
        assert not self.living, "only while no worker runs"
        self.offers.append(list(numbers))
        self._queue = deque(numbers[: self._room])
        return len(self._queue)

    def start(self) -> int:
        if len(self.living) >= self._most:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        self.started += 1
        self.living[self.started] = None
        self.most_living = max(self.most_living, len(self.living))
        return self.started

    def wait(self) -> list[Answered | Ended]:
        self._before_wait()
        self.waits += 1
        assert self.waits < 1000, "would wait for ever"
        return [event for pid in list(self.living) for event in self._step(pid)]

    def wake(self) -> None:
        self.wakes += 1

    def kill(self) -> None:
        self.killed = True

    def _pids(self) -> list[int]:
        return []  # nothing runs between two waits that could be held

    def close(self) -> list[Ended]:
        return []  # nothing is lent

    def _step(self, pid: int) -> list[Answered | Ended]:
        task = self.living[pid]
        if self.killed:
            return self._end(pid, KILLED)
        if pid <= self._stillborn:
            return self._end(pid, 1)
        if task is None and not self._queue:
            return self._end(pid, 0)
        if task is None:
            self.living[pid] = self._queue.popleft()
            return []
        if task in self._deadly:
            return self._end(pid, KILLED)
        self.living[pid] = None
        return [Answered(pid, task, self._serve(self._tasks[task]))]

    def _end(self, pid: int, code: int) -> list[Answered | Ended]:
        return [Ended(pid, self.living.pop(pid), code)]


def run(
    workers: FakeWorkers, order: Sequence[int], count: int = 2, abort: AbortFlag | None = None
) -> list[Answered | Ended]:
    events = [event for event in WorkerPool(workers, order, count).run(abort or AbortFlag()) if event is not None]
    assert workers.living == {}, "no worker is left"
    return events


def numbers(events: Sequence[Answered | Ended]) -> list[int | None]:
    return [event.number for event in events]


def test_every_task_is_answered() -> None:
    events = run(FakeWorkers(), range(5))
    assert sorted((event.number, event.answer) for event in events if isinstance(event, Answered)) == [
        (number, b"%d" % number) for number in range(5)
    ]
    assert len(events) == 5, "a worker that ends because all is done is nobody's business"


def test_after_each_look_there_is_a_word_also_if_nothing_has_come() -> None:
    """So who listens can do something else now and then."""
    workers = FakeWorkers()
    events = list(WorkerPool(workers, range(3), 2).run(AbortFlag()))
    assert events.count(None) == workers.waits
    assert events[0] is None, "a worker's first step is to take a task"


def test_tasks_are_taken_in_the_order_given() -> None:
    assert numbers(run(FakeWorkers(), [3, 0, 2, 1], count=1)) == [3, 0, 2, 1]


@pytest.mark.parametrize(("tasks", "count", "started"), [(5, 2, 2), (2, 8, 2), (1, 8, 1), (0, 8, 0)])
def test_there_are_no_more_workers_than_asked_for_and_than_tasks(tasks: int, count: int, started: int) -> None:
    workers = FakeWorkers()
    run(workers, range(tasks), count)
    assert workers.started == workers.most_living == started


def test_without_tasks_nothing_is_offered() -> None:
    workers = FakeWorkers()
    assert run(workers, []) == []
    assert workers.offers == []


def test_a_worker_that_dies_costs_its_task_and_is_replaced() -> None:
    workers = FakeWorkers(deadly=[1])
    events = run(workers, range(6))
    assert [event for event in events if isinstance(event, Ended)] == [Ended(2, 1, KILLED)]
    assert sorted(numbers(events), key=str) == [0, 1, 2, 3, 4, 5]
    assert (workers.started, workers.most_living) == (3, 2)


def test_where_every_task_is_deadly_every_task_is_told_of() -> None:
    events = run(FakeWorkers(deadly=range(20)), range(20))
    assert all(isinstance(event, Ended) for event in events)
    assert sorted(numbers(events), key=str) == sorted(range(20), key=str)


def test_what_does_not_fit_into_the_queue_is_offered_after() -> None:
    workers = FakeWorkers(room=2)
    assert numbers(run(workers, range(5), count=1)) == [0, 1, 2, 3, 4]
    assert workers.offers == [[0, 1, 2, 3, 4], [2, 3, 4], [4]]


def test_there_are_no_more_workers_than_the_queue_has_room_for() -> None:
    workers = FakeWorkers(room=2, deadly=[0])
    assert len(run(workers, range(6), count=4)) == 6
    assert workers.most_living == 2


def test_a_task_that_was_taken_by_nobody_is_offered_again() -> None:
    class Forgetful(FakeWorkers):
        """Its first worker is killed before it can tell what it has taken."""

        def _step(self, pid: int) -> list[Answered | Ended]:
            if pid == 1:
                self._queue.popleft()
                return self._end(pid, KILLED)
            return super()._step(pid)

    workers = Forgetful()
    assert numbers(run(workers, range(3), count=1)) == [1, 2, 0]
    assert workers.offers == [[0, 1, 2], [0]]


@given(
    deadly=st.sets(st.integers(0, 29)),
    count=st.integers(1, 8),
    room=st.integers(1, 30),
    most=st.integers(1, 8),
    stillborn=st.integers(0, 3),
)
def test_whatever_happens_each_task_has_one_end(
    deadly: set[int], count: int, room: int, most: int, stillborn: int
) -> None:
    workers = FakeWorkers(deadly=sorted(deadly), room=room, most=most, stillborn=stillborn)
    events = run(workers, range(30), count)
    assert sorted(event.number for event in events if isinstance(event, Ended)) == sorted(deadly)  # type: ignore[type-var]
    assert len(events) == 30
    assert workers.most_living <= min(count, most)


# Where the system refuses


def test_fewer_workers_do_it_too() -> None:
    workers = FakeWorkers(most=1)
    assert len(run(workers, range(5), count=4)) == 5
    assert workers.most_living == 1


def test_without_a_single_worker_it_is_an_error() -> None:
    with pytest.raises(ParlError, match="no worker can be started: resource temporarily unavailable"):
        run(FakeWorkers(most=0), range(5))


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), OSError("Too many open files")])
def test_without_a_queue_it_is_an_error(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr(FakeWorkers, "offer", refuse)
    with pytest.raises(ParlError, match="no worker can be started: too many open files"):
        run(FakeWorkers(), range(5))


def test_a_few_that_end_at_once_are_replaced() -> None:
    workers = FakeWorkers(stillborn=3)
    assert len(run(workers, range(5), count=1)) == 5
    assert workers.started == 4


def test_an_answer_shows_that_workers_can_live() -> None:
    class ShortLived(FakeWorkers):
        """Every third does one task; the others end at once, as it does then."""

        def _step(self, pid: int) -> list[Answered | Ended]:
            if pid % 3 or pid in experienced:
                return self._end(pid, 1)
            events = super()._step(pid)
            experienced.update(event.pid for event in events if isinstance(event, Answered))
            return events

    experienced: set[int] = set()
    assert numbers(run(ShortLived(), range(5), count=1)) == [0, 1, 2, 3, 4]


def test_where_all_end_at_once_it_is_an_error() -> None:
    workers = FakeWorkers(stillborn=1000)
    with pytest.raises(ParlError, match=r"end as soon as they are started, with exit code 1$"):
        run(workers, range(5), count=1)
    assert workers.started == 4


def test_the_error_tells_what_may_be_wrong() -> None:
    workers = FakeWorkers(stillborn=1000)
    workers.advice = "look at the main module"
    with pytest.raises(ParlError, match="with exit code 1; look at the main module"):
        run(workers, range(5), count=1)


# Stopped


def test_an_abort_before_the_start_starts_nothing() -> None:
    workers, abort = FakeWorkers(), AbortFlag()
    abort.set()
    assert run(workers, range(5), abort=abort) == []
    assert workers.started == 0


def test_an_abort_kills_the_workers_and_tells_what_they_were_at() -> None:
    abort = AbortFlag()
    waits = iter([lambda: None, abort.set])
    workers = FakeWorkers(before_wait=lambda: next(waits, lambda: None)())
    events = run(workers, range(10), abort=abort)
    assert workers.killed
    assert [event for event in events if isinstance(event, Ended)] == []
    assert numbers(events) == [0, 1], "what they had done counts"
    assert workers.started == 2


def test_of_a_task_that_was_being_done_the_end_is_told() -> None:
    abort = AbortFlag()
    workers = FakeWorkers(before_wait=abort.set)
    assert run(workers, range(10), abort=abort) == [Ended(1, 0, KILLED), Ended(2, 1, KILLED)]


def test_an_abort_wakes_who_waits_and_only_while_it_runs() -> None:
    abort = AbortFlag()
    workers = FakeWorkers(before_wait=abort.set)
    run(workers, range(3), abort=abort)
    assert workers.wakes == 1
    later, quiet = AbortFlag(), FakeWorkers()
    run(quiet, range(3), abort=later)
    later.set()
    assert quiet.wakes == 0


def test_who_stops_listening_is_forgotten() -> None:
    abort, workers = AbortFlag(), FakeWorkers()
    events = WorkerPool(workers, range(3), 1).run(abort)
    next(events)
    events.close()  # type: ignore[attr-defined]
    abort.set()
    assert workers.wakes == 0
