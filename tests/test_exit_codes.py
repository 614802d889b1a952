"""The one table of exit codes."""

from __future__ import annotations

import signal

import pytest

from parl.cli.exit_codes import EXIT_CODES, ExitCode, exit_code_for, exit_code_of, fatal_signal
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, JobCrashedError, ParlError, UsageError
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Outcome


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(), 2),
        (CommandNotFoundError(), 127),
        (CommandNotExecutableError(), 126),
        (JobCrashedError(), 125),
        (ParlError(), 125),
    ],
)
def test_an_error_earns_its_code(error: ParlError, code: int) -> None:
    assert exit_code_for(error) == code


@pytest.mark.parametrize("code", range(256))
def test_a_commands_own_code_comes_out_as_it_went_in(code: int) -> None:
    assert exit_code_of(Outcome(exit_code=code)) == code


@pytest.mark.parametrize("number", range(1, 65))
def test_a_death_by_signal_is_128_and_the_signal(number: int) -> None:
    assert exit_code_of(Outcome(signal=number)) == 128 + number
    assert fatal_signal(Outcome(signal=number)) is None, "that was the command, not parl"


@pytest.mark.parametrize(
    ("reason", "code"),
    [(KeyPressed("q"), 130), (TimedOut(2), 124), ("somebody else", 130), (SignalReceived(signal.SIGTERM), 130)],
)
def test_an_abort_has_the_code_of_its_reason(reason: object, code: int) -> None:
    assert exit_code_of(Outcome(aborted_by=reason)) == code
    assert exit_code_of(Outcome(aborted_by=reason, survivors=(1,))) == code


def test_only_a_signal_to_parl_is_died_of() -> None:
    assert fatal_signal(Outcome(aborted_by=SignalReceived(15))) == 15
    assert fatal_signal(Outcome(aborted_by=KeyPressed("q"))) is None
    assert fatal_signal(Outcome(aborted_by=TimedOut(1))) is None
    assert fatal_signal(Outcome()) is None


def test_the_table_names_every_code_once() -> None:
    names = [name for name, _ in EXIT_CODES]
    assert len(set(names)) == len(names)
    assert {name for name in names if name.isdigit()} == {str(int(code)) for code in ExitCode} - {"128"}
    assert {"N", "128+S", "by signal"} < set(names)
    assert all(meaning for _, meaning in EXIT_CODES)
