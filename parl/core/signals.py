"""Signals to this process, as events."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from parl.core.events import Continued, SignalReceived, StopRequested

# Those that ask a process to end and that it may answer; a system has some of them.
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
_TYPED = ("SIGINT", "SIGQUIT")


@contextmanager
def signals_posted(post: Callable[[object], None], *, typed: Callable[[], bool]) -> Iterator[None]:
    """Inside the ``with`` block, *post* events for the signals that concern a running job.

    *typed* says whether a SIGINT now comes from the terminal. A signal that is ignored stays
    ignored (nohup, a background job). Outside the main thread, where Python forbids it, nothing
    is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask_to_end(number: int, _frame: FrameType | None) -> None:
        post(SignalReceived(number, by_terminal=signal.Signals(number).name in _TYPED and typed()))

    handlers: dict[str, Callable[[int, FrameType | None], None]] = dict.fromkeys(_ENDING, ask_to_end)
    handlers["SIGTSTP"] = lambda *_: post(StopRequested())
    handlers["SIGCONT"] = lambda *_: post(Continued())
    before: dict[int, Any] = {}
    try:
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
