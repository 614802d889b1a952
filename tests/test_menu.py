"""The lesson's scrolling menu: callables in, numbers out, one call for each choice."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.choice_number import ChoiceError, exit_number, parse_choice
from parl.core.errors import ParlError, UsageError
from parl.core.menu import Dialogue, Menu, Option, is_yes
from parl.core.perform import error_words, perform

IS_NO_CHOICE = [
    "abc",
    "",
    " ",
    "-1",
    "0",
    "4",
    "²",
    "٣",
    "1e3",
    "1.0",
    "+1",
    "1_0",
    "--1",
    "-",
    "99999999999999",
    "-99",
]


class Called(list[str]):
    """Makes callbacks that note when they are called."""

    def __call__(self, name: str) -> Callable[[], None]:
        def callback() -> None:
            self.append(name)

        callback.__name__ = name
        return callback


@pytest.fixture
def called() -> Called:
    return Called()


@pytest.fixture
def menu(called: Called) -> Menu:
    return Menu([called("print"), called("edit"), called("erase")])


# Numbers


@pytest.mark.parametrize(
    ("count", "number"),
    [(0, 99), (1, 99), (3, 99), (97, 99), (98, 99), (99, 999), (100, 999), (998, 999), (999, 9999), (9998, 9999)],
)
def test_one_leaves_by_99_or_by_more_nines_where_that_is_an_option(count: int, number: int) -> None:
    assert exit_number(count) == number


@given(st.integers(0, 10**9))
def test_the_exits_number_is_never_an_options(count: int) -> None:
    assert exit_number(count) > count
    assert set(str(exit_number(count))) == {"9"}


@given(st.integers(1, 5000), st.data())
def test_each_number_from_one_is_a_choice(count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, count))
    assert parse_choice(str(number), count) == number
    assert parse_choice(f" 0{number}\n", count) == number
    assert parse_choice(str(exit_number(count)), count) is None


@given(st.text(), st.integers(0, 200))
def test_whatever_is_typed_is_a_number_in_bounds_or_refused_on_one_line(text: str, count: int) -> None:
    try:
        number = parse_choice(text, count)
    except ChoiceError as error:
        refusal = str(error)
    else:
        assert number is None or 1 <= number <= count
        return
    assert len(refusal.splitlines()) == 1
    assert refusal.endswith(f"{exit_number(count)} to leave")


@pytest.mark.parametrize(
    ("text", "count", "message"),
    [
        ("abc", 3, "'abc' is not a number; type 1 to 3, or 99 to leave"),
        ("", 3, "nothing was typed; type 1 to 3, or 99 to leave"),
        ("-1", 3, "-1 is out of range; type 1 to 3, or 99 to leave"),
        ("0", 3, "0 is out of range; type 1 to 3, or 99 to leave"),
        (" 4 ", 3, "4 is out of range; type 1 to 3, or 99 to leave"),
        ("²", 3, "'²' is not a number; type 1 to 3, or 99 to leave"),
        ("99999999999999", 3, "99999999999999 is out of range; type 1 to 3, or 99 to leave"),
        ("99", 99, None),
        ("100", 99, "100 is out of range; type 1 to 99, or 999 to leave"),
        ("2", 1, "2 is out of range; type 1 or 99 to leave"),
        ("1", 0, "1 is out of range; type 99 to leave"),
    ],
)
def test_what_is_no_choice_is_told_with_the_remedy(text: str, count: int, message: str | None) -> None:
    if message is None:
        assert parse_choice(text, count) == int(text)
        return
    with pytest.raises(ChoiceError) as raised:
        parse_choice(text, count)
    assert str(raised.value) == message
    assert message.startswith(f"{raised.value.problem}; ")
    assert isinstance(raised.value, UsageError)


def test_a_number_of_many_thousand_digits_is_out_of_range_too() -> None:
    with pytest.raises(ChoiceError, match="is out of range"):
        parse_choice("9" * 10_000, 3)  # int() refuses so many


# Options


def documented() -> None:
    """Deploy to production.

    At once.
    """


class Deployment:
    def start_all(self) -> None: ...

    def documented(self) -> None:
        """Stop all."""

    def __call__(self) -> None:
        """Deploy again."""


def run_tests(*_: object) -> None: ...


@pytest.mark.parametrize(
    ("callback", "title"),
    [
        (documented, "Deploy to production"),
        (run_tests, "Run tests"),
        (Deployment().start_all, "Start all"),
        (Deployment().documented, "Stop all"),
        (Deployment(), "Deploy again"),
        (functools.partial(run_tests, 1), "Run tests"),
        (functools.partial(functools.partial(documented)), "Deploy to production"),
        (Menu(title="Database"), "Database"),
        (Option(documented), "Deploy to production"),
        (Option(documented, "Ship it"), "Ship it"),
        (Option(documented, ""), ""),
        (Option(Menu(title="Database"), "Data"), "Data"),
    ],
)
def test_whatever_can_be_called_has_a_title(callback: Callable[[], object], title: str) -> None:
    assert Menu([callback]).lines() == [f"1. {title}", "99. exit"]


@pytest.mark.parametrize("thing", [None, 1, "name", ["ls"]])
def test_what_cannot_be_called_is_refused_when_it_is_added(thing: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"cannot be called; a menu takes functions"):
        Menu([thing])


def test_an_option_keeps_what_is_shown_of_it() -> None:
    option = Option(documented, help="slow", key="d", confirm="Sure?")
    assert (option.help, option.key, option.confirm, option.submenu) == ("slow", "d", "Sure?", None)
    assert repr(option) == "Option('Deploy to production')"
    inner = Menu()
    assert Option(inner).submenu is inner


def test_what_is_not_said_of_an_option_or_a_menu_is_empty() -> None:
    option = Option(documented)
    assert (option.help, option.key, option.confirm) == ("", "", "")
    assert Menu().title == ""


def test_a_menu_in_a_menu_is_called_by_its_title_or_what_it_is() -> None:
    assert Menu([Menu(title="Database"), Menu()]).lines() == ["1. Database", "2. Menu", "99. exit"]


def test_a_menu_shows_its_options_by_number_and_the_way_out(menu: Menu) -> None:
    assert menu.lines() == ["1. Print", "2. Edit", "3. Erase", "99. exit"]
    assert Menu(exit_title="back").lines() == ["99. back"]


def test_with_99_options_one_leaves_by_999(called: Called) -> None:
    menu = Menu(called(f"option_{number}") for number in range(1, 100))
    assert menu.exit_number == 999
    assert menu.dispatch("99") is None
    assert called == ["option_99"]
    menu.remove(menu.options[0])
    assert menu.exit_number == 99


def test_options_are_added_and_removed(called: Called, menu: Menu) -> None:
    assert menu.add(called("save")) is menu.options[3]
    added = menu.add(Option(called("load"), "Load!"), number=1)
    assert [option.title for option in menu.options] == ["Load!", "Print", "Edit", "Erase", "Save"]
    menu.remove(added)
    menu.remove(menu.options[1].callback)
    assert menu.lines() == ["1. Print", "2. Erase", "3. Save", "99. exit"]


def test_a_bound_method_is_found_again_and_only_its_first_option_goes() -> None:
    deployment = Deployment()
    menu = Menu([deployment.start_all, deployment.start_all, Deployment().start_all])
    menu.remove(deployment.start_all)
    assert len(menu.options) == 2
    menu.remove(deployment.start_all)
    with pytest.raises(ValueError, match="is not in the menu"):
        menu.remove(deployment.start_all)


# Dispatch


@pytest.mark.parametrize(("text", "name"), [("1", "print"), (" 2 ", "edit"), ("003", "erase")])
def test_a_number_calls_its_option_alone(called: Called, menu: Menu, text: str, name: str) -> None:
    assert menu.dispatch(text) is None
    assert called == [name]


@pytest.mark.parametrize("text", IS_NO_CHOICE)
def test_what_is_no_choice_calls_nothing_and_says_why(called: Called, menu: Menu, text: str) -> None:
    wrong = menu.dispatch(text)
    assert wrong is not None
    assert wrong.endswith("; type 1 to 3, or 99 to leave")
    assert called == []


def test_what_a_callback_returns_is_ignored() -> None:
    assert Menu([lambda: "text"]).dispatch("1") is None


def test_a_question_is_asked_before_and_a_no_calls_nothing(called: Called) -> None:
    menu = Menu([Option(called("drop"), "Drop", confirm="Drop all?")])
    asked: list[str] = []

    def answer(yes: bool) -> Callable[[str], bool]:
        return lambda question: asked.append(question) or yes  # type: ignore[func-returns-value]

    assert menu.dispatch("1") == "Drop: not run", "nobody can be asked"
    assert menu.dispatch("1", Dialogue(input, print, answer(False))) == "Drop: not run"
    assert called == []
    assert menu.dispatch("1", Dialogue(input, print, answer(True))) is None
    assert called == ["drop"]
    assert asked == ["Drop all?", "Drop all?"]


@pytest.mark.parametrize(("answer", "agrees"), [(" YES ", True), ("y", True), ("", False), ("yep", False)])
def test_without_a_way_of_its_own_a_question_is_asked_as_any_line(answer: str, agrees: bool) -> None:
    asked: list[str] = []
    dialogue = Dialogue(lambda prompt: asked.append(prompt) or answer, print)  # type: ignore[func-returns-value]
    assert dialogue.agrees("Drop all?") is agrees
    assert asked == ["Drop all? [y/N] "]


def test_somebody_else_may_do_the_calling(called: Called, menu: Menu) -> None:
    dialogue = Dialogue(input, print, call=lambda option: f"not {option.title}")
    assert menu.dispatch("2", dialogue) == "not Edit"
    assert called == []


# What goes wrong in a callback


def raising(error: BaseException) -> Option:
    def callback() -> None:
        raise error

    return Option(callback, "Work")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ParlError("make: exit 2"), "Work: make: exit 2"),
        (SystemExit(), None),
        (SystemExit(0), None),
        (SystemExit(3), "Work: exit 3"),
        (SystemExit("no disk"), "Work: no disk"),
    ],
)
def test_a_callback_may_end_in_ways_that_are_no_crash(error: BaseException, words: str | None) -> None:
    assert perform(raising(error)) == words


class MuteError(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_error_that_cannot_say_what_it_is_is_told_by_its_name() -> None:
    assert "MuteError" in str(perform(raising(MuteError())))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("bad"), "ValueError: bad"),
        (ValueError("two\n  lines\r\n"), "ValueError: two lines"),
        (ValueError(), "ValueError"),
        (EOFError(), "EOFError"),
        (ExceptionGroup("all", [ValueError("bad")]), "ExceptionGroup: all (1 sub-exception)"),
    ],
)
def test_a_callback_that_raises_is_told_on_one_line_with_the_place(error: Exception, words: str) -> None:
    told = perform(raising(error))
    line = raising.__code__.co_firstlineno + 2
    assert told == f"Work failed: {words} (test_menu.py:{line})"


def test_the_place_of_an_error_is_the_users_where_python_is_frozen_too() -> None:
    with pytest.raises(OSError) as raised:  # noqa: PT011 - which, the system says
        os.makedirs("")
    assert re.search(r" \(test_menu\.py:\d+\)$", error_words(raised.value))


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert error_words(KeyError("x")) == "KeyError: 'x'"


def test_an_error_that_cannot_even_say_what_it_is_is_named_by_its_kind() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    assert error_words(MuteError()) == "MuteError"


def test_an_interrupt_is_not_the_menus_to_swallow() -> None:
    with pytest.raises(KeyboardInterrupt):
        perform(raising(KeyboardInterrupt()))


@pytest.mark.parametrize("answer", ["y", "Y", "yes", " YES\n"])
def test_a_yes(answer: str) -> None:
    assert is_yes(answer)


@pytest.mark.parametrize("answer", ["", " ", "n", "no", "ye", "yess", "1", "j"])
def test_anything_else_is_a_no(answer: str) -> None:
    assert not is_yes(answer)


def test_whoever_dispatches_in_a_loop_of_his_own_sees_when_it_is_left(called: Called) -> None:
    menu = Menu([called("print")])
    lines = iter(["1", "99", "1"])
    while not menu.is_left:
        menu.dispatch(next(lines))
    assert called == ["print"]
    assert next(lines) == "1"


def test_without_anybody_to_show_it_to_a_submenu_is_not_run(called: Called) -> None:
    menu = Menu([Menu([called("inner")], "Inner")])
    assert menu.dispatch("1") == "Inner: a menu of its own, and nobody to show it to"
    assert called == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("dd", 'must be one character, like "d"'),
        (" ", 'must be one character, like "d"'),
        ("\t", 'must be one character, like "d"'),
        ("7", "'7' is part of a number; take another character"),
        ("/", "'/' filters; take another character"),
    ],
)
def test_what_can_be_no_key_is_refused(key: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        Option(print, key=key)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_an_option_is_added_inside_the_menu_only(number: int) -> None:
    with pytest.raises(ValueError, match="no place in a menu of 1"):
        Menu([print]).add(print, number)
