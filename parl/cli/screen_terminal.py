"""The terminal as prompt_toolkit reads and paints it: the controlling one, wherever stdin and stdout go."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import NamedTuple, TextIO, cast

from prompt_toolkit.input import Input
from prompt_toolkit.output import ColorDepth, Output

from parl.cli.color import chosen_color

_READ_BYTES = 4096
_WRITE_PATIENCE_SECONDS = 0.1


class ScreenTerminal(NamedTuple):
    """Where keys come from and where the screen is painted."""

    input: Input
    output: Output
    release: Callable[[], AbstractContextManager[None]] = nullcontext
    """Returns a context in which the terminal's settings are as they were found."""
    hurry: Callable[[], object] = lambda: None
    """Have nothing wait for a terminal that takes no output; any signal handler."""
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
    from prompt_toolkit.key_binding import KeyPress
    from prompt_toolkit.output.vt100 import Vt100_Output

    from parl.cli.key_presses import KeyPresses
    from parl.platform import is_writable
    from parl.platform.unix_modes import CbreakMode

    class _TtyInput(Vt100Input):
        """Keys in cbreak mode: prompt_toolkit's raw mode would swallow Ctrl-C and Ctrl-Z."""

        def __init__(self, keys: TextIO) -> None:
            super().__init__(keys)
            self._presses = KeyPresses()
            self._is_gone = False
            self.mode = CbreakMode(keys.fileno())

        @property
        def closed(self) -> bool:
            return self._is_gone

        def raw_mode(self) -> CbreakMode:
            return self.mode

        def read_keys(self) -> list[KeyPress]:
            try:
                data = os.read(self.fileno(), _READ_BYTES)
            except BlockingIOError:
                return []
            except OSError:
                data = b""
            self._is_gone = not data  # end of file, or EIO: hung up
            return self._presses.feed(data)

        def flush_keys(self) -> list[KeyPress]:
            return self._presses.flush()

    class _Writer:
        """Writes to the terminal, and waits where that takes nothing (after Ctrl-S), but not when parl is to end."""

        def __init__(self, terminal: int) -> None:
            self._terminal = terminal
            self.encoding = (sys.stderr and sys.stderr.encoding) or "utf-8"
            self.is_patient = True

        def write(self, text: str) -> None:
            data = text.encode(self.encoding, "replace")
            while data:
                try:
                    data = data[os.write(self._terminal, data) :]
                except BlockingIOError:
                    if not self.is_patient:
                        return
                    is_writable(self._terminal, _WRITE_PATIENCE_SECONDS)
                except OSError:
                    return  # hung up: its signal, or the end of its keys, is about to tell

        def flush(self) -> None:
            """Nothing is held back."""

        def hurry(self) -> None:
            self.is_patient = False

    class _TtyOutput(Vt100_Output):
        def erase_down(self) -> None:
            # The cursor's line first, and what is below by itself: tmux takes it for a `clear` if all is erased from
            # the top left corner, and keeps what was there, so that each change of its size would leave a copy.
            self.write_raw("\x1b7\x1b[K\x1b[E\x1b[J\x1b8")

    def open_screen_terminal() -> ScreenTerminal | None:
        """Open the controlling terminal; None where there is none."""
        try:
            # An open file of our own: its O_NONBLOCK is nobody else's.
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return None
        source = _TtyInput(open(terminal, encoding="utf-8", closefd=False))  # noqa: SIM115 - no more than its number
        writer = _Writer(terminal)
        # A mute terminal would cost a second and a warning: we do not ask where the cursor is.
        output = _TtyOutput(
            cast("TextIO", writer), lambda: _size(terminal), term=os.environ.get("TERM"), enable_cpr=False
        )
        return ScreenTerminal(source, output, source.mode.released, writer.hurry, lambda: os.close(terminal))

    def _size(terminal: int) -> Size:
        try:
            columns, rows = os.get_terminal_size(terminal)
        except OSError:
            columns = rows = 0
        return Size(rows=rows or 24, columns=columns or 80)

    def make_loop() -> asyncio.AbstractEventLoop:
        """Return a loop that can wait for /dev/tty."""
        if sys.platform == "darwin":
            import selectors

            return asyncio.SelectorEventLoop(selectors.SelectSelector())  # kqueue cannot
        return asyncio.new_event_loop()
