"""Workers for systems with fork: they have at once all that this process has imported, and the tasks.

Not ``multiprocessing``: its import and that of its connections cost more than to find, compile
and write one stale file; and its queues are guarded by locks, which a killed worker keeps.
"""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import gc
import os
import select
import signal
import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

from parl.platform import linux_control
from parl.platform.base import CRASHED, Answered, Ended, Workers
from parl.platform.forking import fork, reset_signals, write_all
from parl.platform.self_pipe import SelfPipe

T = TypeVar("T")

# A number is read from the queue in one piece, by whichever worker comes first.
_NUMBER = struct.Struct("<I")
# What a worker sends: a task's number, and the length of the answer that follows, or that it begins.
_FRAME = struct.Struct("<II")
_BEGINS = 0xFFFFFFFF
_CHUNK = 65536
# Answers are collected this often: with all processors busy, to look at each would only take time from them.
_LOOK_MILLISECONDS = 40


class ForkedWorkers(Workers[T]):
    """Forked processes that read from one pipe and write to one each."""

    def __init__(self, serve: Callable[[T], bytes], tasks: Sequence[T]) -> None:
        super().__init__(serve, tasks)
        self._set_parent_death_signal = linux_control.parent_death_signal_setter()
        self._pipe = SelfPipe()
        self._poll = select.poll()
        self._poll.register(self._pipe.reader, select.POLLIN)
        self._queue = -1
        self._workers: dict[int, _Forked] = {}  # by the descriptor of its answers

    def offer(self, numbers: Sequence[int]) -> int:
        self._close_queue()
        self._queue, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            with suppress(BlockingIOError):
                return os.write(writer, b"".join(map(_NUMBER.pack, numbers))) // _NUMBER.size
            return 0
        finally:
            os.close(writer)

    def start(self) -> int:
        reader, writer = os.pipe()
        parent = os.getpid()
        # A signal must not run our handlers in the child; nor here, before we know the child.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = fork()
            if pid == 0:
                self._be_a_worker(writer, mask, parent)
            os.set_blocking(reader, False)
            with self._lock:
                self._workers[reader] = _Forked(pid, reader)
                self._hold_if_held(pid)
            self._poll.register(reader, 0)  # tells of its end only
        except OSError:
            os.close(reader)
            raise
        else:
            return pid
        finally:
            os.close(writer)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def wait(self) -> list[Answered | Ended]:
        self._poll.poll(_LOOK_MILLISECONDS)
        self._pipe.clear()
        found: list[Answered | Ended] = []
        for worker in list(self._workers.values()):
            found += worker.read_answers()
            if worker.has_ended:
                found.append(Ended(worker.pid, worker.task, self._collect(worker)))
        return found

    def wake(self) -> None:
        self._pipe.write()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def close(self) -> list[Ended]:
        self.kill()
        ended = []
        for worker in list(self._workers.values()):
            worker.read_answers()
            ended.append(Ended(worker.pid, worker.task, self._collect(worker)))
        self._close_queue()
        self._pipe.close()
        return ended

    def _pids(self) -> list[int]:
        return [worker.pid for worker in self._workers.values()]

    def _collect(self, worker: _Forked) -> int:
        """Wait for the worker's end, let go of it, and return its exit code."""
        self._poll.unregister(worker.reader)
        with self._lock:
            del self._workers[worker.reader]
            os.close(worker.reader)
            try:
                return os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
            except ChildProcessError:  # somebody else in this process collects all children
                return 0 if worker.task is None else CRASHED

    def _close_queue(self) -> None:
        if self._queue >= 0:
            os.close(self._queue)
            self._queue = -1

    def _be_a_worker(self, writer: int, mask: Iterable[int], parent: int) -> NoReturn:
        """Do tasks until there are none; whatever goes wrong, never return into the parent's code."""
        code = CRASHED
        try:
            if self._set_parent_death_signal is not None:
                self._set_parent_death_signal(signal.SIGKILL)
            if os.getppid() == parent:
                reset_signals(mask)
                _close_all_but(self._queue, writer)
                gc.disable()  # a worker lives shortly, and compiling makes no cycles to look for
                self._work(writer)
            code = 0
        except BrokenPipeError:
            code = 0  # the parent is gone
        except BaseException:  # noqa: BLE001 - the process ends here
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _work(self, writer: int) -> None:
        while len(taken := os.read(self._queue, _NUMBER.size)) == _NUMBER.size:
            (number,) = _NUMBER.unpack(taken)
            write_all(writer, _FRAME.pack(number, _BEGINS))
            answer = self._serve(self._tasks[number])
            write_all(writer, _FRAME.pack(number, len(answer)) + answer)


class _Forked:
    """One worker, as the parent sees it."""

    def __init__(self, pid: int, reader: int) -> None:
        self.pid = pid
        self.reader = reader
        self.task: int | None = None
        """What it is doing."""
        self.has_ended = False
        self._unread = b""

    def read_answers(self) -> list[Answered]:
        """Return what it has done since the last call."""
        with suppress(BlockingIOError):
            while chunk := os.read(self.reader, _CHUNK):
                self._unread += chunk
            self.has_ended = True
        return self._whole_answers()

    def _whole_answers(self) -> list[Answered]:
        answers = []
        start = 0
        while (begin := start + _FRAME.size) <= len(self._unread):
            number, length = _FRAME.unpack_from(self._unread, start)
            if length == _BEGINS:
                self.task = number
                start = begin
                continue
            if begin + length > len(self._unread):
                break
            start = begin + length
            self.task = None
            answers.append(Answered(self.pid, number, self._unread[begin:start]))
        self._unread = self._unread[start:]
        return answers


def _close_all_but(*kept: int) -> None:
    """Close what the parent had open: its pipes to other workers, the terminal, whatever a program has."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = max(first, descriptor + 1)
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
