"""How far a timer is, told each time that whole seconds remain."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from parl.core.scheduled_call import ScheduledCall
from parl.core.scheduler import Scheduler

_FRAME_SECONDS = 1.0


class Countdown(NamedTuple):
    """How far a timer is."""

    seconds_left: float
    seconds_in_all: float
    is_paused: bool = False
    refuses_pause: bool = False
    """Whether a pause was asked for that cannot be."""


class Frames:
    """Calls *show* with the Countdown of *call*: when asked to, and each time that whole seconds remain.

    On the thread of *scheduler* and of whoever asks, one at a time.
    """

    def __init__(self, scheduler: Scheduler, call: ScheduledCall, show: Callable[[Countdown], None]) -> None:
        self._call = call
        self._show = show
        self._seconds_in_all = call.remaining
        self._lock = threading.Lock()
        self._ticks = scheduler.every(_FRAME_SECONDS, self.show)
        self.follow()

    def follow(self) -> None:
        """Take notice that the call was made, moved, paused or resumed, and show that."""
        if self._call.is_paused:
            self._ticks.pause()
        else:
            self._ticks.resume()
            self._ticks.reschedule(self._call.remaining % _FRAME_SECONDS or _FRAME_SECONDS)
        self.show()

    def show(self, *, refuses_pause: bool = False) -> None:
        """Show how far it is."""
        with self._lock:
            call = self._call
            self._show(Countdown(call.remaining, self._seconds_in_all, call.is_paused, refuses_pause))

    def end(self) -> None:
        """Show nothing more by itself."""
        self._ticks.cancel()
