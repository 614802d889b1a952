"""What the tests of ChildJob run in its child; imports little, so that the child starts fast."""

from __future__ import annotations

import os
import signal
import subprocess
import sys


def add(*numbers: int) -> int:
    return sum(numbers)


def fail() -> None:
    raise ValueError("wrong input")


def make_much() -> bytes:
    return b"x" * 5_000_000


def make_unpicklable() -> object:
    return lambda: None


class TornError(Exception):
    """Pickles, and cannot be unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_torn() -> None:
    raise TornError(1, 2)


def leave(code: int) -> None:
    os._exit(code)


def leave_politely(code: int) -> None:
    sys.exit(code)


def die(number: int) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


def leave_a_grandchild_behind(path: str) -> None:
    """Crash, while a process that inherited everything lives on."""
    if os.fork() == 0:
        os.write(_report_to(path), f"{os.getpid()}\n".encode())
        signal.pause()
    os._exit(3)


def work_with_children(path: str) -> None:
    """Never end, and have children and grandchildren that do not end either."""
    lifeline = _report_to(path)
    os.set_inheritable(lifeline, True)
    script = f"sleep 60 & (sleep 60 & sleep 60) & echo ready >&{lifeline}; wait"
    subprocess.run(["sh", "-c", script], close_fds=False)


def ignore_requests(path: str) -> None:
    """Never end, and say so when asked to."""
    lifeline = _report_to(path)
    signal.signal(signal.SIGTERM, lambda *_: os.write(lifeline, b"no\n") and None)
    os.write(lifeline, b"ready\n")
    while True:
        signal.pause()


def _report_to(path: str) -> int:
    return os.open(path, os.O_WRONLY)
