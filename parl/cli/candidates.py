"""What may be written for an argument or an option, for a shell's completion. Cheap to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def files(_ctx: click.Context, _parameter: click.Parameter, _incomplete: str) -> list[CompletionItem[str]]:
    """Leave it to the shell to find a file or a folder."""
    return _kind("file")


def menu_files(ctx: click.Context, _parameter: click.Parameter, _incomplete: str) -> list[CompletionItem[str]]:
    """Leave it to the shell to find a menu's file, where one may stand: a chooser's ITEMs are the user's words."""
    return [] if ctx.params["choose"] or ctx.params["words"] else _kind("menu")


def items(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer the ITEMs of a chooser, typed before or behind the cursor."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(item) for item in _items(ctx) if item.startswith(incomplete)]


def numbers(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Offer the numbers of a chooser's ITEMs."""
    from click.shell_completion import CompletionItem

    numbered = ((str(number), item) for number, item in enumerate(_items(ctx), start=1))
    return [CompletionItem(number, help=item) for number, item in numbered if number.startswith(incomplete)]


def _items(ctx: click.Context) -> tuple[str, ...]:
    from parl.cli.completion import whole_line

    words = whole_line(ctx)["words"]
    assert isinstance(words, tuple)
    return tuple(dict.fromkeys(words))


def _kind(name: str) -> list[CompletionItem[str]]:
    from click.shell_completion import CompletionItem

    return [CompletionItem("", type=name)]
