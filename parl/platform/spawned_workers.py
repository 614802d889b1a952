"""Workers for systems without a sound fork: new interpreters, by ``multiprocessing``."""

from __future__ import annotations

import errno
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, TypeVar, cast

from parl.platform.base import CRASHED, Answered, Ended, Workers
from parl.platform.worker_signals import SIGNALS_LEFT_TO_THE_PARENT

T = TypeVar("T")

# While a worker does one task it has the next at hand.
_TASKS_AT_HAND = 2
_LOOK_SECONDS = 0.04
# Windows waits for 63 handles at once, and no more.
_MOST_ON_WINDOWS = 60


class SpawnedWorkers(Workers[T]):
    """Spawned processes, each with one connection; the main module needs its ``__main__`` guard."""

    advice = "the main module needs its __main__ guard"

    def __init__(self, serve: Callable[[T], bytes], tasks: Sequence[T]) -> None:
        super().__init__(serve, tasks)
        self._context = multiprocessing.get_context("spawn")
        if sys.platform != "win32":
            # Else the first start would do it, which lets the signals through again that we hold back.
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()
        self._woken, self._waker = _pipe(self._context, duplex=False)
        self._queue: deque[int] = deque()
        self._workers: dict[Connection, _Spawned] = {}

    def offer(self, numbers: Sequence[int]) -> int:
        self._queue = deque(numbers)
        return len(numbers)

    def start(self) -> int:
        if sys.platform == "win32" and len(self._workers) >= _MOST_ON_WINDOWS:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        ours, theirs = _pipe(self._context, duplex=True)
        process = self._context.Process(target=_work, args=(theirs, self._serve), name="parl-worker", daemon=True)
        try:
            with _ending_signals_held_back():  # a new interpreter would answer a Ctrl-C with a traceback
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        worker = _Spawned(process)
        with self._lock:
            self._workers[ours] = worker
            self._hold_if_held(worker.pid)
        self._feed(ours, worker)
        return worker.pid

    def wait(self) -> list[Answered | Ended]:
        found: list[Answered | Ended] = []
        for ready in multiprocessing.connection.wait([self._woken, *self._workers], _LOOK_SECONDS):
            connection = cast("Connection", ready)
            if connection is self._woken:
                connection.recv_bytes()
                continue
            worker = self._workers[connection]
            try:
                answer = connection.recv_bytes()
            except (EOFError, OSError):
                found.append(self._collect(connection))
            else:
                if worker.is_up:
                    found.append(Answered(worker.pid, worker.tasks.popleft(), answer))
                    self._feed(connection, worker)
                worker.is_up = True
        return found or self._collect_silent()

    def _collect_silent(self) -> list[Answered | Ended]:
        """Collect those whose end nobody hears.

        Who is killed on its way up on Windows has not fetched its end of the connection: we still hold that.
        """
        ended = [connection for connection, worker in self._workers.items() if not worker.process.is_alive()]
        return [self._collect(connection) for connection in ended if _is_silent(connection)]

    def wake(self) -> None:
        with self._lock, suppress(OSError):  # closed: nobody waits any more
            self._waker.send_bytes(b"look")

    def kill(self) -> None:
        for worker in self._workers.values():
            worker.process.kill()

    def close(self) -> list[Ended]:
        self.kill()
        ended = [self._collect(connection) for connection in list(self._workers)]
        with self._lock:
            self._woken.close()
            self._waker.close()
        return ended

    def _pids(self) -> list[int]:
        return [worker.pid for worker in self._workers.values()]

    def _feed(self, connection: Connection, worker: _Spawned) -> None:
        """Give the worker what it may have at hand; nothing at all tells it to end."""
        with suppress(OSError):  # it has ended; ``wait`` will see it
            # Towards the end none has a task at hand that another could be doing.
            at_hand = _TASKS_AT_HAND if len(self._queue) >= len(self._workers) else 1
            while self._queue and len(worker.tasks) < at_hand:
                worker.tasks.append(self._queue.popleft())
                connection.send(self._tasks[worker.tasks[-1]])
            if not worker.tasks:
                connection.send(None)

    def _collect(self, connection: Connection) -> Ended:
        """Wait for the worker's end and let go of it; what it had only at hand goes to others."""
        with self._lock:
            worker = self._workers.pop(connection)
        worker.process.join()
        # What keeps a worker from coming up is no fault of a task's: a main module without its guard, say.
        task = worker.tasks.popleft() if worker.tasks and worker.is_up else None
        self._queue.extendleft(reversed(worker.tasks))
        code = worker.process.exitcode
        if code is None:  # somebody else in this process collects all children
            code = 0 if task is None and worker.is_up else CRASHED
        else:
            worker.process.close()
        connection.close()
        return Ended(worker.pid, task, code)


class _Spawned:
    """One worker, as the parent sees it."""

    def __init__(self, process: SpawnProcess) -> None:
        assert process.pid is not None, "it has been started"
        self.process = process
        self.pid = process.pid
        self.tasks: deque[int] = deque()
        self.is_up = False
        """Whether it has sent its first message, which says just that."""


def _pipe(context: SpawnContext, *, duplex: bool) -> tuple[Connection, Connection]:
    ends: Any = context.Pipe(duplex)  # on Windows they are called PipeConnection
    return ends[0], ends[1]


def _is_silent(connection: Connection) -> bool:
    """Return whether there is nothing to read, not even the end."""
    try:
        return not connection.poll()
    except OSError:
        return False  # that is the end


def _work(connection: Connection, serve: Callable[[object], bytes]) -> None:
    """Run in the worker: do tasks until there are no more, or the parent is gone."""
    for name in SIGNALS_LEFT_TO_THE_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _held_back())
    with suppress(EOFError, OSError):
        connection.send_bytes(b"up")
        while (task := connection.recv()) is not None:
            connection.send_bytes(serve(task))


@contextmanager
def _ending_signals_held_back() -> Iterator[None]:
    """Inside, what is started does not hear the ending signals until it asks for them."""
    if sys.platform == "win32":
        yield
    else:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _held_back())
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _held_back() -> list[int]:
    return [getattr(signal, name) for name in SIGNALS_LEFT_TO_THE_PARENT if hasattr(signal, name)]
