"""What ``parl compile`` runs besides sources: a command or the demonstration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

from parl.cli.runner import Settings, end, run_job
from parl.cli.speech import say
from parl.cli.stdout import write_result
from parl.cli.voice import Voice
from parl.core.command import CommandJob
from parl.platform import is_terminal


def run_command(argv: Sequence[str], folder: str | None, settings: Settings) -> NoReturn:
    """Run *argv* in *folder*, say how it ended, and exit as it did."""
    voice = Voice(quiet=settings.quiet, abort_keys=settings.abort_key)
    job = CommandJob(
        argv,
        cwd=folder,
        grace_seconds=settings.grace,
        null_stdin=settings.stdin == "null" or (settings.stdin == "auto" and is_terminal(0)),
        owns_children=True,
    )
    outcome = run_job(job, voice, settings)
    if outcome.is_aborted:
        from parl.cli.screen_mending import mend_screen

        mend_screen(os.environ)
    voice.verdict(outcome)
    end(outcome)


def run_line(command: str | list[str], source: str, folder: str, settings: Settings) -> NoReturn:
    """Run the *command* that a project's file names, and say so: the file is trusted as a Makefile is."""
    from parl.platform.shell import shell_argv, typed_line

    line = command if isinstance(command, str) else typed_line(command)
    Voice(quiet=settings.quiet, abort_keys=None).running(source, line)
    run_command(shell_argv(command) if isinstance(command, str) else command, folder, settings)


def demonstrate(settings: Settings, *, is_asked_for: bool) -> NoReturn:
    """Run the lesson's compiler; the verdict belongs to its work, so it goes to stdout.

    Where nobody watches and the project's file is only missing, that is said.
    """
    from parl.core.demonstration import DummyCompiler

    voice = Voice(quiet=settings.quiet, abort_keys=settings.abort_key)
    outcome = run_job(DummyCompiler(write_result), voice, settings)
    # Note 14: the prompts that know the whole come from the main program.
    if outcome.is_aborted:
        voice.abort(outcome)
    else:
        write_result("Compilation successful!\n")
        if not (is_asked_for or settings.quiet or voice.is_chatty):
            say("parl: no parl.toml here or above, so this was only the demonstration; see 'parl compile -h'")
    end(outcome)
