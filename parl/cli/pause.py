"""The lesson's note 17: wait for Enter, so that the window does not close before one has read it."""

from __future__ import annotations

from parl.cli.speech import say
from parl.platform import TERMINAL_KEYS, alone_in_console

_wanted: bool | None = None


def choose_pause(*, wanted: bool | None) -> None:
    """Decide what ``pause`` will do; None: wait if the console is ours alone and closes with us.

    For the whole process: an error ends it from anywhere, and its message is just what one must read.
    """
    global _wanted
    _wanted = wanted


def pause() -> None:
    """Wait for Enter, if that was chosen."""
    if _wanted is False or (_wanted is None and not alone_in_console()):
        return
    try:
        terminal = open(TERMINAL_KEYS)  # noqa: SIM115 - closed below
    except OSError:
        return  # nobody is there to press it
    with terminal:
        say("Press [enter] to close")
        terminal.readline()
