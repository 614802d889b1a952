"""A pipe to oneself, which ends a blocking wait."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import os
import threading
from contextlib import suppress


class SelfPipe:
    """A pipe to oneself: writing to it ends a wait, and a signal handler may write."""

    def __init__(self) -> None:
        # Reentrant: a signal handler may write while its own thread does, or closes.
        self._lock = threading.RLock()
        self.reader: int = -1
        self.writer: int = -1
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)

    def write(self) -> None:
        """Wake whoever waits for ``reader``; never blocks, and does nothing once closed."""
        with self._lock, suppress(BlockingIOError):  # full: whoever waits is awake already
            if self.writer >= 0:
                os.write(self.writer, b"\0")

    def clear(self) -> None:
        """Take back every write so far."""
        with suppress(BlockingIOError):
            while os.read(self.reader, 4096):
                pass

    def close(self) -> None:
        """Close both ends. A second call does nothing."""
        with self._lock:
            writer, self.writer = self.writer, -1
            if writer >= 0:
                os.close(writer)
                os.close(self.reader)

    __del__ = close
