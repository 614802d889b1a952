"""The terminal as prompt_toolkit reads and paints it: the controlling one, wherever stdin and stdout go."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import NamedTuple, TextIO

from prompt_toolkit.input import Input
from prompt_toolkit.output import ColorDepth, Output

from parl.cli.color import chosen_color


class ScreenTerminal(NamedTuple):
    """Where keys come from and where the screen is painted."""

    input: Input
    output: Output
    release: Callable[[], AbstractContextManager[None]] = nullcontext
    """Returns a context in which the terminal's settings are as they were found."""
    close: Callable[[], object] = lambda: None


def color_depth() -> ColorDepth | None:
    """Return how many colours to use; None leaves it to the terminal."""
    return ColorDepth.DEPTH_1_BIT if chosen_color() is False else None


if sys.platform == "win32":
    from prompt_toolkit.input import create_input
    from prompt_toolkit.output import create_output

    def open_screen_terminal() -> ScreenTerminal | None:
        """Open the console; None where prompt_toolkit finds none (git-bash, mintty)."""
        from prompt_toolkit.output.win32 import NoConsoleScreenBufferError

        from parl.platform.windows_console import screen_as_stdout

        stack = ExitStack()
        try:
            stack.enter_context(screen_as_stdout())
            terminal = ScreenTerminal(create_input(always_prefer_tty=True), create_output(), close=stack.close)
        except (NoConsoleScreenBufferError, OSError):
            stack.close()
            return None
        return terminal

    def make_loop() -> asyncio.AbstractEventLoop:
        """Return the loop that prompt_toolkit's input runs on."""
        return asyncio.new_event_loop()

else:
    from prompt_toolkit.data_structures import Size
    from prompt_toolkit.input.vt100 import Vt100Input
    from prompt_toolkit.output.vt100 import Vt100_Output

    from parl.platform.unix_modes import CbreakMode

    class _TtyInput(Vt100Input):
        """Keys in cbreak mode: prompt_toolkit's raw mode would swallow Ctrl-C and Ctrl-Z."""

        def raw_mode(self) -> CbreakMode:
            self.mode = CbreakMode(self.fileno())
            return self.mode

        def released(self) -> AbstractContextManager[None]:
            return self.mode.released()

    class _TtyOutput(Vt100_Output):
        def erase_down(self) -> None:
            # The cursor's line first, and what is below by itself: tmux takes it for a `clear` if all is erased from
            # the top left corner, and keeps what was there, so that each change of its size would leave a copy.
            self.write_raw("\x1b7\x1b[K\x1b[E\x1b[J\x1b8")

    def open_screen_terminal() -> ScreenTerminal | None:
        """Open the controlling terminal; None where there is none."""
        try:
            with ExitStack() as stack:
                # Two open files: text that is both read and written must be seekable.
                keys = stack.enter_context(open("/dev/tty", encoding="utf-8", errors="surrogateescape"))
                screen = stack.enter_context(open("/dev/tty", "w", encoding="utf-8"))
                # A mute terminal would cost a second and a warning: we do not ask where the cursor is.
                output = _TtyOutput(screen, lambda: _size(screen), term=os.environ.get("TERM"), enable_cpr=False)
                source = _TtyInput(keys)
                return ScreenTerminal(source, output, source.released, stack.pop_all().close)
        except OSError:
            return None

    def _size(screen: TextIO) -> Size:
        try:
            columns, rows = os.get_terminal_size(screen.fileno())
        except OSError:
            columns = rows = 0
        return Size(rows=rows or 24, columns=columns or 80)

    def make_loop() -> asyncio.AbstractEventLoop:
        """Return a loop that can wait for /dev/tty."""
        if sys.platform == "darwin":
            import selectors

            return asyncio.SelectorEventLoop(selectors.SelectSelector())  # kqueue cannot
        return asyncio.new_event_loop()
