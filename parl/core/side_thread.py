"""A thread beside the main one; the system may have none left."""

from __future__ import annotations

import threading
from collections.abc import Callable

from parl.core.errors import ParlError


def start_side_thread(work: Callable[[], object], *, name: str, purpose: str) -> threading.Thread:
    """Run *work* in a thread that keeps no program from ending. ParlError, for what *purpose*, where there is none."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise ParlError(f"no thread for {purpose}: {error}") from error
    return thread
