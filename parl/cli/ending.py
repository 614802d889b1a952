"""How the process ends: by an exit code, or by the very signal that ended its work."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from parl.cli.exit_codes import ExitCode


class EndedBySignal(BaseException):  # noqa: N818 - not an error
    """The work was ended by a signal to parl; parl is to die of the same."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def leave(code: int) -> NoReturn:
    """Exit with *code*."""
    sys.exit(code)


def die_of(number: int) -> NoReturn:
    """Die of the signal *number*, so that a shell loop around parl stops too."""
    _flush()
    if sys.platform != "win32":
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
    os._exit(ExitCode.ABORTED)  # Windows knows no death by signal


def give_up_stdout() -> NoReturn:
    """Nobody reads stdout any more: end quietly, as a program in a pipe does."""
    with open(os.devnull, "wb") as null, suppress(OSError):
        os.dup2(null.fileno(), 1)  # what Python still wants to flush goes there
    if sys.platform != "win32":
        die_of(signal.SIGPIPE)
    leave(ExitCode.FAILED)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):
            stream.flush()
