"""What ``parl compile`` runs: a command or the demonstration, behind one terminator."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from parl.cli.ending import die_of, give_up_stdout, leave
from parl.cli.exit_codes import exit_code_of, fatal_signal
from parl.cli.pause import pause
from parl.cli.voice import Voice
from parl.core.command import CommandJob
from parl.core.errors import ParlError, words_of
from parl.core.job import Job, Outcome
from parl.core.terminator import run_abortable
from parl.platform import Keyboard, NoKeyboard, is_terminal, open_keyboard


class Settings(NamedTuple):
    """What the options, the environment and the project's file come to; times in seconds."""

    timeout: float | None
    grace: float
    abort_key: tuple[str, ...] | None  # none, and an empty one: any
    no_key: bool
    stdin: str
    quiet: bool
    pause: bool | None


def run_command(argv: Sequence[str], folder: str | None, settings: Settings) -> NoReturn:
    """Run *argv* in *folder*, say how it ended, and exit as it did."""
    voice = _voice(settings)
    job = CommandJob(
        argv,
        cwd=folder,
        grace_seconds=settings.grace,
        null_stdin=settings.stdin == "null" or (settings.stdin == "auto" and is_terminal(0)),
        owns_children=True,
    )
    outcome = _run(job, voice, settings)
    voice.verdict(outcome)
    _end(outcome)


def run_line(command: str | list[str], source: str, folder: str, settings: Settings) -> NoReturn:
    """Run the *command* that a project's file names, and say so: the file is trusted as a Makefile is."""
    import shlex

    from parl.platform.shell import shell_argv

    line = command if isinstance(command, str) else shlex.join(command)
    _voice(settings).running(source, line)
    run_command(shell_argv(command) if isinstance(command, str) else command, folder, settings)


def demonstrate(settings: Settings) -> NoReturn:
    """Run the lesson's compiler; the verdict belongs to its work, so it goes to stdout."""
    from parl.core.demonstration import DummyCompiler

    voice = _voice(settings)
    outcome = _run(DummyCompiler(_write), voice, settings)
    # Note 14: the prompts that know the whole come from the main program.
    if outcome.is_aborted:
        voice.abort(outcome)
    else:
        _write("Compilation successful!\n")
    _end(outcome)


def _run(job: Job[None], voice: Voice, settings: Settings) -> Outcome[None]:
    outcome = run_abortable(
        job,
        _keyboard(settings),
        abort_keys=settings.abort_key or None,
        timeout_seconds=settings.timeout,
        observer=voice,
        reraise=False,
    )
    if isinstance(outcome.error, BrokenPipeError):
        give_up_stdout()
    if isinstance(outcome.error, OSError):
        raise ParlError(f"standard output: {words_of(outcome.error)}")
    if outcome.error is not None:
        raise outcome.error
    return outcome


def _end(outcome: Outcome[None]) -> NoReturn:
    number = fatal_signal(outcome)
    if number is not None:
        die_of(number)
    pause()
    leave(exit_code_of(outcome))


def _voice(settings: Settings) -> Voice:
    return Voice(quiet=settings.quiet, abort_keys=settings.abort_key or None)


def _keyboard(settings: Settings) -> Keyboard:
    leaves_keys = settings.no_key or settings.stdin == "inherit"
    return NoKeyboard() if leaves_keys else open_keyboard()


def _write(text: str) -> None:
    """Write to stdout, if it is open, and flush (note 10)."""
    if sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()
