"""Timers by the moment they are due: the first is found at once, and any can be taken out."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")
# Below that many, what is left over in the heap is not worth a thought.
_FEW = 64


class TimerQueue(Generic[T]):
    """Items in the order of their moments; those of one moment in the order they came.

    A heap of plain floats, and a dictionary from each to its item: comparing floats is what the C
    code of a heap does fastest, and what is taken out leaves no more than a float behind, until
    those outnumber the rest and the heap is made anew. One thread at a time.
    """

    def __init__(self) -> None:
        self._heap: list[float] = []
        self._due: dict[float, T | _Several[T]] = {}
        self._stale = 0  # moments in the heap whose items were all taken out

    def add(self, moment: float, item: T) -> None:
        """Put *item* in, which must not be there yet."""
        there = self._due.setdefault(moment, item)
        if there is item:
            heapq.heappush(self._heap, moment)
        elif isinstance(there, _Several):
            there[item] = None
        else:
            self._due[moment] = _Several({there: None, item: None})

    def discard(self, moment: float, item: T) -> None:
        """Take out *item*, which must be there, due at *moment*."""
        there = self._due[moment]
        if isinstance(there, _Several):
            del there[item]
            if there:
                return
        del self._due[moment]
        self._stale += 1
        if self._stale > len(self._due) + _FEW:
            self._tidy()

    def first(self) -> float | None:
        """Return the first moment; None if there is no item."""
        heap = self._heap
        while heap and heap[0] not in self._due:
            heapq.heappop(heap)
            self._stale -= 1
        return heap[0] if heap else None

    def pop(self, now: float) -> T | None:
        """Take out the first item if it is due by *now*; None if nothing is."""
        heap = self._heap
        while heap and heap[0] <= now:
            moment = heapq.heappop(heap)
            there = self._due.pop(moment, None)
            if isinstance(there, _Several):
                item, _ = there.popitem(last=False)
                if there:
                    self._due[moment] = there
                    heapq.heappush(heap, moment)
                return item
            if there is not None:
                return there
            self._stale -= 1
        return None

    def __len__(self) -> int:
        """Return how many moments have items."""
        return len(self._due)

    def _tidy(self) -> None:
        self._due = dict(self._due)  # a dictionary that is only deleted from does not shrink
        self._heap[:] = self._due  # the same list: this may happen within another method, see Agenda's lock
        heapq.heapify(self._heap)
        self._stale = 0


class _Several(OrderedDict[T, None]):
    """The items of one moment, in the order they came.

    A plain dictionary would be slow to give the first one again and again.
    """
