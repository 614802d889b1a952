"""A list to pick from: a cursor, a window that scrolls, a filter, marks. Knows no screen."""

from __future__ import annotations

from parl.core.query import Query, Texts
from parl.core.search import Search


class PickList:
    """Items by index in the order they came; by position in the order they are shown.

    Without a query that is the same. With one, only what matches is shown, best first, as far as
    ``step`` has found it. *labels* may grow at any time.
    """

    def __init__(self, labels: list[str]) -> None:
        self.labels = labels
        self._folded: list[str] = []
        self._texts = Texts(self.labels, self._folded)
        self._search: Search | None = None
        self.query: Query = Query("")
        self.position: int = 0
        """Of the cursor."""
        self._top = 0
        self.marked: set[int] = set()
        """The indexes of the items that are marked."""

    def __len__(self) -> int:
        return len(self.labels) if self._search is None else len(self._search)

    def index_at(self, position: int) -> int:
        """Return the index of the item that is shown at *position*."""
        return position if self._search is None else self._search[position]

    @property
    def current(self) -> int | None:
        """The index of the item under the cursor; None if nothing is shown."""
        return self.index_at(self.position) if self.position < len(self) else None

    # The filter

    def filter(self, text: str) -> None:
        """Show only what matches *text*, from the best; all for an empty one, with the cursor where it was."""
        query = Query(text)
        if query:
            earlier = self._search if query.narrows(self.query) else None
            self._search = Search(query, self._texts, earlier)
            self.position = self._top = 0
        else:
            self.position = self.current or 0
            self._search = None
        self.query = query

    @property
    def is_searching(self) -> bool:
        """Whether there are items that the filter has not looked at."""
        return self._search is not None and not (self._search.is_complete and len(self._folded) == len(self.labels))

    def step(self, count: int) -> None:
        """Have the filter look at the next *count* items."""
        if self._search is None:
            return
        if self._search.is_complete:
            self._fold(count)
        held, before = self.current, len(self)
        self._search.step(count)
        if self.position > 0 and held is not None:  # at the top one wants the best, elsewhere what one has gone to
            self._follow(held, len(self) - before)

    def finish_search(self) -> None:
        """Have the filter look at all that is there."""
        while self.is_searching:
            self.step(len(self.labels))

    def _follow(self, index: int, added: int) -> None:
        """Move the cursor to the item at *index*, before which at most so many were *added*."""
        while added and self.index_at(self.position) != index:
            self.position += 1
            added -= 1

    def _fold(self, count: int) -> None:
        begin = len(self._folded)
        for label in self.labels[begin : begin + count]:
            lower = label.lower()
            self._folded.append(label if lower == label else lower)  # what is equal is kept once

    # The cursor

    def move(self, steps: int, *, around: bool = False) -> None:
        """Move the cursor by *steps*, at most to an end; *around*: from there to the other one."""
        last = len(self) - 1
        position = self.position + steps
        if around and self.position in (0, last) and not 0 <= position <= last:
            position = last if position < 0 else 0
        self.position = max(0, min(position, last))

    def move_to(self, position: int) -> None:
        """Move the cursor to *position*, or to the last one."""
        self.position = max(0, min(position, len(self) - 1))

    def window(self, height: int) -> range:
        """Return the positions that a window of *height* shows: scrolled as little as shows the cursor."""
        count = len(self)
        self.position = max(0, min(self.position, count - 1))
        self._top = min(self._top, self.position, max(0, count - height))
        self._top = max(self._top, self.position - height + 1)
        return range(self._top, min(self._top + height, count))

    # Marks

    def toggle_mark(self) -> None:
        """Mark the current item, or take its mark away."""
        if self.current is not None:
            self.marked ^= {self.current}

    def picked(self) -> list[int]:
        """Return the indexes of the marked items in the list's order; of the current one if none is marked."""
        if self.marked:
            return sorted(self.marked)
        return [] if self.current is None else [self.current]
