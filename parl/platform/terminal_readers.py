"""Whether anybody but us could read the keys that are typed at the terminal."""

from __future__ import annotations

import sys

assert sys.platform == "linux"  # tells mypy which half of typeshed applies

import os

from parl.platform.procfs import processes_of_group, terminals_to_read

_OUTPUT = {1, 2}


def others_may_read() -> bool:
    """Whether another process of our group has opened a terminal for itself; True where that cannot be seen.

    Ours is the foreground's, and the system lets no other group read. What everybody has from us is no sign: a program
    that wants keys opens the terminal anew, or makes its output its input. One that does read its output
    (``more``) has read what lies there long since.
    """
    inherited = _OUTPUT | {descriptor for descriptor in terminals_to_read(os.getpid()) if _is_inherited(descriptor)}
    others = (pid for pid in processes_of_group(os.getpgrp()) if pid != os.getpid())
    try:
        return any(terminals_to_read(pid) - inherited for pid in others)
    except PermissionError:
        return True  # of another user: sudo


def _is_inherited(descriptor: int) -> bool:
    try:
        return descriptor != 0 and os.get_inheritable(descriptor)
    except OSError:
        return False
