"""The processes of a tree on Linux, each held by a pidfd, so that no signal ever meets a reused pid."""

from __future__ import annotations

import sys

assert sys.platform == "linux"  # tells mypy which half of typeshed applies

import os
import select
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from threading import Lock

from parl.platform.procfs import children_of, parent_of


class Members:
    """Those processes of a tree that have not ended, as far as they have been met.

    With *owns_children* every child of this process is one, but for those to ``leave_alone``, and what they start
    is found below them.
    """

    def __init__(self, *, owns_children: bool) -> None:
        self._owns_children = owns_children
        self._handles: dict[int, int] = {}  # pid -> pidfd
        self._lock = Lock()  # who signals may be another thread than who looks and drops
        self._left_alone: set[int] = set()

    def __len__(self) -> int:
        return len(self._handles)

    def __contains__(self, pid: int) -> bool:
        return pid in self._handles

    def leave_alone(self) -> None:
        """Take no child that this process had before its first tree for a member.

        They are a shell's that has become this program. What an earlier tree has left is no such child.
        """
        self._left_alone = _children_from_before()
        self._left_alone.intersection_update(children_of(os.getpid()))

    def note_collected(self, pid: int) -> None:
        """Note that *pid*, a child of this process, is free to come again."""
        self._left_alone.discard(pid)

    def admit(self, pid: int) -> None:
        """Hold *pid*, which is known to be of the tree. Raises OSError, ProcessLookupError where it is gone."""
        self._handles[pid] = os.pidfd_open(pid)

    def drop_ended(self) -> list[int]:
        """Let go of those that have ended; return their pids, which may come again."""
        ended = _poll([*self._handles.values()], 0)
        gone = [pid for pid, handle in self._handles.items() if handle in ended]
        with self._lock:
            for pid in gone:
                os.close(self._handles.pop(pid))
        return gone

    def look(self) -> list[int]:
        """Look for new ones, hold them, and return the pids of all, parents first."""
        return list(self._walk(self._hold))

    def walk(self) -> Iterator[int]:
        """Yield the pids of all, parents first, without holding the new ones."""
        return self._walk(lambda _pid, _parent: True)

    def signal(self, pid: int, number: int) -> bool:
        """Return False where the process is another user's and not ours to end. Raises KeyError where it is no member.

        Another thread than the one that looks and drops may call it.
        """
        try:
            with self._lock:  # a descriptor that is closed just now may come back as another member's
                signal.pidfd_send_signal(self._handles[pid], number)
        except ProcessLookupError:
            return True  # it has ended, as wished
        except PermissionError:
            return False
        return True

    def wait_for(self, pid: int, alarm: int, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Wait until *pid* ends or the descriptor *alarm* is readable; return which of them."""
        handle = self._handles[pid]
        ready = _poll([handle, alarm], timeout_seconds)
        return handle in ready, alarm in ready

    def wait_for_any(self, alarm: int, timeout_seconds: float) -> bool:
        """Wait until one ends or *alarm* is readable; return whether it is."""
        return alarm in _poll([*self._handles.values(), alarm], timeout_seconds)

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            for handle in self._handles.values():
                os.close(handle)
            self._handles.clear()

    def children(self) -> list[int]:
        """Return the children of this process that are members, also those that were never held."""
        return [pid for pid in children_of(os.getpid()) if pid not in self._left_alone]

    def has_children(self) -> bool:
        """Whether there are ``children``, as sure as it can be said."""
        if self._left_alone:
            return bool(self.children())
        # A parent that ended while we looked has passed its children to us behind our back: the system must know.
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return True

    def _walk(self, is_child: Callable[[int, int], bool]) -> Iterator[int]:
        """Walk breadth first: what we hold, and each pid below that *is_child*, which is told its parent."""
        us = os.getpid()
        pending = list(self._handles)
        found = {*pending, *self._left_alone}
        if self._owns_children:
            pending.insert(0, us)
        for parent in pending:  # grows while we walk
            if parent != us:
                yield parent
            new = [pid for pid in children_of(parent) if pid not in found and is_child(pid, parent)]
            found.update(new)
            pending += new

    def _hold(self, pid: int, parent: int) -> bool:
        """Take a handle on a child of *parent*; False where it has ended, and its pid may be a stranger's."""
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            return False  # ended; or no descriptors left, then it is met again at the next look
        # Asked in this order: what has not ended by now is what was asked about.
        if not self._is_child(pid, parent) or _has_ended(handle):
            os.close(handle)
            return False
        self._handles[pid] = handle
        return True

    def _is_child(self, pid: int, parent: int) -> bool:
        now = parent_of(pid)
        if now == os.getpid():
            return self._owns_children  # else it is a child that has nothing to do with the tree
        # The parent may have ended too, and its pid be that of a stranger with children of its own.
        return now == parent and not _has_ended(self._handles[parent])


@cache
def _children_from_before() -> set[int]:
    """Return those that were there at the first call."""
    return set(children_of(os.getpid()))


def _poll(descriptors: Iterable[int], timeout_seconds: float | None) -> set[int]:
    """Wait until one of the *descriptors* is readable (a pidfd: its process has ended); return those that are."""
    waiting = select.poll()
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    return {ready for ready, _ in waiting.poll(None if timeout_seconds is None else max(0.0, timeout_seconds) * 1000)}


def _has_ended(handle: int) -> bool:
    return bool(_poll([handle], 0))
