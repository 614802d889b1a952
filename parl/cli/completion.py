"""What a shell is told when Tab is pressed behind ``parl``; imported then only.

All shells' scripts speak alike: the command line up to the cursor and behind it come in two
variables, the answer goes out as lines of kind, value and help. A kind is a value itself (plain),
or says which files the shell shall look for, or that what follows ``--`` is another command's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from parl.cli.completion_script import SCRIPTS
from parl.cli.separator import SeparatedCommand

# Nobody types it; it keeps "no word yet" apart from "at the end of a word".
_CURSOR = "\x1f"


def answer_shells() -> None:
    """Have click answer through us."""
    for shell in SCRIPTS:
        add_completion_class(Completion, shell)


class Completion(ShellComplete):
    """Finds what may stand at the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words between ``parl`` and the cursor, and the one at it so far."""
        words = _split(os.environ["_PARL_BEFORE"] + _CURSOR)
        return words[1:-1], words[-1].removesuffix(_CURSOR)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Let the shell complete the user's own command, and click all that is parl's."""
        if self._is_users(args):
            return [CompletionItem("", type="command")]
        found = super().get_completions(args, incomplete)
        # A line of the answer is a line, whatever an item of the user's holds.
        return [item for item in found if item.value.isprintable()]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return the line that the scripts read."""
        return f"{item.type}\t{item.value}\t{item.help or ''}"

    def _is_users(self, args: Sequence[str]) -> bool:
        """Return whether a ``--`` of a command that takes another is among *args*."""
        assert isinstance(self.cli, click.Group)
        ours = args[: args.index("--")] if "--" in args else ()
        return any(isinstance(self.cli.commands.get(word), SeparatedCommand) for word in ours)


def whole_line(ctx: click.Context) -> dict[str, object]:
    """Return the parameters of *ctx*'s command as they are typed before and behind the cursor."""
    behind = os.environ.get("_PARL_AFTER", "")  # PowerShell has no empty variables
    words = _split(os.environ["_PARL_BEFORE"] + _CURSOR + behind)
    of_command = words[words.index(ctx.info_name or "") + 1 :]
    whole = ctx.command.make_context(ctx.info_name, of_command, parent=ctx.parent, resilient_parsing=True)
    return whole.params


def _split(line: str) -> list[str]:
    """Return the words of *line*, from ``parl`` on."""
    if os.environ["_PARL_COMPLETE"].startswith("powershell"):
        line = line.replace("\\", "\\\\")  # nothing special there
    words = split_arg_string(line)
    while len(words) > 1 and "=" in words[0]:  # variables for this run
        del words[0]
    return words
