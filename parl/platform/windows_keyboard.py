"""Keyboard for Windows: msvcrt, which reads the console and not stdin."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import codecs
import msvcrt
import signal

from parl.platform import windows_api
from parl.platform.decoding_keyboard import DecodingKeyboard
from parl.platform.windows_claim import ConsoleClaim
from parl.platform.windows_keys import name_of_second_half
from parl.platform.windows_watch import ConsoleWatch

_MOST_READS = 4096

_PREFIXES = ("\x00", "\xe0")
_CTRL_C = "\x03"
_NO_CONSOLE = "\uffff"  # WEOF
_PROBE = " "


def has_console() -> bool:
    """Whether there is a console in which somebody can press a key. Never raises."""
    try:
        windows_api.close_handle(windows_api.open_console_input())
    except OSError:
        return False
    # mintty gives each program a hidden console of its own: it opens, and nobody can type there.
    return not windows_api.writes_to_mintty()


class WindowsKeyboard(DecodingKeyboard):
    """The console's keys. The console's settings stay as they are: msvcrt reads around them."""

    def __init__(self) -> None:
        self._watch = ConsoleWatch()
        super().__init__(self._watch)
        self._utf16 = codecs.getincrementaldecoder("utf-16-le")("replace")
        self._claim = ConsoleClaim()
        self._is_put_off = False
        """Whether the keys are somebody else's just now: another parl's, or one's who reads them."""

    @property
    def listening(self) -> bool:
        return self._listening and self._watch.is_following

    def close(self) -> None:
        if self._listening:
            # Typed in the last moment, for us: too late to abort, and no word for the shell.
            _discard_input()
        self._leave()
        self._claim.release()
        self._is_put_off = False
        self._keys.clear()

    def _forget(self) -> None:
        super()._forget()
        self._utf16.reset()

    def _may_listen_later(self) -> bool:
        return self._is_put_off

    def _collect(self) -> None:
        if self.has_rival():
            self._leave()
            self._is_put_off = True
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
        self._is_put_off = (self._is_put_off and self.has_rival()) or not self._claim.take()
        if self._is_put_off:
            return
        _discard_input()  # what was typed before was meant for the shell, or for another reader
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
