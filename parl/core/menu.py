"""The lesson's scrolling menu: callables in, numbers out, one call for each choice. Knows no screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from parl.core.choice_number import ChoiceError, exit_number, parse_choice
from parl.core.perform import perform
from parl.core.titles import title_of

Callback = Callable[[], object]
"""A menu's callback takes nothing; what it returns is ignored (note 1)."""


class Option:
    """A callable, and what a menu shows of it.

    *callback*: anything that can be called without arguments (note 10), or a Menu, which becomes a
    submenu; TypeError for anything else. *title*: else its docstring's first line, or its name (note 3).
    *help*: what a menu with room for it shows beside the current option. *key*: one character that
    chooses it there; ValueError for one that has a meaning. *confirm*: a question to be answered with
    yes before it is called.
    """

    def __init__(
        self,
        callback: Callback | Menu,
        title: str | None = None,
        *,
        help: str = "",  # noqa: A002 - the field's word, and the file's
        key: str = "",
        confirm: str = "",
    ) -> None:
        if not (isinstance(callback, Menu) or callable(callback)):
            raise TypeError(f"{callback!r} cannot be called; a menu takes functions, or Options of them")
        if key:
            check_key(key)
        self.callback = callback
        self.title: str = title if title is not None else _title(callback)
        self.help = help
        self.key = key
        self.confirm = confirm

    @property
    def submenu(self) -> Menu | None:
        """The menu that the option opens, if it does not call anything."""
        return self.callback if isinstance(self.callback, Menu) else None

    def __repr__(self) -> str:
        return f"Option({self.title!r})"


class Menu:
    """Options by number, from 1, and a number to leave by that is never one of theirs.

    *options*: callables without arguments, Options of them, or menus (which become submenus). *title*
    stands above them, *exit_title* beside the number to leave by. It knows no screen: ``run`` talks
    in lines, ``dispatch`` is for a loop of one's own. The lesson's first program, its notes 1 to 13.

    Options may be added and removed at any time, also by a callback while the menu runs.
    """

    def __init__(
        self, options: Iterable[Option | Callback | Menu] = (), title: str = "", exit_title: str = "exit"
    ) -> None:
        self.title = title
        self.exit_title = exit_title
        self._options = [_as_option(option) for option in options]
        self._is_left = False

    @property
    def options(self) -> tuple[Option, ...]:
        """The options, in order."""
        return tuple(self._options)

    @property
    def exit_number(self) -> int:
        """The number to leave by: 99, or as many nines as it takes to be out of bounds (note 4)."""
        return exit_number(len(self._options))

    def add(self, option: Option | Callback | Menu, number: int | None = None) -> Option:
        """Add *option*, last or as *number*, and return what was made of it."""
        added = _as_option(option)
        number = len(self._options) + 1 if number is None else number
        if not 1 <= number <= len(self._options) + 1:
            raise ValueError(f"{number} is no place in a menu of {len(self._options)}")
        self._options.insert(number - 1, added)
        return added

    def remove(self, option: Option | Callback | Menu) -> None:
        """Remove *option*, or the first one that calls it. Raises ValueError if there is none."""
        for index, known in enumerate(self._options):
            if option is known or option == known.callback:  # a bound method is a new object each time
                del self._options[index]
                return
        raise ValueError(f"{option!r} is not in the menu")

    def lines(self) -> list[str]:
        """Return what the menu shows: a line for each option, and one for the way out."""
        numbered = [f"{number}. {option.title}" for number, option in enumerate(self._options, 1)]
        return [*numbered, f"{self.exit_number}. {self.exit_title}"]

    def choose(self, text: str) -> Option | None:
        """Return the option that *text* is the number of; None for the exit.

        Raises ChoiceError where it is no number (note 6), or one out of range (note 8).
        """
        number = parse_choice(text, len(self._options))
        return None if number is None else self._options[number - 1]

    def dispatch(self, text: str, dialogue: Dialogue | None = None) -> str | None:
        """Run the choice that *text* makes, and return what was wrong, None if nothing was.

        The exit's number sets ``is_left``. What needs somebody to talk to, a question or a menu of
        its own, is not run without a *dialogue*.
        """
        try:
            option = self.choose(text)
        except ChoiceError as error:
            return str(error)
        if option is None:
            self.leave()
            return None
        if option.confirm and not (dialogue is not None and dialogue.agrees(option.confirm)):
            return f"{option.title}: not run"
        if option.submenu is None:
            return (dialogue.call if dialogue is not None else perform)(option)
        if dialogue is None:
            return f"{option.title}: a menu of its own, and nobody to show it to"
        option.submenu.converse(dialogue)
        return None

    @property
    def is_left(self) -> bool:
        """Whether the exit was chosen, or a callback said ``leave``; not any more once it runs again."""
        return self._is_left

    def leave(self) -> None:
        """Let ``run`` return after the present choice: what the exit's number does, and a callback may."""
        self._is_left = True

    def run(self, ask: Callable[[str], str], say: Callable[[str], object]) -> None:
        """Show the menu in plain lines, ask, call, until it is left: ``menu.run(input, print)`` (note 2).

        *ask* takes a prompt and returns a line; EOFError leaves too. *say* takes a line to show.
        """
        self.converse(Dialogue(ask, say))

    def converse(self, dialogue: Dialogue) -> None:
        """Do what ``run`` does, with a *dialogue* that can say more about how."""
        self._is_left = False
        try:
            while not self._is_left:
                for line in ([self.title] if self.title else []) + self.lines():
                    dialogue.say(line)
                wrong = self.dispatch(dialogue.ask("> "), dialogue)
                if wrong is not None:
                    dialogue.say(wrong)
        except EOFError:
            self.leave()


class Dialogue(NamedTuple):
    """Somebody to talk to: how to ask for a line, and how to say one."""

    ask: Callable[[str], str]
    say: Callable[[str], object]
    confirm: Callable[[str], bool] | None = None
    """Answers an option's question; without it, that is asked."""
    call: Callable[[Option], str | None] = perform
    """Calls an option, and returns what went wrong."""

    def agrees(self, question: str) -> bool:
        """Return whether the answer to *question* is yes."""
        if self.confirm is not None:
            return self.confirm(question)
        return is_yes(self.ask(f"{question} [y/N] "))


def check_key(key: str) -> str:
    """Return *key*, if an option may have it; j, k and q then no longer mean what they do. Raises ValueError."""
    if len(key) != 1 or not key.isprintable() or key.isspace():
        raise ValueError('must be one character, like "d"')
    if key.isdigit() or key == "/":
        raise ValueError(f"'{key}' {'filters' if key == '/' else 'is part of a number'}; take another character")
    return key


def is_yes(answer: str) -> bool:
    """Return whether *answer* is a yes; anything else, and nothing at all, is a no."""
    return answer.strip().lower() in ("y", "yes")


def _title(callback: Callback | Menu) -> str:
    return callback.title or "Menu" if isinstance(callback, Menu) else title_of(callback)


def _as_option(option: Option | Callback | Menu) -> Option:
    return option if isinstance(option, Option) else Option(option)
