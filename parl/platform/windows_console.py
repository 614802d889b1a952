"""Whose console window this is."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import msvcrt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from parl.platform import windows_api

# What may stand between a double-click and this process: venv and pip put a launcher in front.
_LAUNCHERS = frozenset({"parl.exe", "py.exe", "pyw.exe", "python.exe", "pythonw.exe"})
_MOST_PROCESSES = 16


def is_ours_alone() -> bool:
    """Return whether the console is a window that holds nothing but this program and its launchers."""
    pids = windows_api.console_pids(_MOST_PROCESSES)
    if not pids or not windows_api.console_window():
        return False  # without a window it is a service's or a scheduler's: nobody could press Enter there
    import psutil  # only here, at the end of a run: its import takes long

    for pid in pids:
        try:
            if pid != os.getpid() and psutil.Process(pid).name().lower() not in _LAUNCHERS:
                return False
        except (psutil.Error, OSError):
            return False
    return True


@contextmanager
def console_as_standard_streams() -> Iterator[TextIO]:
    """Yield the console's screen; in this context the process's standard input and output handles are the console's.

    prompt_toolkit asks those for its console, and takes NUL for one. Python's own streams keep their descriptors.
    Raises OSError where there is no console.
    """
    with (
        open("CONIN$") as keys,
        open("CONOUT$", "w", encoding="utf-8") as screen,  # Python opens it for reading, too
        _standard_handle(windows_api.STD_INPUT_HANDLE, keys),
        _standard_handle(windows_api.STD_OUTPUT_HANDLE, screen),
    ):
        yield screen


@contextmanager
def _standard_handle(number: int, stream: TextIO) -> Iterator[None]:
    before = windows_api.standard_handle(number)
    windows_api.set_standard_handle(number, msvcrt.get_osfhandle(stream.fileno()))
    try:
        yield
    finally:
        windows_api.set_standard_handle(number, before)
