"""Keyboard for Windows: msvcrt, which reads the console and not stdin."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import codecs
import msvcrt
import os
import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from parl.platform.decoding_keyboard import DecodingKeyboard
from parl.platform.windows_keys import name_of_second_half

_POLL_SECONDS = 0.01
# Without keys to look for; short all the same, since Ctrl-C does not interrupt a wait.
_DEAF_SECONDS = 0.05
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

    signal_descriptor: int | None = None

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

    def close(self) -> None:
        """Nothing to give back."""


class WindowsKeyboard(DecodingKeyboard):
    """The console's keys. The console's settings stay as they are: msvcrt reads around them."""

    def __init__(self, *, watch: ConsoleWatch | None = None) -> None:
        self._watch = watch or ConsoleWatch()
        super().__init__(self._watch)
        self._utf16 = codecs.getincrementaldecoder("utf-16-le")("replace")
        self._lent = False

    def close(self) -> None:
        if self._listening:
            # Typed in the last moment, for us: too late to abort, and no word for the shell.
            _discard_input()
        self._leave()
        self._lent = False
        self._keys.clear()

    def _forget(self) -> None:
        super()._forget()
        self._utf16.reset()

    def _may_listen_later(self) -> bool:
        return self._lent

    def _collect(self) -> None:
        if self.has_rival():
            self._leave()
            self._lent = True
            self.on_lending()
        else:
            self._take()

    def _take(self) -> bool:
        keys: list[str] = []
        for _ in range(_MOST_READS):
            if not (self._listening and msvcrt.kbhit()):
                break
            keys += self._take_one()
        self._received(keys)
        return True

    def _take_one(self) -> list[str]:
        first, second = _read_unit()
        if second is not None:
            return [*self._decoder.flush(), name_of_second_half(second)]
        if first == _CTRL_C:
            # Pressed while somebody had the console in raw mode. It is the signal that it would
            # have been a moment later, never a key.
            signal.raise_signal(signal.SIGINT)
            return []
        if first == _NO_CONSOLE:
            self._leave()
            return []
        if first == "\x00":  # a prefix that lost its half is no key
            return []
        # Through the POSIX decoder: where a program has left the console's terminal input on,
        # arrows and reports arrive as escape sequences here too.
        characters = self._utf16.decode(first.encode("utf-16-le", "surrogatepass"))
        return self._decoder.feed(characters.encode("utf-8", "replace"))

    def _listen(self) -> None:
        if self._lent and self.has_rival():
            return
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
