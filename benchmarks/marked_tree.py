"""A tree of processes that can be found again wherever it hides: each carries a mark. Linux only."""

from __future__ import annotations

import os
import signal
import uuid
from collections import Counter
from contextlib import suppress
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING, Self

from benchmarks.comparison import MeasurementError
from benchmarks.pseudo_terminal import PseudoTerminal, child_environment, exit_code_of, has_input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

_MARK = "BENCHMARK_MARK"
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.01
_SETTLE_SECONDS = 0.05


class MarkedTree:
    """A command in a pseudo-terminal, and all that it starts: they inherit a mark of ours.

    Use it in a ``with`` block: what is still alive at its end is killed.
    """

    def __init__(self, argv: list[str], cwd: str) -> None:
        self._mark = f"{_MARK}={uuid.uuid4()}".encode()
        self.terminal = PseudoTerminal()
        name, _, value = self._mark.decode().partition("=")
        # env changes the folder: posix_spawn cannot.
        self.leader = self.terminal.start(["env", "-C", cwd, *argv], environment=child_environment(**{name: value}))
        self._reaped = False

    def wait_until_complete(self, names: Mapping[str, int], wrapper: int) -> None:
        """Wait until exactly these programs run, each as often as said, besides *wrapper* others."""
        give_up = monotonic() + _PATIENCE_SECONDS
        while not self._is_complete(names, wrapper):
            if monotonic() > give_up:
                raise MeasurementError(f"{self._living()} run, not {names}: {self.terminal.read_rest()!r}")
            sleep(_LOOK_SECONDS)
        sleep(_SETTLE_SECONDS)

    def seconds_to_end(self, act: Callable[[], None]) -> float:
        """Return how long after *act* the leader and every process of the tree have ended."""
        # A pidfd tells the end of a process at once, and nobody has to look again and again.
        handles = [os.pidfd_open(pid) for pid in sorted(self._living(), key=lambda pid: pid != self.leader)]
        began = perf_counter()
        act()
        ended = [has_input(handle, _PATIENCE_SECONDS) for handle in handles]
        seconds = perf_counter() - began
        for handle in handles:
            os.close(handle)
        if not all(ended):
            raise MeasurementError(f"still alive after {_PATIENCE_SECONDS} s: {self._living()}")
        return seconds

    def expect_end(self, codes: Sequence[int]) -> None:
        """Reap the leader; MeasurementError for an exit code not in *codes*, or if anything survives."""
        self._reaped = True
        if (ended_with := exit_code_of(self.leader)) not in codes:
            raise MeasurementError(f"ended with {ended_with}, not {codes}: {self.terminal.read_rest()!r}")
        if survivors := self._living():
            raise MeasurementError(f"survivors: {survivors}")

    def _is_complete(self, names: Mapping[str, int], wrapper: int) -> bool:
        counted = Counter(self._living().values())
        return counted.total() == sum(names.values()) + wrapper and names.items() <= counted.items()

    def _living(self) -> dict[int, str]:
        """Return pid and name of every process that carries the mark (a zombie carries nothing)."""
        found: dict[int, str] = {}
        for entry in os.listdir("/proc"):
            with suppress(OSError):
                if entry.isdigit() and self._mark in _contents(f"/proc/{entry}/environ").split(b"\0"):
                    found[int(entry)] = _contents(f"/proc/{entry}/comm").decode().strip()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pid in self._living():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not self._reaped:
            exit_code_of(self.leader)
        self.terminal.__exit__(kind, error, traceback)


def _contents(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
