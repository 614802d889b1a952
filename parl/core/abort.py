"""The abort flag: the lesson's global variable (its note 4), encapsulated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from parl.core.clock import SYSTEM_CLOCK, Clock
from parl.core.errors import Aborted


class AbortFlag:
    """Asks whoever holds it to stop. Set once, never cleared: make a new flag for a new run.

    Any thread may set it and look at it. A signal handler may not (it takes a lock): let it post
    an event to a Dispatcher, and a handler of that event set the flag. *clock*: what ``wait`` sleeps by.

    It is the global flag of the lesson's compiler, encapsulated, as its note 4 asks.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._reason: object = None
        self._callbacks: list[Callable[[], None]] = []

    def set(self, reason: object = "aborted") -> None:
        """Ask to stop; *reason* is kept (an event, a word). The first one wins.

        Runs the callbacks of ``on_set`` in this thread before it returns.
        """
        with self._lock:
            if self._event.is_set():
                return
            self._reason = "aborted" if reason is None else reason
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        with ExitStack() as calls:  # each is called, also where another raises
            for callback in reversed(callbacks):
                calls.callback(callback)

    def is_set(self) -> bool:
        """Return whether to stop."""
        return self._event.is_set()

    @property
    def reason(self) -> object:
        """What the flag was set with; None while it is not set."""
        return self._reason

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Sleep *timeout_seconds*, but wake at once when the flag is set; return whether it is."""
        return self._clock.wait(self._event, timeout_seconds)

    def check(self) -> None:
        """Raise Aborted if the flag is set."""
        if self.is_set():
            raise Aborted(self._reason)

    def on_set(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call *callback* once, in the thread that sets the flag; at once if it is set already.

        The returned function unregisters it.
        """
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)
