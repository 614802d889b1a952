"""Jobs at the ticks of a timer, one after the other, until somebody wants no more."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from parl.core.abort import AbortFlag
from parl.core.errors import Aborted, CommandNotFoundError
from parl.core.job import Job, Outcome
from parl.core.tick_work import TickWork
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS


class Work(Job):
    """Ends as it was told to, and leaves the process 8 behind; all that is asked of any is in one list."""

    def __init__(self, end: Callable[[AbortFlag], Outcome], asked: list[str]) -> None:
        self._end = end
        self._asked = asked

    def start(self) -> None:
        self._asked.append("start")

    def run(self, abort: AbortFlag) -> Outcome:
        self._asked.append("run")
        return self._end(abort)

    def end_rest(self) -> tuple[int, ...]:
        self._asked.append("end rest")
        return (8,)

    def close(self) -> None:
        self._asked.append("close")


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def flag(clock: FakeClock) -> AbortFlag:
    return AbortFlag(clock)


def work_that(end: Callable[[AbortFlag], Outcome], asked: list[str]) -> TickWork:
    return TickWork(lambda: Work(end, asked))


def test_without_anything_to_make_there_is_nothing_to_do(flag: AbortFlag) -> None:
    work = TickWork(None)
    assert work.run(flag) == Outcome()
    assert work.finish() == ()


def test_each_time_a_job_is_made_and_the_one_before_is_closed(flag: AbortFlag, asked: list[str]) -> None:
    work = work_that(lambda _: Outcome(exit_code=3), asked)
    assert [work.run(flag), work.run(flag)] == [Outcome(exit_code=3)] * 2
    assert asked == ["start", "run", "close", "start", "run"]
    work.close()
    assert asked[5:] == ["close"]


def test_each_job_is_given_the_flag(flag: AbortFlag, asked: list[str]) -> None:
    given: list[AbortFlag] = []

    def note(abort: AbortFlag) -> Outcome:
        given.append(abort)
        return Outcome()

    work = work_that(note, asked)
    work.run(flag)
    work.run(flag)
    assert given == [flag, flag]


def test_what_could_not_be_ended_adds_up(flag: AbortFlag, asked: list[str]) -> None:
    work = work_that(lambda _: Outcome(aborted_by="why", survivors=(7,)), asked)
    work.run(flag)
    assert work.run(flag) == Outcome(aborted_by="why", survivors=(7,))
    assert work.finish() == (7, 7)


def test_a_refusal_to_start_is_an_outcome(flag: AbortFlag) -> None:
    error = CommandNotFoundError("no such thing")

    def refuse() -> Job:
        raise error

    work = TickWork(refuse)
    assert work.run(flag) == Outcome(error=error)
    assert work.finish() == (), "and nobody waits for it"


def test_a_job_that_leaves_by_aborted_was_aborted(flag: AbortFlag, asked: list[str]) -> None:
    def leave(_flag: AbortFlag) -> Outcome:
        raise Aborted("why")

    assert work_that(leave, asked).run(flag) == Outcome(aborted_by="why")


def test_after_the_end_nothing_is_made(flag: AbortFlag, asked: list[str]) -> None:
    work = work_that(lambda _: Outcome(), asked)
    work.finish()
    flag.set("why")
    assert work.run(flag) == Outcome(aborted_by="why")
    assert asked == []


def test_the_end_waits_for_the_one_that_runs(flag: AbortFlag, asked: list[str]) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def run_on(_flag: AbortFlag) -> Outcome:
        begun.set()
        assert goes_on.wait(PATIENCE_SECONDS)
        return Outcome(aborted_by="why", survivors=(7,))

    work = work_that(run_on, asked)
    with ThreadPoolExecutor(2) as side:
        running = side.submit(work.run, flag)
        assert begun.wait(PATIENCE_SECONDS)
        finishing = side.submit(work.finish)
        assert not finishing.done()
        goes_on.set()
        assert finishing.result(PATIENCE_SECONDS) == (7,)
        assert running.result(PATIENCE_SECONDS).survivors == (7,)


def test_who_died_of_a_typed_signal_that_aborts_has_the_rest_ended(flag: AbortFlag, asked: list[str]) -> None:
    work = work_that(lambda _: Outcome(signal=signal.SIGINT, survivors=(7,)), asked)
    flag.set("Ctrl-C")
    assert work.run(flag) == Outcome(aborted_by="Ctrl-C")
    assert asked == ["start", "run", "end rest"]
    assert work.finish() == (7, 8)


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGINT, 0.1), (signal.SIGTERM, 0)])
def test_who_died_of_a_signal_that_aborts_nothing_has_just_died(
    clock: FakeClock, flag: AbortFlag, asked: list[str], number: int, seconds: float
) -> None:
    work = work_that(lambda _: Outcome(signal=number), asked)
    assert work.run(flag) == Outcome(signal=number)
    assert asked == ["start", "run"]
    assert clock.now() == seconds, "a typed one may reach parl a little later"
