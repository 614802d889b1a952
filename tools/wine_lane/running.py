"""Runs Windows' Python: between pipes, where it has no console, and on a pseudo-terminal, where it has."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from tools.wine_lane.place import PYTHON_EXE, ROOT, environment
from tools.wine_lane.set_up import kill_all

_TESTS_SECONDS = 1800

Tell = Callable[[bytes], object]
"""Takes what was said, as it is said."""


def run_between_pipes(words: Sequence[str], tell: Tell) -> int:
    """Run Windows' Python without any console; return its exit code."""
    return _follow(_start(words, stdin=subprocess.DEVNULL), tell)


def run_on_terminal(words: Sequence[str], tell: Tell) -> int:
    """Run Windows' Python with a console on a new pseudo-terminal; what it writes to a pipe is told."""
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = _start(words, stdin=theirs, preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0))
    os.close(theirs)
    threading.Thread(target=_read_away, args=(ours,), daemon=True).start()
    return _follow(process, tell)


def _start(
    words: Sequence[str], *, stdin: int, preexec_fn: Callable[[], object] | None = None
) -> subprocess.Popen[bytes]:
    """Start Windows' Python in a session of its own; a file as a standard stream would end it at once."""
    return subprocess.Popen(
        [*PYTHON_EXE, *words],
        cwd=ROOT,
        env=environment(),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=preexec_fn,
    )


def _read_away(terminal: int) -> None:
    """Read what the console paints, so that it never waits for a reader."""
    with suppress(OSError):  # the last that had it has ended
        while os.read(terminal, 65536):
            pass
    os.close(terminal)


def _follow(process: subprocess.Popen[bytes], tell: Tell) -> int:
    """Tell what *process* says until it ends, and return its exit code; its time is limited."""
    assert isinstance(process.stdout, io.BufferedReader)
    is_late = threading.Event()

    def end_all() -> None:
        is_late.set()
        kill_all()  # not only this process: whoever has its pipe keeps us reading

    clock = threading.Timer(_TESTS_SECONDS, end_all)
    clock.start()
    try:
        while text := process.stdout.read1():
            tell(text)
        code = process.wait()
    finally:
        clock.cancel()
    if is_late.is_set():
        tell(f"windows lane: ended after {_TESTS_SECONDS} s\n".encode())
        return code or 1
    return code
