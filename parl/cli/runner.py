"""A job behind the terminator, as every command runs one, and the way out after it."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, Self, TypeVar

from parl.cli.ending import die_of, leave
from parl.cli.exit_codes import exit_code_of, fatal_signal
from parl.cli.pause import pause
from parl.cli.voice import Voice
from parl.core.abort import AbortFlag
from parl.core.defaults import GRACE_SECONDS
from parl.core.job import Job, Outcome
from parl.core.terminator import run_abortable
from parl.platform import open_keyboard
from parl.platform.base import Keyboard, NoKeyboard

T = TypeVar("T")


class Settings(NamedTuple):
    """What the options, the environment and the project's file come to; times in seconds."""

    timeout: float | None = None
    grace: float = GRACE_SECONDS
    abort_key: tuple[str, ...] | None = None  # none, and an empty one: any
    no_key: bool = False
    stdin: str = "auto"
    quiet: bool = False
    pause: bool | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the settings among *options*; what is not there is its default."""
        return cls(**{name: options[name] for name in cls._fields if name in options})


def run_job(job: Job[T], voice: Voice, settings: Settings, abort: AbortFlag | None = None) -> Outcome[T]:
    """Run *job* until it ends or is aborted; raises what went wrong with it."""
    gc.enable()  # see __main__: this may last
    outcome = run_abortable(
        job,
        _keyboard(settings),
        abort=abort,
        abort_keys=settings.abort_key or None,
        timeout_seconds=settings.timeout,
        observer=voice,
        reraise=False,
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome


def end(outcome: Outcome[T]) -> NoReturn:
    """Exit as *outcome* asks."""
    die_if_told(outcome)
    pause()
    leave(exit_code_of(outcome))


def die_if_told(outcome: Outcome[T]) -> None:
    """Die of the signal that parl was sent, if that ended the job."""
    number = fatal_signal(outcome)
    if number is not None:
        die_of(number)


def _keyboard(settings: Settings) -> Keyboard:
    leaves_keys = settings.no_key or settings.stdin == "inherit"
    return NoKeyboard() if leaves_keys else open_keyboard()
