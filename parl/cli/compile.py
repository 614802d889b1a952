"""``parl compile``: a compiler that any key stops, at once and completely.

Here is only what click needs; the engine is imported when it runs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from parl.cli.pause import choose_pause
from parl.cli.separator import SeparatedCommand, wrapped_command
from parl.cli.types import DURATION, KEYS
from parl.core.defaults import GRACE_SECONDS, STDIN_CHOICES

if TYPE_CHECKING:
    from parl.core.project import Table


@click.command("compile", cls=SeparatedCommand, short_help="Run a compiler that any key stops.")
@click.argument("paths", nargs=-1, metavar="")
@click.option("--timeout", type=DURATION, metavar="DURATION", help="End it after this time, with exit code 124.")
@click.option(
    "--grace",
    type=DURATION,
    metavar="DURATION",
    default=GRACE_SECONDS,
    help="Patience between asking it to end and killing it.  [default: 2s]",
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
def compile_command(ctx: click.Context, /, paths: tuple[str, ...], **_options: object) -> None:
    """Run a compiler that any key stops, at once and completely.

    With a COMMAND, any build, unchanged: its streams, its exit code. Without, what
    the project's parl.toml names; else the demonstration. Each option can also come
    from a variable: PARL_COMPILE_TIMEOUT=30m.

    \b
    Examples:
      parl compile -- make -j4
      parl compile --timeout 30m -- cargo build
      parl compile
    """  # noqa: D301 - the backspace is click's mark for lines that it must not wrap
    choose_pause(wanted=ctx.params["pause"])
    _refuse_keys_and_no_keys(ctx)
    command = wrapped_command(ctx)
    if paths:
        raise _path_refused(ctx, paths, command)
    from parl.cli.compile_run import Settings, demonstrate, run_command, run_line

    if command is not None:
        run_command(list(command), None, Settings(**_options_of(ctx, None)))
    table = _project_table()
    settings = Settings(**_options_of(ctx, table))
    choose_pause(wanted=settings.pause)
    if table is None or not table.values.keys() & {"command", "paths"}:
        demonstrate(settings)
    elif "paths" in table.values:
        raise click.UsageError(f"{table.source}: compile.paths: cannot compile paths yet; name a command", ctx)
    else:
        run_line(table.values["command"], table.source, table.folder, settings)


def _path_refused(ctx: click.Context, paths: tuple[str, ...], command: tuple[str, ...] | None) -> click.UsageError:
    import shlex

    if os.path.exists(paths[0]):
        return click.UsageError(f"cannot compile '{paths[0]}' yet; to run a command: parl compile -- COMMAND", ctx)
    rest = shlex.join([*paths, *(command or ())])
    return click.UsageError(f"no such file '{paths[0]}'; to run a command: parl compile -- {rest}", ctx)


def _refuse_keys_and_no_keys(ctx: click.Context) -> None:
    """What is said in one breath must make sense; a variable or a file may be overridden silently."""
    typed = {name for name in ctx.params if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    silencers = {
        "--no-key": "no_key" in typed,
        "--stdin inherit": "stdin" in typed and ctx.params["stdin"] == "inherit",
    }
    for option, is_given in silencers.items():
        if is_given and "abort_key" in typed:
            raise click.UsageError(f"with {option} there are no keys; drop it, or --abort-key", ctx)


def _project_table() -> Table | None:
    from parl.core.project import find_table

    return find_table("compile")


def _options_of(ctx: click.Context, table: Table | None) -> dict[str, Any]:
    """Merge: the command line wins, then PARL_* variables, then the file, then the defaults."""
    values = {key: value for key, value in ctx.params.items() if key != "paths"}
    for key, value in (table.values if table else {}).items():
        name = key.replace("-", "_")
        if name in values and ctx.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
            values[name] = value
    return values
