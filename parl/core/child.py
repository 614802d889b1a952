"""A Python function that knows nothing of parl, as a job: in a child process, which an abort ends."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from parl.core.abort import AbortFlag
from parl.core.command import GRACE_SECONDS
from parl.core.errors import JobCrashedError
from parl.core.job import Job, Outcome
from parl.platform import open_process_tree


class ChildJob(Job):
    """Calls *function* in a child process; "we do not intend to rewrite the compiler to suit the UI".

    The child is spawned (never forked, so it is the same on every system and safe beside threads):
    function, arguments and result are pickled, and the main module needs its ``__main__`` guard.
    An abort ends the child and all that it started.
    """

    def __init__(self, function: Callable[..., object], *args: object, grace_seconds: float = GRACE_SECONDS) -> None:
        self._function = function
        self._args = args
        self._grace_seconds = grace_seconds
        self._tree = open_process_tree()
        self._closing: list[Callable[[], None]] = [self._tree.close]

    def start(self) -> None:
        """Start the child."""
        spawning = multiprocessing.get_context("spawn")
        self._answer, theirs = spawning.Pipe(duplex=False)
        self._woken, self._waker = spawning.Pipe(duplex=False)
        self._process = spawning.Process(target=_call, args=(theirs, self._function, self._args), name="parl-job")
        self._process.start()
        theirs.close()
        self._closing += [self._answer.close, self._woken.close, self._waker.close, self._process.close]
        assert self._process.pid is not None
        self._tree.attach(self._process.pid)

    def run(self, abort: AbortFlag) -> Outcome:
        """Wait for the function's result; end the child if *abort* is set first."""
        forget = abort.on_set(self._wake)
        try:
            multiprocessing.connection.wait([self._answer, self._woken])
            if not self._woken.poll():
                return self._result()
            survivors = self._tree.end(self._grace_seconds)
            return Outcome(aborted_by=abort.reason, survivors=survivors)
        finally:
            forget()
            self._process.join()

    def hurry(self) -> None:
        """Skip what is left of the grace."""
        self._tree.interrupt()

    def close(self) -> None:
        """Let go of the child, which has ended."""
        for close in self._closing:
            close()

    def _wake(self) -> None:
        with suppress(OSError):  # closed: it has ended
            self._waker.send_bytes(b"abort")

    def _result(self) -> Outcome:
        try:
            value, error = self._answer.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            return Outcome(error=JobCrashedError(f"{_name_of(self._function)}: its process ended with {code}"))
        return Outcome(value=value, error=error)


def _call(answer: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Run in the child: call, and send what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    value = error = None
    try:
        value = function(*args)
    except Exception as raised:  # noqa: BLE001 - the parent's outcome carries it
        error = raised
    with suppress(BrokenPipeError):
        _send(answer, value, error)


def _send(answer: Connection, value: object, error: Exception | None) -> None:
    try:
        answer.send((value, error))
    except BrokenPipeError:
        raise
    except Exception as reason:  # noqa: BLE001 - pickling raises anything
        answer.send((None, TypeError(f"the result cannot be sent to the parent: {reason}")))


def _name_of(function: Callable[..., object]) -> str:
    return getattr(function, "__qualname__", repr(function))
