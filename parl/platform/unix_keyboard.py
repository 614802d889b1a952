"""Keyboard for POSIX: cbreak on the controlling terminal, one wait for keys and wake-ups."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import fcntl
import os
import struct
import termios
from contextlib import suppress
from time import monotonic, sleep

from parl.platform.decoding_keyboard import DecodingKeyboard
from parl.platform.keys import KeyDecoder
from parl.platform.terminal_claim import TerminalClaim
from parl.platform.unix_modes import CC, LFLAG, Settings, cbreak, is_cooked, is_in_foreground, touching_from_background
from parl.platform.watch import Watch, make_watch

# As much as a terminal holds. Not counted before it is read: in cold caches the question costs 15 us of some 200.
_MOST_BYTES = 4096
# Linux keeps 4095 bytes; macOS takes no more from a pseudo-terminal at 1022. What is longer waits outside.
_FULL_BYTES = 4095 if sys.platform == "linux" else 1022
# From so much on, more may be on its way: the system passes on in pieces what was pasted.
_PASTED_BYTES = 256
_PIECE_SECONDS = 0.02
_LONGEST_PASTE_SECONDS = 1.0


class UnixKeyboard(DecodingKeyboard):
    """A POSIX terminal in cbreak mode, while this process is in its foreground.

    Owns the descriptor *terminal*, which should be non-blocking and its own open file. *patient*:
    where another program has set the terminal to its liking before (a pager), wait until it is done.
    """

    def __init__(self, terminal: int, *, patient: bool = False, watch: Watch | None = None) -> None:
        self._watch = watch or make_watch()
        super().__init__(self._watch)
        self._terminal = terminal
        self._found: Settings | None = None
        self._ours: Settings | None = None
        self._loan: Settings | None = None
        self._patient = patient
        self._claim = TerminalClaim(terminal)
        self._usable = True
        self._type_ahead = 0
        self._early = b""
        self._began_at = 0.0

    def close(self) -> None:
        if self._terminal < 0:
            return
        if self._listening and self._type_ahead == 0 and self._in_foreground():
            # Typed in the last moment, for us: too late to abort, and no word for the shell.
            with suppress(termios.error):
                termios.tcflush(self._terminal, termios.TCIFLUSH)
        self._give_back()
        self._watch.close()
        self._claim.release()
        os.close(self._terminal)
        self._terminal = -1
        self._usable = False

    def suspend(self) -> None:
        self._give_back()
        self._claim.release()
        super().suspend()
        self._listen()

    def listen_again(self) -> None:
        if self._listening and self._settings() != self._ours:
            self._leave()  # while we were stopped, the shell set the terminal to its liking
            self._loan = None
        if not self._listening:
            self._listen()

    def _may_listen_later(self) -> bool:
        return self._usable and not self._listening

    # What arrives

    def _collect(self) -> None:
        if not is_in_foreground(self._terminal):
            self._leave()  # the job has given it to a group of its own; to read it would stop us
        elif self._settings() != self._ours:
            self._lend()
        elif self.has_rival():
            self._lend_for_reading()
        else:
            self._take()

    def _take(self) -> bool:
        if self._type_ahead or self._early:
            return self._take_behind_type_ahead()
        data = self._read(_MOST_BYTES)
        if not data:
            return False
        self._received(self._decoder.feed(data))
        return True

    def _take_behind_type_ahead(self) -> bool:
        """Do so where what was typed before we listened still lies in front, or may be half of what comes now."""
        pending = self._pending_bytes()
        if pending and pending == self._type_ahead:
            return True  # woken for nothing: it is still what was typed before we listened
        if pending < self._type_ahead:
            self._type_ahead = 0  # somebody flushed it
        data = self._read(max(pending, 1))  # at the end of a terminal nothing is pending, and only reading tells
        if not data:
            return False
        early, data = self._early + data[: self._type_ahead], data[self._type_ahead :]
        self._early, self._type_ahead = b"", 0
        self._decoder.feed(early)  # no keys, but perhaps the first half of a report
        patience = self._decoder.patience_seconds
        if patience is not None and monotonic() >= self._began_at + patience:
            self._decoder = KeyDecoder()
        self._received(self._decoder.feed(data))
        return True

    def _read(self, count: int) -> bytes:
        try:
            data = os.read(self._terminal, count)
        except BlockingIOError:
            return b""  # somebody else was quicker
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def _pending_bytes(self) -> int:
        try:
            answer = fcntl.ioctl(self._terminal, termios.FIONREAD, struct.pack("i", 0))
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])

    def _hang_up(self) -> None:
        """End-of-file or EIO: it is for ever, and neither a key nor a reason to look again."""
        self._usable = False
        self._leave()

    # Whose terminal it is

    def _listen(self) -> None:
        if self._terminal < 0:
            raise ValueError("this keyboard is closed; open another one")
        if not self._usable or not self._in_foreground():
            return
        now = self._settings()
        if now is None:
            self._usable = False
            return
        if self._is_in_use(now) or not self._claim.take():
            return
        if now not in (self._ours, self._loan):
            self._found = now
        self._ours = cbreak(self._found or now)
        self._loan = None
        if not self._apply(self._ours):
            return
        self._ours = self._settings()  # as the system understood it
        self._remember_type_ahead()
        if not self._usable:
            return  # it has been hung up meanwhile
        self._watch.follow(self._terminal)
        self._listening = True
        self.on_listening()

    def _is_in_use(self, now: Settings) -> bool:
        """Whether another program uses the terminal, as far as its settings tell."""
        if is_cooked(now):
            return self._loan is not None and self.has_rival()
        if self._loan is not None:  # lent: is it as it was then?
            return now not in (self._loan, self._ours, self._found) or self.has_rival()
        takes_single_keys = not now[LFLAG] & termios.ICANON
        return self._patient and self._found is None and takes_single_keys

    def _remember_type_ahead(self) -> None:
        """What was typed before we listened is meant for the shell: leave it there, or forget it."""
        self._type_ahead = self._settled_bytes()
        self._early, self._began_at = b"", monotonic()
        if self._type_ahead >= _FULL_BYTES:
            self._make_room()
        elif self._type_ahead and not self._watch.keeps_type_ahead:
            self._early = self._read(self._type_ahead)
            self._type_ahead = 0

    def _settled_bytes(self) -> int:
        """Return how much is there; where that is much, when no more comes."""
        give_up = monotonic() + _LONGEST_PASTE_SECONDS
        before, count = 0, self._pending_bytes()
        while count >= _PASTED_BYTES and count > before and monotonic() < give_up:
            sleep(_PIECE_SECONDS)
            before, count = count, self._pending_bytes()
        return count

    def _make_room(self) -> None:
        """Forget a type-ahead that fills the terminal: no key would fit in, and not even a Ctrl-C."""
        give_up = monotonic() + _LONGEST_PASTE_SECONDS
        while self._usable and self._pending_bytes() and monotonic() < give_up:
            self._read(_FULL_BYTES)
            sleep(_PIECE_SECONDS)  # what did not fit in before comes now
        self._type_ahead = 0

    def _lend(self) -> None:
        """Leave the terminal to a program that has changed its settings."""
        self._leave()
        self._loan = self._ours

    def _lend_for_reading(self) -> None:
        """Leave the terminal to a program that simply reads it, with the line editing it expects."""
        self._leave()
        assert self._found is not None
        # Without echo: it may have turned that off itself, for a password.
        self._loan = _without_echo(self._found)
        if self._apply(self._loan):
            self._loan = self._settings()
            self.on_lending()

    def _leave(self) -> None:
        self._watch.leave()
        self._listening = False

    def _give_back(self) -> None:
        """Restore the settings that we found, unless somebody else has mended them, and stop listening."""
        now = self._settings()
        held = self._listening or self._loan is not None
        self._leave()
        self._loan = None
        if self._found is None or now is None or (is_cooked(now) and now != self._ours):
            return
        if held and self._in_foreground():
            self._apply(self._found)
        elif now == self._ours:
            # Whoever was given the terminal left it as it is, and nobody else will mend it.
            with touching_from_background():
                self._apply(self._found)

    def _in_foreground(self) -> bool:
        return is_in_foreground(self._terminal)

    def _settings(self) -> Settings | None:
        try:
            return termios.tcgetattr(self._terminal)
        except termios.error:
            return None

    def _apply(self, settings: Settings) -> bool:
        try:
            # At once: to wait for the output to drain can take for ever on a dead terminal.
            termios.tcsetattr(self._terminal, termios.TCSANOW, settings)
        except termios.error:
            self._usable = False
            return False
        return True


def _without_echo(found: Settings) -> Settings:
    settings = [*found[:CC], [*found[CC]]]
    settings[LFLAG] &= ~termios.ECHO
    return settings
