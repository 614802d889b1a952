"""A terminal in which one reads what a person sees: what the program writes goes through an emulator."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from collections.abc import Callable
from typing import Any

import pyte

from tests.conftest import wait_until
from tests.piped import PARL
from tests.terminal import SECONDS, Session

MODES_ON = {"\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1006h"}
"""What switches a mouse on."""


class ScreenSession(Session):
    """A program in a terminal whose screen is read back; see the base."""

    def __init__(self, *words: str, rows: int = 24, columns: int = 80, **options: Any) -> None:
        self.raw = b""
        self.emulator = pyte.HistoryScreen(columns, rows)
        self._stream = pyte.ByteStream(self.emulator)
        self._size = rows, columns
        super().__init__(words, **options)

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the window, and of what is shown in it."""
        rows, columns = self._size if not self.raw and (rows, columns) == (24, 80) else (rows, columns)
        if (rows, columns) != (self.emulator.lines, self.emulator.columns):
            self.feed()
            self.emulator.resize(rows, columns)
        super().resize(rows, columns)

    def feed(self) -> None:
        """Show what was written meanwhile."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # nobody has it open any more
                return
            self.raw += data
            self._stream.feed(data)

    def _drain(self) -> bool:
        self.feed()
        return False

    @property
    def lines(self) -> list[str]:
        """The lines on the screen that are not empty."""
        self.feed()
        return [line.rstrip() for line in self.emulator.display if line.strip()]

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines)

    def wait_for(self, condition: str | Callable[[str], bool]) -> str:
        """Wait until the words, or what the function asks for, are on the screen; return that."""
        holds = (lambda text: condition in text) if isinstance(condition, str) else condition
        with contextlib.suppress(AssertionError):
            wait_until(lambda: holds(self.text), repr(condition), SECONDS)
            return self.text
        raise AssertionError(f"waited in vain for {condition!r} on this screen:\n{self.text}")

    def wait_gone(self, words: str) -> None:
        """Wait until *words* are not on the screen any more."""
        self.wait_for(lambda text: words not in text)

    @property
    def sent(self) -> str:
        """All that was written to the terminal."""
        self.feed()
        return self.raw.decode(errors="replace")

    def wait_for_shell(self, words: str = "") -> None:
        """Wait until *words* are on the screen, and behind them the shell's prompt."""
        self.wait_for(lambda text: words in text and text.endswith("\n<READY>"))

    def left_as_found(self) -> None:
        """Check the terminal's settings and modes, and that nobody is left."""
        self.feed()
        assert self.settings() == self.found_settings
        assert not fcntl.fcntl(self.slave, fcntl.F_GETFL) & os.O_NONBLOCK
        assert self.survivors() == []
        assert self.sent.rfind("\x1b[?25l") <= self.sent.rfind("\x1b[?25h"), "the cursor is hidden"
        assert self.sent.rfind("\x1b[?2004h") <= self.sent.rfind("\x1b[?2004l"), "a paste comes in brackets"
        assert "\x1b[?1049" not in self.sent
        assert not any(mode in self.sent for mode in MODES_ON)
        assert not self.emulator.cursor.attrs.bold


def menu(*words: str, **options: Any) -> ScreenSession:
    """Start ``parl menu`` in a new terminal."""
    return ScreenSession(PARL, "menu", *words, **options)


def bash(*, setup: str = "", **options: Any) -> ScreenSession:
    """Start an interactive bash, ready for a line."""
    session = ScreenSession(
        "bash", "--norc", "--noprofile", "-i", **{"env": {"PS1": "<READY>", "PARL_BIN": PARL}} | options
    )
    session.wait_for("<READY>")
    session.press(f"bind 'set enable-bracketed-paste off'; {setup}clear\n")
    session.wait_for(lambda text: text == "<READY>")
    session.found_settings = session.settings()
    return session
