"""A tree of processes that can be found again wherever it hides: each carries a mark. Linux only."""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections import Counter
from contextlib import suppress
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING, NamedTuple, Self

from benchmarks.comparison import MeasurementError
from benchmarks.pseudo_terminal import PseudoTerminal, child_environment, exit_code_of, has_input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_MARK = "BENCHMARK_MARK"
_REPORTS = 3
_SESSION_LEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "session_leader.py")
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.01
_SETTLE_SECONDS = 0.05
# So long is waited for what is left when the wrapper has gone.
_AFTERWARDS_SECONDS = 0.5


class Ending(NamedTuple):
    """How a tree ended: how long that took, how many processes still run, and the wrapper's code, None if it runs."""

    seconds: float
    survivors: int
    code: int | None


class MarkedTree:
    """A command in the foreground of a pseudo-terminal, and all that it starts: they inherit a mark of ours.

    Use it in a ``with`` block: what is still alive at its end is killed.
    """

    def __init__(self, argv: list[str], cwd: str) -> None:
        self._mark = f"{_MARK}={uuid.uuid4()}".encode()
        self.terminal = PseudoTerminal()
        reader, writer = os.pipe()
        self._session = self.terminal.start(
            # env sets the mark, and changes the folder: posix_spawn cannot.
            [sys.executable, "-P", _SESSION_LEADER, "env", "-C", cwd, self._mark.decode(), *argv],
            (os.POSIX_SPAWN_DUP2, writer, _REPORTS),
            environment=child_environment(),
        )
        os.close(writer)
        self._reports = os.fdopen(reader)
        self.leader = int(self._reports.readline())
        """The command: it leads a group of processes, not the session."""

    def wait_until_complete(self, names: Mapping[str, int]) -> None:
        """Wait until these programs run, each at least as often as said."""
        give_up = monotonic() + _PATIENCE_SECONDS
        while not Counter(names) <= Counter(self._living().values()):
            if monotonic() > give_up:
                raise MeasurementError(f"{self._living()} run, not {names}: {self.terminal.read_rest()!r}")
            sleep(_LOOK_SECONDS)
        sleep(_SETTLE_SECONDS)

    def end(self, act: Callable[[], None], patience_seconds: float) -> Ending:
        """Do *act*, and return how long after it the leader, and what else ended of the tree, have ended.

        The leader is given *patience_seconds*.
        """
        # A pidfd tells the end of a process at once, and nobody has to look again and again.
        handles = [os.pidfd_open(pid) for pid in sorted(self._living(), key=lambda pid: pid != self.leader)]
        began = last = perf_counter()
        act()
        limit = began + patience_seconds
        for handle in handles:
            if has_input(handle, max(0.0, limit - perf_counter())):
                last = perf_counter()
            limit = min(limit, perf_counter() + _AFTERWARDS_SECONDS)
        for handle in handles:
            os.close(handle)
        survivors = self._living()
        if self.leader in survivors:
            return Ending(perf_counter() - began, len(survivors), None)
        return Ending(last - began, len(survivors), int(self._reports.readline()))

    def _living(self) -> dict[int, str]:
        """Return pid and name, and that it is stopped, of all that carry the mark (a zombie carries nothing)."""
        found: dict[int, str] = {}
        for entry in os.listdir("/proc"):
            with suppress(OSError):
                if entry.isdigit() and self._mark in _contents(f"/proc/{entry}/environ").split(b"\0"):
                    found[int(entry)] = _name_of(f"/proc/{entry}")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pid in self._living():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.kill(self._session, signal.SIGKILL)
        exit_code_of(self._session)
        self._reports.close()
        self.terminal.__exit__(kind, error, traceback)


def _name_of(folder: str) -> str:
    stopped = b"\nState:\tT" in _contents(f"{folder}/status")
    return _contents(f"{folder}/comm").decode().strip() + (", stopped" if stopped else "")


def _contents(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
