"""One run of parl in a terminal to which a script happens, and what must have become of it."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.fork_server import ForkServer
from tests.forked_shell import BACKGROUND, CONTINUE, FOREGROUND, RUNNING_FOREGROUND
from tests.keyboard_script import Script, Step
from tests.processes import threads_of
from tests.pseudo_terminal import PseudoTerminal
from tests.reference_decoder import KEY, SPACE, Decoding

ABORTED = 130
_INVITATIONS = {"compile": b"to abort compilation!", "timer": b"cancels", "menu": b"esc leaves"}
# A press in any state of the terminal's: it ends a string, or is Alt-\, and then a character.
_LAST_KEYS = b"\x1b\\x"
_DRAIN_SECONDS = 0.9  # it gives up after a second
_QUIET_SECONDS = 0.001  # it waits for 4 ms; the terminal itself may take some to hand over
_QUIET_IN_PASTE_SECONDS = 0.2
_BEGUN_SECONDS = 0.08
_SHORT_BYTES, _ECHO_SECONDS = 100, 0.5
_IDLE_LOOK_SECONDS = 0.02
_CPU_SECONDS, _INSTALLED_CPU_SECONDS = (3.6, 7.2) if "COVERAGE_PROCESS_START" in os.environ else (0.6, 1.2)


class KeyboardRun:
    """parl in a terminal of its own. What the bytes may have come to is in *possible*."""

    def __init__(self, fork_server: ForkServer, script: Script) -> None:
        self._script = script
        self._terminal = PseudoTerminal()
        self._shell = fork_server.start(self._terminal.slave, script.words, installed=script.installed)
        self._invitation = _INVITATIONS[script.words[0]]
        self._invitations_seen = 0
        self._possible = {Decoding()}
        self._unsettled = {Decoding()}
        self._listens: bool | None = True
        """None: one cannot know."""
        self._in_foreground = True
        self._was_away = False
        self._signals: set[int] = set()
        self._signals_perhaps: set[int] = set()
        self._is_output_lost = False
        self._pressed_at: float | None = None
        self._is_drain_over = False
        self._wrote_at = monotonic()
        self._may_be_left = bytearray()
        self._typed = bytearray()
        self._typed_bytes = 0

    def play(self) -> None:
        """Let the script happen."""
        self._wait_for_invitation()
        for step in self._script.steps:
            self._pause(step.pause)
            if self._has_ended() or self._terminal.is_hung_up:
                break
            getattr(self, "_" + step.does.replace(" ", "_").replace("-", "_"))(step)
        self._finish()

    # Steps

    def _type(self, step: Step) -> None:
        self._write(step.typed, step.telling)

    _paste = _type

    def _resize_window(self, step: Step) -> None:
        self._terminal.resize(1 + step.number // 3, step.number)

    def _ctrl_z(self, step: Step) -> None:
        if self._in_foreground:
            self._type_signal(b"\x1a")
            self._wait_for_stop()

    def _stop(self, step: Step) -> None:
        if not self._shell.is_stopped:
            self._signal_group(signal.SIGTSTP)
            self._wait_for_stop()

    def _ctrl_c(self, step: Step) -> None:
        if self._in_foreground:
            self._type_signal(b"\x03")
            self._signals.add(signal.SIGINT)
            self._signals_perhaps.add(signal.SIGINT)

    def _signal(self, step: Step) -> None:
        self._signals.add(step.number)
        self._signals_perhaps.discard(step.number)
        with suppress(ProcessLookupError):
            os.kill(self._shell.job, step.number)

    def _background(self, step: Step) -> None:
        self._forget_certainty()
        self._in_foreground = False
        self._shell.tell(CONTINUE if self._shell.is_stopped else BACKGROUND)

    def _foreground(self, step: Step) -> None:
        was_stopped = self._shell.is_stopped
        if self._in_foreground and not was_stopped:
            return
        self._terminal.resize(24, 80)  # a narrow line leaves the invitation out
        self._terminal.feed()
        self._shell.tell(RUNNING_FOREGROUND if was_stopped else FOREGROUND)
        self._in_foreground = True
        self._forget_certainty()
        is_elsewhere = self._script.is_painted and any(map(self._may_have_pressed, self._possible))
        # Whom a SIGTTIN has stopped has never left off listening, so it need not say so.
        is_told = was_stopped and self._shell.stopped_by == signal.SIGTSTP
        if is_told and step.number and not self._signals and not is_elsewhere:
            self._wait_for_invitation()
            # Of a Ctrl-C that was typed before it may still be about to die.
            self._listens = True if not self._signals_perhaps else None

    def _hang_up(self, step: Step) -> None:
        self._terminal.hang_up()
        self._signals.add(signal.SIGHUP)

    # What they do

    def _type_signal(self, byte: bytes) -> None:
        self._put(byte)
        # The terminal throws away what has not been read yet; but not what waits outside.
        self._possible |= self._unsettled
        self._is_output_lost = True  # and what has not been shown yet
        self._may_be_left += self._typed + byte  # itself, where it waits so long that nobody makes a signal of it
        self._typed.clear()

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._shell.job, number)

    def _wait_for_stop(self) -> None:
        self._shell.wait_for_change()
        if not self._shell.is_stopped:
            return
        self._in_foreground = False
        self._forget_certainty()
        self._is_output_lost = False  # it is painted again
        if self._shell.stopped_by == signal.SIGTSTP:  # nobody can tidy up before a SIGTTIN
            self._terminal.assert_as_found()

    def _forget_certainty(self) -> None:
        self._listens = None
        self._was_away = True
        self._possible |= self._unsettled | {decoding.after_silence() for decoding in self._possible}
        self._unsettled = set(self._possible)
        self._signals -= self._signals_perhaps  # what was typed as one may have come to the shell
        self._may_be_left += self._typed  # who knows whether it was read before
        self._typed.clear()

    def _write(self, data: bytes, telling: bytes) -> None:
        """Type *data*, of which *telling* says it all, and keep account of what it may come to."""
        before, began = self._wrote_at, monotonic()
        quiet = min(map(_quiet_seconds, self._possible))
        shown = len(self._terminal.screen)
        typed, is_late = self._put(data)
        self._wrote_at = began
        ended = monotonic()
        if self._shell.is_stopped:
            self._may_be_left += data  # for the shell
            # A list takes what was typed early, too.
            if self._is_taken(typed, shown) and not self._script.is_painted:
                return
        self._advance(telling, ended - before)
        if self._pressed_at is not None:
            is_late |= ended - before > quiet or ended - self._pressed_at > _DRAIN_SECONDS
            self._is_drain_over |= is_late
        elif any(map(self._may_have_pressed, self._possible)):
            self._pressed_at = began
            self._is_drain_over = is_late or ended - began > _DRAIN_SECONDS
        # Behind the key that chooses from a list, all is for the command that was chosen.
        is_for_others = not self._listens or self._signals or self._is_drain_over or self._script.is_painted
        (self._may_be_left if is_for_others else self._typed).extend(data[:typed])

    def _is_taken(self, typed: int, shown: int) -> bool:
        """Wait until the terminal has taken what was *typed*, as its echo shows: until then it may still become a key.

        False where one cannot know.
        """
        if typed > _SHORT_BYTES or not self._terminal.echoes():
            return False
        give_up = monotonic() + _ECHO_SECONDS  # none comes where the terminal is full
        while len(self._terminal.screen) == shown and monotonic() < give_up:
            self._terminal.feed()
        return len(self._terminal.screen) > shown

    def _advance(self, data: bytes, gap: float) -> None:
        begun = set(self._possible)
        begun |= {decoding.after_silence() for decoding in begun if gap >= decoding.patience_seconds}
        self._unsettled |= begun
        after = set()
        for decoding in begun:
            for byte in data:
                decoding = decoding.after(byte)
                self._unsettled.add(decoding)
            after.add(decoding)
        self._possible = after | (set() if self._listens else self._possible)

    def _put(self, data: bytes) -> tuple[int, bool]:
        """Write *data* as it is taken, as long as somebody may read it; return how much, and if it ever was late."""
        typed, is_late, wrote_at, tried_at = 0, False, monotonic(), monotonic()
        while typed < len(data):
            self._terminal.feed()
            now = monotonic()
            is_late |= now - tried_at > _QUIET_SECONDS * 20
            tried_at = now
            try:
                typed += self._terminal.write(data[typed : typed + 4096])
            except BlockingIOError:
                if self._has_ended() or self._shell.is_stopped or monotonic() - wrote_at > 1.0:
                    break  # nobody reads any more
                sleep(0.0005)
                continue
            wrote_at = now
        self._typed_bytes += typed
        return typed, is_late

    def _pause(self, seconds: float) -> None:
        if seconds:
            sleep(seconds)
        self._terminal.feed()

    def _has_ended(self) -> bool:
        while self._shell.look():
            pass
        if self._shell.is_stopped and self._in_foreground:
            # It has touched the terminal in the background, and only now is that known.
            assert self._was_away, "stopped by nobody"
            self._shell.tell(RUNNING_FOREGROUND)
            self._forget_certainty()
        return self._shell.status is not None

    def _wait_for_invitation(self) -> None:
        """Wait until parl listens (again), or has ended."""

        def is_invited() -> bool:
            self._terminal.feed()
            return self._has_ended() or self._terminal.screen.count(self._invitation) > self._invitations_seen

        wait_until(is_invited, f"the invitation; on the screen: {self._terminal.screen[-300:]!r}")
        self._invitations_seen = self._terminal.screen.count(self._invitation)

    # The end

    def _finish(self) -> None:
        if not self._has_ended() and not self._terminal.is_hung_up and not self._in_foreground:
            self._shell.tell(RUNNING_FOREGROUND)
            self._in_foreground = True
            self._forget_certainty()
        if not self._signals and not self._has_ended():
            self._let_keys_decide()
        self._wait_for_end()
        self._assert_status()
        self._assert_frugal()
        self._assert_nothing_runs()
        assert b"Traceback" not in self._terminal.screen, self._terminal.screen[-3000:].decode(errors="replace")
        if not self._terminal.is_hung_up:
            self._terminal.assert_as_found()
            if not self._is_output_lost:
                self._terminal.assert_modes_as_found()
            self._assert_nothing_left()

    def _let_keys_decide(self) -> None:
        """Wait for the abort that there must be, or see that there is none, and press a key."""
        sleep(max([r.patience_seconds for r in self._possible if r.patience_seconds < 0.5], default=0.0))
        self._possible = {r if r.patience_seconds > 0.5 else r.after_silence() for r in self._possible}
        if self._must_have_pressed():
            return
        wait_until(lambda: self._has_ended() or self._is_asleep(), f"an idle parl: {self._threads()}")
        if not any(map(self._may_have_pressed, self._possible)) and not self._signals_perhaps:
            assert not self._has_ended(), f"aborted by no key: {self._shell.status}, {self._terminal.screen[-300:]!r}"
            wait_until(self._is_idle, "the end of a busy loop")
        self._end_it()

    def _end_it(self) -> None:
        if self._script.is_painted:
            return self._signal(Step("signal", number=signal.SIGTERM))
        give_up = monotonic() + PATIENCE_SECONDS
        while not self._has_ended() and not self._must_have_pressed():
            assert monotonic() < give_up, f"no key aborts: {self._possible}, {self._terminal.screen[-300:]!r}"
            self._write(_LAST_KEYS, _LAST_KEYS)
            self._shell.look(0.0 if self._listens else 0.05)
        return None

    def _wait_for_end(self) -> None:
        def is_over() -> bool:
            self._terminal.feed()
            self._shell.look(0.01)
            return self._has_ended()

        wait_until(is_over, f"the end: {self._signals}, {self._possible}, {self._terminal.screen[-300:]!r}")
        self._terminal.feed()

    def _may_have_pressed(self, decoding: Decoding) -> bool:
        if self._script.words[0] == "timer" and not self._was_away:
            return KEY in decoding.presses  # Space pauses
        return bool(decoding.presses)

    def _must_have_pressed(self) -> bool:
        deciding = {KEY} if self._script.words[0] == "timer" else {KEY, SPACE}
        return not self._script.is_painted and all(deciding & decoding.presses for decoding in self._possible)

    # What must hold

    def _assert_status(self) -> None:
        allowed = {-number for number in self._signals | self._signals_perhaps}
        if any(map(self._may_have_pressed, self._possible | {decoding.after_silence() for decoding in self._possible})):
            allowed |= {0, 1, ABORTED} if self._script.is_painted else {ABORTED}
        assert self._shell.status in allowed, (self._shell.status, allowed, self._terminal.screen[-300:])

    def _assert_frugal(self) -> None:
        allowance = _INSTALLED_CPU_SECONDS if self._script.installed else _CPU_SECONDS
        # A list reads byte by byte what is no paste: what is behind a key may be for others.
        allowance += (1e-4 if self._script.is_painted else 6e-6) * self._typed_bytes
        assert self._shell.cpu_seconds < allowance, f"{self._shell.cpu_seconds} s for {self._typed_bytes} bytes"

    def _assert_nothing_runs(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._shell.job, 0)
            raise AssertionError("something runs on")

    def _assert_nothing_left(self) -> None:
        """What reaches the next reader is only what was typed for it."""
        left = self._terminal.read_left()
        assert _is_part(left, self._may_be_left.replace(b"\r", b"\n")), f"left for the shell: {left[:300]!r}"

    def _is_asleep(self) -> bool:
        before = self._threads()
        sleep(0.002)
        return before == self._threads() and all(state == "S" for state, _ in before)

    def _threads(self) -> list[tuple[str, int]]:
        return threads_of(self._shell.job)

    def _is_idle(self) -> bool:
        before = sum(nanoseconds for _, nanoseconds in self._threads())
        sleep(_IDLE_LOOK_SECONDS)  # the time in which a busy loop would show
        after = sum(nanoseconds for _, nanoseconds in self._threads())
        return after - before < 0.25e9 * _IDLE_LOOK_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._shell.close()
        self._terminal.close()


def _quiet_seconds(decoding: Decoding) -> float:
    """Return within what time bytes after these belong to the same burst, for sure."""
    if decoding.in_paste:
        return _QUIET_IN_PASTE_SECONDS
    if decoding.within == "escape" and not decoding.presses:
        return _BEGUN_SECONDS  # Esc, and perhaps the rest of a slow sequence
    return (
        _QUIET_SECONDS if decoding.patience_seconds < _BEGUN_SECONDS or decoding.within == "ground" else _BEGUN_SECONDS
    )


def _is_part(left: bytes, allowed: Iterable[int]) -> bool:
    """Whether *left* is what remains of *allowed* when some of it is taken away."""
    rest = iter(allowed)
    return all(byte in rest for byte in left)
