"""What a scheduler and its calls share: what is due when, on one of the two clocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

from parl.core.timer_queue import TimerQueue

if TYPE_CHECKING:
    from parl.core.scheduled_call import ScheduledCall


class Agenda:
    """The calls that are to come by the clock *now*. Everything but ``lock`` is for whoever holds that.

    *lock* is reentrant: a finalizer may cancel a call at any instruction of the thread that holds it.
    *on_entered* is told the moment of each call that comes in and is due before ``concern``; it may
    raise, and then the call is not in.
    """

    def __init__(self, lock: threading.RLock, now: Callable[[], float], on_entered: Callable[[float], None]) -> None:
        self.lock = lock
        self.now = now
        self.is_closed: bool = False
        self.concern: float = inf
        self.queue: TimerQueue[ScheduledCall] = TimerQueue()
        self._on_entered = on_entered

    def enter(self, call: ScheduledCall, moment: float) -> None:
        """Have *call* made at *moment*."""
        if moment < self.concern:
            self._on_entered(moment)
        call.due = moment
        self.queue.add(moment, call)

    def leave(self, call: ScheduledCall) -> None:
        """Take *call* out, if it is in."""
        if call.due is not None:
            self.queue.discard(call.due, call)
            call.due = None

    def close(self) -> TimerQueue[ScheduledCall]:
        """Take no call any more; return those that were to come, whose handles know that they are over."""
        self.is_closed = True
        self.concern = inf
        queue, self.queue = self.queue, TimerQueue()
        return queue
