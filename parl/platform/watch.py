"""One blocking wait for a POSIX terminal and a wake-up, without a quantum."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import select
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

from parl.platform.self_pipe import SelfPipe

_DESCRIPTORS = 2  # the pipe and the terminal


class Watch(ABC):
    """Waits for the terminal's keys, while it is followed, and for ``wake``."""

    keeps_type_ahead: bool
    """Whether bytes may lie unread in the terminal without ending every wait at once."""

    def __init__(self) -> None:
        self._pipe = SelfPipe()
        self.signal_descriptor: int | None = self._pipe.writer
        self.on_change: Callable[[], None] = lambda: None
        """Called in a wait after somebody has changed the terminal's settings, where the system tells (Linux)."""
        self._terminal: int | None = None

    @abstractmethod
    def follow(self, terminal: int) -> None:
        """Begin to wait for *terminal* too."""

    @abstractmethod
    def leave(self) -> None:
        """Wait for ``wake`` alone."""

    @abstractmethod
    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Return whether the terminal has something to read, and whether somebody woke us."""

    def _told(self, ready: Collection[int]) -> tuple[bool, bool]:
        """Return so of the descriptors that are *ready*, and take the wake-ups back."""
        woken = self._pipe.reader in ready
        if woken:
            self._pipe.clear()
        return len(ready) > woken, woken

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""
        self._pipe.write()

    def close(self) -> None:
        """Close the descriptors."""
        self._pipe.close()


class SelectWatch(Watch):
    """``select`` on the terminal: works on every POSIX system (poll and kqueue fail on macOS)."""

    keeps_type_ahead = False

    def follow(self, terminal: int) -> None:
        self._terminal = terminal

    def leave(self) -> None:
        self._terminal = None

    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        waited = [self._pipe.reader] + ([] if self._terminal is None else [self._terminal])
        return self._told(select.select(waited, [], [], timeout_seconds)[0])


if sys.platform == "linux":
    # A terminal wakes whoever waits for it when its settings change, without saying what for; then it is told what
    # holds, and that the terminal takes output always does. Output itself wakes EPOLLOUT alone, so a build that
    # writes does not wake us.
    _CHANGED = select.EPOLLWRNORM

    class EpollWatch(Watch):
        """Edge-triggered epoll: type-ahead may stay in the terminal, only what is new wakes us."""

        keeps_type_ahead = True

        def __init__(self) -> None:
            super().__init__()
            try:
                self._epoll = select.epoll()
                self._epoll.register(self._pipe.reader, select.EPOLLIN)
            except OSError:  # nothing is left for it: whoever tells of that needs a descriptor
                self._pipe.close()
                raise

        def follow(self, terminal: int) -> None:
            if self._terminal is None:
                self._epoll.register(terminal, select.EPOLLIN | _CHANGED | select.EPOLLET)
                self._terminal = terminal

        def leave(self) -> None:
            if self._terminal is not None:
                self._epoll.unregister(self._terminal)
                self._terminal = None

        def close(self) -> None:
            self._epoll.close()
            super().close()

        def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
            ready = self._epoll.poll(timeout_seconds, _DESCRIPTORS)
            if len(ready) == 1 and ready[0][0] == self._terminal and ready[0][1] != _CHANGED:
                return True, False  # a key: no detour
            events = dict(ready)
            if self._terminal is not None and events.get(self._terminal) == _CHANGED:
                del events[self._terminal]
                self.on_change()
            return self._told(events)


def make_watch() -> Watch:
    """Return the best watch of this system."""
    if sys.platform == "linux":
        return EpollWatch()
    else:
        return SelectWatch()
