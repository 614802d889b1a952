"""For tests of programs on parl: time that takes none, and a keyboard that presses its own keys."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from parl.platform.base import Keyboard

# Nobody tells the clock that an event was set or a thread has ended, so who waits looks now and then.
_LOOK_UP_SECONDS = 0.001
_A_HAIR_SECONDS = 1e-9


class FakeClock:
    """A ``Clock`` whose time moves only when something waits; waiting takes no real time.

    *threads* of them must be waiting before time moves, to the moment that comes first: say 2
    where a keyboard's reader (or a test that calls ``advance``) and a job or a scheduler wait on
    the same clock, and what happens is the same in every run. Whoever is due goes on alone, and
    time stands still until it waits again or its thread has ended. *time*: the time of day that it
    starts at, in seconds from 1970 in UTC.
    """

    def __init__(self, *, threads: int = 1, time: float = 0.0) -> None:
        self._threads = threads
        self._now = 0.0
        self._began = time
        self._changed = threading.Condition()
        self._waiters: list[_Waiter] = []
        self._seen: set[threading.Thread] = set()

    def now(self) -> float:
        """Return the present moment: seconds since the clock was made."""
        return self._now

    def time(self) -> float:
        """Return the time of day: *time*, as given or set, and what has passed since."""
        return self._began + self._now

    def set_time(self, time: float) -> None:
        """Set the time of day, as a user or the network may; ``now`` goes on as if nothing had happened."""
        self._began = time - self._now

    def wait(self, event: threading.Event, timeout_seconds: float | None) -> bool:
        """Let time move until *event* is set or *timeout_seconds* are over; return whether it is set."""
        self._wait(_Waiter(inf if timeout_seconds is None else self._now + timeout_seconds, event.is_set))
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; what becomes due in them, in other threads too, happens first and in order."""
        self._wait(_Waiter(self._now + seconds, lambda: False, is_last=True))

    def _wait(self, waiter: _Waiter) -> None:
        with self._changed:
            self._seen.add(threading.current_thread())
            self._waiters.append(waiter)
            waiter.is_due = waiter.until <= self._now and not waiter.is_last
            try:
                self._move()
                while not (waiter.is_due or waiter.is_awake()):
                    self._changed.wait(_LOOK_UP_SECONDS)
                    self._move()
            finally:
                self._waiters.remove(waiter)

    def _move(self) -> None:
        """Go to the next moment that somebody waits for, if nobody has anything left to do now."""
        # Who is awake has work to do, even if its thread has not noticed yet.
        if len(self._waiters) < self._needed() or any(w.is_due or w.is_awake() for w in self._waiters):
            return
        first = min(self._waiters, key=_Waiter.turn)
        if first.until < inf:
            self._now = max(self._now, first.until)
            first.is_due = True
            self._changed.notify_all()

    def _needed(self) -> int:
        return self._threads - sum(not thread.is_alive() for thread in self._seen)


class FakeKeyboard(Keyboard):
    """A ``Keyboard`` without a terminal, for one that is tested with *clock*.

    *script*: keys and when they are pressed, in seconds after ``open``, in order. More can be
    pressed at any time with ``press``. Outside ``open`` and ``close`` nothing is pressed.
    """

    def __init__(self, clock: FakeClock, *script: tuple[float, str]) -> None:
        super().__init__()
        self.suspensions: int = 0
        """How often ``suspend`` was called; the process is not stopped."""
        self._clock = clock
        self._script = deque(script)
        self._opened_at = 0.0
        self._listening = False
        # Keys, and None for a wake. Signal handlers append too, so no lock.
        self._arrived: deque[str | None] = deque()

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
        """Return the next key, None after *timeout_seconds* or on ``wake``; the clock moves meanwhile."""
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
                self._arrived.append(key)

    def wake(self) -> None:
        """Make a blocked ``read_key``, or else the next one, return None; any thread, any signal handler."""
        self._arrived.append(None)

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

    def _next(self, deadline: float) -> str | None:
        """Return the next key, or None for a wake or at the deadline."""
        until = min(deadline, self._script_moment())
        self._clock._wait(_Waiter(until, lambda: bool(self._arrived)))
        if self._arrived:
            return self._arrived.popleft()
        return self._script.popleft()[1] if self._script_moment() <= self._clock.now() else None

    def _script_moment(self) -> float:
        """Return when the script's next key is due."""
        return self._opened_at + self._script[0][0] if self._script and self._listening else inf


@dataclass(eq=False)
class _Waiter:
    """A thread that waits for the clock or for something of its own."""

    until: float
    is_awake: Callable[[], bool]
    is_last: bool = False
    is_due: bool = False

    def turn(self) -> float:
        """Return what decides who is first: the last is behind those whose moment a rounding has moved past its own."""
        return self.until + _A_HAIR_SECONDS if self.is_last else self.until
