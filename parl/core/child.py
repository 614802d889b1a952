"""A Python function that knows nothing of parl, as a job: in a child process, which an abort ends."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar

from parl.core.abort import AbortFlag
from parl.core.defaults import GRACE_SECONDS
from parl.core.errors import JobCrashedError, ParlError, UsageError, words_of
from parl.core.job import Outcome
from parl.core.side_thread import start_side_thread
from parl.core.signals import signal_name
from parl.core.tree_job import TreeJob
from parl.platform import open_process_tree

T = TypeVar("T")


class ChildJob(TreeJob[T]):
    """Calls *function*, which knows nothing of parl, with *args* in a child process.

    The child is spawned (never forked, so it is the same on every system and safe beside threads):
    function, arguments and result are pickled, and the main module needs its ``__main__`` guard.
    An abort ends the child and all that it started: asked first, killed after *grace_seconds*.

    The outcome has what the function returned, or what it raised; JobCrashedError where the child
    ended without either. The lesson: the compiler is given, and is not rewritten to suit the UI.
    """

    def __init__(self, function: Callable[..., T], *args: object, grace_seconds: float = GRACE_SECONDS) -> None:
        super().__init__(grace_seconds)
        self._function = function
        self._name = getattr(function, "__qualname__", repr(function))
        self._args = args
        self._resources = ExitStack()
        self._ended = threading.Event()

    def start(self) -> None:
        """Start the child. UsageError where the function or its arguments cannot be sent to it."""
        self._check_sendable()
        try:
            self._start()
        except OSError as error:  # no process, no descriptor left
            raise ParlError(f"{self._name}: cannot be started: {words_of(error)}") from error

    def _start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._answer, theirs = spawning.Pipe(duplex=False)
        self._woken, self._waker = spawning.Pipe(duplex=False)
        for end in (self._answer, theirs, self._woken, self._waker):
            self._resources.callback(end.close)
        self._process = spawning.Process(target=_call, args=(theirs, self._function, self._args), name="parl-job")
        self._resources.callback(self._process.close)
        self._tree = open_process_tree()
        self._process.start()
        theirs.close()
        assert self._process.pid is not None
        try:
            self._tree.attach(self._process.pid)
        except OSError:  # nobody can watch over it
            self._process.kill()
            self._process.join()
            raise

    def run(self, abort: AbortFlag) -> Outcome[T]:
        """Wait for the function's result and the child's end; end the child if *abort* is set first."""
        assert self._tree is not None, "start comes first"
        # Its end shows in no pipe while a process that it has forked holds the other side.
        try:
            joiner = start_side_thread(self._join, name="parl-join", purpose="the job")
        except ParlError:
            self._tree.end(0.0)
            self._process.join()
            raise
        forget = abort.on_set(self._wake)
        try:
            answer = self._await_answer(abort)
            survivors = self._tree.end(self._grace_seconds) if abort.is_set() else ()
        finally:
            forget()
            joiner.join()
        if answer is not None:
            return answer
        if abort.is_set():
            return Outcome(aborted_by=abort.reason, survivors=survivors)
        return Outcome(error=self._crash())

    def close(self) -> None:
        """Let go of the child, which has ended."""
        super().close()
        self._resources.close()

    def _await_answer(self, abort: AbortFlag) -> Outcome[T] | None:
        """Block until the child has ended or the abort is set; return what it has sent."""
        answer: Outcome[T] | None = None
        waited = [self._answer, self._woken]
        while not (self._ended.is_set() or abort.is_set()):
            multiprocessing.connection.wait(waited)
            if self._answer in waited and self._answer.poll():
                answer = self._receive()
                waited.remove(self._answer)
            if self._woken.poll():
                self._woken.recv_bytes()
        if answer is None and self._ended.is_set() and self._answer in waited and self._answer.poll():
            answer = self._receive()
        return answer

    def _receive(self) -> Outcome[T] | None:
        try:
            value, error = self._answer.recv()
        except EOFError:
            return None
        return Outcome(value=value, error=error)

    def _check_sendable(self) -> None:
        try:
            ForkingPickler.dumps((self._function, self._args))
        except Exception as reason:
            raise UsageError(
                f"{self._name} cannot be sent to a child process: {reason}; take a function from the top of a module"
            ) from reason

    def _join(self) -> None:
        self._process.join()
        self._ended.set()
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # closed: nobody waits any more
            self._waker.send_bytes(b"look")

    def _crash(self) -> JobCrashedError:
        code = self._process.exitcode
        how = f"died of {signal_name(-code)}" if code is not None and code < 0 else f"exited with {code}"
        return JobCrashedError(f"{self._name}: its process {how}")


def _call(answer: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Run in the child: call, and send what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    value = error = None
    try:
        value = function(*args)
    except Exception as raised:  # noqa: BLE001 - the parent's outcome carries it
        raised.add_note(f"In the child process:\n{traceback.format_exc()}")
        error = raised
    with suppress(BrokenPipeError):
        _send(answer, value, error)


def _send(answer: Connection, value: object, error: Exception | None) -> None:
    try:
        # Some exceptions can be pickled, and not be made from that again.
        ForkingPickler.loads(ForkingPickler.dumps(error))
        answer.send((value, error))
    except BrokenPipeError:
        raise
    except Exception as reason:  # noqa: BLE001 - pickling raises anything
        what = "the result" if error is None else f"{type(error).__name__}: {error}"
        answer.send((None, TypeError(f"{what} cannot be sent to the parent: {reason}")))
