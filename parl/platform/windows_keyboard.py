"""Keyboard for Windows: msvcrt, which reads the console and not stdin."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import codecs
import msvcrt
import os
import signal
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from parl.platform.base import Keyboard
from parl.platform.keys import ESCAPE_PATIENCE_SECONDS, KeyDecoder
from parl.platform.windows_keys import name_of_second_half

_POLL_SECONDS = 0.01
# Without keys to look for; short all the same, since Ctrl-C does not interrupt a wait.
_DEAF_SECONDS = 0.05
# Nobody tells us that another reader has done: we look.
_RELOOK_SECONDS = 0.5
# How long the console must be silent before a burst counts as over.
_QUIET_AFTER_ONE_KEY_SECONDS = 0.004
_QUIET_AFTER_MANY_SECONDS = 0.04
_QUIET_AFTER_ESCAPE_SECONDS = 0.1 - ESCAPE_PATIENCE_SECONDS
_QUIET_IN_PASTE_SECONDS = 0.25
_LONGEST_DRAIN_SECONDS = 1.0
_MOST_READS = 4096

_PREFIXES = ("\x00", "\xe0")
_CTRL_C = "\x03"
_NO_CONSOLE = "\uffff"  # WEOF
_PROBE = " "


def has_console() -> bool:
    """Whether there is a console in which somebody can press a key. Never raises."""
    try:
        os.close(os.open("CONIN$", os.O_RDWR))
    except OSError:
        return False
    from parl.platform import windows_api

    # mintty gives each program a hidden console of its own: it opens, and nobody can type there.
    return not windows_api.writes_to_mintty()


class ConsoleWatch:
    """Waits for a key or for ``wake``.

    It polls: msvcrt can only be asked. A wait on the console's own handle may take its place.
    """

    def __init__(self) -> None:
        # SimpleQueue.put is reentrant, so a signal handler may call wake.
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._following = False

    def follow(self) -> None:
        """Begin to wait for keys too."""
        self._following = True

    def leave(self) -> None:
        """Wait for ``wake`` alone."""
        self._following = False

    def wait(self, timeout_seconds: float | None) -> tuple[bool, bool]:
        """Return whether the console has something to read, and whether somebody woke us."""
        deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        while not (ready := self._following and msvcrt.kbhit()):
            slice_seconds = _POLL_SECONDS if self._following else _DEAF_SECONDS
            left = slice_seconds if deadline is None else deadline - monotonic()
            if self.rest(max(0.0, min(left, slice_seconds))):
                return False, True
            if left <= 0:
                return False, False
        return ready, self.rest(0.0)

    def rest(self, seconds: float) -> bool:
        """Wait for ``wake`` only, and return whether it came."""
        try:
            self._wakes.get(timeout=seconds)
        except Empty:
            return False
        with suppress(Empty):
            while True:
                self._wakes.get_nowait()  # several wakes before one wait are one
        return True

    def wake(self) -> None:
        """End the wait now; any thread, any signal handler."""
        self._wakes.put(None)


class WindowsKeyboard(Keyboard):
    """The console's keys. The console's settings stay as they are: msvcrt reads around them."""

    def __init__(self, *, watch: ConsoleWatch | None = None) -> None:
        super().__init__()
        self._watch = watch or ConsoleWatch()
        self._decoder = KeyDecoder()
        self._utf16 = codecs.getincrementaldecoder("utf-16-le")("replace")
        self._keys: deque[str] = deque()
        self._listening = False
        self._lent = False
        self._quiet_seconds = _QUIET_AFTER_ONE_KEY_SECONDS
        self._silence_due = 0.0

    @property
    def listening(self) -> bool:
        return self._listening

    def open(self) -> None:
        self._listen()

    def close(self) -> None:
        if self._listening:
            # Typed in the last moment, for us: too late to abort, and no word for the shell.
            _discard_input()
        self._leave()
        self._lent = False
        self._keys.clear()

    def wake(self) -> None:
        self._watch.wake()

    def read_key(self, timeout_seconds: float | None) -> str | None:
        deadline = None if timeout_seconds is None else monotonic() + timeout_seconds
        while not self._keys:
            ready, woken = self._watch.wait(self._wait_seconds(deadline))
            if ready:
                self._collect()
            elif self._decoder.patience_seconds is not None and monotonic() >= self._silence_due:
                self._end_of_silence()
            elif self._lent and not self.has_rival():
                self._listen()
            if woken or (deadline is not None and monotonic() >= deadline):
                break
        return self._keys.popleft() if self._keys else None

    def drain(self) -> None:
        give_up = monotonic() + _LONGEST_DRAIN_SECONDS
        woken_meanwhile = False
        while self._listening and monotonic() < give_up:
            ready, woken = self._watch.wait(max(self._quiet_seconds, self._decoder.patience_seconds or 0))
            woken_meanwhile |= woken
            if ready:
                self._take()
            elif not woken:
                break
        self._decoder = KeyDecoder()
        self._utf16.reset()
        self._keys.clear()
        if woken_meanwhile:
            self._watch.wake()  # meant for the next read_key

    def _wait_seconds(self, deadline: float | None) -> float | None:
        """Return how long to block: to the deadline, the end of a silence, or the next look."""
        now = monotonic()
        moments = [] if deadline is None else [deadline]
        if self._decoder.patience_seconds is not None:
            moments.append(self._silence_due)
        if self._lent:
            moments.append(now + _RELOOK_SECONDS)
        return max(0.0, min(moments) - now) if moments else None

    def _collect(self) -> None:
        """Read and decode, unless somebody else is reading the console."""
        if self.has_rival():
            self._leave()
            self._lent = True
            self.on_lending()
        else:
            self._take()

    def _take(self) -> None:
        """Read and decode what the console holds."""
        before = len(self._keys)
        for _ in range(_MOST_READS):
            if not (self._listening and msvcrt.kbhit()):
                break
            self._take_one()
        self._quiet_seconds = self._quiet_after(len(self._keys) - before)
        if (patience := self._decoder.patience_seconds) is not None:
            self._silence_due = monotonic() + patience

    def _take_one(self) -> None:
        first, second = _read_unit()
        if second is not None:
            self._keys.extend([*self._decoder.flush(), name_of_second_half(second)])
        elif first == _CTRL_C:
            # Pressed while somebody had the console in raw mode. It is the signal that it would
            # have been a moment later, never a key.
            signal.raise_signal(signal.SIGINT)
        elif first == _NO_CONSOLE:
            self._leave()
        elif first != "\x00":  # a prefix that lost its half is no key
            # Through the POSIX decoder: where a program has left the console's terminal input
            # on, arrows and reports arrive as escape sequences here too.
            characters = self._utf16.decode(first.encode("utf-16-le", "surrogatepass"))
            self._keys.extend(self._decoder.feed(characters.encode("utf-8", "replace")))

    def _quiet_after(self, keys: int) -> float:
        if self._decoder.in_paste:
            return _QUIET_IN_PASTE_SECONDS
        return _QUIET_AFTER_MANY_SECONDS if keys > 1 else _QUIET_AFTER_ONE_KEY_SECONDS

    def _end_of_silence(self) -> None:
        self._keys.extend(self._decoder.flush())
        # The rest of a slow escape sequence may still be on its way.
        self._quiet_seconds = _QUIET_AFTER_ESCAPE_SECONDS

    def _listen(self) -> None:
        _discard_input()  # what was typed before was meant for the shell, or for another reader
        self._lent = False
        self._watch.follow()
        self._listening = True
        self.on_listening()

    def _leave(self) -> None:
        self._watch.leave()
        self._listening = False


def _read_unit() -> tuple[str, str | None]:
    """Read one character, or both halves of a key that has two."""
    first = msvcrt.getwch()
    return first, _second_half() if first in _PREFIXES else None


def _second_half() -> str | None:
    r"""Take the second half after what looks like a prefix; None after a typed character.

    ``kbhit`` cannot tell: it looks at the console, and the half is already with the C runtime, in
    the one place that ``ungetwch`` fills. So a probe tells them apart exactly. It is refused
    where the half lies, and accepted where '\xe0' was an 'à' that somebody typed. A table of
    known halves could not: after 'à' there is nothing to look up, and to read would block.
    """
    try:
        msvcrt.ungetwch(_PROBE)
    except OSError:
        return msvcrt.getwch()
    msvcrt.getwch()  # the probe itself
    return None


def _discard_input() -> None:
    for _ in range(_MOST_READS):
        if not msvcrt.kbhit():
            break
        _read_unit()
