"""The one table of exit codes: commands, README and tests read from it."""

from __future__ import annotations

from enum import IntEnum

from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, ParlError, UsageError

TYPE_CHECKING = False  # typing itself takes long to import, and so does what a job's end is told by
if TYPE_CHECKING:
    from typing import Any

    from parl.core.job import Outcome


class ExitCode(IntEnum):
    """The codes that parl gives of its own; a command's own code comes out as it went in."""

    OK = 0
    FAILED = 1
    USAGE = 2  # click's own
    TIMEOUT = 124  # as timeout(1)
    INTERNAL = 125  # as timeout(1)
    NOT_EXECUTABLE = 126  # as the shell
    NOT_FOUND = 127  # as the shell
    SIGNALED = 128  # plus the signal, as the shell
    ABORTED = 130  # 128 + SIGINT


EXIT_CODES: tuple[tuple[str, str], ...] = (
    ("0", "done; chosen; a menu was left by 99"),
    ("N", "the command exited with N, whatever N is"),
    ("128+S", "the command died of signal S"),
    ("1", "Python sources did not compile; nothing to choose from, or no match"),
    ("2", "usage: a bad option, duration or parl.toml; the message names it"),
    ("124", "`--timeout` ran out"),
    ("125", "parl itself failed"),
    ("126", "the command was found and cannot be executed"),
    ("127", "the command was not found"),
    ("130", "aborted by a key; Esc in a menu; 99 in a chooser"),
    ("by signal", "Ctrl-C, TERM or HUP to parl: it cleans up and dies of that signal (130, 143, 129 in `$?`)"),
)
"""The table as people read it: code, when."""


def exit_code_for(error: ParlError) -> ExitCode:
    """Return the code that *error* earns."""
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, CommandNotFoundError):
        return ExitCode.NOT_FOUND
    if isinstance(error, CommandNotExecutableError):
        return ExitCode.NOT_EXECUTABLE
    return ExitCode.INTERNAL


def fatal_signal(outcome: Outcome[Any]) -> int | None:
    """Return the signal that parl itself was sent and must die of, if that ended the job."""
    from parl.core.events import SignalReceived

    return outcome.aborted_by.number if isinstance(outcome.aborted_by, SignalReceived) else None


def exit_code_of(outcome: Outcome[Any]) -> int:
    """Return the code of a command's *outcome*."""
    from parl.core.events import TimedOut

    if isinstance(outcome.aborted_by, TimedOut):
        return ExitCode.TIMEOUT
    if outcome.is_aborted:
        return ExitCode.ABORTED
    if outcome.signal is not None:
        return ExitCode.SIGNALED + outcome.signal
    return outcome.exit_code
