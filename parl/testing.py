"""For tests of programs on parl: time that takes none, and a keyboard that presses its own keys."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from queue import SimpleQueue

from parl.platform.base import Keyboard

# An Event and the clock cannot be waited for together, so such a wait looks up now and then.
_LOOK_UP_SECONDS = 0.001


class FakeClock:
    """A ``Clock`` whose time moves only when something waits; waiting takes no real time.

    *threads* of them must be waiting before time moves, to the moment that comes first: say 2
    where a keyboard's reader (or a test that calls ``advance``) and a job or a scheduler wait on
    the same clock, and what happens is the same in every run. Whoever is due goes on alone, and
    time stands still until it waits again.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads
        self._now = 0.0
        self._lock = threading.Lock()
        self._waiters: list[_Waiter] = []

    def now(self) -> float:
        """Return the present moment: seconds since the clock was made."""
        return self._now

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Let time move until *event* is set or the time is over; return whether it is set."""
        until = inf if timeout_seconds is None else self._now + timeout_seconds
        self._wait(_Waiter(until, event.is_set, lambda: event.wait(_LOOK_UP_SECONDS)))
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; what becomes due in them, in other threads too, happens first and in order."""
        never = threading.Event()
        self._wait(_Waiter(self._now + seconds, never.is_set, lambda: never.wait(_LOOK_UP_SECONDS), is_last=True))

    def _wait(self, waiter: _Waiter) -> None:
        with self._lock:
            waiter.is_due = waiter.until <= self._now
            self._waiters.append(waiter)
            self._move()
        try:
            while not (waiter.is_due or waiter.is_awake()):
                waiter.block()
        finally:
            with self._lock:
                self._waiters.remove(waiter)
                self._move()

    def _move(self) -> None:
        """Go to the next moment that somebody waits for, if nobody has anything left to do now."""
        # Who is awake has work to do, even if its thread has not noticed yet.
        if len(self._waiters) < self._threads or any(w.is_due or w.is_awake() for w in self._waiters):
            return
        first = min(self._waiters, key=lambda waiter: (waiter.until, waiter.is_last), default=None)
        if first is None or first.until == inf:
            return
        self._now = max(self._now, first.until)
        first.is_due = True
        first.ring()


class FakeKeyboard(Keyboard):
    """A ``Keyboard`` without a terminal, for one that is tested with *clock*.

    *script*: keys and when they are pressed, in seconds after ``open``, in order. More can be
    pressed at any time with ``press``. Outside ``open`` and ``close`` nothing is pressed.
    """

    def __init__(self, clock: FakeClock, *script: tuple[float, str]) -> None:
        super().__init__()
        self.suspensions = 0
        """How often ``suspend`` was called; the process is not stopped."""
        self._clock = clock
        self._script = deque(script)
        self._opened_at = 0.0
        self._listening = False
        # Signal handlers wake too, so there is no lock: appending is atomic, put is reentrant.
        self._arrived: deque[str | None] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()

    @property
    def listening(self) -> bool:
        """Whether a key pressed now would be read."""
        return self._listening

    def open(self) -> None:
        """Begin to listen; the script's time starts."""
        self._opened_at = self._clock.now()
        self._listening = True
        self.on_listening()

    def close(self) -> None:
        """Listen no more."""
        self._listening = False

    def read_key(self, timeout_seconds: float | None) -> str | None:
        """Return the next key, or None on time-out or ``wake``; the clock moves meanwhile."""
        deadline = inf if timeout_seconds is None else self._clock.now() + timeout_seconds
        while (key := self._next(deadline)) is not None:
            if not self.has_rival():
                return key
            self.on_lending()
        return None

    def press(self, *keys: str) -> None:
        """Press *keys* now; any thread, any signal handler."""
        if self._listening:
            for key in keys:
                self._arrive(key)

    def wake(self) -> None:
        """Make a blocked ``read_key``, or else the next one, return None; any thread, any signal handler."""
        self._arrive(None)

    def drain(self) -> None:
        """Throw away what else is pressed at this very moment."""
        woken = None in self._arrived
        self._arrived.clear()
        while self._script_moment() <= self._clock.now():
            self._script.popleft()
        if woken:
            self.wake()

    def suspend(self) -> None:
        """Count it; the process is not stopped."""
        self.suspensions += 1

    def _arrive(self, key: str | None) -> None:
        self._arrived.append(key)
        self._bell.put(None)

    def _next(self, deadline: float) -> str | None:
        """Return the next key, or None for a wake or at the deadline."""
        until = min(deadline, self._script_moment())
        # A ring for something already taken does no harm: who waits looks again.
        self._clock._wait(_Waiter(until, lambda: bool(self._arrived), self._bell.get, lambda: self._bell.put(None)))
        if self._arrived:
            return self._arrived.popleft()
        return self._script.popleft()[1] if self._script_moment() <= self._clock.now() else None

    def _script_moment(self) -> float:
        """Return when the script's next key is due."""
        return self._opened_at + self._script[0][0] if self._script and self._listening else inf


def _stay_silent() -> None:
    """Ring nobody."""


@dataclass(eq=False)
class _Waiter:
    """A thread that waits for the clock or for something of its own."""

    until: float
    is_awake: Callable[[], bool]
    block: Callable[[], object]
    ring: Callable[[], None] = _stay_silent
    is_last: bool = False
    is_due: bool = False
