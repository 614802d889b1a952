"""What parl raises on purpose. Facts only: parl/cli turns them into words and exit codes."""

from __future__ import annotations


class ParlError(Exception):
    """Base of every error that parl raises on purpose; its text says what happened and what to do."""


class UsageError(ParlError):
    """What the user wrote cannot be meant: an option, a duration, a parl.toml."""


class CommandNotFoundError(ParlError):
    """There is no such command."""


class CommandNotExecutableError(ParlError):
    """The command is there, and the system refuses to run it."""


class CommandFailedError(ParlError):
    """A command did not end well, and ``Outcome.unwrap`` was asked for what it should have brought.

    It has the command's *exit_code*, and the *signal* that it died of, or None.
    """

    def __init__(self, exit_code: int, signal: int | None) -> None:
        from parl.core.signals import signal_name  # only here: few runs need it

        super().__init__(f"exit {exit_code}" if signal is None else f"died of {signal_name(signal)}")
        self.exit_code = exit_code
        self.signal = signal


class JobCrashedError(ParlError):
    """The child process that ran a Python function ended without an answer."""


class Aborted(BaseException):
    """The abort flag is set, with this *reason*; raised by ``AbortFlag.check`` and ``Outcome.unwrap``.

    Derives from BaseException: a job's ``except Exception`` must not eat it.
    """

    def __init__(self, reason: object) -> None:
        super().__init__(reason)
        self.reason = reason


def words_of(error: OSError) -> str:
    """Return what the system says of *error*, as part of a sentence."""
    return (error.strerror or str(error)).lower()
