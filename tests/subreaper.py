"""Who survives: the orphans of what a test starts come to the test's own process. Linux only."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from parl.platform.linux_control import set_child_subreaper
from parl.platform.procfs import children_of
from tests.processes import state_of


class Subreaper:
    """Takes in what is left of the trees that are started in its ``with`` block, and ends it with the block.

    Unlike a mark in the environment this shows every process at every moment: also one in the middle of an
    exec, one that has ended and that nobody has waited for, and one that hides its environment.
    """

    def __enter__(self) -> Self:
        self._others = set(children_of(os.getpid()))
        set_child_subreaper(on=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while orphans := self._orphans():
            for pid in orphans:
                _kill_with_all_below(pid)
        set_child_subreaper(on=False)

    def survivors(self) -> list[str]:
        """Return what is left, each with its state, name and words."""
        return [_description(pid) for pid in self._orphans()]

    def _orphans(self) -> set[int]:
        return set(children_of(os.getpid())) - self._others


def _kill_with_all_below(pid: int) -> None:
    for child in list(children_of(pid)):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # whatever it has started comes to us
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _description(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return f"{pid} {state_of(pid)} {words[:200]}"
