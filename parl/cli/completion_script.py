"""``parl --completion SHELL``: the script that makes a shell complete parl's words.

The scripts are files, in completions/; the wheel puts the same ones where shells look for them.
"""

from __future__ import annotations

import os

import click

SCRIPTS = {"bash": "parl.bash", "zsh": "parl.zsh", "fish": "parl.fish", "powershell": "parl.ps1"}


def script_for(shell: str) -> bytes:
    """Return the script for *shell*."""
    with open(os.path.join(os.path.dirname(__file__), "completions", SCRIPTS[shell]), "rb") as file:
        return file.read()


def print_script(ctx: click.Context, _option: click.Parameter, shell: str | None) -> None:
    """Print the script, if one is asked for, and exit."""
    if shell is None or ctx.resilient_parsing:
        return
    from parl.cli.ending import leave
    from parl.cli.exit_codes import ExitCode
    from parl.cli.stdout import write_bytes

    write_bytes(script_for(shell))
    leave(ExitCode.OK)
