"""One blocking wait for the console's keys and for ``wake``, on Windows."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import msvcrt
from contextlib import suppress
from time import monotonic

from parl.platform import windows_api

# Of SIGBREAK no wait hears, nor of a Ctrl-C just before it begins: Python's handlers run when it has ended.
_SLICE_SECONDS = 0.25


class ConsoleWatch:
    """Waits on the console's own handle and on an event; msvcrt is asked, and reads, when that is signalled.

    Polling msvcrt instead costs a hundred wake-ups a second and half the interval for each key.
    """

    signal_descriptor: int | None = None

    def __init__(self) -> None:
        self._woken = windows_api.create_event()
        self._console: int | None = None

    def follow(self) -> None:
        """Begin to wait for keys too. Where there is no console none will come."""
        if self._console is None:
            with suppress(OSError):
                self._console = windows_api.open_console_input()

    def leave(self) -> None:
        """Wait for ``wake`` alone."""
        if self._console is not None:
            windows_api.close_handle(self._console)
            self._console = None

    @property
    def is_following(self) -> bool:
        """Whether keys are waited for: not any more where the console has gone."""
        return self._console is not None

    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Return whether the console has a key to read, and whether somebody woke us."""
        deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        while not (ready := self._has_key()):
            left = _SLICE_SECONDS if deadline is None else deadline - monotonic()
            if self._was_woken(max(0.0, min(left, _SLICE_SECONDS))):
                return False, True
            if left <= 0:
                return False, False
        return ready, self._was_woken(0.0)

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""
        windows_api.set_event(self._woken)

    def close(self) -> None:
        """Give the console back. A ``wake`` may still come, from another thread."""
        self.leave()

    def __del__(self) -> None:
        windows_api.close_handle(self._woken)

    def _has_key(self) -> bool:
        """Look for a key, and take away what else keeps the handle signalled.

        That is released keys, Shift and its like, the focus, the mouse, the window's size. What lay there before
        kbhit looked, and found no key in all, is not one: it can be removed without a look.
        """
        if self._console is None:
            return False
        try:
            count = windows_api.count_console_input(self._console)
            if msvcrt.kbhit():
                return True
            windows_api.remove_console_input(self._console, count)
        except OSError:
            self.leave()  # the console is gone
        return False

    def _was_woken(self, seconds: float) -> bool:
        """Wait that long at most for ``wake`` or an event of the console, and return whether it was ``wake``."""
        handles = [self._woken] if self._console is None else [self._woken, self._console]
        try:
            ready = windows_api.wait_any(handles, seconds)
        except OSError:
            self.leave()
            return False
        if ready != 0:
            return False
        windows_api.reset_event(self._woken)  # several wakes before one wait are one
        return True
