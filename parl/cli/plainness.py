"""Whether the terminal and the user take more than plain lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def can_paint(environment: Mapping[str, str]) -> bool:
    """Return whether a screen may be painted: not on a dumb terminal, nor for a screen reader (ACCESSIBLE=1)."""
    is_dumb = sys.platform != "win32" and environment.get("TERM", "").lower() in ("dumb", "unknown")
    return not is_dumb and environment.get("ACCESSIBLE", "") in ("", "0")
