"""Signals to this process, as events."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from parl.core.events import Continued, SignalReceived, StopRequested
from parl.platform import in_foreground

# Those that ask a process to end and that it may answer; a system has some of them.
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
# Those that end it unless somebody has given them a meaning: the terminal must be mended first.
_ENDING_BY_DEFAULT = ("SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGIO", "SIGPWR")
_TYPED = ("SIGINT", "SIGQUIT")


def signal_name(number: int) -> str:
    """Return the name of a signal, as people know it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextmanager
def signals_posted(post: Callable[[object], None]) -> Iterator[None]:
    """Inside the ``with`` block, *post* events for the signals that concern a running job.

    A signal that is ignored stays ignored (nohup, a background job). Outside the main thread,
    where Python forbids it, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask_to_end(number: int, _frame: FrameType | None) -> None:
        post(SignalReceived(number, by_terminal=signal.Signals(number).name in _TYPED and in_foreground()))

    handlers: dict[str, Callable[[int, FrameType | None], None]] = dict.fromkeys(
        (*_ENDING, *_ENDING_BY_DEFAULT), ask_to_end
    )
    handlers["SIGTSTP"] = lambda *_: post(StopRequested())
    handlers["SIGCONT"] = lambda *_: post(Continued())
    before: dict[int, Any] = {}
    try:
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            if number is not None and _may_take(name, number):
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def signals_wake(descriptor: int | None) -> Iterator[None]:
    """Inside the ``with`` block, have Python write to *descriptor* as soon as a signal comes: see Keyboard."""
    if descriptor is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)


def _may_take(name: str, number: int) -> bool:
    handler = signal.getsignal(number)
    if name in _ENDING_BY_DEFAULT:
        return handler is signal.SIG_DFL
    return handler not in (signal.SIG_IGN, None)
