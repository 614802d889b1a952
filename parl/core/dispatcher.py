"""The event loop: the lesson's central dispatcher, where event handlers are registered."""

from __future__ import annotations

import heapq
import itertools
import sys
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, TypeVar

from parl.core.clock import SYSTEM_CLOCK, Clock
from parl.core.events import HandlerFailed, KeyPressed
from parl.platform.base import Keyboard

E = TypeVar("E")


class Dispatcher:
    """Calls the handlers of each event in the order they were added, on the thread that runs it.

    Keys of *keyboard*, posts and times of *clock* are waited for together, in one blocking wait: no
    quantum, no polling. An event is any object; one without handlers is ignored. What a handler raises
    is told as HandlerFailed, or shown as a thread's would be, and the others hear the event.

    It is the central dispatcher of the lesson, whose event loop finds the next event and calls what
    is registered for it. The keyboard must be open while it runs.
    """

    def __init__(self, keyboard: Keyboard, clock: Clock = SYSTEM_CLOCK) -> None:
        self._keyboard = keyboard
        self._clock = clock
        self._handlers: defaultdict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)
        self._posted: deque[object] = deque()
        self._later: list[tuple[float, int, object]] = []
        self._sequence = itertools.count()
        self._stopped = False

    def on(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call *handler* for each event of exactly this *kind*; the returned function unregisters it.

        Both may happen while the loop runs, on the loop's thread: what a handler adds hears the
        next event, what a handler removes hears no more.
        """
        handlers = self._handlers[kind]
        handlers.append(handler)
        registered = True

        def unregister() -> None:
            nonlocal registered
            if registered:
                registered = False
                handlers.remove(handler)

        return unregister

    def post(self, event: object) -> None:
        """Have *event* dispatched; any thread, any signal handler. Never blocks."""
        self._posted.append(event)
        self._keyboard.wake()

    def post_later(self, seconds: float, event: object) -> None:
        """Have *event* dispatched after *seconds*; before ``run`` or on the loop's thread."""
        heapq.heappush(self._later, (self._clock.now() + seconds, next(self._sequence), event))

    def run(self) -> None:
        """Dispatch events until ``stop``; what was posted before is dispatched first."""
        self._stopped = False
        while not self._stopped:
            self._post_due()
            for _ in range(len(self._posted)):  # those that are there: keys must not wait for more
                self._dispatch(self._posted.popleft())
                if self._stopped:
                    return
            key = self._keyboard.read_key(0.0 if self._posted else self._seconds_to_next())
            if key is not None:
                self._dispatch(KeyPressed(key))

    def stop(self) -> None:
        """Let ``run`` return after the present event; on the loop's thread (elsewhere, post)."""
        self._stopped = True

    def take(self, kind: type[E]) -> E | None:
        """Return the first event of *kind* that was posted and not dispatched, and forget it."""
        for index, event in enumerate(tuple(self._posted)):
            if type(event) is kind:
                del self._posted[index]  # not remove(): events of other kinds may be equal
                return event
        return None

    def _post_due(self) -> None:
        while self._later and self._later[0][0] <= self._clock.now():
            self._posted.append(heapq.heappop(self._later)[2])

    def _seconds_to_next(self) -> float | None:
        return max(0.0, self._later[0][0] - self._clock.now()) if self._later else None

    def _dispatch(self, event: object) -> None:
        handlers = self._handlers.get(type(event), ())
        for handler in tuple(handlers):  # a copy: a handler may add or remove handlers
            if handler not in handlers:
                continue
            try:
                handler(event)
            except Exception as error:  # noqa: BLE001 - the others must hear the event
                self._report(HandlerFailed(event, error))

    def _report(self, failure: HandlerFailed) -> None:
        """Tell whoever asked for it; else the traceback, as a thread's would appear."""
        if self._handlers.get(HandlerFailed) and not isinstance(failure.event, HandlerFailed):
            self._dispatch(failure)
        else:
            sys.excepthook(type(failure.error), failure.error, failure.error.__traceback__)
