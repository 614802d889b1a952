"""One blocking wait for the console's keys and for ``wake``, on Windows."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import msvcrt
import weakref
from contextlib import suppress
from time import monotonic

from parl.platform import windows_api

# Of SIGBREAK no wait hears, nor of a Ctrl-C just before it begins: Python's handlers run when it has ended.
_SLICE_SECONDS = 0.25
# After so long without anything new, what lies in the console is no part of a burst of keys.
_SETTLE_SECONDS = 0.01
# The places of what is waited for.
_WOKEN, _CONSOLE = 0, 1


class ConsoleWatch:
    """Waits on the console's own handle and on an event; msvcrt is asked, and reads, when that is signalled.

    Polling msvcrt instead costs a hundred wake-ups a second and half the interval for each key.
    """

    signal_descriptor: int | None = None

    def __init__(self) -> None:
        self._woken = windows_api.create_event()
        # Not in close: a wake from another thread may come at any time, and must not meet another's handle.
        weakref.finalize(self, windows_api.close_handle, self._woken)
        self._console: int | None = None
        self._noise = 0
        """How many events lie in the console of which none is a key."""
        self._settled_at = 0.0

    @property
    def is_following(self) -> bool:
        """Whether keys are waited for: not any more where the console has gone."""
        return self._console is not None

    def follow(self) -> None:
        """Begin to wait for keys too. Where there is no console none will come."""
        if self._console is None:
            with suppress(OSError):
                self._console = windows_api.open_console_input()

    def leave(self) -> None:
        """Wait for ``wake`` alone."""
        console, self._console, self._noise = self._console, None, 0
        if console is not None:
            with suppress(OSError):
                windows_api.close_handle(console)

    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Return whether the console has a key to read, and whether somebody woke us."""
        deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        while True:
            left = _SLICE_SECONDS if deadline is None else deadline - monotonic()
            ready = self._wait_any(max(0.0, left))
            if ready == _WOKEN:
                windows_api.reset_event(self._woken)  # several wakes before one wait are one
                return False, True
            if (ready == _CONSOLE or self._noise) and self._look():
                return True, False
            if left <= 0:
                return False, False

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""
        windows_api.set_event(self._woken)

    def close(self) -> None:
        """Give the console back. A ``wake`` may still come, from another thread."""
        self.leave()

    def _wait_any(self, seconds: float) -> int | None:
        """Wait a slice at most; for the console only while it is quiet, since noise keeps its handle signalled."""
        if self._console is None or self._noise:
            longest = _SETTLE_SECONDS if self._noise else _SLICE_SECONDS
            return windows_api.wait_any((self._woken,), min(seconds, longest))
        try:
            return windows_api.wait_any((self._woken, self._console), min(seconds, _SLICE_SECONDS))
        except OSError:
            self.leave()  # the console is gone
            return None

    def _look(self) -> bool:
        """Look for a key; what is none is thrown away once nothing more has come for a while.

        That is released keys, Shift and its like, the focus, the mouse, the window's size. To read them away could
        block: whoever else reads this console may be quicker. To flush it cannot, but takes a key with it that comes
        in the same instant: hence the silence before.
        """
        assert self._console is not None
        try:
            count = windows_api.count_console_input(self._console)
            if msvcrt.kbhit():
                self._noise = 0
                return True
            if count != self._noise:
                self._noise, self._settled_at = count, monotonic() + _SETTLE_SECONDS
            elif monotonic() >= self._settled_at:
                windows_api.flush_console_input(self._console)
                self._noise = 0
        except OSError:
            self.leave()
        return False
