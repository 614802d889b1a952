"""The chooser on the terminal: what is typed filters, Enter takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from prompt_toolkit.filters import Condition

from parl.cli.list_rows import Fragments, label_fragments
from parl.cli.list_screen import CURRENT, DIM, NO_POINTER, POINTER, ListScreen
from parl.cli.screen_terminal import ScreenTerminal
from parl.cli.voice import rounded
from parl.core.items import Items
from parl.core.pick_list import PickList

_MARK, _NO_MARK = "* ", "  "


class Chosen(NamedTuple):
    """What the chooser was left with: the indexes of items, or why there are none."""

    indexes: tuple[int, ...] = ()
    is_cancelled: bool = False
    is_timed_out: bool = False


class ChooseScreen(ListScreen[Chosen]):
    """Shows *picks*, which are *items*, until something is taken.

    *default*: the item that the cursor begins at. *deadline*: on ``time.monotonic``. *is_hopeless*: asked when all
    items have come; True leaves with nothing chosen.
    """

    highest = 20

    def __init__(
        self,
        picks: PickList,
        items: Items,
        terminal: ScreenTerminal,
        *,
        prompt: str = POINTER,
        multi: bool = False,
        default: str | None = None,
        deadline: float | None = None,
        is_hopeless: Callable[[], bool] = lambda: False,
    ) -> None:
        self._multi = multi
        self._default = default
        self._deadline = deadline
        self._items = items
        self._is_hopeless = is_hopeless
        self._entered = False
        """Whether Enter was pressed, when nothing that matches had come yet."""
        super().__init__(picks, terminal, prompt)
        self.open_filter()
        self._find_default(0)

    # Keys

    def bind(self) -> None:
        is_empty = Condition(lambda: not self.filter_line.text)
        self.on("enter", "c-j")(self._enter)
        self.on("c-d", when=is_empty)(self.cancelled)
        # As in a menu: the filter is open already.
        self.on("/", when=is_empty)(lambda: None)
        if self._multi:
            self.on("tab")(lambda: self._mark(1))
            self.on("s-tab")(lambda: self._mark(-1))

    def _mark(self, steps: int) -> None:
        self.picks.toggle_mark()
        self.picks.move(steps)

    def _enter(self) -> None:
        """Take what is marked, or the best of what there is; wait for it where nothing that matches has come yet."""
        self.picks.finish_search()
        if not self.picks.picked() and not self._items.is_complete:
            self._entered = True
        else:
            self.finish(Chosen(tuple(self.picks.picked())))

    def filter_changed(self) -> None:
        self._entered = False
        super().filter_changed()

    def cancelled(self) -> None:
        self.finish(Chosen(is_cancelled=True))

    # What comes meanwhile

    def starting(self) -> None:
        loop = asyncio.get_running_loop()
        if self._deadline is not None:
            self._tick(loop)

        def notify() -> None:
            with suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(self._arrived)

        self._items.notify(notify)
        self._arrived()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._deadline is not None
        left = self._deadline - time.monotonic()
        if left <= 0:
            self.finish(Chosen(is_timed_out=True))
        else:
            self.repaint()
            loop.call_later(min(left, 1.0), self._tick, loop)

    def _arrived(self) -> None:
        known = len(self.picks.labels)
        self._items.take()
        self._find_default(known)
        self.pace.look_soon()
        if self._is_hopeless():
            self.finish(Chosen())
        elif self._entered:
            self._enter()

    def _find_default(self, begin: int) -> None:
        """Put the cursor to the default, once, unless it was moved before."""
        if self._default is None or self.picks.query or self.picks.position:
            return
        index = self._items.find(self._default, begin)
        if index is not None:
            self.picks.move_to(index)
            self._default = None

    # What it looks like

    def row(self, position: int, width: int) -> Fragments:
        index = self.picks.index_at(position)
        is_current = position == self.picks.position
        style = CURRENT if is_current else ""
        start = POINTER if is_current else NO_POINTER
        if self._multi:
            start += _MARK if index in self.picks.marked else _NO_MARK
        label = self.picks.labels[index]
        matched = self.picks.query.spans(label)
        return [(style, start), *label_fragments(label, matched, max(1, width - len(start)), style, self.match_style)]

    def last_lines(self, width: int) -> list[Fragments]:
        parts = [f"{len(self.picks)}/{len(self.picks.labels)}"]
        if not self._items.is_complete or self.picks.is_searching:
            parts[0] += ".."
        if self.picks.marked:
            parts.append(f"{len(self.picks.marked)} marked")
        parts += ["enter takes", "tab marks", "esc leaves"] if self._multi else ["enter takes", "esc leaves"]
        if self._deadline is not None:
            parts.append(rounded(max(0, round(self._deadline - time.monotonic()))))
        return [label_fragments(NO_POINTER + "  ".join(parts), (), width, DIM, DIM)]
