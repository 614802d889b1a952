"""A terminal that a menu is shown on: what stands on it, since when, and whether the menu has come to rest."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from benchmarks.comparison import MeasurementError
from benchmarks.pseudo_terminal import TOP_LEFT, WHERE_IS_THE_CURSOR, PseudoTerminal, exit_code_of, has_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

_SIZE = (24, 80)
_PATIENCE_SECONDS = 60.0
_ITEM = re.compile(r"[a-z]+(?:/[a-z]+)+\.txt")
_APPLICATION_KEYS = b"\x1b[?1h"
# It rests when it has written nothing for so long, and used less than a tenth of a processor.
_REST_SECONDS, _RESTING_SHARE = 0.2, 0.1
# So long is read before what came is looked at: to look takes time, which no answer should be charged.
_BURST_SECONDS = 0.5


class Row(NamedTuple):
    """An item on the screen: where, what, and how all of its line looks."""

    line: int
    item: str
    look: tuple[Any, ...]


class Answer(NamedTuple):
    """How long after a key its effect was seen, and the last byte was written, in seconds."""

    seen: float
    complete: float


class MenuTerminal(PseudoTerminal):
    """A terminal of 24 lines with one menu on it, which is killed at the end. Linux only."""

    def __init__(self, argv: Sequence[str], stdin: str | int | None = None, *, stdout: str | None = None) -> None:
        """*stdin*: a file, or an open descriptor, *stdout*: a file, instead of the terminal."""
        super().__init__()
        import termios

        import pyte

        self._screen = pyte.Screen(_SIZE[1], _SIZE[0])
        self._stream = pyte.ByteStream(self._screen)
        self._unseen: list[tuple[float, bytes]] = []
        # Before the start: nobody is to see another size first.
        termios.tcsetwinsize(self.master, _SIZE)
        descriptors: list[tuple[Any, ...]] = []
        if isinstance(stdin, int):
            descriptors.append((os.POSIX_SPAWN_DUP2, stdin, 0))
        elif stdin is not None:
            descriptors.append((os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0))
        if stdout is not None:
            descriptors.append((os.POSIX_SPAWN_OPEN, 1, stdout, os.O_WRONLY, 0))
        self._began = perf_counter()
        self._pid = self.start(argv, *descriptors)
        self._process = psutil.Process(self._pid)

    def first_paint(self, item: str) -> float:
        """Wait until *item* is on the screen: the seconds since the start."""
        words = item.encode()
        while words not in self.screen:
            if not self._read(self._began + _PATIENCE_SECONDS - perf_counter()):
                raise MeasurementError(f"{item!r} did not appear; on the screen: {self.screen[-2000:]!r}")
        return self._unseen[-1][0] - self._began

    def rows(self) -> list[Row]:
        """Return the items on the screen, as far as it has been looked at."""
        lines = enumerate(self._screen.display)
        return [
            Row(number, found[0], tuple(self._screen.buffer[number][column] for column in range(_SIZE[1])))
            for number, line in lines
            if (found := _ITEM.search(line))
        ]

    def down(self) -> bytes:
        """Return what the key Down sends: in a terminal that is what the menu has asked for."""
        return b"\x1bOB" if _APPLICATION_KEYS in self.screen else b"\x1b[B"

    def answer_to(
        self, key: bytes, is_answer: Callable[[Sequence[Row], Sequence[Row]], bool], *, until_rest: bool = True
    ) -> Answer:
        """Type *key*; wait until *is_answer* says so of the items before and now, and then until the menu rests."""
        for _ in self._look():
            pass
        before = self.rows()
        if is_answer(before, before):
            raise MeasurementError(f"{key!r}: would change nothing on the screen: {self._screen.display}")
        began = perf_counter()
        self.press(key)
        seen = last = 0.0
        while not seen:
            self._expect_more(key, began)
            for last in self._look():
                if not seen and is_answer(before, self.rows()):
                    seen = last
        if until_rest:
            self._rest(began)
            last = [last, *self._look()][-1]
        return Answer(seen - began, last - began)

    def rest(self) -> None:
        """Wait until nothing happens any more."""
        self._rest(perf_counter())

    def read_for(self, seconds: float) -> None:
        """Let time go by."""
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0:
            self._read(left)

    def peak_megabytes(self) -> float:
        """Return the most memory that the menu's process has had."""
        with open(f"/proc/{self._pid}/status") as file:
            kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        return kilobytes / 1024

    def _expect_more(self, key: bytes, began: float) -> None:
        if not self._read(began + _PATIENCE_SECONDS - perf_counter()):
            raise MeasurementError(f"{key!r} was not answered; on the screen: {self._screen.display}")
        end = perf_counter() + _BURST_SECONDS
        while (left := end - perf_counter()) > 0 and self._read(min(left, _REST_SECONDS / 2)):
            pass

    def _rest(self, began: float) -> None:
        while perf_counter() - began < _PATIENCE_SECONDS:
            used = self._cpu_seconds()
            if not self._read(_REST_SECONDS) and self._cpu_seconds() - used < _RESTING_SHARE * _REST_SECONDS:
                return
        raise MeasurementError(f"does not come to rest; on the screen: {self._screen.display}")

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _read(self, seconds: float) -> bool:
        """Read what there is, or comes within *seconds*; False if nothing does."""
        if not has_input(self.master, max(0.0, seconds)):
            return False
        data = os.read(self.master, 1 << 16)
        self._unseen.append((perf_counter(), data))
        if WHERE_IS_THE_CURSOR in self.screen[-len(WHERE_IS_THE_CURSOR) + 1 :] + data:
            self.press(TOP_LEFT)
        self.screen += data
        return True

    def _look(self) -> Iterator[float]:
        """Put what was read on the screen, piece by piece: when each was written."""
        while self._unseen:
            moment, data = self._unseen.pop(0)
            self._stream.feed(data)
            yield moment

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        exit_code_of(self._pid)
        super().__exit__(kind, error, traceback)
