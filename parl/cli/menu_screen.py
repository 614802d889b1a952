"""A menu on the terminal: arrows, numbers, item keys, a filter."""

from __future__ import annotations

from typing import NamedTuple

from prompt_toolkit.filters import Condition

from parl.cli.list_rows import Fragments, label_fragments, text_width
from parl.cli.list_screen import CURRENT, DIM, NO_POINTER, POINTER, TITLE, ListScreen, pad
from parl.cli.printable import printable
from parl.cli.screen_terminal import ScreenTerminal
from parl.core.choice_number import MOST_DIGITS, ChoiceError, exit_number, parse_choice
from parl.core.menu import Menu, Option
from parl.core.pick_list import PickList

_SUBMENU_MARK = " >"


class MenuLeft(NamedTuple):
    """The menu was left: by its exit, or (*by_escape*) by the key that cancels."""

    by_escape: bool


class MenuScreen(ListScreen[Option | MenuLeft]):
    """Shows *menu*, the cursor at *position*, until an option is chosen, or the menu is left.

    *confirms*: an option's question is asked here, else it is taken for answered.
    """

    goes_around = True

    def __init__(
        self, menu: Menu, terminal: ScreenTerminal, *, position: int = 0, confirms: bool, is_submenu: bool
    ) -> None:
        self._title = menu.title
        self._options = menu.options
        self._exit_number = exit_number(len(self._options))
        self._confirms = confirms
        self._is_submenu = is_submenu
        self._number = ""
        self._complaint = ""
        self._question: Option | None = None
        picks = PickList([*(option.title for option in self._options), menu.exit_title])
        picks.move_to(position)
        super().__init__(picks, terminal, "/")

    @property
    def place(self) -> int:
        """Where the cursor is, counted without the filter."""
        return self.picks.current or 0

    def _option_at(self, index: int | None) -> Option | None:
        """Return the option at *index* of the list; None for the exit, and for nothing."""
        return self._options[index] if index is not None and index < len(self._options) else None

    # Keys

    def bind(self) -> None:
        asking = Condition(lambda: self._question is not None)
        filtering = Condition(lambda: self._question is None and self.is_filtering)
        moving = Condition(lambda: self._question is None and not self.is_filtering)
        self.on("enter", "c-j", when=moving)(self._enter)
        self.on("enter", "c-j", when=filtering)(self._choose_current)
        self.on("right", when=moving)(self._enter_submenu)
        self.on("left", "backspace", when=moving)(self._go_back)
        self.on("c-d", when=~asking)(lambda: self.finish(MenuLeft(by_escape=False)))
        self.on_text(when=moving)(self._typed)
        self.on("y", "Y", when=asking)(lambda: self.finish(self._question))
        self.on("enter", "c-j", "n", "N", when=asking)(self._forget_question)
        self.on_text(when=asking)(lambda _: None)

    def takes_moves(self) -> bool:
        """See the base; a question is about the current item."""
        return self._question is None

    def move(self, steps: int) -> None:
        """See the base; a number that was begun is forgotten."""
        self._number = self._complaint = ""
        super().move(steps)

    def move_to(self, position: int) -> None:
        """See the base; a number that was begun is forgotten."""
        self._number = self._complaint = ""
        super().move_to(position)

    def _typed(self, text: str) -> None:
        self._complaint = ""
        option = next((option for option in self._options if option.key and option.key == text), None)
        if text.isascii() and text.isdigit():
            self._type_number(self._number + text)
        elif option is not None:
            self.move_to(self._options.index(option))
            self._choose(option)
        elif text == "/":
            self._number = ""
            self.open_filter()
        elif text in "jk":
            self.move(1 if text == "j" else -1)
        elif text == "q":
            self.finish(MenuLeft(by_escape=False))

    def _type_number(self, digits: str) -> None:
        """Move to the item whose number was typed so far, if there is one."""
        self._number = digits[:MOST_DIGITS]
        number = int(self._number or 0)
        if number == self._exit_number:
            self.picks.move_to(len(self._options))
        elif 1 <= number <= len(self._options):
            self.picks.move_to(number - 1)

    def _enter(self) -> None:
        if not self._number:
            self._choose_current()
            return
        typed, self._number = self._number, ""
        try:
            number = parse_choice(typed, len(self._options))
        except ChoiceError as error:
            self._complaint = str(error)
        else:
            self._choose(None if number is None else self._options[number - 1])

    def _choose_current(self) -> None:
        index = self.picks.current
        if index is not None:
            self._choose(self._option_at(index))

    def _choose(self, option: Option | None) -> None:
        if option is None:
            self.finish(MenuLeft(by_escape=False))
        elif option.confirm and self._confirms:
            self._question = option
        else:
            self.finish(option)

    def _forget_question(self) -> None:
        self._question = None

    def _enter_submenu(self) -> None:
        option = self._option_at(self.picks.current)
        if option is not None and option.submenu:
            self._choose(option)

    def _go_back(self) -> None:
        if self._number:
            self._type_number(self._number[:-1])
        elif self._is_submenu:
            self.finish(MenuLeft(by_escape=True))

    def cancelled(self) -> None:
        """Take back the last thing: a question, a number, the filter; then leave."""
        self._complaint = ""
        if self._question is not None:
            self._forget_question()
        elif self._number:
            self._number = ""
        elif self.is_filtering:
            self.close_filter()
        else:
            self.finish(MenuLeft(by_escape=True))

    # What it looks like

    def first_lines(self) -> list[Fragments]:
        return [[(TITLE, printable(self._title))]] if self._title else []

    def row(self, position: int, width: int) -> Fragments:
        index = self.picks.index_at(position)
        option = self._option_at(index)
        number = pad(str(self._exit_number if option is None else index + 1), len(str(self._exit_number)))
        is_current = position == self.picks.position
        style = CURRENT if is_current else ""
        start = f"{POINTER if is_current else NO_POINTER}{number}. "
        end = self._mark_of(option)
        label = self.picks.labels[index]
        matched = self.picks.query.spans(label)
        room = max(1, width - len(start) - text_width(end))
        return [(style, start), *label_fragments(label, matched, room, style, self.match_style), (DIM, end)]

    def _mark_of(self, option: Option | None) -> str:
        if option is None:
            return ""
        key = f"  [{option.key}]" if option.key else ""
        return key + (_SUBMENU_MARK if option.submenu else "")

    def last_lines(self, width: int) -> list[Fragments]:
        style, text = self._state()
        lines = [label_fragments(text, (), width, style, style)]
        if any(option.help for option in self._options):
            lines.insert(0, label_fragments(f"  {self._help()}", (), width, "", ""))
        return lines

    def _help(self) -> str:
        option = self._option_at(self.picks.current)
        return "" if option is None else option.help

    def _state(self) -> tuple[str, str]:
        """Return the last line: what is asked, what was wrong, what is typed, or which keys there are."""
        if self._question is not None:
            return CURRENT, f"{self._question.confirm} [y/N]"
        if self._complaint:
            return CURRENT, self._complaint
        if self._number:
            return CURRENT, f"number: {self._number}"
        if self.is_filtering:
            return DIM, f"{len(self.picks)}/{len(self.picks.labels)}  enter runs  esc shows all"
        return DIM, f"enter runs  / filters  esc {'goes back' if self._is_submenu else 'leaves'}"
