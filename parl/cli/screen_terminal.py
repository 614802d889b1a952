"""The terminal as prompt_toolkit reads and paints it: the controlling one, wherever stdin and stdout go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from prompt_toolkit.input import Input
from prompt_toolkit.output import ColorDepth, Output

from parl.cli.color import chosen_color

if TYPE_CHECKING:
    import asyncio


def _nothing() -> None:
    """Do nothing: what a system needs not."""


class ScreenTerminal(NamedTuple):
    """Where keys come from and where the screen is painted."""

    input: Input
    output: Output
    release: Callable[[], AbstractContextManager[None]] = nullcontext
    """Returns a context in which the terminal's settings are as they were found."""
    tidy: Callable[[], object] = _nothing
    """Mends what a program that had the terminal has left behind: its mode, and keys that it did not read."""
    hurry: Callable[[], object] = _nothing
    """Has nothing wait for a terminal that takes no output, or is somebody else's; any signal handler."""
    close: Callable[[], object] = _nothing


def open_screen_terminal() -> ScreenTerminal | None:
    """Open the controlling terminal; None where there is none, or prompt_toolkit finds no console."""
    if sys.platform == "win32":
        from parl.cli.windows_screen import open_console

        return open_console()
    else:
        from parl.cli.unix_screen import open_tty

        return open_tty()


def make_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that can wait for the terminal's keys. Raises OSError where no descriptor is left for it."""
    import asyncio

    if sys.platform == "win32":
        return asyncio.new_event_loop()
    else:
        import selectors

        class Loop(asyncio.SelectorEventLoop):
            is_whole = False

            def is_closed(self) -> bool:
                # Of one that could not be made, its finalizer would complain on stderr: it wants to close it.
                return not self.is_whole or super().is_closed()

        # On macOS kqueue cannot wait for /dev/tty.
        loop = Loop(selectors.SelectSelector() if sys.platform == "darwin" else None)
        loop.is_whole = True
        return loop


def color_depth() -> ColorDepth | None:
    """Return how many colours to use; None leaves it to the terminal."""
    return ColorDepth.DEPTH_1_BIT if chosen_color() is False else None
