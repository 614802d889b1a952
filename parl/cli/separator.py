"""The ``--`` between parl's words and the user's command."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import click

from parl.cli.usage import message_of

_META_KEY = "parl.command"
_WORDS_KEY = "parl.words"


class SeparatedCommand(click.Command, ABC):
    """A click command whose arguments end at ``--``: what follows belongs to the user, unread."""

    example: str
    """What may follow the command's own name, to show where a command is missing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse what stands before the first ``--``; keep the rest for ``wrapped_command``."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_META_KEY] = tuple(args[at + 1 :])
            args = args[:at]
        words = ctx.meta[_WORDS_KEY] = [*args]  # the parser empties it
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser does not always say whose option it was
            first = self.may_begin_command(words)
            if first is None:
                raise
            raise click.UsageError(f"{message_of(error)}{separated(ctx, first)}", ctx) from error

    @abstractmethod
    def may_begin_command(self, words: list[str]) -> str | None:
        """Return the one of *words*, not understood, that may begin a command; None if none does."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Add the command to the usage line."""
        pieces = [piece for piece in super().collect_usage_pieces(ctx) if piece]
        return [*pieces, "[-- COMMAND [ARG]...]"]


def separated(ctx: click.Context, first: str) -> str:
    """Return how to write what the user wrote, if *first* and what follows was meant as a command."""
    from parl.platform.shell import typed_line

    words = [*ctx.meta[_WORDS_KEY], *ctx.meta.get(_META_KEY, ())]
    at = words.index(first) if first in words else 0
    return f"; to run a command: {typed_line([*ctx.command_path.split(), *words[:at], '--', *words[at:]])}"


def wrapped_command(ctx: click.Context) -> tuple[str, ...] | None:
    """Return the words after ``--``, None where there was none. An empty command is a usage error."""
    words: Any = ctx.meta.get(_META_KEY)
    if words is None:
        return None
    if not words or not words[0]:
        assert isinstance(ctx.command, SeparatedCommand), "it has put them there"
        problem = "the command after '--' is empty" if words else "no command after '--'"
        raise click.UsageError(f"{problem}; write one, as in '{ctx.command_path} {ctx.command.example}'", ctx)
    return tuple(words)
