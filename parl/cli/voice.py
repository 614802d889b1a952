"""What parl says on stderr while a job runs, and after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

from parl.cli.screen_choice import is_dumb
from parl.cli.speech import say, say_on_terminal, stderr_is_terminal
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Outcome
from parl.core.signals import signal_name
from parl.core.terminator import Observer
from parl.platform import is_writable

_PATIENCE_SECONDS = 0.1


class Voice(Observer):
    """Speaks on stderr: all of it to a terminal, elsewhere only what parl did itself, errors always."""

    purpose = "abort compilation"
    """What the keys are for."""

    def __init__(self, *, quiet: bool, abort_keys: Sequence[str] | None) -> None:
        self.is_chatty: bool = not quiet and stderr_is_terminal()
        self.may_paint: bool = self.is_chatty and not is_dumb(os.environ)
        """Whether stderr's terminal also takes a line that is painted again and again."""
        self._quiet = quiet
        self._abort_keys = abort_keys or None
        self._said_leaving_keys = False

    def listening(self) -> None:
        """Tell which key aborts."""
        if self._quiet:
            return
        # Who listens must say so, also where stderr goes to a file.
        (say if self.is_chatty else say_on_terminal)(self.invitation)

    @property
    def invitation(self) -> str:
        """Which key does what."""
        return f"Press {self.keys} to {self.purpose}!"

    @property
    def keys(self) -> str:
        """The keys that abort, in words."""
        return "any key" if self._abort_keys is None else " or ".join(self._abort_keys)

    def leaving_keys(self) -> None:
        """Tell why keys do not abort now."""
        if not self._quiet and not self._said_leaving_keys:
            self._said_leaving_keys = True
            say(
                "parl: the command reads the terminal, so the keys go to it, unseen (Ctrl-C still stops it); "
                "to answer it as usual, run it with --stdin inherit"
            )

    def ending_slowly(self) -> None:
        """Tell that the abort was heard, and how to end the patience."""
        if self.is_chatty:
            say("Ending... (once more kills it at once)")

    def running(self, source: str, command: str) -> None:
        """Tell what a project's file has parl run, as make does."""
        if not self._quiet:
            say(running_words(source, command))

    def verdict(self, outcome: Outcome[None]) -> None:
        """Say how a command ended."""
        if outcome.is_aborted:
            self.abort(outcome)
        elif self.is_chatty:
            words, color = _verdict(outcome)
            say(f"{words} ({elapsed(outcome.seconds)})", color)

    def abort(self, outcome: Outcome[Any]) -> None:
        """Say what ended the job before its time, and what could not be ended."""
        if self.is_chatty and not is_writable(2, _PATIENCE_SECONDS):
            return  # a terminal that Ctrl-S has stopped must not keep parl from ending at once
        if not self._quiet or isinstance(outcome.aborted_by, TimedOut):
            say(_abort_words(outcome.aborted_by))
        self.tell_survivors(outcome)

    def tell_survivors(self, outcome: Outcome[Any]) -> None:
        """Say what an abort could not end."""
        if outcome.survivors:
            pids = ", ".join(map(str, outcome.survivors))
            say(f"parl: still running: {pids} (not ours to signal, or stuck in the kernel)")


def running_words(source: str, command: str) -> str:
    """Return what is said of a *command* that the project's file *source* has parl run."""
    return f"parl: running {command} (from {source})"


def elapsed(seconds: float) -> str:
    """Return *seconds* as people read them."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def rounded(seconds: float) -> str:
    """Return *seconds* as people say a limit: without decimals that say nothing."""
    return f"{seconds:g} s" if seconds < 60 else elapsed(seconds)


def timed_out_words(seconds: float) -> str:
    """Return what is said when a time-out of so many *seconds* has ended something."""
    return f"parl: timed out after {rounded(seconds)}"


def _verdict(outcome: Outcome[None]) -> tuple[str, str]:
    if outcome.is_success:
        return "Compilation successful!", "green"
    return f"Compilation failed: {failure_words(outcome)}", "red"


def failure_words(outcome: Outcome[Any]) -> str:
    """Return what a command's failure was: its signal or its exit code."""
    return f"exit {outcome.exit_code}" if outcome.signal is None else signal_name(outcome.signal)


def _abort_words(reason: object) -> str:
    if isinstance(reason, TimedOut):
        return timed_out_words(reason.seconds)
    if isinstance(reason, KeyPressed) or (isinstance(reason, SignalReceived) and reason.number == signal.SIGINT):
        return "Aborted by user!"
    if isinstance(reason, SignalReceived):
        return f"parl: ended by {signal_name(reason.number)}"
    return f"parl: {reason}"
