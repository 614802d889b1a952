"""A fork, what the child must do about signals, and how it answers."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import signal
import warnings

from parl.platform.worker_signals import SIGNALS_LEFT_TO_THE_PARENT

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterable


def fork() -> int:
    """Fork; who calls it has made sure that no thread of this program can hold a lock."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads, also those of a library that it knows nothing of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of *data*, in as many pieces as it takes."""
    while data:
        data = data[os.write(descriptor, data) :]


def reset_signals(mask: Iterable[int]) -> None:
    """In the child: forget the parent's handlers, leave to it what is its to answer, and let the rest come."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    for name in SIGNALS_LEFT_TO_THE_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
