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
# The places of what is waited for.
_WOKEN, _CONSOLE = 0, 1


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
        while True:
            left = _SLICE_SECONDS if deadline is None else deadline - monotonic()
            ready = self._wait_any(max(0.0, min(left, _SLICE_SECONDS)))
            if ready == _WOKEN:
                windows_api.reset_event(self._woken)  # several wakes before one wait are one
                return False, True
            if ready == _CONSOLE and self._has_key():
                return True, False
            if left <= 0:
                return False, False

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""
        windows_api.set_event(self._woken)

    def close(self) -> None:
        """Give the console back. A ``wake`` may still come, from another thread."""
        self.leave()

    def __del__(self) -> None:
        windows_api.close_handle(self._woken)

    def _wait_any(self, seconds: float) -> int | None:
        try:
            handles = (self._woken,) if self._console is None else (self._woken, self._console)
            return windows_api.wait_any(handles, seconds)
        except OSError:
            self.leave()  # the console is gone
            return None

    def _has_key(self) -> bool:
        """Look for a key, and take away what else keeps the handle signalled.

        That is released keys, Shift and its like, the focus, the mouse, the window's size. What lay there before
        kbhit looked, and found no key in all, is not one: it can be removed without a look.
        """
        assert self._console is not None
        try:
            count = windows_api.count_console_input(self._console)
            if msvcrt.kbhit():
                return True
            windows_api.remove_console_input(self._console, count)
        except OSError:
            self.leave()
        return False
