"""Items that arrive on a descriptor, read in a thread of their own while others are shown already."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from parl.core.side_thread import start_side_thread

_CHUNK_BYTES = 1 << 18
_ENCODING, _ERRORS = "utf-8", "surrogateescape"


def to_text(item: bytes) -> str:
    """Return *item* as text that ``to_bytes`` turns into the same bytes again, whatever they are."""
    return item.decode(_ENCODING, _ERRORS)


def to_bytes(item: str) -> bytes:
    """Return the bytes that ``to_text`` was given."""
    return item.encode(_ENCODING, _ERRORS)


class ItemReader:
    """Reads items up to the end of *descriptor*, each ended by *separator*; empty ones are left out.

    ``start`` it, then ``take`` what there is, as often as it seems worth it.
    """

    def __init__(self, descriptor: int, separator: str = "\n") -> None:
        self._descriptor = descriptor
        self._separator = separator
        self._batches: deque[list[str]] = deque()
        self._news = threading.Condition()
        self._count = 0
        self._has_ended = False
        self.notify: Callable[[], object] = lambda: None
        """Called in the reading thread when there is something to take, and at the end."""
        self.error: OSError | None = None
        """Why it could not be read to its end."""
        self.has_returns: bool = False
        """Whether lines may end with CR and LF; the CR is part of the item. Never on Windows, whose lines end so."""

    def start(self) -> None:
        """Begin to read. Raises ParlError where no thread can be had for it."""
        start_side_thread(self._read, name="parl-items", purpose="the items")

    def take(self) -> list[str]:
        """Return the items that have come since the last call."""
        taken: list[str] = []
        while self._batches:
            taken += self._batches.popleft()
        return taken

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more will come, and all was taken."""
        return self._has_ended and not self._batches

    def wait(self, count: int | None, seconds: float | None) -> bool:
        """Wait until there are *count* items, or all (None); return whether they came within *seconds*."""
        with self._news:
            return self._news.wait_for(lambda: self._has_ended or (count is not None and self._count >= count), seconds)

    def _read(self) -> None:
        rest: list[bytes] = []  # of an item whose end has not come
        separator = self._separator.encode()
        try:
            while data := os.read(self._descriptor, _CHUNK_BYTES):
                self.has_returns |= sys.platform != "win32" and self._separator == "\n" and b"\r" in data
                whole, found, last = data.rpartition(separator)
                if found:
                    self._add(b"".join([*rest, whole]))
                    rest = []
                rest.append(last)
        except OSError as error:
            self.error = error
        self._add(b"".join(rest), is_last=True)

    def _add(self, data: bytes, *, is_last: bool = False) -> None:
        items = to_text(data).split(self._separator) if data else []
        if sys.platform == "win32" and self._separator == "\n":
            items = _without_line_ends(items, is_first=not self._count)
        if "" in items:
            items = [item for item in items if item]
        with self._news:
            self._batches.append(items)
            self._count += len(items)
            self._has_ended = is_last
            self._news.notify_all()
        self.notify()


def _without_line_ends(items: list[str], *, is_first: bool) -> list[str]:
    """Return the lines without what Windows' programs write around them: a CR at the end, a mark before the first."""
    if is_first and items:
        items[0] = items[0].removeprefix("\ufeff")
    return [item.removesuffix("\r") for item in items]


class Items:
    """The items to choose from: those that were *typed*, or what a *reader* still brings.

    *label_separator*: what stands before it is shown, what stands behind is what was meant. Of a line that ends with CR
    and LF the CR is not shown.
    """

    def __init__(
        self, typed: Sequence[str] = (), reader: ItemReader | None = None, label_separator: str | None = None
    ) -> None:
        self.labels: list[str] = []
        """What is shown of those that have come; others may hold it while it grows."""
        self._values = self.labels if label_separator is None else []
        self._reader = reader
        self._label_separator = label_separator
        self._add(typed)
        if reader is not None:
            reader.start()

    @property
    def is_complete(self) -> bool:
        """Whether all have come and were taken."""
        return self._reader is None or self._reader.is_exhausted

    @property
    def error(self) -> OSError | None:
        """Why they could not be read to their end."""
        return None if self._reader is None else self._reader.error

    def take(self) -> None:
        """Take what has come meanwhile."""
        if self._reader is not None:
            self._add(self._reader.take())

    def wait(self, count: int | None, seconds: float | None) -> bool:
        """Wait for *count* items, or for all (None), and take them; return whether they came within *seconds*."""
        came = self._reader is None or self._reader.wait(count, seconds)
        self.take()
        return came

    def notify(self, notify: Callable[[], object]) -> None:
        """Have *notify* called when there is something to take; in another thread."""
        if self._reader is not None:
            self._reader.notify = notify

    def find(self, text: str, begin: int = 0) -> int | None:
        """Return the index of the first item from *begin* on that is *text*; if none is, of the first shown as that."""
        for known in (self.labels,) if self._values is self.labels else (self._values, self.labels):
            with suppress(ValueError):
                return known.index(text, begin)
        return None

    def value(self, index: int) -> bytes:
        """Return the bytes of what was meant by the item at *index*."""
        return to_bytes(self._values[index])

    def _add(self, items: Sequence[str]) -> None:
        has_returns = self._reader is not None and self._reader.has_returns
        if self._values is self.labels and not has_returns:
            self.labels += items
            return
        if self._values is self.labels:
            self._values = [*self.labels]
        for item in items:
            label, value = self._split(item)
            self.labels.append(label.removesuffix("\r") if has_returns else label)
            self._values.append(value)

    def _split(self, item: str) -> tuple[str, str]:
        if self._label_separator is None:
            return item, item
        label, separator, value = item.partition(self._label_separator)
        return label, value if separator else label
