"""One function called in a forked child: what a crash or an endless loop in it costs is the child."""

from __future__ import annotations

import os
import select
import signal
import sys
from time import monotonic

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_CHUNK = 65_536


def may_fork() -> bool:
    """Whether a fork is sound here: not on Windows and macOS, nor where a thread may hold a lock."""
    threading = sys.modules.get("threading")
    return sys.platform == "linux" and (threading is None or threading.active_count() == 1)


if sys.platform != "win32":

    def call_in_child(function: Callable[[], bytes], patience_seconds: float) -> tuple[int, bytes]:
        """Return the child's pid, and what *function* returned there: ``b""`` where nothing came in time.

        For those who ``may_fork``. Raises OSError where no child can be had.
        """
        reader, writer = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(reader)
            os.close(writer)
            raise
        if pid == 0:
            _answer(function, writer, patience_seconds)
        os.close(writer)
        try:
            answer = _read_in_time(reader, patience_seconds)
        finally:
            os.close(reader)
            os.kill(pid, signal.SIGKILL)  # not collected yet, so the pid is still its own
            os.waitpid(pid, 0)
        return pid, answer

    def _answer(function: Callable[[], bytes], writer: int, patience_seconds: float) -> NoReturn:
        """Answer and end; whatever goes wrong, never return into the parent's code."""
        try:
            # Where the parent is killed, nobody else ends an endless loop.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
            signal.setitimer(signal.ITIMER_REAL, patience_seconds)
            answer = memoryview(function())
            while answer:
                answer = answer[os.write(writer, answer) :]
        finally:
            os._exit(0)

    def _read_in_time(reader: int, patience_seconds: float) -> bytes:
        give_up = monotonic() + patience_seconds
        answer = b""
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        while poll.poll(max(0.0, give_up - monotonic()) * 1000):
            chunk = os.read(reader, _CHUNK)
            if not chunk:
                return answer
            answer += chunk
        return b""

else:

    def call_in_child(function: Callable[[], bytes], patience_seconds: float) -> tuple[int, bytes]:
        """Nobody ``may_fork`` on Windows."""
        raise NotImplementedError
