"""The items of a list that match a query, best first, found piece by piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice

from parl.core.query import INDEX_MASK, RANK_SHIFT, SCATTERED_RANK, Query, Texts

_LOOSENESS_SHIFT = 64  # above the length, which is above the index


class Search:
    """What matches *query* among *texts*; grows by ``step``. Texts may be appended while it runs.

    Best first: by rank, then the shorter, then the earlier one. *earlier*: a search whose matches
    are all that can match among what it has looked at.
    """

    def __init__(self, query: Query, texts: Texts, earlier: Search | None = None) -> None:
        self._query = query
        self._texts = texts
        self._again: Iterator[int] | None = earlier._found() if earlier else None
        self._next: int = earlier._next if earlier else 0
        # By rank: those that were found, and of these, sorted, those that somebody wanted to see.
        self._fresh: defaultdict[int, list[int]] = defaultdict(list)
        self._sorted: defaultdict[int, list[int]] = defaultdict(list)
        self._count = 0

    @property
    def is_complete(self) -> bool:
        """Whether all that is there has been looked at."""
        return self._again is None and self._next == len(self._texts.folded)

    def step(self, count: int) -> None:
        """Look at the next *count* texts."""
        candidates = [*islice(self._again or (), count)]
        if len(candidates) < count:
            self._again = None
        end = min(self._next + count - len(candidates), len(self._texts.folded))
        candidates.extend(range(self._next, end))
        self._next = end
        lines, fresh = self._texts.plain, self._fresh
        matches = self._query.narrow(candidates, self._texts)
        for match in matches:
            index = match & INDEX_MASK
            fresh[match >> RANK_SHIFT].append(len(lines[index]) << RANK_SHIFT | index)
        self._count += len(matches)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> int:
        """Return the index of the item at *position*. Only the ranks that are looked at are sorted."""
        for rank in sorted({*self._fresh, *self._sorted}):
            count = len(self._fresh[rank]) + len(self._sorted[rank])
            if position < count:
                return self._sorted_rank(rank)[position] & INDEX_MASK
            position -= count
        raise IndexError(position)

    def _sorted_rank(self, rank: int) -> list[int]:
        ranked = self._sorted[rank]
        if fresh := self._fresh.pop(rank, None):
            ranked += self._with_looseness(fresh) if rank >= SCATTERED_RANK else fresh
            ranked.sort()
        return ranked

    def _with_looseness(self, matches: list[int]) -> list[int]:
        looseness, texts = self._query.looseness, self._texts
        return [looseness(match & INDEX_MASK, texts) << _LOOSENESS_SHIFT | match for match in matches]

    def _found(self) -> Iterator[int]:
        """Yield the indexes of what matches, and of what is still to be looked at again."""
        for match in chain(*self._sorted.values(), *self._fresh.values()):
            yield match & INDEX_MASK
        yield from self._again or ()
