"""Whether Windows is real."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

_ERROR_INTERNAL_ERROR = 1359


def is_wine() -> bool:
    """Return whether this is Wine, which cannot show all that Windows does."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def patient_create_process() -> Callable[..., Any]:
    """Return Windows' CreateProcess as Wine has it, asked once more where Wine stumbles over itself.

    Once in some ten thousand times it says "Internal error" of a command that it can start.
    """
    import _winapi

    create = _winapi.CreateProcess  # type: ignore[attr-defined,unused-ignore] # Windows has it

    def ask_twice(*words: Any) -> Any:
        try:
            return create(*words)
        except OSError as error:
            if getattr(error, "winerror", None) != _ERROR_INTERNAL_ERROR:
                raise
        warnings.warn("Wine: CreateProcess stumbled (WinError 1359), and was asked again", stacklevel=2)
        return create(*words)

    return ask_twice
