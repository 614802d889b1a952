"""The screen after an abort: what a full-screen command had switched on, and had no time to switch off."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress

from parl.platform import open_screen, owns_screen

# To leave the alternate screen where nobody is on it brings back a cursor that was saved long ago, so this is saved
# before and brought back after; the terminals that have two screens keep one for each.
_LEAVE_ALTERNATE_SCREEN = "\x1b7\x1b[?1049l\x1b8"
_MOUSE = ("1000", "1002", "1003", "1005", "1006", "1015")
_FOCUS_REPORTS, _BRACKETED_PASTE, _CURSOR_KEYS = "1004", "2004", "1"
_OFF = "".join(f"\x1b[?{mode}l" for mode in (*_MOUSE, _FOCUS_REPORTS, _BRACKETED_PASTE, _CURSOR_KEYS))
_NORMAL_KEYPAD, _SHOW_CURSOR, _PLAIN_CHARACTERS = "\x1b>", "\x1b[?25h", "\x1b[m"
UNDO = f"{_LEAVE_ALTERNATE_SCREEN}{_OFF}{_NORMAL_KEYPAD}{_SHOW_CURSOR}{_PLAIN_CHARACTERS}"


def mend_screen(environment: Mapping[str, str]) -> None:
    """Undo on the terminal what an aborted command may have left; harmless where it has left nothing."""
    if sys.platform == "win32" or environment.get("TERM", "dumb") in ("", "dumb") or not owns_screen():
        return
    screen = open_screen()
    if screen is None:
        return
    with suppress(OSError):  # one that takes nothing (after Ctrl-S) keeps nobody from ending
        os.write(screen, UNDO.encode())
    os.close(screen)
