"""A program that presses keys: it puts records into the input of its console, as a keyboard's driver does.

Each line of its stdin is a list of records in JSON, or "interrupt" for a Ctrl-C as the console itself sends it. It
answers each with a line when the console holds them.
"""

from __future__ import annotations

import ctypes
import json
import msvcrt
import os
import sys
from ctypes import wintypes

_CTRL_C_EVENT = 0

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)


class KeyEvent(ctypes.Structure):
    _fields_ = (
        ("bKeyDown", wintypes.BOOL),
        ("wRepeatCount", wintypes.WORD),
        ("wVirtualKeyCode", wintypes.WORD),
        ("wVirtualScanCode", wintypes.WORD),
        ("UnicodeChar", wintypes.WORD),
        ("dwControlKeyState", wintypes.DWORD),
    )


class Event(ctypes.Union):
    _fields_ = (("KeyEvent", KeyEvent), ("others", ctypes.c_uint32 * 4))


class InputRecord(ctypes.Structure):
    _fields_ = (("EventType", wintypes.WORD), ("Event", Event))


def make_record(kind: int, values: list[int]) -> InputRecord:
    record = InputRecord(kind)
    if kind == 1:
        record.Event.KeyEvent = KeyEvent(*values)
    else:
        record.Event.others = (ctypes.c_uint32 * 4)(*values)
    return record


class Console:
    """The input of the console that this program has."""

    def __init__(self) -> None:
        self._handle = wintypes.HANDLE(msvcrt.get_osfhandle(os.open("CONIN$", os.O_RDWR)))

    def put(self, records: list[list[int]]) -> None:
        """Put records there, in one go."""
        array = (InputRecord * len(records))(*[make_record(kind, values) for kind, *values in records])
        written = wintypes.DWORD()
        if not kernel32.WriteConsoleInputW(self._handle, array, len(array), ctypes.byref(written)):
            raise ctypes.WinError(ctypes.get_last_error())
        assert written.value == len(array)

    def interrupt(self) -> None:
        """Send a Ctrl-C to everybody here."""
        if not kernel32.GenerateConsoleCtrlEvent(_CTRL_C_EVENT, 0):
            raise ctypes.WinError(ctypes.get_last_error())


def main() -> None:
    kernel32.SetConsoleCtrlHandler(None, True)  # the Ctrl-C is for others
    console = Console()
    for line in sys.stdin:
        if line.strip() == "interrupt":
            console.interrupt()
        else:
            console.put(json.loads(line))
        print("done", flush=True)


if __name__ == "__main__":
    main()
