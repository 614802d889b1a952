"""Whether a list is painted, or written in plain lines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parl.platform import has_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parl.cli.screen_terminal import ScreenTerminal


def open_screen() -> ScreenTerminal | None:
    """Open the terminal to paint on; None where it cannot be painted on, or shall not be.

    prompt_toolkit is imported in the first case only.
    """
    if not can_paint(os.environ) or not has_terminal():
        return None
    from parl.cli.screen_terminal import open_screen_terminal

    return open_screen_terminal()


def can_paint(environment: Mapping[str, str]) -> bool:
    """Return whether a screen may be painted: not on a dumb terminal, nor for a screen reader (ACCESSIBLE=1)."""
    return not is_dumb(environment) and environment.get("ACCESSIBLE", "") in ("", "0")


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal can do no more than print line after line."""
    return sys.platform != "win32" and environment.get("TERM", "").lower() in ("dumb", "unknown")
