"""A job: something that runs in a side thread against an abort flag and ends in an outcome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar, cast

from parl.core.abort import AbortFlag
from parl.core.errors import Aborted, CommandFailedError
from parl.core.events import SignalReceived

T = TypeVar("T")


class Outcome(NamedTuple, Generic[T]):
    """How a job ended: done, failed (by *exit_code* or *signal*), with an *error*, or aborted."""

    value: T | None = None
    """What a function returned."""
    exit_code: int = 0
    """What a command exited with."""
    signal: int | None = None
    """The signal a command died of."""
    error: BaseException | None = None
    """What a function raised, or why a command could not run."""
    aborted_by: object = None
    """The reason of the abort flag, if that ended the job: KeyPressed, TimedOut, SignalReceived, ..."""
    survivors: tuple[int, ...] = ()
    """Processes that an abort could not end: another user's, or stuck in the kernel."""
    seconds: float = 0.0
    """How long it took, measured by the terminator."""

    @property
    def is_success(self) -> bool:
        """Whether the job did what it should."""
        return not (self.exit_code or self.signal or self.error or self.is_aborted)

    @property
    def is_aborted(self) -> bool:
        """Whether an abort ended the job."""
        return self.aborted_by is not None

    def unwrap(self) -> T:
        """Return the value, or raise what ended the job: its error, Aborted, or CommandFailedError."""
        if self.error is not None:
            raise self.error
        if self.is_aborted:
            raise Aborted(self.aborted_by)
        if not self.is_success:
            raise CommandFailedError(self.exit_code, self.signal)
        return cast("T", self.value)


def nobody_listens(_progress: object) -> None:
    """Take a report that no observer wants."""


class Job(ABC, Generic[T]):
    """Something that runs until it is done or its abort flag is set: ``run`` is all it needs.

    It is the lesson's compiler as the terminator sees it: started before the keyboard is read, ended
    by the flag or by itself.
    """

    report: Callable[[object], None] = staticmethod(nobody_listens)
    """Tells the terminator's observer how far the work is, in a value of the job's own; any thread.

    Set by the terminator before ``run``.
    """

    def start(self) -> None:
        """Prepare, just before ``run`` (commands fork here); a terminator calls it in the main thread.

        Raises ParlError.
        """

    @abstractmethod
    def run(self, abort: AbortFlag) -> Outcome[T]:
        """Do the work, in a side thread; return soon after *abort* is set."""

    def end_rest(self) -> tuple[int, ...]:
        """End what ``run``, which has returned, left running; return what could not be ended. Side thread."""
        return ()

    def close(self) -> None:
        """Give back what the system lent, after all else."""

    def hurry(self) -> None:
        """Stop at once: the user asked a second time. Any thread."""

    def suspend(self) -> None:
        """Stop with parl, which was asked to by Ctrl-Z; main thread."""

    def resume(self) -> None:
        """Go on after ``suspend``; main thread."""

    def takes_key(self, _key: str) -> bool:
        """Act on a key that has a meaning for the job itself; False leaves it to abort. Main thread."""
        return False

    def takes_signal(self, _event: SignalReceived) -> bool:
        """Act on a signal that has a meaning for the job itself; False leaves it to abort. Main thread."""
        return False

    def reads_terminal(self) -> bool:
        """Whether the work itself is waiting for the terminal's keys just now. Main thread."""
        return False


class FunctionJob(Job[T]):
    """A Python function that takes the abort flag and looks at it: runs in the side thread.

    *function* returns soon after the flag is set, or leaves by ``abort.check()``, which raises Aborted.
    What it returns is the outcome's value, what it raises the outcome's error. (The compiler's thread of
    the lesson, its notes 12 and 15.)
    """

    def __init__(self, function: Callable[[AbortFlag], T]) -> None:
        self._function = function

    def run(self, abort: AbortFlag) -> Outcome[T]:
        """Call the function. It was aborted if the flag is set when it returns, or raises Aborted."""
        try:
            value = self._function(abort)
        except Aborted as stop:
            return Outcome(aborted_by=stop.reason)
        except Exception as error:  # noqa: BLE001 - the outcome carries it to whoever asked
            return Outcome(error=error)
        return Outcome(value=value, aborted_by=abort.reason)


class ForwardingJob(Job[T]):
    """A job that leaves to another, *inner*, all but the work itself."""

    inner: Job[T]

    def end_rest(self) -> tuple[int, ...]:
        return self.inner.end_rest()

    def close(self) -> None:
        self.inner.close()

    def hurry(self) -> None:
        self.inner.hurry()

    def suspend(self) -> None:
        self.inner.suspend()

    def resume(self) -> None:
        self.inner.resume()

    def takes_signal(self, event: SignalReceived) -> bool:
        return self.inner.takes_signal(event)

    def reads_terminal(self) -> bool:
        return self.inner.reads_terminal()
