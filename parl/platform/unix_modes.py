"""Terminal settings on POSIX: keys at once and unechoed, and back."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

Settings = list[Any]
IFLAG, LFLAG, CC = 0, 3, 6
"""Places in what tcgetattr returns."""
_NO_CHARACTER = b"\0" if sys.platform == "linux" else b"\xff"


def cbreak(found: Settings) -> Settings:
    """Return *found* with keys at once and unechoed. Not raw: Ctrl-C must stay a signal."""
    settings = [*found[:CC], [*found[CC]]]
    settings[LFLAG] &= ~(termios.ECHO | termios.ICANON)
    if sys.platform == "linux":
        # Means nothing here, and shows a prompt for a password that asks in the midst of the
        # work: sudo and ssh clear it together with the echo.
        settings[LFLAG] |= termios.ECHONL
    settings[CC][termios.VMIN] = 1
    settings[CC][termios.VTIME] = 0
    return settings


def is_cooked(settings: Settings) -> bool:
    """Whether lines are edited and shown: nobody has the terminal to himself."""
    both = termios.ICANON | termios.ECHO
    return bool(settings[LFLAG] & both == both)


def signals_typed(data: bytes, settings: Settings) -> list[int]:
    """Return the signals that a terminal with *settings* would have made of *data*."""
    if not settings[LFLAG] & termios.ISIG:
        return []
    places = {signal.SIGINT: termios.VINTR, signal.SIGQUIT: termios.VQUIT, signal.SIGTSTP: termios.VSUSP}
    return [number for number, place in places.items() if settings[CC][place] in data.replace(_NO_CHARACTER, b"")]


class CbreakMode:
    """Inside the ``with`` block keys of *terminal* arrive at once and unechoed; what was typed before does, too.

    Ctrl-S is a key there, and does not stop a screen that is painted.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._found: Settings | None = None
        self._ours: Settings | None = None
        self._is_inside = False
        self._is_last_time = False

    def __enter__(self) -> None:
        self._is_inside = True
        with suppress(termios.error):
            self._found = termios.tcgetattr(self._terminal)
            settings = cbreak(self._found)
            settings[IFLAG] &= ~termios.IXON
            termios.tcsetattr(self._terminal, termios.TCSANOW, settings)
            self._ours = termios.tcgetattr(self._terminal)  # as the system understood it

    @contextmanager
    def released(self) -> Iterator[None]:
        """In this context the settings are those that were found; after ``hurry`` they stay so."""
        if not self._is_inside:
            yield
            return
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            if not self._is_last_time:
                self.__enter__()

    def hurry(self) -> None:
        """Be about to end: in the background, to take the terminal once more would stop us; any signal handler."""
        self._is_last_time = True

    def tidy(self) -> None:
        """Mend what a program that had the terminal has left behind: its mode, and keys that it did not read."""
        with suppress(termios.error):
            if self._found is not None and not is_cooked(termios.tcgetattr(self._terminal)):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._found)
            termios.tcflush(self._terminal, termios.TCIFLUSH)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_inside = False
        if self._found is None:
            return
        with suppress(termios.error), touching_from_background():
            # In the background it may be somebody else's by now: then only what is still ours is mended.
            if is_in_foreground(self._terminal) or termios.tcgetattr(self._terminal) == self._ours:
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._found)


def is_in_foreground(terminal: int) -> bool:
    """Whether this process may touch *terminal*: from the background that would stop it, by SIGTTOU or SIGTTIN."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True  # not our controlling terminal: no job control on it


@contextmanager
def touching_from_background() -> Iterator[None]:
    """In this context the terminal's settings can be changed from the background, too."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
