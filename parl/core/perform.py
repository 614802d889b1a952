"""What becomes of a callback that a menu calls: nothing, or one line that says what went wrong."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from parl.core.errors import Aborted, ParlError

if TYPE_CHECKING:
    from parl.core.menu import Option


def perform(option: Option) -> str | None:
    """Call *option*, and return what went wrong, None if nothing did (notes 9 to 11)."""
    assert callable(option.callback), "a submenu is shown, not called"
    try:
        option.callback()
    except ParlError as error:
        return f"{option.title}: {error}"
    except SystemExit as leaving:
        return _exit_words(option, leaving.code)
    except (KeyboardInterrupt, Aborted):
        raise
    except BaseException as error:  # noqa: BLE001 - a callback that fails must not end the menu
        return f"{option.title} failed: {error_words(error)}"
    return None


def error_words(error: BaseException) -> str:
    """Return what kind of error it is, what it says, and where it happened, on one line."""
    import traceback

    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - it cannot even say what it is
        text = ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_machinery(frame.filename)]
    is_told = not frames or isinstance(error, SyntaxError)  # that one says where it is by itself
    place = "" if is_told else f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})"
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"


def _is_machinery(path: str) -> bool:
    """Return whether the code at *path* is not the user's, but what imports or calls it."""
    ours, imports = os.path.dirname(os.path.dirname(__file__)), os.path.dirname(importlib.__file__)
    return path.startswith(("<frozen", ours + os.sep, imports + os.sep))


def _exit_words(option: Option, code: Any) -> str | None:  # noqa: ANN401 - sys.exit takes anything
    if code in (None, 0):
        return None
    return f"{option.title}: exit {code}" if isinstance(code, int) else f"{option.title}: {' '.join(str(code).split())}"
