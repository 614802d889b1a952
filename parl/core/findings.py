"""Diagnostics of many files, found in any order and told in the order of the files."""

from __future__ import annotations

from collections.abc import Sequence

from parl.core.diagnostic import Diagnostic


class Findings:
    """Keeps what is found of numbered files; tells it once all before it is known."""

    def __init__(self) -> None:
        self._waiting: dict[int, Sequence[Diagnostic]] = {}
        self._ordered: list[Diagnostic] = []
        self._next = 0
        self._told = 0

    def add(self, number: int, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep what was found of file *number*, be it nothing."""
        self._waiting[number] = diagnostics
        while self._next in self._waiting:
            self._ordered += self._waiting.pop(self._next)
            self._next += 1

    def close(self) -> None:
        """Wait no longer for files that nobody will look at."""
        for number in sorted(self._waiting):
            self._ordered += self._waiting.pop(number)

    def fresh(self) -> tuple[Diagnostic, ...]:
        """Return what can be told since the last call."""
        fresh = tuple(self._ordered[self._told :])
        self._told += len(fresh)
        return fresh

    def all(self) -> tuple[Diagnostic, ...]:
        """Return all that can be told."""
        return tuple(self._ordered)
