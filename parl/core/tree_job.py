"""What all jobs share that run as a tree of processes."""

from __future__ import annotations

from typing import TypeVar

from parl.core.job import Job
from parl.platform.base import ProcessTree

T = TypeVar("T")


class TreeJob(Job[T]):
    """A job in other processes: held, hurried and ended as a tree."""

    def __init__(self, grace_seconds: float) -> None:
        self._grace_seconds = grace_seconds
        self._tree: ProcessTree | None = None

    def end_rest(self) -> tuple[int, ...]:
        """End the processes that were left behind."""
        return self._tree.end(self._grace_seconds) if self._tree is not None else ()

    def close(self) -> None:
        """Let go of the tree."""
        if self._tree is not None:
            self._tree.close()

    def hurry(self) -> None:
        """Skip what is left of the grace."""
        if self._tree is not None:
            self._tree.hurry()

    def suspend(self) -> None:
        """Stop the tree's root: it may have been born too late for the terminal's own Ctrl-Z."""
        if self._tree is not None:
            self._tree.suspend()

    def resume(self) -> None:
        """Let the root go on."""
        if self._tree is not None:
            self._tree.resume()

    def reads_terminal(self) -> bool:
        """Whether a process of the tree is waiting for the terminal's keys just now."""
        return self._tree is not None and self._tree.reads_terminal()
