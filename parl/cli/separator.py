"""The ``--`` between parl's words and the user's command."""

from __future__ import annotations

from typing import Any

import click

_META_KEY = "parl.command"


class SeparatedCommand(click.Command):
    """A click command whose arguments end at ``--``: what follows belongs to the user, unread."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the first ``--``; keep the rest for ``wrapped_command``."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_META_KEY] = tuple(args[at + 1 :])
            args = args[:at]
        words = [*args]  # the parser empties it
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser does not always say whose option it was
            if _META_KEY not in ctx.meta and words and not words[0].startswith("-"):
                import shlex

                # The first try of every newcomer: `parl compile make -j4`.
                way_out = f"to run a command: {ctx.command_path} -- {shlex.join(words)}"
                raise click.UsageError(f"{error.format_message().removesuffix('.')}; {way_out}", ctx) from error
            raise

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Add the command to the usage line."""
        pieces = [piece for piece in super().collect_usage_pieces(ctx) if piece]
        return [*pieces, "[-- COMMAND [ARG]...]"]


def wrapped_command(ctx: click.Context) -> tuple[str, ...] | None:
    """Return the words after ``--``, None where there was none. An empty command is a usage error."""
    words: Any = ctx.meta.get(_META_KEY)
    if words is None:
        return None
    if not words or not words[0]:
        raise click.UsageError(f"no command after '--'; write one, as in '{ctx.command_path} -- make -j4'", ctx)
    return tuple(words)
