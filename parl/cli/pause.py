"""The lesson's note 17: wait for Enter, so that the window does not close before one has read it."""

from __future__ import annotations

import sys

import click

from parl.platform import alone_in_console


def pause(*, wanted: bool | None) -> None:
    """Wait for Enter if *wanted*; None: if the console is ours alone and closes with us."""
    if wanted is False or (wanted is None and not alone_in_console()):
        return
    try:
        terminal = open("CONIN$" if sys.platform == "win32" else "/dev/tty")  # noqa: SIM115 - closed below
    except OSError:
        return  # nobody is there to press it
    with terminal:
        click.echo("Press [enter] to close", err=True)
        terminal.readline()
