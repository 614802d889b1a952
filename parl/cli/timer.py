"""``parl timer``: something after an interval, at a time of day, every so often; any key cancels.

Here is only what click needs; the engine is imported when it runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from parl.cli.pause import choose_pause
from parl.cli.separator import SeparatedCommand, separated, wrapped_command
from parl.cli.typed import typed
from parl.cli.types import TIMES
from parl.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parl.cli.timer_run import Plan

_WITH_OTHER_VALUES = ("--message", "--count", "--at")
_NEGATIVE = re.compile(r"-\.?\d.*")


class TimerCommand(SeparatedCommand):
    """Takes a negative duration for what it is meant to be, and not for an option."""

    example = "10m -- notify-send tea"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse the first word that looks like a negative number."""
        ours = args[: args.index("--")] if "--" in args else args
        for before, word in zip(["", *ours], ours, strict=False):
            if _NEGATIVE.fullmatch(word) and before not in _WITH_OTHER_VALUES:
                option = f"{before}: " if before.startswith("--") else ""
                raise click.UsageError(f"{option}{_refusal(word)}", ctx)
        return super().parse_args(ctx, args)

    def may_begin_command(self, words: list[str]) -> str | None:
        """Return the first word behind the duration: `parl timer 10m convert -h`."""
        if len(words) < 2 or words[0].startswith("-") or words[1].startswith("-") or _refusal(words[0]) is not None:
            return None
        return words[1]


@click.command("timer", cls=TimerCommand, short_help="Do something later; any key cancels.")
@click.argument("duration", nargs=-1, metavar="[DURATION]")
@click.option("--seconds", metavar="N", help="The same as DURATION.")
@click.option("--at", metavar="TIME", help="Wait for a time of day, or a date and a time: 14:30, 2026-12-24T18:00Z.")
@click.option("--every", metavar="DURATION", help="Again and again, first when this is over, without drift.")
@click.option("--count", type=TIMES, metavar="N", help="With --every: so many times.  [default: without end]")
@click.option("--message", metavar="TEXT", help="What to print.  [default: Oops, woke up!]")
@click.option("--bell", is_flag=True, help="Ring the terminal's bell.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors, print nothing.")
@click.option("--no-key", is_flag=True, help="Leave the terminal's keys alone.")
@click.option("--pause/--no-pause", default=None, help="Wait for Enter at the end, or never.")
@click.pass_context
def timer_command(ctx: click.Context, /, **_options: object) -> None:
    """Do something after a time, at a time, or every so often.

    It prints a line, or runs a COMMAND and exits as that does. Any key cancels, with
    exit code 130; Space pauses, where a countdown is shown. The time counts from the
    start of parl. Durations are written 90, 3.5, 500ms, 90s, 1h30m, 1:30 (a minute
    and a half) or PT1M. Each option can also come from a variable: PARL_TIMER_BELL=1.

    \b
    Examples:
      parl timer 1h30m
      parl timer --at 14:30 --bell
      parl timer 10m -- notify-send tea
      parl timer --every 10s --count 6 -- df -h .
    """  # noqa: D301 - the backspace is click's mark for lines that it must not wrap
    choose_pause(wanted=ctx.params["pause"])
    from parl.cli.timer_run import run_timer

    run_timer(_plan(ctx))


def _plan(ctx: click.Context) -> Plan:
    """Return what the options come to. Raises click's UsageError where they contradict each other."""
    import time

    from parl.cli.timer_run import Plan

    words = _times(ctx)
    if not words:
        raise click.UsageError(f"no duration; write one, as in '{ctx.command_path} 1h30m', or --at, or --every", ctx)
    if len(words) > 1:
        raise _one_too_many(ctx, words)
    way, text = words[0]
    if "count" in typed(ctx) and way != "--every":
        raise click.UsageError("--count is for --every only; drop it", ctx)
    plan = Plan(
        ticks=ctx.params["count"] if way == "--every" else 1,
        message=ctx.params["message"],
        bell=ctx.params["bell"],
        quiet=ctx.params["quiet"],
        no_key=ctx.params["no_key"],
        command=wrapped_command(ctx),
    )
    try:
        return plan.timed(way, text, time.time())
    except UsageError as error:
        raise click.UsageError(f"{way}: {error}" if way else str(error), ctx) from error


def _times(ctx: click.Context) -> list[tuple[str, str]]:
    """Return the times that were named, each with its option; a variable counts where none was typed."""
    words = [("", word) for word in ctx.params["duration"]]
    options = [name for name in ("seconds", "at", "every") if ctx.params[name] is not None]
    said = [name for name in options if name in typed(ctx)]
    return words + [(f"--{name}", ctx.params[name]) for name in (said if said or words else options)]


def _one_too_many(ctx: click.Context, words: Sequence[tuple[str, str]]) -> click.UsageError:
    """Return what to say of two times; one of them may have been meant as a command."""
    for option, text in words:
        if not option and (refusal := _refusal(text)) is not None:
            way_out = separated(ctx, text) if text else ""
            return click.UsageError(f"'{text}' is no duration{way_out}" if way_out else str(refusal), ctx)
    both = " and ".join(f"{option} {text or repr(text)}".strip() for option, text in words[:2])
    return click.UsageError(f"{both} are two times; name one", ctx)


def _refusal(word: str) -> UsageError | None:
    """Return why *word* is no duration; None if it is one."""
    from parl.core.duration import parse_duration

    try:
        parse_duration(word)
    except UsageError as error:
        return error
    return None
