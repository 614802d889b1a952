"""Workers that do their tasks in this process, for tests of what is around them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from parl.platform.base import Answered, Ended, Workers

T = TypeVar("T")


class InlineWorkers(Workers[T]):
    """Nothing is started: each wait does one task."""

    def __init__(self, serve: Callable[[T], bytes], tasks: Sequence[T], *, may_fork: bool = True) -> None:
        super().__init__(serve, tasks)
        self._queue: deque[int] = deque()
        self._living: list[int] = []

    def offer(self, numbers: Sequence[int]) -> int:
        self._queue = deque(numbers)
        return len(numbers)

    def start(self) -> int:
        self._living.append(len(self._living) + 1)
        return self._living[-1]

    def wait(self) -> list[Answered | Ended]:
        if self._queue:
            number = self._queue.popleft()
            return [Answered(self._living[0], number, self._serve(self._tasks[number]))]
        ended, self._living = self._living, []
        return [Ended(pid, None, 0) for pid in ended]

    def wake(self) -> None:
        """Nobody is ever blocked."""

    def kill(self) -> None:
        self._queue.clear()

    def _pids(self) -> list[int]:
        return []  # nothing runs between two waits that could be held

    def close(self) -> list[Ended]:
        self.kill()
        return []
