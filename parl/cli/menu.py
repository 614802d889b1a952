"""``parl menu``: a menu for people, a chooser for scripts.

Here is only what click needs; the rest is imported when it runs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import click

from parl.cli.candidates import items, menu_files, numbers
from parl.cli.typed import refuse_options, typed
from parl.cli.types import DURATION
from parl.core.errors import UsageError

if TYPE_CHECKING:
    from parl.core.menu import Menu
    from parl.core.project import Table

_FOR_CHOOSE = (
    "null",
    "multi",
    "select_1",
    "exit_0",
    "query",
    "default",
    "timeout",
    "answer",
    "prompt",
    "label_separator",
)


@click.command("menu", short_help="Show choices, and run or print what is chosen.")
@click.argument("words", nargs=-1, metavar="[FILE | MODULE | ITEM...]", shell_complete=menu_files)
@click.option("--choose", is_flag=True, help="Print the chosen ITEM; without any, of the lines on stdin.")
@click.option("-0", "--null", is_flag=True, help="What is read and printed ends with NUL, not newline.")
@click.option("--multi", is_flag=True, help="Let several be chosen: Tab marks.")
@click.option("--query", metavar="TEXT", default="", shell_complete=items, help="Begin with this filter.")
@click.option("--select-1", is_flag=True, help="If just one matches, take it and do not ask.")
@click.option("--exit-0", is_flag=True, help="If none matches, do not ask: exit code 1.")
@click.option("--default", metavar="ITEM", shell_complete=items, help="Where to begin; what --timeout takes.")
@click.option("--timeout", type=DURATION, metavar="DURATION", help="Then take --default; without one, exit code 124.")
@click.option("--answer", metavar="N", shell_complete=numbers, help="Take number N and do not ask.")
@click.option("--prompt", metavar="TEXT", default="> ", help="What to ask.  [default: >]")
@click.option("--label-separator", metavar="TEXT", help="In an item, show what stands before it, print what follows.")
@click.option("--numbered", is_flag=True, help="Plain lines and numbers, also on a terminal.")
@click.option("--yes", is_flag=True, help="Answer the questions of items with confirm.")
@click.pass_context
def menu_command(ctx: click.Context, /, words: tuple[str, ...], **_options: object) -> None:
    """Show choices, and run or print what is chosen.

    Bare, the menu of the project's parl.toml, else the demonstration. FILE is another
    parl.toml, or Python: the public functions of tasks.py or of a MODULE become the
    menu. On a terminal, move with the arrows or j and k, type a number, filter after /;
    Enter runs, Esc goes back. In a pipe, on TERM=dumb and with ACCESSIBLE=1, plain
    lines and numbers; 99 leaves.

    With --choose the chosen item goes to stdout, and nothing else: the interface is on
    the terminal. Type to filter, as in fzf. Exit code 1: nothing matched, 130: Esc.
    Each option can also come from a variable: PARL_MENU_NUMBERED=1.

    \b
    Examples:
      parl menu
      parl menu tasks.py
      branch=$(git branch --format '%(refname:short)' | parl menu --choose)
      colour=$(parl menu --choose --timeout 10s --default red red green blue)
      printf '1\\n99\\n' | parl menu
    """  # noqa: D301 - the backspace is click's mark for lines that it must not wrap
    if ctx.params["choose"]:
        _choose(ctx, words)
    refuse_options(ctx, _FOR_CHOOSE, "--choose", "drop it, or add that")
    if len(words) > 1:
        raise click.UsageError(f"takes one FILE or MODULE, not {len(words)}{_as_items(ctx, words)}", ctx)
    try:
        _show(ctx, words[0] if words else None)
    except UsageError as error:
        if not _is_unknown(words):
            raise
        raise click.UsageError(f"{error}{_as_items(ctx, words)}", ctx) from error


def _choose(ctx: click.Context, items: tuple[str, ...]) -> NoReturn:
    from parl.cli.choose import Plan, choose

    if ctx.params["label_separator"] == "":
        raise click.UsageError("--label-separator is empty; write what stands between label and value, or drop it", ctx)
    if "yes" in typed(ctx):
        raise click.UsageError("--yes has no meaning for --choose; drop it", ctx)
    options = {name: ctx.params[name] for name in Plan._fields if name in ctx.params}
    try:
        choose(Plan(**options, items=items))
    except UsageError as error:
        raise click.UsageError(str(error), ctx) from error


def _show(ctx: click.Context, name: str | None) -> NoReturn:
    from parl.cli.ending import expect_users_python
    from parl.cli.menu_run import run_menu, write
    from parl.core.menu_source import demonstration_menu, menu_of_module
    from parl.core.project import find_table, read_table

    if name is not None and not name.endswith(".toml"):
        expect_users_python()
        menu = menu_of_module(name)
    else:
        table = find_table("menu") if name is None else read_table("menu", name)
        menu = demonstration_menu(write) if table is None else _menu_of(table)
    run_menu(menu, numbered=ctx.params["numbered"], yes=ctx.params["yes"])


def _menu_of(table: Table) -> Menu:
    from parl.cli.ending import expect_users_python
    from parl.cli.menu_run import announce
    from parl.core.menu_source import has_scripts, menu_of_table
    from parl.platform import is_terminal

    if has_scripts(table.values["items"]):
        expect_users_python()
    return menu_of_table(table, announce(table.source), attended=is_terminal(0))


def _is_unknown(words: tuple[str, ...]) -> bool:
    """Return whether the word may have been meant as an item."""
    return bool(words) and not os.path.lexists(words[0]) and not words[0].lower().endswith((".toml", ".py"))


def _as_items(ctx: click.Context, words: tuple[str, ...]) -> str:
    """Return how to write *words*, if they were meant to be chosen from."""
    from parl.platform.shell import typed_line

    return f"; to choose from items: {typed_line([*ctx.command_path.split(), '--choose', *words])}"
