"""A list that one moves in and filters, on the terminal: inline, only the rows one sees, erased when done."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Always, Condition, Filter
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    VSplit,
    Window,
)

from parl.cli.list_rows import Fragments, label_fragments, text_width
from parl.cli.screen_app import ScreenApp
from parl.cli.screen_terminal import ScreenTerminal, color_depth
from parl.cli.search_pace import SearchPace
from parl.core.events import SignalReceived
from parl.core.pick_list import PickList

T = TypeVar("T")

_ALWAYS = Always()
_LONGEST_PASTED = 1000
POINTER, NO_POINTER = "> ", "  "
DIM, CURRENT, TITLE = "fg:ansibrightblack", "bold", "bold"


class ListScreen(ABC, Generic[T]):
    """What all lists share; a subclass says what its keys do and how its rows and last lines look."""

    highest = 1000
    """The rows of a window that has all the room it wants."""

    def __init__(self, picks: PickList, terminal: ScreenTerminal, prompt: str) -> None:
        self.picks = picks
        self.filter_line: Buffer = Buffer(
            document=Document(picks.query.text),
            multiline=False,
            read_only=Condition(lambda: not self.takes_moves()),
            on_text_changed=lambda _: self.filter_changed(),
        )
        self.match_style = "fg:ansigreen bold" if color_depth() is None else "underline"
        self.pace: SearchPace = SearchPace(picks, self.repaint)
        self._body = FormattedTextControl(self._paint, focusable=True, show_cursor=False)
        self._is_filter_shown = Condition(lambda: self.is_filtering or bool(self.filter_line.text))
        self._bindings = KeyBindings()
        self._app: ScreenApp[T] = ScreenApp(self._layout(prompt), self._bindings, terminal)
        self._bind_common()
        self.bind()

    # What a subclass says

    @abstractmethod
    def bind(self) -> None:
        """Bind the keys with ``on``."""

    @abstractmethod
    def row(self, position: int, width: int) -> Fragments:
        """Return what is painted of the item at *position*, pointer and all, on *width* columns."""

    @abstractmethod
    def last_lines(self, width: int) -> list[Fragments]:
        """Return what stands below the rows; where there is no room, the last one stays longest."""

    @abstractmethod
    def cancelled(self) -> None:
        """Esc was pressed."""

    def first_lines(self) -> list[Fragments]:
        """Return what stands above all."""
        return []

    def starting(self) -> None:
        """Called once the loop runs."""

    # What a subclass uses

    def show(self) -> T | None:
        """Paint, obey keys until ``finish``, erase; returns what that was given, None after a hang-up.

        A signal that asks parl to end does so: it does not return then.
        """
        return self._app.run(self.starting)

    def finish(self, result: T | None) -> None:
        """Have ``show`` return *result*."""
        self._app.finish(result)

    def on(self, *keys: str, when: Filter = _ALWAYS) -> Callable[[Callable[[], object]], None]:
        """Bind *keys* to a function that takes nothing."""

        def bind(action: Callable[[], object]) -> None:
            for key in keys:
                self._bindings.add(key, filter=when, eager=True)(lambda _event: action())

        return bind

    def on_text(self, when: Filter) -> Callable[[Callable[[str], object]], None]:
        """Bind all other characters to a function that takes one."""

        def bind(action: Callable[[str], object]) -> None:
            def typed(event: KeyPressEvent) -> None:
                if len(event.data) == 1 and event.data.isprintable():
                    action(event.data)

            self._bindings.add(Keys.Any, filter=when)(typed)

        return bind

    def repaint(self) -> None:
        """Have the screen painted again soon; on the loop's thread."""
        self._app.repaint()

    @property
    def is_filtering(self) -> bool:
        """Whether what is typed goes to the filter."""
        return self._app.layout.has_focus(self.filter_line)

    def open_filter(self) -> None:
        """Have what is typed go to the filter."""
        self._app.layout.focus(self.filter_line)

    def close_filter(self) -> None:
        """Show all again, and have what is typed mean keys."""
        self.filter_line.reset()
        self.picks.filter("")
        self._app.layout.focus(self._body)

    # Keys that mean the same in every list

    def _bind_common(self) -> None:
        picks = self.picks
        moving = Condition(self.takes_moves)
        self.on("up", "c-p", "c-k", when=moving)(lambda: self.move(-1))
        self.on("down", "c-n", when=moving)(lambda: self.move(1))
        self.on("pageup", when=moving)(lambda: self.move_to(picks.position - self._height()))
        self.on("pagedown", when=moving)(lambda: self.move_to(picks.position + self._height()))
        self.on("home", "c-home", when=moving)(lambda: self.move_to(0))
        self.on("end", "c-end", when=moving)(lambda: self.move_to(len(picks) - 1))
        self.on("escape")(self.cancelled)
        self.on("<sigint>", "c-c")(lambda: self._app.end_by(SignalReceived(signal.SIGINT, by_terminal=True)))
        self._bindings.add(Keys.BracketedPaste, eager=True)(self._paste)

    goes_around = False
    """Whether the first item follows the last one."""

    def takes_moves(self) -> bool:
        """Whether keys move the cursor, or change the filter, just now."""
        return True

    def move(self, steps: int) -> None:
        """Move the cursor by *steps*."""
        self.picks.move(steps, around=self.goes_around)

    def move_to(self, position: int) -> None:
        """Move the cursor to *position*, or to an end."""
        self.picks.move_to(position)

    def _paste(self, event: KeyPressEvent) -> None:
        if self.is_filtering:
            # No filter is longer; all of a large paste would be searched for and painted again with each of its parts.
            room = max(0, _LONGEST_PASTED - len(self.filter_line.text))
            self.filter_line.insert_text(" ".join(event.data[: 2 * room].split())[:room])

    def filter_changed(self) -> None:
        """Show what matches now."""
        self.picks.filter(self.filter_line.text)
        self.pace.look()

    # Painting

    def _layout(self, prompt: str) -> Layout:
        head = Window(FormattedTextControl(lambda: _lines(self.first_lines())), dont_extend_height=True)
        filter_row = VSplit(
            [
                Window(FormattedTextControl(lambda: self._paint_prompt(prompt)), dont_extend_width=True),
                Window(BufferControl(self.filter_line), height=1),
            ],
            height=1,
        )
        root = HSplit(
            [
                ConditionalContainer(head, filter=Condition(lambda: bool(self.first_lines()))),
                ConditionalContainer(filter_row, filter=self._is_filter_shown),
                Window(self._body, dont_extend_height=True, always_hide_cursor=True),
            ]
        )
        return Layout(root, focused_element=self._body)

    def _paint_prompt(self, prompt: str) -> StyleAndTextTuples:
        """Return the *prompt*, no wider than leaves room for what is typed."""
        return [*label_fragments(prompt, (), max(len(POINTER), self._app.size.columns // 2), TITLE, TITLE)]

    def _paint(self) -> StyleAndTextTuples:
        width = self._app.size.columns
        last_lines = self.last_lines(width)
        last_lines = last_lines[max(0, len(last_lines) - self._room() + 1) :]
        rows = [self.row(position, width) for position in self.picks.window(self._height(len(last_lines)))]
        return _lines([*rows, *last_lines])

    def _height(self, last_lines: int = 1) -> int:
        """Return how many rows there is room for."""
        return max(1, min(self.highest, self._room() - last_lines))

    def _room(self) -> int:
        return self._app.size.rows - len(self.first_lines()) - self._is_filter_shown()


def pad(text: str, width: int) -> str:
    """Return *text*, filled up with spaces on its left to *width* columns."""
    return " " * (width - text_width(text)) + text


def _lines(lines: Sequence[Fragments]) -> StyleAndTextTuples:
    joined: StyleAndTextTuples = []
    for line in lines:
        if joined:
            joined.append(("", "\n"))
        joined += line
    return joined
