"""One function called in a forked child: all that a crash or an endless loop in it costs is the child."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import select
import signal
import struct
from contextlib import suppress
from time import monotonic, sleep

from parl.platform.forking import fork, write_all

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_LENGTH = struct.Struct("<I")
_CHUNK = 65_536
_LOOK_SECONDS = 0.0005


def call_in_child(
    function: Callable[[], bytes], patience_seconds: float, clean_up: Callable[[int], object]
) -> bytes | None:
    """Return what *function* returns in a child; None where that ends otherwise, or takes longer.

    Then *clean_up* is told the child's pid. Signals wait meanwhile: whichever ends this process does
    so when nothing is left behind. Raises OSError where no child can be had.
    """
    reader, writer = os.pipe()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        try:
            pid = fork()
            if pid == 0:
                os.close(reader)
                _answer(function, writer, patience_seconds)
        finally:
            os.close(writer)
        answer = _read_in_time(reader, patience_seconds)
        with suppress(ProcessLookupError, ChildProcessError):  # somebody else here collects all children
            if answer is None:
                _kill(pid, patience_seconds)
            else:
                os.waitpid(pid, 0)
        if answer is None:
            clean_up(pid)
        return answer
    finally:
        os.close(reader)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _answer(function: Callable[[], bytes], writer: int, patience_seconds: float) -> NoReturn:
    """In the child: answer and end. Never return into the parent's code; of what goes wrong the silence tells."""
    try:
        # Where the parent is killed, nobody else ends an endless loop. All other signals wait here as they do there.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        signal.setitimer(signal.ITIMER_REAL, patience_seconds)
        answer = function()
        write_all(writer, _LENGTH.pack(len(answer)) + answer)
    except (OSError, MemoryError):
        pass  # the parent is gone, or there is no room: it is done again elsewhere, where there are words for it
    except BaseException:  # noqa: BLE001 - the process ends here
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)


def _kill(pid: int, patience_seconds: float) -> None:
    """Kill and collect the child. Who sits in the kernel ends later: nobody shall be deaf to signals for so long."""
    os.kill(pid, signal.SIGKILL)
    give_up = monotonic() + patience_seconds
    while not os.waitpid(pid, os.WNOHANG)[0] and monotonic() < give_up:
        sleep(_LOOK_SECONDS)


def _read_in_time(reader: int, patience_seconds: float) -> bytes | None:
    """Return a whole answer; None where the writer ends before, or it does not come."""
    give_up = monotonic() + patience_seconds
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    read = b""
    while poll.poll(max(0.0, give_up - monotonic()) * 1000) and (chunk := os.read(reader, _CHUNK)):
        read += chunk
        if len(read) >= _LENGTH.size and len(read) == _LENGTH.size + _LENGTH.unpack_from(read)[0]:
            return read[_LENGTH.size :]
    return None
