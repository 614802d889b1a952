"""How far a timer is, told each time that whole seconds remain."""

from __future__ import annotations

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
    """Calls *show* with the Countdown of *call*: each time that whole seconds remain, and when something has changed.

    Always on the thread of *scheduler*.
    """

    def __init__(self, scheduler: Scheduler, call: ScheduledCall, show: Callable[[Countdown], None]) -> None:
        self._scheduler = scheduler
        self._call = call
        self._show = show
        self._seconds_in_all = call.remaining
        self._ticks = scheduler.every(_FRAME_SECONDS, self._tick)

    def follow(self) -> None:
        """Take notice soon that the call was moved, paused or resumed; any thread."""
        self._scheduler.after(0, self._align)

    def refuse(self) -> None:
        """Show soon that the call cannot be paused; any thread."""
        self._scheduler.after(0, lambda: self._tick(refuses_pause=True))

    def _align(self) -> None:
        if self._call.is_paused:
            self._ticks.pause()
        else:
            self._ticks.resume()
            self._ticks.reschedule(self._call.remaining % _FRAME_SECONDS or _FRAME_SECONDS)
        self._tick()

    def _tick(self, *, refuses_pause: bool = False) -> None:
        call = self._call
        self._show(Countdown(call.remaining, self._seconds_in_all, call.is_paused, refuses_pause))
