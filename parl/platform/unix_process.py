"""ProcessTree for POSIX systems without pidfds (macOS): psutil walks, and compares creation times."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import errno
import os
import signal
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from time import monotonic, time
from typing import TYPE_CHECKING

from parl.platform.base import ProcessTree
from parl.platform.unix_spawn import Spawned, spawn

if TYPE_CHECKING:
    import psutil  # 45 ms: imported after the command has started, or when it must end

_RELOOK_SECONDS = 0.01
_FORCE_SECONDS = 5.0
_FREEZE_SECONDS = 0.5


class UnixProcessTree(ProcessTree):
    """A command and its descendants, with those orphans that stayed in our process group."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._interrupted = False
        self._hurried = False
        self._ended = False
        self._returncode: int | None = None
        self._root = 0
        self._spawned: Spawned | None = None
        self._started_at = 0.0
        self._known: dict[int, psutil.Process] = {}

    def start(
        self,
        argv: Sequence[str],
        *,
        null_stdin: bool = False,
        cwd: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._started_at = time()
        self._spawned = spawn(argv, null_stdin=null_stdin, cwd=cwd, variables=variables)
        self._root = self._spawned.pid

    def attach(self, pid: int) -> None:
        import psutil

        self._started_at = time()
        # Somebody else reaps it, so from here on only its creation time says that it is the same.
        self._known[pid] = psutil.Process(pid)

    def wait(self) -> int | None:
        if self._spawned is not None:
            self._spawned.confirm()
            self._spawned = None
            self._watch_root()
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._interrupted)
            if self._ended and self._returncode is None:
                raise ChildProcessError(errno.ECHILD, "its exit code was lost, as this process lets others collect it")
            self._interrupted = False
            return self._returncode

    def _watch_root(self) -> None:
        """Have a thread wait for the command; without one it is ended, and an OSError says so."""
        try:
            threading.Thread(target=self._await_root, name="parl-wait", daemon=True).start()
        except RuntimeError as error:
            self.end(0.0)
            with suppress(ChildProcessError):
                os.waitpid(self._root, 0)
            self._ended = True
            raise OSError(errno.EAGAIN, str(error)) from error

    def interrupt(self) -> None:
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def hurry(self) -> None:
        with self._changed:
            self._hurried = True
            self._changed.notify_all()

    def end(self, grace_seconds: float, head_start_seconds: float = 0.0) -> tuple[int, ...]:
        give_up = monotonic() + grace_seconds
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._hurried, head_start_seconds)
            # Held still while psutil is imported, so that its children keep their parent.
            self._signal_root(signal.SIGSTOP)
        left = self._terminate(give_up)
        if left:
            left = self._kill(monotonic() + _FORCE_SECONDS)
        return tuple(sorted(left))

    def close(self) -> None:
        """Nothing is held."""

    def suspend(self) -> None:
        with self._changed:
            self._signal_root(signal.SIGTSTP)

    def resume(self) -> None:
        with self._changed:
            self._signal_root(signal.SIGCONT)

    def _await_root(self) -> None:
        status: int | None = None
        with suppress(ChildProcessError):  # collected by somebody else: its code is lost
            if hasattr(os, "waitid"):
                # Not reaped at once: while the status waits, the pid cannot pass to a stranger.
                os.waitid(os.P_PID, self._root, os.WEXITED | os.WNOWAIT)
            else:  # macOS before Python 3.13
                _, status = os.waitpid(self._root, 0)
        with self._changed:
            with suppress(ChildProcessError):
                if status is None:
                    _, status = os.waitpid(self._root, 0)
            self._returncode = None if status is None else os.waitstatus_to_exitcode(status)
            self._ended = True
            self._changed.notify_all()

    def _signal_root(self, number: int) -> None:
        """Signal the command while its pid is certainly its own; the lock is held."""
        if self._root and not self._ended:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._root, number)

    def _freeze(self) -> None:
        """Hold every process still, so that none starts another behind our back."""
        held: set[psutil.Process] = set()
        still = False
        give_up = monotonic() + _FREEZE_SECONDS
        while (new := [process for process in self._living() if process not in held]) or not still:
            _send(new, signal.SIGSTOP)
            held.update(new)
            if monotonic() > give_up:
                return
            # A fork that has begun is finished before the stop: only then does a walk show all.
            still = all(_is_still(process) for process in held)

    def _terminate(self, give_up: float) -> set[int]:
        asked: set[psutil.Process] = set()
        self._freeze()
        while True:
            living = self._living()
            new = [process for process in living if process not in asked]
            _send(new, signal.SIGTERM)
            _send(new, signal.SIGCONT)
            asked.update(new)
            if not living or monotonic() >= give_up or self._pause():
                return {process.pid for process in living}

    def _kill(self, give_up: float) -> set[int]:
        self._freeze()
        while True:
            living = self._living()
            if not _send(living, signal.SIGKILL) or monotonic() > give_up:
                return {process.pid for process in living}
            with self._changed:
                self._changed.wait(_RELOOK_SECONDS)

    def _pause(self) -> bool:
        """Wait for the next look; True as soon as somebody asks for haste."""
        with self._changed:
            return self._changed.wait_for(lambda: self._hurried, _RELOOK_SECONDS)

    def _living(self) -> list[psutil.Process]:
        """Return the processes of the tree that have not ended, parents first."""
        import psutil

        if self._root and not self._ended and self._root not in self._known:
            with suppress(psutil.NoSuchProcess):
                self._known[self._root] = psutil.Process(self._root)
        for process in self._orphans():
            self._known.setdefault(process.pid, process)
        for process in list(self._known.values()):
            with suppress(psutil.Error):
                for child in process.children(recursive=True):
                    self._known.setdefault(child.pid, child)
        self._known = {pid: process for pid, process in self._known.items() if _lives(process)}
        return list(self._known.values())

    def _orphans(self) -> Iterable[psutil.Process]:
        """Return what began after the command, lost its parent and stayed in our group.

        Members of our own pipeline have the shell as their parent, so they are not meant.
        """
        import psutil

        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                orphaned_here = process.ppid() == 1 and os.getpgid(process.pid) == os.getpgrp()
                if orphaned_here and process.create_time() >= self._started_at - 0.01:
                    yield process


def _is_still(process: psutil.Process) -> bool:
    """Whether *process* is stopped, or has ended."""
    import psutil

    try:
        return process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _lives(process: psutil.Process) -> bool:
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _send(processes: Iterable[psutil.Process], number: int) -> bool:
    """Signal each; return whether any of them was ours to signal."""
    import psutil

    reached = False
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            reached = True
        except psutil.AccessDenied:
            pass
        else:
            reached = True
    return reached
