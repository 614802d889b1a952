"""A line of what people type or scripts write, read so that not one byte more is taken."""

from __future__ import annotations

import os
import sys
import time

from parl.cli.printable import printable
from parl.cli.speech import say, say_on_terminal, stderr_is_terminal, write_words
from parl.core.side_thread import start_side_thread
from parl.platform import is_terminal

_SIGNAL_SECONDS = 0.2


class LineReader:
    """Asks on stderr, or on the terminal where only that can answer, and reads the answer from *descriptor*.

    Byte by byte, as ``read`` of the shell does: what follows belongs to the command that is chosen.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self.is_terminal: bool = is_terminal(descriptor)
        self._speaks_to_terminal = self.is_terminal and not stderr_is_terminal()

    def ask(self, prompt: str) -> str:
        """Return the next line. Raises EOFError at the end of input, where nobody can answer."""
        write_words(printable(prompt), to_terminal=self._speaks_to_terminal)
        line = self._read()
        if line is None:
            self.say("")
            raise EOFError
        text = line.rstrip(b"\r\n").decode("utf-8-sig", "replace")  # PowerShell begins with a mark
        if not self.is_terminal:
            self.say(text)  # nobody has seen it typed
        return text

    def ask_within(self, prompt: str, seconds: float | None) -> str | None:
        """As ``ask``, but return None if there is no answer after *seconds*; then it must not be asked again."""
        if seconds is None:
            return self.ask(prompt)
        answers: list[str | None] = []

        def ask() -> None:
            try:
                answers.append(self.ask(prompt))
            except EOFError:
                answers.append(None)

        start_side_thread(ask, name="parl-answer", purpose="the answer").join(seconds)
        if answers == [None]:
            raise EOFError
        return answers[0] if answers else None

    def say(self, words: str) -> None:
        """Say *words*, one line, to whom is asked."""
        (say_on_terminal if self._speaks_to_terminal else say)(words)

    def _read(self) -> bytes | None:
        line = b""
        try:
            while not line.endswith(b"\n") and (byte := os.read(self._descriptor, 1)):
                line += byte
        except OSError:
            pass  # closed, or the terminal is gone
        if sys.platform == "win32" and not line and self.is_terminal:
            # So a Ctrl-C ends a read of the console, too: what it does to us is on its way, and must not be overtaken.
            time.sleep(_SIGNAL_SECONDS)
        return line or None
