"""Whether Windows is real."""

from __future__ import annotations

import sys


def is_wine() -> bool:
    """Return whether this is Wine, which cannot show all that Windows does."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
