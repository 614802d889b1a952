"""A pipe to oneself, which ends a blocking wait."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
from contextlib import suppress


class SelfPipe:
    """A pipe to oneself: writing to it ends a wait, and a signal handler may write."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def write(self) -> None:
        """Wake whoever waits for ``reader``; never blocks."""
        with suppress(BlockingIOError):  # full: whoever waits is awake already
            os.write(self._writer, b"\0")

    def clear(self) -> None:
        """Take back every write so far."""
        with suppress(BlockingIOError):
            while os.read(self.reader, 4096):
                pass

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reader)
        os.close(self._writer)
