"""Outcomes, and Python functions that take the flag."""

from __future__ import annotations

import pytest

from parl.core.abort import AbortFlag
from parl.core.errors import Aborted, CommandFailedError
from parl.core.events import KeyPressed, SignalReceived
from parl.core.job import ForwardingJob, FunctionJob, Job, Outcome
from parl.testing import FakeClock
from tests.asked import Asked


@pytest.mark.parametrize(
    ("outcome", "is_success", "is_aborted"),
    [
        (Outcome(), True, False),
        (Outcome(value=0), True, False),
        (Outcome(value="text", seconds=3), True, False),
        (Outcome(exit_code=1), False, False),
        (Outcome(signal=15), False, False),
        (Outcome(error=ValueError()), False, False),
        (Outcome(aborted_by="key"), False, True),
        (Outcome(aborted_by=""), False, True),
    ],
)
def test_an_outcome_knows_how_it_ended(outcome: Outcome, is_success: bool, is_aborted: bool) -> None:
    assert outcome.is_success is is_success
    assert outcome.is_aborted is is_aborted


def test_unwrap_gives_the_value() -> None:
    assert Outcome(value="text").unwrap() == "text"


def test_unwrap_raises_the_error() -> None:
    error = ValueError("wrong")
    with pytest.raises(ValueError, match="wrong") as raised:
        Outcome(error=error).unwrap()
    assert raised.value is error


def test_unwrap_raises_the_abort_with_its_reason() -> None:
    with pytest.raises(Aborted) as raised:
        Outcome(aborted_by=KeyPressed("q")).unwrap()
    assert raised.value.reason == KeyPressed("q")


@pytest.mark.parametrize(("exit_code", "number", "words"), [(3, None, "exit 3"), (0, 15, "died of SIGTERM")])
def test_unwrap_raises_a_commands_failure_with_how_it_ended(exit_code: int, number: int | None, words: str) -> None:
    with pytest.raises(CommandFailedError) as raised:
        Outcome(exit_code=exit_code, signal=number).unwrap()
    assert (raised.value.exit_code, raised.value.signal, str(raised.value)) == (exit_code, number, words)


def test_a_functions_value_is_its_jobs() -> None:
    assert FunctionJob(lambda _: 42).run(AbortFlag()) == Outcome(value=42)


def test_a_functions_exception_is_its_jobs_error() -> None:
    error = ValueError("wrong")

    def fail(_abort: AbortFlag) -> None:
        raise error

    assert FunctionJob(fail).run(AbortFlag()) == Outcome(error=error)


def test_a_function_gets_the_flag_and_stops_by_it(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    seen = []

    def work(abort: AbortFlag) -> None:
        while True:
            seen.append(clock.now())
            abort.check()
            abort.wait(1)
            if len(seen) == 3:
                abort.set("enough")

    assert FunctionJob(work).run(flag) == Outcome(aborted_by="enough")
    assert seen == [0, 1, 2, 3]


def test_a_function_that_looks_at_the_flag_and_returns_was_aborted() -> None:
    """The lesson's own way to stop; what it has done by then is kept."""
    flag = AbortFlag()
    flag.set("enough")
    assert FunctionJob(lambda _: "half").run(flag) == Outcome(value="half", aborted_by="enough")


class Inner(Asked, Job):
    """Notes what is asked of it, all but the work."""

    def run(self, abort: AbortFlag) -> Outcome:
        raise AssertionError("another does the work")

    def end_rest(self) -> tuple[int, ...]:
        return (7,)

    def takes_signal(self, event: SignalReceived) -> bool:
        self.asked.append(event)
        return True


class Forwarding(ForwardingJob):
    def __init__(self, inner: Job) -> None:
        self.inner = inner

    def run(self, abort: AbortFlag) -> Outcome:
        return Outcome(value="done")


def test_a_job_that_forwards_leaves_all_but_the_work_to_the_other() -> None:
    inner, event = Inner(), SignalReceived(2)
    job = Forwarding(inner)
    for call in (job.close, job.hurry, job.suspend, job.resume):
        call()
    assert (job.takes_signal(event), job.reads_terminal(), job.end_rest()) == (True, True, (7,))
    assert inner.asked == ["close", "hurry", "suspend", "resume", event]
    assert job.run(AbortFlag()).value == "done"


def test_a_job_needs_only_run() -> None:
    class Plain(Job):
        def run(self, abort: AbortFlag) -> Outcome:
            return Outcome(value="ran")

    job = Plain()
    job.start()
    job.hurry()
    assert (job.reads_terminal(), job.takes_key("space"), job.takes_signal(SignalReceived(2))) == (False, False, False)
    assert job.end_rest() == ()
    assert job.run(AbortFlag()).value == "ran"
