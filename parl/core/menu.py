"""The lesson's scrolling menu: callables in, numbers out, one call for each choice. Knows no screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from parl.core.errors import Aborted, ParlError, UsageError
from parl.core.titles import title_of

Callback = Callable[[], object]
"""A menu's callback takes nothing; what it returns is ignored (note 1)."""


_TOO_MANY_DIGITS = 10


class ChoiceError(UsageError):
    """What was typed is no choice of the menu; the text says why."""


def exit_number(count: int) -> int:
    """Return the number to leave by where there are *count* options: 99, or more nines where that is one of them."""
    return int("9" * max(2, len(str(count + 1))))


def parse_choice(text: str, count: int) -> int | None:
    """Return the number from 1 to *count* that *text* is; None for the exit's. Raises ChoiceError."""
    leave = exit_number(count)
    choices = {0: "", 1: "1 or "}.get(count, f"1 to {count}, or ")
    remedy = f"type {choices}{leave} to leave"
    text = text.strip()
    digits = text.removeprefix("-")
    if not text:
        raise ChoiceError(f"nothing was typed; {remedy}")
    if not (digits.isascii() and digits.isdigit()):  # '²'.isdigit() is true, int('²') is not
        raise ChoiceError(f"{text!r} is not a number; {remedy}")
    number = int(text) if len(digits) < _TOO_MANY_DIGITS else -1
    if number == leave:
        return None
    if not 1 <= number <= count:
        raise ChoiceError(f"{text} is out of range; {remedy}")
    return number


class Option:
    """A callable, and what a menu shows of it.

    *title*: else its docstring's first line, or its name. *help*: what a menu with room for it
    shows beside the current option. *key*: one character that chooses it there. *confirm*: a
    question to be answered with yes before it is called.
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
        if not callable(callback):
            raise TypeError(f"{callback!r} cannot be called; a menu takes functions, or Options of them")
        self.callback = callback
        self.title = title if title is not None else _title(callback)
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

    def dispatch(
        self,
        text: str,
        confirm: Callable[[str], bool] | None = None,
        call: Callable[[Option], str | None] | None = None,
    ) -> str | None:
        """Run the choice that *text* makes, and return what was wrong, None if nothing was.

        *confirm* is asked an option's question; where nobody can be asked, such an option is not
        called. *call* calls it, instead of ``perform``. The exit's number has ``run`` return.
        """
        try:
            option = self.choose(text)
        except ChoiceError as error:
            return str(error)
        if option is None:
            self.leave()
            return None
        if option.confirm and not (confirm is not None and confirm(option.confirm)):
            return f"{option.title}: not run"
        return (call or perform)(option)

    def leave(self) -> None:
        """Let ``run`` return after the present choice: what the exit's number does, and a callback may."""
        self._is_left = True

    def run(
        self,
        ask: Callable[[str], str],
        say: Callable[[str], object],
        confirm: Callable[[str], bool] | None = None,
        call: Callable[[Option], str | None] | None = None,
    ) -> None:
        """Show the menu, ask, call, until the exit is chosen: ``menu.run(input, print)`` (note 2).

        *ask* takes a prompt and returns a line; EOFError leaves too. *say* takes a line to show.
        *confirm* takes a question; without it, *ask* does. *call*: see ``dispatch``.
        """

        def confirm_by_asking(question: str) -> bool:
            return is_yes(ask(f"{question} [y/N] "))

        def enter_or_call(option: Option) -> str | None:
            if option.submenu is None:
                return (call or perform)(option)
            option.submenu.run(ask, say, confirm, call)
            return None

        self._is_left = False
        try:
            while not self._is_left:
                self._run_once(ask, say, confirm or confirm_by_asking, enter_or_call)
        except EOFError:
            self.leave()

    def __call__(self) -> None:
        """Be an option of another menu; whoever shows that shows this one, too."""
        raise TypeError("a menu is run, not called: menu.run(input, print)")

    def _run_once(
        self,
        ask: Callable[[str], str],
        say: Callable[[str], object],
        confirm: Callable[[str], bool],
        call: Callable[[Option], str | None],
    ) -> None:
        for line in ([self.title] if self.title else []) + self.lines():
            say(line)
        wrong = self.dispatch(ask("> "), confirm, call)
        if wrong is not None:
            say(wrong)


def perform(option: Option) -> str | None:
    """Call *option*, and return what went wrong, None if nothing did (notes 9 to 11)."""
    try:
        option.callback()
    except ParlError as error:
        return f"{option.title}: {error}"
    except SystemExit as leaving:
        return _exit_words(option, leaving.code)
    except (KeyboardInterrupt, Aborted):
        raise
    except BaseException as error:  # noqa: BLE001 - a callback that fails must not end the menu
        return f"{option.title} failed: {error_words(error)}"
    return None


def error_words(error: BaseException) -> str:
    """Return what kind of error it is, what it says, and where it happened, on one line."""
    import traceback

    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - it cannot even say what it is
        text = ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    is_told = not frames or isinstance(error, SyntaxError)  # that one says where it is by itself
    place = "" if is_told else f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})"
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"


def is_yes(answer: str) -> bool:
    """Return whether *answer* is a yes; anything else, and nothing at all, is a no."""
    return answer.strip().lower() in ("y", "yes")


def _exit_words(option: Option, code: Any) -> str | None:  # noqa: ANN401 - sys.exit takes anything
    if code in (None, 0):
        return None
    return f"{option.title}: exit {code}" if isinstance(code, int) else f"{option.title}: {' '.join(str(code).split())}"


def _title(callback: Callback | Menu) -> str:
    return callback.title or "Menu" if isinstance(callback, Menu) else title_of(callback)


def _as_option(option: Option | Callback | Menu) -> Option:
    return option if isinstance(option, Option) else Option(option)
