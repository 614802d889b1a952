"""The items of a list that match a query, best first, found piece by piece."""

from __future__ import annotations

from collections import defaultdict, deque

from parl.core.query import RANK_SHIFT, Query, Texts

_INDEX_MASK = (1 << RANK_SHIFT) - 1


class Search:
    """What matches *query* among *texts*; grows by ``step``. Texts may be appended while it runs.

    Best first: by rank, then the shorter, then the earlier one. *earlier*: a search whose matches
    are all that can match among what it has looked at.
    """

    def __init__(self, query: Query, texts: Texts, earlier: Search | None = None) -> None:
        self._query = query
        self._texts = texts
        self._again: deque[int] = deque((*earlier.indexes(), *earlier._again)) if earlier else deque[int]()
        self._next: int = earlier._next if earlier else 0
        self._ranks: defaultdict[int, list[int]] = defaultdict(list)
        self._sorted: set[int] = set()
        self._count = 0

    @property
    def is_complete(self) -> bool:
        """Whether all that is there has been looked at."""
        return not self._again and self._next == len(self._texts.folded)

    def step(self, count: int) -> None:
        """Look at the next *count* texts."""
        candidates = [self._again.popleft() for _ in range(min(count, len(self._again)))]
        end = min(self._next + count - len(candidates), len(self._texts.folded))
        candidates.extend(range(self._next, end))
        self._next = end
        lines, ranks = self._texts.plain, self._ranks
        matches = self._query.narrow(candidates, self._texts)
        for match in matches:
            index = match & _INDEX_MASK
            ranks[match >> RANK_SHIFT].append(len(lines[index]) << RANK_SHIFT | index)
        if matches:
            self._count += len(matches)
            self._sorted.clear()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> int:
        """Return the index of the item at *position*. Only the ranks that are looked at are sorted."""
        for rank in sorted(self._ranks):
            bucket = self._ranks[rank]
            if position < len(bucket):
                if rank not in self._sorted:
                    bucket.sort()
                    self._sorted.add(rank)
                return bucket[position] & _INDEX_MASK
            position -= len(bucket)
        raise IndexError(position)

    def indexes(self) -> list[int]:
        """Return the indexes of all that match, in the list's order."""
        return sorted(match & _INDEX_MASK for bucket in self._ranks.values() for match in bucket)
