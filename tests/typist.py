"""Presses keys on a list that is shown on no terminal at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.output import DummyOutput

from parl.cli.key_presses import KeyPresses
from parl.cli.list_rows import Fragments
from parl.cli.list_screen import ListScreen
from parl.cli.screen_terminal import ScreenTerminal
from tests.conftest import PATIENCE_SECONDS, wait_until

T = TypeVar("T")

ENTER, ESCAPE, TAB, SHIFT_TAB, BACKSPACE = "\r", "\x1b", "\t", "\x1b[Z", "\x7f"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, PAGE_UP, PAGE_DOWN = "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~"

Step = str | Callable[[], object]
"""Keys to press; or a function, which is called again and again until it returns something true."""


class SizedOutput(DummyOutput):
    """A screen of that size, on which nothing is seen."""

    def __init__(self, rows: int, columns: int) -> None:
        self.size = Size(rows, columns)

    def get_size(self) -> Size:
        return self.size


class Keys(DummyInput):
    """A keyboard that is read as a terminal is, through parl's decoder; no descriptor, so it is the same everywhere.

    prompt_toolkit's own pipe decodes by itself on Windows.
    """

    def __init__(self) -> None:
        self._presses = KeyPresses()
        self._lock = threading.Lock()  # over what the pressing thread has a hand in
        self._typed = bytearray()
        self._is_unplugged = False
        self._wake: Callable[[], object] = lambda: None
        self._is_gone = False

    def press(self, keys: str) -> None:
        """Have *keys* read; any thread."""
        with self._lock:
            self._typed += keys.encode()
            self._wake()

    def close(self) -> None:
        """Have the end of input read after what was pressed; any thread."""
        with self._lock:
            self._is_unplugged = True
            self._wake()

    @property
    def closed(self) -> bool:
        return self._is_gone

    @contextmanager
    def attach(self, input_ready_callback: Callable[[], None]) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        with self._lock:
            self._wake = lambda: loop.call_soon_threadsafe(input_ready_callback)
            if self._typed or self._is_unplugged:
                self._wake()
        try:
            yield
        finally:
            with self._lock:
                self._wake = lambda: None

    def read_keys(self) -> list[KeyPress]:
        with self._lock:
            typed, self._typed = bytes(self._typed), bytearray()
            self._is_gone = self._is_unplugged
        return self._presses.feed(typed)

    def flush_keys(self) -> list[KeyPress]:
        return self._presses.flush()


class Typist:
    """A pair of a keyboard and a screen, and somebody who presses keys there."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self._keys = Keys()
        self.terminal = ScreenTerminal(self._keys, SizedOutput(rows, columns))

    def play(self, screen: ListScreen[T], *steps: Step) -> T | None:
        """Show *screen*, go through *steps* in a thread of their own, and return what ``show`` does.

        If it does not end then, the keyboard is unplugged: None.
        """
        is_over = threading.Event()
        errors: list[BaseException] = []

        def press() -> None:
            try:
                for step in steps:
                    if isinstance(step, str):
                        self._keys.press(step)
                    else:
                        wait_until(lambda now=step: is_over.is_set() or bool(now()), "the screen", 5.0)  # type: ignore[misc]
                is_over.wait(PATIENCE_SECONDS / 4)
            except AssertionError as error:
                errors.append(error)
            if not is_over.is_set():
                self._keys.close()

        pressing = threading.Thread(target=press)
        pressing.start()
        try:
            result = screen.show()
        finally:
            is_over.set()
            pressing.join()
        assert not errors, errors
        return result


@contextmanager
def typist(rows: int = 24, columns: int = 80) -> Iterator[Typist]:
    """Give a typist a new keyboard and a screen of that size."""
    yield Typist(rows, columns)


def text_of(lines: list[Fragments]) -> list[str]:
    """Return what one reads in *lines*."""
    return ["".join(text for _, text in line) for line in lines]
