"""What parl asks of a system: keys that arrive at once, and commands that can be ended whole."""

from __future__ import annotations

import os
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

T = TypeVar("T")


def _nothing() -> None:
    """Do nothing: the hook nobody has set."""


def _never() -> bool:
    """Nobody else reads the terminal."""
    return False


def stop_this_process() -> None:
    """Stop, as Ctrl-Z does it where nobody has given that another meaning; return when continued. Main thread."""
    if sys.platform != "win32":
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # Not SIGSTOP: in an orphaned process group a SIGTSTP is rightly ignored.
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)


class Waiting(Protocol):
    """One blocking wait for the terminal, while it is followed, and for ``wake``."""

    signal_descriptor: int | None
    """As a Keyboard's."""

    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Return whether the terminal has something to read, and whether somebody woke us."""

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""

    def close(self) -> None:
        """Give back what the system lent."""


class Keyboard(ABC):
    """A terminal whose keys arrive at once and unechoed, inside a ``with`` block.

    One thread reads, for as long as *timeout_seconds*, or for ever where that is None; ``wake`` may be
    called from any thread and from a signal handler. Ctrl-C and Ctrl-Z stay signals. (The lesson's
    note 3, for all systems; what is left of a key is eaten by ``drain``, its note 8.)
    """

    def __init__(self) -> None:
        self.on_listening: Callable[[], None] = _nothing
        """Called on the reading thread each time keys begin to count."""
        self.on_lending: Callable[[], None] = _nothing
        """Called when the keys are left to another reader, until it has done."""
        self.has_rival: Callable[[], bool] = _never
        """Asked before a key is taken: True leaves it to another reader of the terminal."""

    @property
    @abstractmethod
    def listening(self) -> bool:
        """Whether a key pressed now would be read."""

    @property
    def signal_descriptor(self) -> int | None:
        """Where Python itself is to write when a signal comes (``signal.set_wakeup_fd``), from ``open`` to ``close``.

        None where that is not needed. A handler in Python runs between two instructions: of a
        signal that comes just before the blocking one, nobody else would hear.
        """
        return None

    @abstractmethod
    def open(self) -> None:
        """Begin to listen, or wait in silence while the terminal belongs to others."""

    @abstractmethod
    def close(self) -> None:
        """Leave the terminal exactly as found, for good. A second call does nothing."""

    @abstractmethod
    def read_key(self, timeout_seconds: float | None) -> str | None:
        """Return the next whole key press, or None on time-out or ``wake``."""

    @abstractmethod
    def wake(self) -> None:
        """Make a blocked ``read_key`` return None now; any thread, any signal handler."""

    def drain(self) -> None:
        """Throw away what is left of the burst of bytes that brought the last key."""

    def suspend(self) -> None:
        """Do what Ctrl-Z does: give the terminal back, stop this process, listen again after."""
        stop_this_process()

    def listen_again(self) -> None:
        """Look at once whether the terminal is ours again (after a SIGCONT)."""

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class NoKeyboard(Keyboard):
    """The keyboard of a process without a terminal: nothing is ever pressed, waiting *timeout_seconds* works."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = _open_waiting()

    @property
    def listening(self) -> bool:
        return False

    @property
    def signal_descriptor(self) -> int | None:
        return self._waiting.signal_descriptor

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        self._waiting.close()

    def read_key(self, timeout_seconds: float | None) -> str | None:
        self._waiting.wait(timeout_seconds)
        return None

    def wake(self) -> None:
        self._waiting.wake()


def _open_waiting() -> Waiting:
    if sys.platform == "win32":
        from parl.platform.windows_watch import ConsoleWatch

        return ConsoleWatch()
    else:
        from parl.platform.watch import make_watch

        return make_watch()


class ProcessTree(ABC):
    """A command and everything that it started.

    One thread at a time starts, waits and ends; ``interrupt`` and ``hurry`` may be called from any.
    """

    @abstractmethod
    def start(
        self,
        argv: Sequence[str],
        *,
        null_stdin: bool = False,
        cwd: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run *argv*, with *variables* added to the environment.

        Where it cannot be run, this or the first ``wait`` raises an OSError.
        """

    @abstractmethod
    def attach(self, pid: int) -> None:
        """Take a child that somebody else started, and reaps, as the root of the tree."""

    @abstractmethod
    def wait(self) -> int | None:
        """Block until the command ends: its code, minus the signal it died of, None if interrupted."""

    @abstractmethod
    def interrupt(self) -> None:
        """Make a blocked ``wait``, or else the next one, return None now."""

    @abstractmethod
    def hurry(self) -> None:
        """Take the patience from ``end``, whether it runs or is still to come."""

    @abstractmethod
    def end(self, grace_seconds: float, head_start_seconds: float = 0.0) -> tuple[int, ...]:
        """End the whole tree and return the pids that could not be ended.

        First *head_start_seconds* in which it may end by itself (it has got the terminal's own
        Ctrl-C), then a request to terminate, then force after *grace_seconds*.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what the system lent; leaves running processes alone."""

    def suspend(self) -> None:
        """Stop the command, as Ctrl-Z does; any thread."""

    def resume(self) -> None:
        """Let the command go on; any thread."""

    def reads_terminal(self) -> bool:
        """Whether a process of the tree is waiting for the terminal's keys just now."""
        return False


# What a worker ended with where that cannot be known.
CRASHED = 1


class Answered(NamedTuple):
    """The worker *pid* has done task *number*."""

    pid: int
    number: int
    answer: bytes


class Ended(NamedTuple):
    """The worker *pid* has ended: on task *number*, or None if it had nothing to do.

    *exit_code*: minus the signal it died of.
    """

    pid: int
    number: int | None
    exit_code: int


class Workers(ABC, Generic[T]):
    """Processes of ours that do *tasks* by calling *serve* for each, and send back what it returns.

    Each takes the next number from a common queue, and ends when that is empty. One thread at a
    time may use it; ``wake`` may be called from any.
    """

    advice = ""
    """What may be wrong where they end as soon as they are started."""

    def __init__(self, serve: Callable[[T], bytes], tasks: Sequence[T]) -> None:
        self._serve = serve
        self._tasks = tasks
        self._lock = threading.Lock()
        """Held while a worker is entered or reaped, so that no signal meets a pid that is another's."""
        self._is_held = False

    @abstractmethod
    def offer(self, numbers: Sequence[int]) -> int:
        """Make a new queue of the tasks of these *numbers*; return how many fit. Only while no worker runs."""

    @abstractmethod
    def start(self) -> int:
        """Start one more worker and return its pid. OSError where the system has no more of something."""

    @abstractmethod
    def wait(self) -> list[Answered | Ended]:
        """Block until a worker ends, some time has passed, or ``wake``; return what has happened."""

    @abstractmethod
    def wake(self) -> None:
        """Make a blocked ``wait``, or else the next one, return now; any thread."""

    @abstractmethod
    def kill(self) -> None:
        """End all of them now, whatever they do; ``wait`` still returns what they had done."""

    @abstractmethod
    def _pids(self) -> list[int]:
        """Return the workers that are not reaped yet; called with the lock held."""

    def suspend(self) -> None:
        """Hold all of them where they are, as Ctrl-Z does, and those that are still to come; any thread."""
        self._is_held = True
        if sys.platform != "win32":
            self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let all of them go on; any thread."""
        self._is_held = False
        if sys.platform != "win32":
            self._signal(signal.SIGCONT)

    def _hold_if_held(self, pid: int) -> None:
        """Hold a worker that has come while they are held; called with the lock held."""
        if self._is_held and sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        with self._lock:
            for pid in self._pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    @abstractmethod
    def close(self) -> list[Ended]:
        """Kill those that are left, give back what the system lent, and return what they were at."""
