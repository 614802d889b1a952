"""``parl compile``: a compiler that any key stops, at once and completely.

Here is only what click needs; the engine is imported when it runs.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from parl.cli.candidates import files
from parl.cli.pause import choose_pause
from parl.cli.separator import SeparatedCommand, separated, wrapped_command
from parl.cli.typed import refuse_options, typed
from parl.cli.types import COUNT, DURATION, KEYS, OneOf
from parl.core.defaults import (
    ANY_KEY,
    COMMAND_OPTIONS,
    FORMATS,
    GRACE_SECONDS,
    INVALIDATIONS,
    LEVELS,
    PATH_OPTIONS,
    STDIN_CHOICES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parl.core.project import Table
    from parl.core.tree_options import TreeOptions


class CompileCommand(SeparatedCommand):
    """Knows the first try of every newcomer: `parl compile make -C src`."""

    example = "-- make -j4"

    def may_begin_command(self, words: list[str]) -> str | None:
        """Return the first word, unless it is an option, or was meant as sources."""
        return words[0] if words and not words[0].startswith("-") and not _means_sources(words[0]) else None


@click.command("compile", cls=CompileCommand, short_help="Run a compiler that any key stops.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=files)
@click.option("--timeout", type=DURATION, metavar="DURATION", help="End it after this time, with exit code 124.")
@click.option(
    "--grace",
    type=DURATION,
    metavar="DURATION",
    default=GRACE_SECONDS,
    help="Patience between asking a command to end and killing it.  [default: 2s]",
)
@click.option("--abort-key", type=KEYS, metavar="KEY[,KEY...]", help="Only these keys abort.  [default: any]")
@click.option("--no-key", is_flag=True, help="Leave the terminal's keys alone.")
@click.option(
    "--stdin",
    type=OneOf(STDIN_CHOICES),
    default="auto",
    show_default=True,
    help="What the command reads: auto is all but the terminal, inherit leaves it the keys too.",
)
@click.option("-j", "--jobs", type=COUNT, metavar="N", help="Processes for PATH.  [default: 0, all cores]")
@click.option("--force", is_flag=True, help="Compile what is up to date, too.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these names or paths out; repeatable.")
@click.option(
    "-O",
    "--optimize",
    type=OneOf(LEVELS),
    multiple=True,
    help="1: as python -O, 2: as -OO; repeatable.  [default: this Python's]",
)
@click.option(
    "--invalidation",
    type=OneOf(INVALIDATIONS),
    help="How Python shall notice a changed source.  [default: timestamp]",
)
@click.option("--out", type=click.Path(file_okay=False), metavar="DIR", help="Write there, as PYTHONPYCACHEPREFIX.")
@click.option("--warnings-as-errors", is_flag=True, help="Let a SyntaxWarning fail its file.")
@click.option("--format", type=OneOf(FORMATS), default="text", show_default=True, help="Of the diagnostics.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--pause/--no-pause", default=None, help="Wait for Enter at the end, or never.")
@click.pass_context
def compile_command(ctx: click.Context, /, paths: tuple[str, ...], **_options: object) -> None:
    """Run a compiler that any key stops, at once and completely.

    With a COMMAND, any build, unchanged: its streams, its exit code. With a PATH, the
    Python sources at and below it, in parallel, and only what is stale. With neither,
    what the project's parl.toml names; else the demonstration. Each option can also
    come from a variable: PARL_COMPILE_TIMEOUT=30m.

    \b
    Examples:
      parl compile -- make -j4
      parl compile --timeout 30m -- cargo build
      parl compile src tests setup.py
      parl compile
    """  # noqa: D301 - the backspace is click's mark for lines that it must not wrap
    choose_pause(wanted=ctx.params["pause"])
    _refuse_keys_and_no_keys(ctx)
    command = wrapped_command(ctx)
    if paths and command is not None:
        raise _both_refused(ctx, paths[0])
    if command is not None:
        refuse_options(ctx, PATH_OPTIONS, "PATHs", "drop it, or the command")
        _run_command(ctx, command)
    elif paths:
        refuse_options(ctx, COMMAND_OPTIONS, "a command", "drop it, or the PATHs")
        _compile_paths(ctx, paths)
    else:
        _run_project(ctx)


def _compile_paths(ctx: click.Context, paths: Sequence[str]) -> None:
    from parl.core.errors import UsageError
    from parl.platform.shell import with_wildcards

    options = _options_of(ctx, None)
    try:
        tree_options = _tree_options(with_wildcards(paths), options)
    except UsageError as error:
        raise click.UsageError(f"{error}{_way_out(ctx, paths[0])}", ctx) from error
    _compile_sources(tree_options, options)


def _run_command(ctx: click.Context, command: Sequence[str]) -> None:
    from parl.cli.compile_run import run_command

    run_command(list(command), None, _settings(_options_of(ctx, None)))


def _run_project(ctx: click.Context) -> None:
    """Run what the project's file names, or the demonstration."""
    from parl.cli.compile_run import demonstrate, run_line
    from parl.core.project import find_table

    table = find_table("compile")
    options = _options_of(ctx, table)
    choose_pause(wanted=options["pause"])
    if table is not None and "paths" in table.values:
        refuse_options(ctx, COMMAND_OPTIONS, "a command", f"{table.source} names paths")
        _compile_project(ctx, table, options)
    refuse_options(ctx, PATH_OPTIONS, "PATHs", "name one, or drop it")
    if table is not None and "command" in table.values:
        run_line(table.values["command"], table.source, table.folder, _settings(options))
    demonstrate(_settings(options), is_asked_for=table is not None)


def _compile_project(ctx: click.Context, table: Table, options: dict[str, Any]) -> None:
    """Compile the paths that the project's file names: they are meant from its folder, what was typed from here."""
    from parl.cli.voice import Voice
    from parl.core.current_folder import current_folder
    from parl.core.errors import UsageError
    from parl.platform.shell import typed_line

    paths = table.values["paths"]
    if options["out"] and options["out"] == ctx.params["out"]:
        options["out"] = os.path.abspath(options["out"])
    if sys.pycache_prefix:
        sys.pycache_prefix = os.path.abspath(sys.pycache_prefix)
    here = current_folder()
    os.chdir(table.folder)
    folder = "" if os.path.samefile(here, table.folder) else os.path.relpath(table.folder, here)
    try:
        tree_options = _tree_options(paths, options)
    except UsageError as error:
        raise UsageError(f"{table.source}: compile.paths: {error}") from error
    line = typed_line([*ctx.command_path.split(), *_typed_options(table.values), *paths])
    Voice(quiet=options["quiet"], abort_keys=None).running(table.source, line)
    _compile_sources(tree_options, options, folder)


def _typed_options(values: Mapping[str, Any]) -> list[str]:
    """Return the options among a file's *values* as one would type them."""
    words = []
    for key, value in values.items():
        if key != "paths" and isinstance(value, bool):
            words += [f"--{key}" if value else f"--no-{key}"] if value or key == "pause" else []
        elif key != "paths":
            several = value if isinstance(value, list) else [value]
            words += [word for each in several for word in (f"--{key}", _typed_value(each))]
    return words


def _typed_value(value: object) -> str:
    if isinstance(value, tuple):  # keys; none is any
        return ",".join(value) or ANY_KEY
    return f"{value:g}s" if isinstance(value, float) else str(value)


def _tree_options(paths: Sequence[str], options: Mapping[str, Any]) -> TreeOptions:
    from parl.core.tree_options import TreeOptions

    if options["out"] == "":  # an empty variable in a script must not write among the sources
        raise click.UsageError("--out is empty; name a folder, or drop it")
    words = {name.replace("-", "_") for name in PATH_OPTIONS} - {"format"}
    return TreeOptions(paths, **{word: options[word] for word in words})


def _compile_sources(tree_options: TreeOptions, options: Mapping[str, Any], folder: str = "") -> None:
    from parl.cli.sources import compile_sources

    compile_sources(tree_options, options, report_format=options["format"], folder=folder)


def _settings(options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - its type is imported late
    from parl.cli.runner import Settings

    return Settings.of(options)


def _both_refused(ctx: click.Context, path: str) -> click.UsageError:
    if os.path.lexists(path):
        return click.UsageError(f"'{path}' and a command; name one: PATHs, or a command after '--'", ctx)
    return click.UsageError(f"no such file '{path}'{_way_out(ctx, path)}", ctx)


def _way_out(ctx: click.Context, path: str) -> str:
    return "" if _means_sources(path) else separated(ctx, path)


def _means_sources(word: str) -> bool:
    return os.path.isdir(word) or word.endswith(".py")


def _refuse_keys_and_no_keys(ctx: click.Context) -> None:
    """What is said in one breath must make sense."""
    options = typed(ctx)
    silencers = {
        "--no-key": "no_key" in options,
        "--stdin inherit": "stdin" in options and ctx.params["stdin"] == "inherit",
    }
    for option, is_given in silencers.items():
        if is_given and "abort_key" in options:
            raise click.UsageError(f"with {option} there are no keys; drop it, or --abort-key", ctx)


def _options_of(ctx: click.Context, table: Table | None) -> dict[str, Any]:
    """Merge: the command line wins, then PARL_* variables, then the file, then the defaults."""
    values = {key: value for key, value in ctx.params.items() if key != "paths"}
    for key, value in (table.values if table else {}).items():
        name = key.replace("-", "_")
        if name in values and ctx.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
            values[name] = value
    return values
