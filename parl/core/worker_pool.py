"""Tasks done by worker processes, each of which may die."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from parl.core.abort import AbortFlag
from parl.core.errors import ParlError, words_of
from parl.platform.base import Answered, Ended, Workers

T = TypeVar("T")

# So many workers may end in a row before they have taken a task: by somebody's kill, not by a fault of their own.
_MOST_STILLBORN = 3


class WorkerPool:
    """Has *workers* do their tasks, in this *order* of their numbers, up to *count* at a time.

    One that dies costs the task it was on; another takes its place.
    """

    def __init__(self, workers: Workers[T], order: Iterable[int], count: int) -> None:
        self._workers = workers
        self._undone = dict.fromkeys(order)
        self._count = count
        self._living: set[int] = set()
        self._is_empty = False
        self._stillborn = 0

    def run(self, abort: AbortFlag) -> Iterator[Answered | Ended | None]:
        """Yield what comes of each task, until all are done or *abort* is set; then no worker is left.

        None: for some time nothing has.

        Ended, instead of an answer, stands for a task that a worker died on, or was killed on.
        Raises ParlError where not a single worker can be started.
        """
        forget = abort.on_set(self._workers.wake)
        try:
            while self._undone and not abort.is_set():
                in_queue = self._offer()
                yield from self._empty_queue(in_queue, abort)
            if abort.is_set():
                yield from self._stop()
        finally:
            forget()

    def _offer(self) -> int:
        try:
            return self._workers.offer(list(self._undone))
        except OSError as error:
            raise ParlError(f"no worker can be started: {words_of(error)}") from error

    def _empty_queue(self, in_queue: int, abort: AbortFlag) -> Iterator[Answered | Ended | None]:
        left = len(self._undone) - in_queue
        self._is_empty = False
        self._start(min(self._count, in_queue))
        while self._living and not abort.is_set():
            yield from self._wait()
            yield None
            if not self._is_empty:  # who has died is replaced
                self._start(min(self._count, len(self._undone) - left))

    def _stop(self) -> Iterator[Answered | Ended]:
        self._workers.kill()
        while self._living:
            for event in self._workers.wait():
                if isinstance(event, Ended):
                    self._living.discard(event.pid)
                if event.number is not None:
                    yield event

    def _start(self, count: int) -> None:
        while len(self._living) < count:
            try:
                self._living.add(self._workers.start())
            except OSError as error:
                if not self._living:
                    raise ParlError(f"no worker can be started: {words_of(error)}") from error
                self._count = len(self._living)  # fewer will do it too
                return

    def _wait(self) -> Iterator[Answered | Ended]:
        for event in self._workers.wait():
            if event.number is not None:
                self._undone.pop(event.number, None)
                self._stillborn = 0
                yield event
            if isinstance(event, Ended):
                self._living.discard(event.pid)
                self._note_end_without_task(event)

    def _note_end_without_task(self, event: Ended) -> None:
        if event.number is None and event.exit_code == 0:
            self._is_empty = True
        elif event.number is None:
            self._stillborn += 1
            if self._stillborn > _MOST_STILLBORN:
                words = f"the workers end as soon as they are started, with exit code {event.exit_code}"
                raise ParlError(f"{words}; {self._workers.advice}" if self._workers.advice else words)
