"""Keyboard for POSIX: cbreak on the controlling terminal, one wait for keys and wake-ups."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import termios

from parl.platform.decoding_keyboard import DecodingKeyboard
from parl.platform.keys import KeyDecoder
from parl.platform.terminal_claim import TerminalClaim
from parl.platform.type_ahead import TypeAhead
from parl.platform.unix_modes import (
    CC,
    LFLAG,
    Settings,
    cbreak,
    is_cooked,
    is_in_foreground,
    signals_typed,
    touching_from_background,
)
from parl.platform.unix_terminal import UnixTerminal
from parl.platform.watch import Watch, make_watch


class UnixKeyboard(DecodingKeyboard):
    """A POSIX terminal in cbreak mode, while this process is in its foreground.

    Owns the descriptor *terminal*, which should be non-blocking and its own open file. *patient*:
    where another program has set the terminal to its liking before (a pager), wait until it is done.
    """

    def __init__(self, terminal: int, *, patient: bool = False, watch: Watch | None = None) -> None:
        self._watch = watch or make_watch()
        super().__init__(self._watch)
        self._terminal = UnixTerminal(terminal)
        self._type_ahead = TypeAhead(self._terminal, may_stay=self._watch.keeps_type_ahead)
        self._found: Settings | None = None
        self._ours: Settings | None = None
        self._loan: Settings | None = None
        self._patient = patient
        self._watch.on_change = self._settings_changed
        self._claim = TerminalClaim(terminal)

    def close(self) -> None:
        if self._terminal.is_closed:
            return
        if self._listening and not self._type_ahead.staying_bytes and is_in_foreground(self._terminal.descriptor):
            # Typed in the last moment, for us: too late to abort, and no word for the shell.
            self._terminal.flush()
        self._give_back()
        self._watch.close()
        self._claim.release()
        self._terminal.close()

    def suspend(self) -> None:
        self._give_back()
        self._claim.release()
        super().suspend()
        self._listen()

    def listen_again(self) -> None:
        if self._listening and self._terminal.settings() != self._ours:
            self._leave()  # while we were stopped, the shell set the terminal to its liking
            self._loan = None
        if not self._listening:
            self._listen()

    def _may_listen_later(self) -> bool:
        return self._terminal.is_usable and not self._listening

    # What arrives

    def _collect(self) -> None:
        if not is_in_foreground(self._terminal.descriptor):
            self._leave()  # the job has given it to a group of its own; to read it would stop us
        elif self._terminal.settings() != self._ours:
            self._lend()
        elif self.has_rival():
            self._lend_for_reading()
        else:
            self._take()

    def _take(self) -> bool:
        data = self._read()
        if data:
            self._received(self._decoder.feed(data))
        elif not self._terminal.is_usable:
            self._leave()  # for ever: it is neither a key nor a reason to look again
        return bool(data)

    def _read(self) -> bytes:
        """Return what came since we listen."""
        if not self._type_ahead.is_there:
            return self._terminal.read()
        early, data = self._type_ahead.read_behind()
        if early:
            self._overhear(early)
        return data

    def _overhear(self, early: bytes) -> None:
        """Decode what was typed before we listened: no keys, but perhaps the first half of a report."""
        self._decoder.feed(early)
        patience = self._decoder.patience_seconds
        if patience is not None and self._type_ahead.seconds_old() >= patience:
            self._decoder = KeyDecoder()

    # Whose terminal it is

    def _listen(self) -> None:
        if self._terminal.is_closed:
            raise ValueError("this keyboard is closed; open another one")
        if not self._terminal.is_usable or not is_in_foreground(self._terminal.descriptor):
            return
        now = self._terminal.settings()
        if now is None:
            self._terminal.hang_up()
            return
        if self._is_in_use(now):
            if self._is_left_behind():
                self._take_back()
            return
        if not self._claim.take():
            return
        if now not in (self._ours, self._loan):
            self._found = now
        self._ours = cbreak(self._found or now)
        self._loan = None
        if not self._terminal.apply(self._ours):
            return
        self._ours = self._terminal.settings()  # as the system understood it
        self._type_ahead.note()
        if self._terminal.is_usable:  # it may have been hung up meanwhile
            self._follow()
            self.on_listening()

    def _follow(self) -> None:
        self._watch.follow(self._terminal.descriptor)
        self._listening = True

    def _is_in_use(self, now: Settings) -> bool:
        """Whether another program uses the terminal, as far as its settings tell."""
        if is_cooked(now):
            return self._loan is not None and self.has_rival()
        if self._loan is not None:  # lent: is it as it was then?
            return now not in (self._loan, self._ours, self._found) or self.has_rival()
        takes_single_keys = not now[LFLAG] & termios.ICANON
        return self._patient and self._found is None and takes_single_keys

    def _settings_changed(self) -> None:
        """Look again soon if somebody has made the terminal cooked (``stty sane``): no key would come before Enter."""
        now = self._terminal.settings()
        if now is not None and is_cooked(now) and is_in_foreground(self._terminal.descriptor):
            self._lend()

    def _is_left_behind(self) -> bool:
        """Whether what was typed since we lent the terminal lies there, and there is nobody to read it."""
        if sys.platform == "linux":
            from parl.platform.terminal_readers import others_may_read  # rarely needed

            is_there = self._terminal.pending_bytes() > self._type_ahead.staying_bytes
            return self._loan is not None and is_there and not self.has_rival() and not others_may_read()
        else:
            return False

    def _take_back(self) -> None:
        """Listen again; what was typed meanwhile were keys, or signals."""
        assert self._ours is not None
        if not self._terminal.apply(self._ours):
            return
        self._loan = None
        self._follow()
        data = self._read()
        if signals := signals_typed(data, self._ours):
            for number in signals:
                os.kill(0, number)  # to all in the foreground, as the terminal would have done
        elif data:
            self._received(self._decoder.feed(data))

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
        if self._terminal.apply(self._loan):
            self._loan = self._terminal.settings()
            self.on_lending()

    def _leave(self) -> None:
        self._watch.leave()
        self._listening = False

    def _give_back(self) -> None:
        """Restore the settings that we found, unless somebody else has mended them, and stop listening."""
        now = self._terminal.settings()
        held = self._listening or self._loan is not None
        self._leave()
        self._loan = None
        if self._found is None or now is None or (is_cooked(now) and now != self._ours):
            return
        if held and is_in_foreground(self._terminal.descriptor):
            self._terminal.apply(self._found)
        elif now == self._ours:
            # Whoever was given the terminal left it as it is, and nobody else will mend it.
            with touching_from_background():
                self._terminal.apply(self._found)


def _without_echo(found: Settings) -> Settings:
    settings = [*found[:CC], [*found[CC]]]
    settings[LFLAG] &= ~termios.ECHO
    return settings
