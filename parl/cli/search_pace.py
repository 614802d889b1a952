"""How a filter looks at a long list: a slice at a time, with keys in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from parl.core.pick_list import PickList

_STEP = 2048  # items that the filter looks at before it asks for the time again
_SLICE_SECONDS = 0.015
_REPAINT_SECONDS = 0.05


class SearchPace:
    """Has the filter of *picks* look at all items; *repaint* is called when there is something new to see."""

    def __init__(self, picks: PickList, repaint: Callable[[], object]) -> None:
        self._picks = picks
        self._repaint = repaint
        self._repainted_at = 0.0
        self._next: asyncio.Handle | None = None

    def look(self) -> None:
        """Look at items for one slice; if that was not all, go on when keys have been looked at."""
        end = time.monotonic() + _SLICE_SECONDS
        while self._picks.is_searching and time.monotonic() < end:
            self._picks.step(_STEP)
        now = time.monotonic()
        if not self._picks.is_searching or now - self._repainted_at > _REPAINT_SECONDS:
            self._repainted_at = now
            self._repaint()
        if self._picks.is_searching:
            self.look_soon()

    def look_soon(self) -> None:
        """Look when keys have been looked at; on the loop's thread. However often it is asked for, once."""
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._look_now)

    def _look_now(self) -> None:
        self._next = None
        self.look()
