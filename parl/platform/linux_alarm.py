"""An alarm for Linux: the kernel's own timer, exact, and due at once when the machine comes back from suspension."""

from __future__ import annotations

import sys

assert sys.platform == "linux"  # tells mypy which half of typeshed applies

import os
import select
import struct
import threading

from parl.platform.alarm import Alarm

_CLOCK_BOOTTIME = 7
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
# Thousands of timers may be due a few microseconds after each other: to be woken for each would cost
# far more than they do.
_SHORTEST_SLEEP_SECONDS = 0.0005
_SETTING = struct.Struct("@4l")  # the C library's itimerspec: a period, a moment, in seconds and nanoseconds
# The kernel counts nanoseconds in 64 bits; where a long has 32, it is seconds that do not fit.
_FARTHEST_SECONDS = 4e9 if struct.calcsize("l") == 8 else 2e9
_NEVER = _SETTING.pack(0, 0, 0, 0)


class LinuxAlarm(Alarm):
    """A timerfd. A lock's time-out comes late by the kernel's timer slack, and does not count suspension.

    Raises OSError where the kernel has none, or no descriptor is left, ImportError or AttributeError
    where Python or the C library does not know it.
    """

    def __init__(self) -> None:
        import ctypes  # Python has it from 3.13 on only

        library = ctypes.CDLL(None, use_errno=True)
        self._settime = library.timerfd_settime
        self._timer = library.timerfd_create(_CLOCK_BOOTTIME, _TFD_FLAGS)
        if self._timer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), "timerfd_create")
        try:
            self._wakes = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        except OSError:
            os.close(self._timer)
            raise
        # Whoever wakes must not meet a closed descriptor, which may be somebody else's by then.
        self._lock = threading.Lock()
        self._is_closed = False
        self._came_due_at = 0.0
        self._poll = select.poll()
        self._poll.register(self._timer, select.POLLIN)
        self._poll.register(self._wakes, select.POLLIN)

    def wait(self, until: float | None) -> None:
        moment = self._set(until)
        for descriptor, _ in self._poll.poll():
            if descriptor == self._timer:
                self._came_due_at = moment  # not read: the next setting takes that back
            else:
                os.eventfd_read(self._wakes)

    def wake(self) -> None:
        with self._lock:
            if not self._is_closed:
                os.eventfd_write(self._wakes, 1)

    def close(self) -> None:
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._timer)
                os.close(self._wakes)

    def _set(self, until: float | None) -> float:
        """Have the timer come due, at once where that is past; return when."""
        if until is None:
            self._settime(self._timer, _TFD_TIMER_ABSTIME, _NEVER, None)
            return 0.0
        moment = min(max(until, self._came_due_at + _SHORTEST_SLEEP_SECONDS), _FARTHEST_SECONDS)
        self._settime(self._timer, _TFD_TIMER_ABSTIME, _SETTING.pack(0, 0, *_seconds_and_nanoseconds(moment)), None)
        return moment


def _seconds_and_nanoseconds(moment: float) -> tuple[int, int]:
    # Rounded up: early is worse than late. And not 0, which would disarm it.
    seconds, nanoseconds = divmod(int(moment * 1e9) + 1, 1_000_000_000)
    return max(seconds, 0), max(nanoseconds, 1)
