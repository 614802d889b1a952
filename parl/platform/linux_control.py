"""What Linux lets a process say about its children (prctl), and says of its share of the machine (cgroups)."""

from __future__ import annotations

import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def parent_death_signal_setter() -> Callable[[int], None] | None:
    """Return what asks for a signal when the parent dies; ready to be called after a fork."""
    if sys.platform != "linux":
        return None
    prctl = _prctl()

    def set_signal(number: int) -> None:
        prctl(_PR_SET_PDEATHSIG, number)

    return set_signal


def set_child_subreaper(*, on: bool) -> None:
    """Become (or cease to be) the parent of every orphan below this process."""
    _prctl()(_PR_SET_CHILD_SUBREAPER, int(on))


def _prctl() -> Callable[[int, int], object]:
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda option, value: prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def cpu_quota() -> int | None:
    """Return how many processors' time a container may use, at least 1; None where nothing limits it."""
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:
            quota, _, period = file.read().partition(" ")
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):  # no cgroup, or "max"
        return None
