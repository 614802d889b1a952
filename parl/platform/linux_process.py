"""ProcessTree for Linux: members held by pidfds, and a subreaper.

psutil can do the walk too, but its import takes longer than ending a whole tree may take.
"""

from __future__ import annotations

import sys

assert sys.platform == "linux"  # tells mypy which half of typeshed applies

import errno
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from parl.platform import linux_control
from parl.platform.base import ProcessTree
from parl.platform.linux_members import Members
from parl.platform.procfs import blocks_in_terminal_read, is_still
from parl.platform.self_pipe import SelfPipe
from parl.platform.unix_spawn import Spawned, spawn

# A tree that forks while it ends is looked over again this often.
_RELOOK_SECONDS = 0.02
_QUICK_RELOOK_SECONDS = 0.0005
# A process that force has not ended by then sits in the kernel and cannot be ended.
_FORCE_SECONDS = 5.0
# Holding a tree still takes microseconds, unless a process sits in the kernel.
_FREEZE_SECONDS = 0.1
_FREEZE_RELOOK_SECONDS = 0.001
# How long a key may wait for the search of somebody who reads the terminal.
_SEARCH_SECONDS = 0.002
# Orphans that ended during a long run are collected this often.
_HOUSEKEEPING_SECONDS = 60.0
_STATUS_LOST = "its exit code was lost, as this process lets others collect it"


def has_pidfd() -> bool:
    """Whether this kernel has what the tree needs: pidfds and /proc/PID/task/TID/children."""
    try:
        # Some builds of Python lack them, on any kernel.
        os.close(os.pidfd_open(os.getpid()))
        _ = signal.pidfd_send_signal
    except (OSError, AttributeError):
        return False
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


class LinuxProcessTree(ProcessTree):
    """A command and everything it started.

    With *owns_children* every child of this process belongs to the tree, and every orphan below
    it becomes its child: setsid, a double fork, an early death of the parent hide nothing.
    """

    def __init__(self, *, owns_children: bool = False) -> None:
        self._owns_children = owns_children
        self._pipe = SelfPipe()
        self._hurried = False
        self._root = 0
        self._spawned: Spawned | None = None
        self._reaps_root = True
        self._returncode: int | None = None
        self._members = Members(owns_children=owns_children)
        self._asked: set[int] = set()  # those that were told to terminate

    def start(
        self,
        argv: Sequence[str],
        *,
        null_stdin: bool = False,
        cwd: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        if self._owns_children:
            self._members.leave_alone()
            linux_control.set_child_subreaper(on=True)
        self._spawned = spawn(argv, null_stdin=null_stdin, cwd=cwd, variables=variables)
        self._root = self._spawned.pid
        try:
            self._members.admit(self._root)
        except ProcessLookupError as error:
            self._spawned.confirm()  # it may have been no command at all
            raise ChildProcessError(errno.ECHILD, _STATUS_LOST) from error
        except OSError:
            self._spawned.abandon()
            raise

    def attach(self, pid: int) -> None:
        self._root = pid
        self._members.admit(pid)
        self._reaps_root = False

    def wait(self) -> int | None:
        if self._spawned is not None:
            self._spawned.confirm()
        self._reap()
        while self._returncode is None:
            pause = _HOUSEKEEPING_SECONDS if self._owns_children else None
            has_ended, is_interrupted = self._members.wait_for(self._root, self._pipe.reader, pause)
            self._reap()
            if self._returncode is not None:
                break
            if has_ended:
                raise ChildProcessError(errno.ECHILD, _STATUS_LOST)
            if is_interrupted:
                self._pipe.clear()
                return None
        return self._returncode

    def interrupt(self) -> None:
        self._pipe.write()

    def hurry(self) -> None:
        self._hurried = True
        self.interrupt()

    def end(self, grace_seconds: float, head_start_seconds: float = 0.0) -> tuple[int, ...]:
        now = monotonic()
        self._await_root(now + min(head_start_seconds, grace_seconds))
        if self._terminate(now + grace_seconds):
            return ()
        return tuple(sorted(self._kill(monotonic() + _FORCE_SECONDS)))

    def close(self) -> None:
        self._pipe.close()
        self._members.close()
        if self._owns_children:
            linux_control.set_child_subreaper(on=False)

    def suspend(self) -> None:
        self._signal_root(signal.SIGTSTP)

    def resume(self) -> None:
        self._signal_root(signal.SIGCONT)

    def reads_terminal(self) -> bool:
        # Asked between the key and the abort: a reader sits near the root, so a large tree is not
        # searched to its leaves.
        give_up = monotonic() + _SEARCH_SECONDS
        for pid in self._members.walk():
            if blocks_in_terminal_read(pid):
                return True
            if monotonic() > give_up:
                break
        return False

    def _signal_root(self, number: int) -> None:
        with suppress(OSError, KeyError):  # it has ended; the thread that waits may let go of it just now
            self._members.signal(self._root, number)

    def _freeze(self) -> None:
        """Hold every process still, so that none starts another behind our back.

        What a process starts just before its death would pass to init and be lost. To a parl that
        owns its children it comes by itself.
        """
        if self._owns_children:
            return
        held: set[int] = set()
        still = False
        give_up = monotonic() + _FREEZE_SECONDS
        while (new := set(self._living()) - held) or not still:
            for pid in new:
                self._members.signal(pid, signal.SIGSTOP)
            held |= new
            if monotonic() > give_up:
                return
            # A fork that has begun is finished before the stop: only then does a walk show all.
            still = all(is_still(pid) for pid in held)
            if not still:
                self._wait_for_any_end(_FREEZE_RELOOK_SECONDS)

    def _terminate(self, give_up: float) -> bool:
        """Ask each process once to terminate; return whether all ended by *give_up*, or before haste was asked for."""
        self._freeze()
        while True:
            living = self._living()
            for pid in living:
                if pid not in self._asked:
                    # A stopped process takes the request only when it goes on.
                    self._members.signal(pid, signal.SIGTERM)
                    self._members.signal(pid, signal.SIGCONT)
                    self._asked.add(pid)
            if self._is_over(living):
                return True
            patience = give_up - monotonic()
            if patience <= 0 or self._hurried:
                return False
            self._wait_for_any_end(patience)

    def _kill(self, give_up: float) -> list[int]:
        """Kill until nothing is left that can be killed; return what cannot."""
        self._freeze()
        while True:
            living = self._living()
            mortal = [pid for pid in living if self._members.signal(pid, signal.SIGKILL)]
            if self._is_over(living):
                return []
            if (living and not mortal) or monotonic() > give_up:
                return living or self._members.children()  # those that could never be held
            self._wait_for_any_end(give_up - monotonic())

    def _is_over(self, living: Sequence[int]) -> bool:
        """Whether nothing is left, given what was seen *living*."""
        return not living and not (self._owns_children and self._members.has_children())

    def _living(self) -> list[int]:
        """Return the pids of the tree that have not ended, parents first."""
        self._asked.difference_update(self._members.drop_ended())
        self._reap()
        return self._members.look()

    def _wait_for_any_end(self, patience: float) -> None:
        """Wait until a process ends, somebody asks for haste, or it is time to look for new ones."""
        # What is left and not held was too quick for us: only another look catches it.
        patience = min(patience, _RELOOK_SECONDS if self._members else _QUICK_RELOOK_SECONDS)
        if self._members.wait_for_any(self._pipe.reader, patience):
            self._pipe.clear()

    def _await_root(self, give_up: float) -> None:
        """Let the command itself end in its own time."""
        while not self._hurried and self._root in self._members and (patience := give_up - monotonic()) > 0:
            has_ended, _ = self._members.wait_for(self._root, self._pipe.reader, patience)
            if has_ended:
                return
            self._pipe.clear()

    def _reap(self) -> None:
        """Collect what has ended: the command itself, and orphans that became our children."""
        if self._owns_children:
            target = -1
        elif self._reaps_root and self._returncode is None:
            target = self._root
        else:
            return
        with suppress(ChildProcessError):
            while (ended := os.waitpid(target, os.WNOHANG))[0]:
                self._members.note_collected(ended[0])
                if ended[0] == self._root and self._returncode is None:  # the pid may come again
                    self._returncode = os.waitstatus_to_exitcode(ended[1])
