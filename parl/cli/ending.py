"""How the process ends: by an exit code, or by the very signal that ended its work."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from parl.cli.exit_codes import ExitCode
from parl.platform import is_writable

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


# Of a signed number in C.
_LARGEST_STATUS = (1 << 31) - 1

_expects_users_python = False


def leave(code: int) -> NoReturn:
    """Exit with *code*."""
    raise SystemExit(int(code))


def run_to_exit(command: Callable[[], object]) -> NoReturn:
    """Run *command*, which leaves by SystemExit, and exit without taking the interpreter apart.

    That would cost more than a short command itself, and parl has nothing left to do then.
    """
    code: object = ExitCode.OK
    try:
        command()
    except SystemExit as end:
        code = end.code
    except Exception as bug:  # noqa: BLE001 - it keeps its traceback, and gets its own exit code
        sys.excepthook(type(bug), bug, bug.__traceback__)
        code = ExitCode.INTERNAL
    _flush()
    status = _as_status(code if isinstance(code, int) else ExitCode.INTERNAL)
    if _expects_users_python:
        raise SystemExit(status)
    os._exit(status)


def _as_status(code: int) -> int:
    """Return *code* as Python takes it for the system: with a sign on Windows, which has 32 bits without one."""
    return code - (1 << 32) if sys.platform == "win32" and code > _LARGEST_STATUS else code


def expect_users_python() -> None:
    """Have ``run_to_exit`` leave as Python does: users' threads are waited for, their atexit functions are called."""
    global _expects_users_python
    _expects_users_python = True


def die_of(number: int) -> NoReturn:
    """Die of the signal *number*, so that a shell loop around parl stops too."""
    _flush()
    if sys.platform == "win32":
        os._exit(ExitCode.ABORTED)  # no death by signal there
    else:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        os._exit(ExitCode.SIGNALED + number)  # process 1 of a container does not die of signals


def give_up_stdout() -> NoReturn:
    """Nobody reads stdout any more: end quietly, as a program in a pipe does."""
    with open(os.devnull, "wb") as null, suppress(OSError):
        os.dup2(null.fileno(), 1)  # what Python still wants to flush goes there
    if sys.platform == "win32":
        os._exit(ExitCode.FAILED)  # no death by signal there; and a menu would go on after a SystemExit
    else:
        die_of(signal.SIGPIPE)


def _flush() -> None:
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        with suppress(OSError, AttributeError, ValueError):
            # Everything is flushed when it is written. What is left may be another thread's, stuck in a pipe
            # that nobody reads, and must not keep us from ending.
            if is_writable(descriptor):
                stream.flush()
