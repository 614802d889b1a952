"""What the tests of Workers run in their workers; imports little, so that a new interpreter starts fast."""

from __future__ import annotations

import os
import signal


def double(task: int) -> bytes:
    return b"%d" % (2 * task)


def make_much(task: int) -> bytes:
    return b"%d" % task * 1_000_000


def leave(code: int) -> bytes:
    os._exit(code)


def fail(_: object) -> bytes:
    raise ValueError("the task is wrong")


def stay_if_asked(path: str, task: str) -> bytes:
    """Do a *task* of another name than ``stay`` at once; for that, tell our pid and never end."""
    if task == "stay":
        _report(path, str(os.getpid()))
        signal.pause()
    return task.encode()


def outlive_signals(path: str, number: int) -> bytes:
    """Tell our pid, and live until the signal *number* comes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    _report(path, str(os.getpid()))
    signal.sigwait([number])
    return b"alive"


def descriptors(_: object) -> bytes:
    """Return what our descriptors behind the standard ones are."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append((int(name), os.readlink(f"/proc/self/fd/{name}")))
        except FileNotFoundError:  # the one that listed them
            continue
    return "\n".join(target for number, target in found if number > 2).encode()


def disposition(number: int) -> bytes:
    """Return what the signal *number* would do to us."""
    return str(signal.getsignal(number)).encode()


class Unloadable:
    """Pickles, and a new interpreter fails to unpickle it."""

    def __call__(self, task: object) -> bytes:
        raise AssertionError("nobody gets so far")

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse_to_load, ()


def _refuse_to_load() -> None:
    raise ValueError("not in this process")


def _report(path: str, words: str) -> None:
    lifeline = os.open(path, os.O_WRONLY)
    os.write(lifeline, f"{words}\n".encode())
