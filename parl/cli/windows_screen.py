"""The console, for prompt_toolkit."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of prompt_toolkit applies

from contextlib import ExitStack

from prompt_toolkit.input import create_input
from prompt_toolkit.output import create_output
from prompt_toolkit.output.win32 import NoConsoleScreenBufferError

from parl.cli.screen_terminal import ScreenTerminal
from parl.platform.windows_console import console_as_standard_streams


def open_console() -> ScreenTerminal | None:
    """Open it; None where prompt_toolkit finds none (git-bash, mintty)."""
    with ExitStack() as stack:
        try:
            screen = stack.enter_context(console_as_standard_streams())
            source, output = create_input(always_prefer_tty=True), create_output(screen)
        except (NoConsoleScreenBufferError, OSError):
            return None
        return ScreenTerminal(source, output, close=stack.pop_all().close)
