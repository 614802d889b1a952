"""Processes to measure: in a session of their own, with a controlling pseudo-terminal or without one."""

from __future__ import annotations

import compileall
import os
import select
import signal
import sys
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Self

import parl
from benchmarks.comparison import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

PROMPT = b"Press any key to abort"
_PATIENCE_SECONDS = 20.0


def parl_command(*words: str) -> list[str]:
    """Return the installed ``parl`` of this interpreter, with *words* behind it."""
    path = os.path.join(os.path.dirname(sys.executable), "parl")
    if not os.access(path, os.X_OK):
        raise MeasurementError(f"{path}: not found; install parl for this interpreter (pip install -e .)")
    return [path, *words]


def ensure_bytecode() -> None:
    """Compile parl's sources, as an installer does.

    A trap: with PYTHONDONTWRITEBYTECODE in the environment a source that has no bytecode yet is
    compiled again at every start, which doubles the start-up. So the bytecode is made here, and
    ``child_environment`` drops the variable.
    """
    if not compileall.compile_dir(os.path.dirname(parl.__file__), quiet=1):
        raise MeasurementError("parl's sources do not compile")


def child_environment(**extra: str) -> dict[str, str]:
    """Return our environment without what would change how parl or Python run."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("PARL_")
    }
    return kept | {"TERM": "xterm"} | extra


def spawn(
    argv: Sequence[str], descriptors: Sequence[tuple[Any, ...]], environment: Mapping[str, str] | None = None
) -> int:
    """Start *argv* in a new session and return its pid; *descriptors* are posix_spawn's file actions."""
    return os.posix_spawnp(
        argv[0],
        list(argv),
        child_environment() if environment is None else environment,
        file_actions=descriptors,
        setsid=True,
        # Python ignores the first two, a shell those of what it runs in the background: a child would inherit that.
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT),
    )


def spawn_without_terminal(argv: Sequence[str], stdout: int | None = None) -> int:
    """Start *argv* where there is no terminal at all: as in cron; *stdout* instead of nowhere."""
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    return spawn(argv, nowhere if stdout is None else [*nowhere, (os.POSIX_SPAWN_DUP2, stdout, 1)])


def exit_code_of(pid: int) -> int:
    """Wait for the child *pid*: its exit code, or minus the signal it died of."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def seconds_of(argv: Sequence[str]) -> float:
    """Run *argv* without a terminal, and return how long it took from before its creation until it was waited for."""
    began = perf_counter()
    code = exit_code_of(spawn_without_terminal(argv))
    seconds = perf_counter() - began
    if code != 0:
        raise MeasurementError(f"{argv}: ended with {code}")
    return seconds


def has_input(descriptor: int, seconds: float) -> bool:
    """Wait until *descriptor* is readable; False when the time is over."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


class PseudoTerminal:
    """A terminal whose keyboard and screen are ours. Use it in a ``with`` block."""

    def __init__(self) -> None:
        # The other side stays open here too, so that the last words of a child can still be read.
        self.master, self._slave = os.openpty()
        self.screen = b""

    def start(
        self, argv: Sequence[str], *descriptors: tuple[Any, ...], environment: Mapping[str, str] | None = None
    ) -> int:
        """Start *argv* with this as its controlling terminal, and return its pid."""
        # The first terminal that the leader of a new session opens becomes its controlling one.
        opened = (os.POSIX_SPAWN_OPEN, 0, os.ttyname(self._slave), os.O_RDWR, 0)
        copies = [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
        return spawn(argv, [opened, *copies, *descriptors], environment)

    def press(self, key: bytes) -> None:
        """Type *key*."""
        os.write(self.master, key)

    def wait_for(self, words: bytes) -> None:
        """Read the screen until *words* have appeared on it."""
        give_up = monotonic() + _PATIENCE_SECONDS
        while words not in self.screen:
            if not has_input(self.master, give_up - monotonic()):
                raise MeasurementError(f"{words!r} did not appear; on the screen: {self.screen!r}")
            self.screen += os.read(self.master, 4096)

    def read_rest(self) -> bytes:
        """Return all that was written on the screen."""
        while has_input(self.master, 0):
            self.screen += os.read(self.master, 4096)
        return self.screen

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self.master)
        os.close(self._slave)
