"""Which of several parls on one console has its keys: the first, until it ends."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

from parl.platform import windows_api


class ConsoleClaim:
    """A name in the session's name space, which Windows takes back when we die.

    A build may run parl itself: then the keys belong to the outermost. And two that read one console would now and
    then both see a key and both go to take it: who comes second sits there until the next.
    """

    def __init__(self) -> None:
        self._name: int | None = None  # a handle

    def take(self) -> bool:
        """Return whether the keys are ours to take; also where the console has no window to be told by."""
        if self._name is None and (window := windows_api.console_window()):
            self._name = windows_api.claim_name(f"Local\\parl-keys-{window:x}")
            return self._name is not None
        return True

    def release(self) -> None:
        """Leave the keys to the next."""
        if self._name is not None:
            windows_api.close_handle(self._name)
            self._name = None
