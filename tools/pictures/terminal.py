"""A program in a pseudo-terminal, and the screen that a person would see."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

_PATIENCE_SECONDS = 60.0
_QUIET_SECONDS = 0.04
_LOOK_SECONDS = 0.01

Condition = str | Callable[[list[str]], bool]
"""Words that are to be seen, or a question to the lines on the screen."""


class Terminal:
    """A program whose terminal has so many *rows* and *columns*. Use it as a context."""

    def __init__(self, argv: Sequence[str], folder: Path, rows: int, columns: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._program = pexpect.spawn(
            argv[0], list(argv[1:]), cwd=str(folder), env=dict(_environment(folder)), dimensions=(rows, columns)
        )
        self._program.delaybeforesend = None

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without blank ends."""
        return [line.rstrip() for line in self.screen.display]

    def press(self, keys: str) -> None:
        """Press keys."""
        self._program.send(keys)

    def feed(self, seconds: float = 0.0) -> bool:
        """Take in what is written within so many *seconds*; return whether that was anything."""
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            data: Any = self._program.read_nonblocking(65536, timeout=seconds)  # bytes, whatever its types say
            self._stream.feed(data)
            return True
        return False

    def wait_for(self, condition: Condition) -> None:
        """Wait until *condition* holds and the program has painted all it had to."""
        self.watch(condition, lambda: None)
        while self.feed(_QUIET_SECONDS):
            pass

    def watch(self, condition: Condition, look: Callable[[], None]) -> None:
        """Call *look* after each painting, until *condition* holds."""
        deadline = monotonic() + _PATIENCE_SECONDS
        while not self._holds(condition):
            if monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {condition!r} on this screen:\n" + "\n".join(self.lines))
            if self.feed(_LOOK_SECONDS):
                look()

    def _holds(self, condition: Condition) -> bool:
        if isinstance(condition, str):
            return any(condition in line for line in self.lines)
        return condition(self.lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._program.close(force=True)


def _environment(folder: Path) -> Mapping[str, str]:
    """Return what everybody has, so that no picture shows whose machine it was made on."""
    programs = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    return {
        "PATH": programs,
        "HOME": str(folder.parent),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "SHELL": "/bin/sh",
        "PS1": r"\[\e[32m\]$\[\e[0m\] ",
        "INPUTRC": str(folder.parent / ".inputrc"),
    }
