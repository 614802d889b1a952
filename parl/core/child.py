"""A Python function that knows nothing of parl, as a job: in a child process, which an abort ends."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from parl.core.abort import AbortFlag
from parl.core.command import GRACE_SECONDS
from parl.core.errors import JobCrashedError, UsageError
from parl.core.job import Job, Outcome
from parl.platform import ProcessTree, open_process_tree


class ChildJob(Job):
    """Calls *function* in a child process; "we do not intend to rewrite the compiler to suit the UI".

    The child is spawned (never forked, so it is the same on every system and safe beside threads):
    function, arguments and result are pickled, and the main module needs its ``__main__`` guard.
    An abort ends the child and all that it started.
    """

    def __init__(self, function: Callable[..., object], *args: object, grace_seconds: float = GRACE_SECONDS) -> None:
        self._function = function
        self._name = getattr(function, "__qualname__", repr(function))
        self._args = args
        self._grace_seconds = grace_seconds
        self._resources = ExitStack()
        self._tree: ProcessTree | None = None

    def start(self) -> None:
        """Start the child. UsageError where the function or its arguments cannot be sent to it."""
        self._check_sendable()
        spawning = multiprocessing.get_context("spawn")
        self._answer, theirs = spawning.Pipe(duplex=False)
        self._woken, self._waker = spawning.Pipe(duplex=False)
        for end in (self._answer, theirs, self._woken, self._waker):
            self._resources.callback(end.close)
        self._process = spawning.Process(target=_call, args=(theirs, self._function, self._args), name="parl-job")
        self._resources.callback(self._process.close)
        self._process.start()
        theirs.close()
        assert self._process.pid is not None
        self._tree = self._resources.enter_context(closing(open_process_tree()))
        self._tree.attach(self._process.pid)

    def run(self, abort: AbortFlag) -> Outcome:
        """Wait for the function's result; end the child if *abort* is set first."""
        assert self._tree is not None, "start comes first"
        # Its end shows in no pipe while a process that it has forked holds the other side.
        joiner = threading.Thread(target=self._join, name="parl-join", daemon=True)
        joiner.start()
        forget = abort.on_set(self._wake)
        try:
            multiprocessing.connection.wait([self._answer, self._woken])
            if abort.is_set():
                survivors = self._tree.end(self._grace_seconds)
                return Outcome(aborted_by=abort.reason, survivors=survivors)
            answer = self._received()
        finally:
            forget()
            joiner.join()
        return answer or Outcome(error=self._crash())

    def close(self) -> None:
        """Let go of the child, which has ended."""
        self._resources.close()

    def _check_sendable(self) -> None:
        try:
            ForkingPickler.dumps((self._function, self._args))
        except Exception as reason:
            raise UsageError(
                f"{self._name} cannot be sent to a child process: {reason}; take a function from the top of a module"
            ) from reason

    def _join(self) -> None:
        self._process.join()
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # closed: nobody waits any more
            self._waker.send_bytes(b"look")

    def hurry(self) -> None:
        """Skip what is left of the grace."""
        if self._tree is not None:
            self._tree.hurry()

    def _received(self) -> Outcome | None:
        """Return what the child has sent; None where it ended without a word."""
        try:
            if self._answer.poll():
                value, error = self._answer.recv()
                return Outcome(value=value, error=error)
        except EOFError:
            pass
        return None

    def _crash(self) -> JobCrashedError:
        return JobCrashedError(f"{self._name}: its process ended with {self._process.exitcode}")


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
