"""``parl compile``: a compiler that any key stops, at once and completely."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

import click
from click.core import ParameterSource

from parl.cli.ending import EndedBySignal
from parl.cli.exit_codes import exit_code_of, fatal_signal
from parl.cli.pause import pause
from parl.cli.separator import SeparatedCommand, wrapped_command
from parl.cli.types import DURATION, KEYS
from parl.cli.voice import Voice
from parl.core.command import CommandJob
from parl.core.demonstration import DummyCompiler
from parl.core.job import Outcome
from parl.core.project import STDIN_CHOICES, Table, find_table
from parl.core.terminator import run_abortable
from parl.platform import Keyboard, NoKeyboard, open_keyboard
from parl.platform.shell import shell_argv


@dataclass(frozen=True)
class Settings:
    """What the options, the environment and the project's file come to."""

    timeout: float | None
    grace: float
    abort_key: tuple[str, ...] | None
    no_key: bool
    stdin: str
    quiet: bool
    pause: bool | None


@click.command("compile", cls=SeparatedCommand, short_help="Run a compiler that any key stops.")
@click.argument("paths", nargs=-1, metavar="")
@click.option("--timeout", type=DURATION, metavar="DURATION", help="End it after this time, with exit code 124.")
@click.option(
    "--grace",
    type=DURATION,
    metavar="DURATION",
    default="2s",
    show_default=True,
    help="Patience between asking it to end and killing it.",
)
@click.option("--abort-key", type=KEYS, metavar="KEY[,KEY...]", help="Only these keys abort.  [default: any]")
@click.option("--no-key", is_flag=True, help="Leave the terminal's keys alone.")
@click.option(
    "--stdin",
    type=click.Choice(STDIN_CHOICES),
    default="auto",
    show_default=True,
    help="What the command reads: auto is all but the terminal, inherit leaves it the keys too.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--pause/--no-pause", default=None, help="Wait for Enter at the end, or never.")
@click.pass_context
def compile_command(ctx: click.Context, paths: tuple[str, ...], **_options: Any) -> None:
    """Run a compiler that any key stops, at once and completely.

    With a COMMAND, any build, unchanged: its streams, its exit code. Without, what
    the project's parl.toml names; else the demonstration.

    \b
    Examples:
      parl compile -- make -j4
      parl compile --timeout 30m -- cargo build
      parl compile
    """
    command = wrapped_command(ctx)
    if paths:
        raise _path_refused(ctx, paths, command)
    if command is not None:
        _end(*_run_command(list(command), None, _settings(ctx, None)))
    table = find_table("compile")
    if table is None:
        _end(*_demonstrate(_settings(ctx, None)))
    else:
        _end(*_run_project(ctx, table))


def _path_refused(ctx: click.Context, paths: tuple[str, ...], command: tuple[str, ...] | None) -> click.UsageError:
    rest = " ".join([*paths, *(["..."] if command else [])])
    if os.path.exists(paths[0]):
        return click.UsageError(f"cannot compile '{paths[0]}' yet: so far parl runs commands, after '--'", ctx)
    return click.UsageError(f"no such file '{paths[0]}'; to run a command: parl compile -- {rest}", ctx)


def _settings(ctx: click.Context, table: Table | None) -> Settings:
    """Merge: the command line wins, then PARL_* variables, then the file, then the defaults."""
    values = {key: value for key, value in ctx.params.items() if key != "paths"}
    for key, value in (table.values if table else {}).items():
        name = key.replace("-", "_")
        if name in values and ctx.get_parameter_source(name) is ParameterSource.DEFAULT:
            values[name] = value
    return Settings(**values)


def _run_project(ctx: click.Context, table: Table) -> tuple[Outcome, Settings]:
    settings = _settings(ctx, table)
    command = table.values.get("command")
    if command is None:
        if "paths" in table.values:
            raise click.UsageError(f"{table.source}: compile.paths: cannot compile paths yet; name a command", ctx)
        return _demonstrate(settings)
    voice = Voice(quiet=settings.quiet, abort_keys=settings.abort_key)
    if isinstance(command, str):
        voice.running(table.source, command)
        return _run_command(shell_argv(command), table.folder, settings)
    import shlex

    voice.running(table.source, shlex.join(command))
    return _run_command(command, table.folder, settings)


def _run_command(argv: list[str], folder: str | None, settings: Settings) -> tuple[Outcome, Settings]:
    voice = Voice(quiet=settings.quiet, abort_keys=settings.abort_key)
    job = CommandJob(
        argv,
        cwd=folder,
        grace_seconds=settings.grace,
        null_stdin=settings.stdin == "null" or (settings.stdin == "auto" and _stdin_is_terminal()),
        owns_children=True,
    )
    keyboard = NoKeyboard() if settings.stdin == "inherit" else _keyboard(settings)
    outcome = run_abortable(
        job,
        keyboard,
        abort_keys=settings.abort_key,
        timeout_seconds=settings.timeout,
        observer=voice,
    )
    _raise_error(outcome)
    voice.verdict(outcome)
    return outcome, settings


def _demonstrate(settings: Settings) -> tuple[Outcome, Settings]:
    """Run the lesson's compiler; the verdict belongs to its work, so it goes to stdout."""
    voice = Voice(quiet=settings.quiet, abort_keys=settings.abort_key)
    outcome = run_abortable(
        DummyCompiler(_write),
        _keyboard(settings),
        abort_keys=settings.abort_key,
        timeout_seconds=settings.timeout,
        observer=voice,
    )
    _raise_error(outcome)
    # Note 14: the prompts that know the whole come from the main program.
    if outcome.is_aborted:
        voice.abort(outcome)
    else:
        _write("Compilation successful!\n")
    return outcome, settings


def _end(outcome: Outcome, settings: Settings) -> None:
    number = fatal_signal(outcome)
    if number is not None:
        raise EndedBySignal(number)
    pause(settings.pause)
    raise click.exceptions.Exit(exit_code_of(outcome))


def _raise_error(outcome: Outcome) -> None:
    if outcome.error is not None:
        raise outcome.error


def _keyboard(settings: Settings) -> Keyboard:
    return NoKeyboard() if settings.no_key else open_keyboard()


def _stdin_is_terminal() -> bool:
    try:
        return os.isatty(0)
    except OSError:
        return False


def _write(text: str) -> None:
    """Write to stdout and flush (note 10)."""
    sys.stdout.write(text)
    sys.stdout.flush()
