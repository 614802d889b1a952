"""Whose console window this is."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import ctypes
import msvcrt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import TextIO

# What may stand between a double-click and this process: venv and pip put a launcher in front.
_LAUNCHERS = frozenset({"parl.exe", "py.exe", "pyw.exe", "python.exe", "pythonw.exe"})
_MOST_PROCESSES = 16
_STD_OUTPUT_HANDLE = -11 & 0xFFFFFFFF


def is_ours_alone() -> bool:
    """Return whether the console is a window that holds nothing but this program and its launchers."""
    if not _has_window():
        return False  # a service's or a scheduler's: nobody could press Enter there
    pids = _console_processes()
    if not 0 < len(pids) < _MOST_PROCESSES:
        return False
    import psutil  # only here, at the end of a run: its import takes long

    for pid in pids:
        try:
            if pid != os.getpid() and psutil.Process(pid).name().lower() not in _LAUNCHERS:
                return False
        except (psutil.Error, OSError):
            return False
    return True


@contextmanager
def screen_as_stdout() -> Iterator[TextIO]:
    """Yield the console's screen; in this context it is also the process's standard output handle.

    prompt_toolkit asks that handle for its console. Python's own stdout keeps its descriptor. Raises OSError where
    there is no console.
    """
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.GetStdHandle.restype = wintypes.HANDLE
    kernel32.SetStdHandle.argtypes = (wintypes.DWORD, wintypes.HANDLE)
    before = kernel32.GetStdHandle(_STD_OUTPUT_HANDLE)
    with open("CONOUT$", "w", encoding="utf-8") as screen:  # Python opens it for reading, too
        kernel32.SetStdHandle(_STD_OUTPUT_HANDLE, msvcrt.get_osfhandle(screen.fileno()))
        try:
            yield screen
        finally:
            kernel32.SetStdHandle(_STD_OUTPUT_HANDLE, before)


def _has_window() -> bool:
    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.GetConsoleWindow.restype = wintypes.HWND
    return bool(kernel32.GetConsoleWindow())


def _console_processes() -> list[int]:
    """Return the processes attached to our console; none where there is no console."""
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.GetConsoleProcessList.argtypes = (ctypes.POINTER(wintypes.DWORD), wintypes.DWORD)
    kernel32.GetConsoleProcessList.restype = wintypes.DWORD
    pids = (wintypes.DWORD * _MOST_PROCESSES)()
    count = kernel32.GetConsoleProcessList(pids, _MOST_PROCESSES)
    return list(pids[: min(count, _MOST_PROCESSES)])
