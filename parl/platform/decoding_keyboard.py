"""What every keyboard with a terminal shares: the loop that waits, bursts, and their silences."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from time import monotonic

from parl.platform.base import Keyboard, Waiting
from parl.platform.keys import ESCAPE_PATIENCE_SECONDS, KeyDecoder

# Nobody tells us that the terminal is ours (again): we look.
_RELOOK_SECONDS = 0.5
# How long the terminal must be silent before a burst counts as over.
_QUIET_AFTER_ONE_KEY_SECONDS = 0.004
_QUIET_AFTER_MANY_SECONDS = 0.04
_QUIET_AFTER_ESCAPE_SECONDS = 0.1 - ESCAPE_PATIENCE_SECONDS
_QUIET_IN_PASTE_SECONDS = 0.25
_LONGEST_DRAIN_SECONDS = 1.0
# The systems count milliseconds in 32 bits; to wake once a day costs nothing.
_LONGEST_WAIT_SECONDS = 86400.0


class DecodingKeyboard(Keyboard):
    """A keyboard that reads a terminal. Each system says how to take, read and leave its own."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self._waiting = waiting
        self._decoder = KeyDecoder()
        self._keys: deque[str] = deque()
        self._listening = False
        self._quiet_seconds = _QUIET_AFTER_ONE_KEY_SECONDS
        self._silence_due = 0.0

    @property
    def listening(self) -> bool:
        return self._listening

    @property
    def signal_descriptor(self) -> int | None:
        return self._waiting.signal_descriptor

    def open(self) -> None:
        self._listen()

    def wake(self) -> None:
        self._waiting.wake()

    def read_key(self, timeout_seconds: float | None) -> str | None:
        deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        while not self._keys:
            ready, woken = self._waiting.wait(self._wait_seconds(deadline))
            if ready:
                self._collect()
            elif self._decoder.patience_seconds is not None and monotonic() >= self._silence_due:
                self._end_of_silence()
            elif self._may_listen_later():
                self._listen()
            if woken or (deadline is not None and monotonic() >= deadline):
                break
        return self._keys.popleft() if self._keys else None

    def drain(self) -> None:
        now = monotonic()
        give_up = now + _LONGEST_DRAIN_SECONDS
        quiet_at = now + self._silence_seconds()
        woken_meanwhile = False
        while self._listening and now < min(quiet_at, give_up):
            ready, woken = self._waiting.wait(quiet_at - now)
            woken_meanwhile |= woken
            now = monotonic()
            if ready and self._take():
                quiet_at = now + self._silence_seconds()
        self._forget()
        if woken_meanwhile:
            self._waiting.wake()  # meant for the next read_key

    @abstractmethod
    def _listen(self) -> None:
        """Take the terminal, if it is ours to take."""

    @abstractmethod
    def _may_listen_later(self) -> bool:
        """Whether the terminal is not ours now, and may come to be."""

    @abstractmethod
    def _collect(self) -> None:
        """Do as ``_take``, unless somebody else is using the terminal."""

    @abstractmethod
    def _take(self) -> bool:
        """Read what the terminal holds, and hand the keys to ``_received``; False if it holds nothing."""

    def _received(self, keys: Sequence[str]) -> None:
        """Keep the keys of one read, and begin the silence after them."""
        self._keys.extend(keys)
        if self._decoder.in_paste:
            self._quiet_seconds = _QUIET_IN_PASTE_SECONDS
        else:
            self._quiet_seconds = _QUIET_AFTER_MANY_SECONDS if len(keys) > 1 else _QUIET_AFTER_ONE_KEY_SECONDS
        if (patience := self._decoder.patience_seconds) is not None:
            self._silence_due = monotonic() + patience

    def _forget(self) -> None:
        """Drop every key and every half of one."""
        self._decoder = KeyDecoder()
        self._keys.clear()

    def _wait_seconds(self, deadline: float | None) -> float | None:
        """Return how long to block: to the deadline, the end of a silence, or the next look."""
        now = monotonic()
        moments = [] if deadline is None else [deadline]
        if self._decoder.patience_seconds is not None:
            moments.append(self._silence_due)
        if self._may_listen_later():
            moments.append(now + _RELOOK_SECONDS)
        return max(0.0, min(min(moments) - now, _LONGEST_WAIT_SECONDS)) if moments else None

    def _silence_seconds(self) -> float:
        """Return how long nothing must come for the burst to be over."""
        return max(self._quiet_seconds, self._decoder.patience_seconds or 0.0)

    def _end_of_silence(self) -> None:
        self._keys.extend(self._decoder.flush())
        # The rest of a slow escape sequence may still be on its way.
        self._quiet_seconds = _QUIET_AFTER_ESCAPE_SECONDS
