"""Processes to measure: in a session of their own, with a controlling pseudo-terminal or without one."""

from __future__ import annotations

import compileall
import filecmp
import os
import select
import signal
import subprocess
import sys
from functools import cache
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Self

from benchmarks.comparison import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

PROMPT = b"Press any key to abort"
WHERE_IS_THE_CURSOR, TOP_LEFT = b"\x1b[6n", b"\x1b[1;1R"
# What changes how parl, Python and the peers run: make's jobs, fzf's options, and so on.
_FOREIGN = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
_FOREIGN_PREFIXES = ("PARL_", "PYTHON", "FZF_", "UV_")
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.01
_SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "parl")


def parl_command(*words: str) -> list[str]:
    """Return the installed ``parl`` of this interpreter, with *words* behind it."""
    path = os.path.join(os.path.dirname(sys.executable), "parl")
    if not os.access(path, os.X_OK):
        raise MeasurementError(f"{path}: not found; run make bench, or python -m benchmarks.set_up")
    return [path, *words]


def ensure_bytecode() -> None:
    """Compile the installed parl, as an installer does, and see that it is this one.

    A trap: with PYTHONDONTWRITEBYTECODE in the environment a source that has no bytecode yet is
    compiled again at every start, which doubles the start-up. So the bytecode is made here, and
    ``child_environment`` drops the variable.
    """
    installed = _installed_parl()
    if not compileall.compile_dir(installed, quiet=1):
        raise MeasurementError("parl's sources do not compile")
    if os.path.realpath(installed) != os.path.realpath(_SOURCES) and _differ(filecmp.dircmp(installed, _SOURCES)):
        raise MeasurementError(f"{installed}: another parl than here; run make bench, or python -m benchmarks.set_up")


@cache
def _installed_parl() -> str:
    """Return the folder of the parl that the command imports: not that of this checkout, from which we run."""
    path = subprocess.run(
        [sys.executable, "-P", "-c", "import parl; print(parl.__path__[0])"],
        capture_output=True,
        text=True,
        env=child_environment(),
        check=False,
    ).stdout.strip()
    if not path:
        raise MeasurementError("parl is not installed; run make bench, or python -m benchmarks.set_up")
    return path


def _differ(compared: filecmp.dircmp[str]) -> bool:
    only = [*compared.left_only, *compared.right_only]
    return bool(compared.diff_files or only) or any(map(_differ, compared.subdirs.values()))


def child_environment(**extra: str) -> dict[str, str]:
    """Return our environment without what would change how parl, Python or the peers run."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
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


def seconds_of(argv: Sequence[str], expected: int = 0) -> float:
    """Return how long *argv*, which ends as *expected*, takes without a terminal, from before its creation."""
    began = perf_counter()
    code = exit_code_of(spawn_without_terminal(argv))
    seconds = perf_counter() - began
    if code != expected:
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

    def wait_for_input(self, descriptor: int) -> None:
        """Wait until *descriptor* is readable; who asks meanwhile where the cursor is, as blessed does, is told."""
        give_up = monotonic() + _PATIENCE_SECONDS
        told = 0
        while not has_input(descriptor, _LOOK_SECONDS):
            if monotonic() > give_up:
                raise MeasurementError(f"not ready; on the screen: {self.screen[-200:]!r}")
            asked = self.read_rest().count(WHERE_IS_THE_CURSOR)
            self.press(TOP_LEFT * (asked - told))
            told = asked

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
