"""The menu's screen, without any: which keys lead where, and what one reads."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Self

import pytest

from parl.cli.menu_screen import MenuLeft, MenuScreen
from parl.core.menu import Menu, Option
from tests.typist import (
    BACKSPACE,
    DOWN,
    END,
    ENTER,
    ESCAPE,
    HOME,
    LEFT,
    PAGE_DOWN,
    PAGE_UP,
    RIGHT,
    TAB,
    UP,
    Step,
    text_of,
    typist,
)

LEFT_BY_EXIT, LEFT_BY_ESCAPE = "left", "left by escape"


def nothing() -> None:
    """Nothing at all"""


def numbered(count: int) -> Menu:
    return Menu([Option(nothing, f"item {number}") for number in range(1, count + 1)])


def ops() -> Menu:
    """A menu with something of everything."""
    return Menu(
        [
            Option(nothing, "Test", help="runs them all", key="t"),
            Option(nothing, "Deploy", help="to production", key="d", confirm="Deploy it?"),
            Option(Menu([Option(nothing, "Backup")], exit_title="back"), "Database", key="k"),
        ],
        title="Ops",
    )


class Shown:
    """A menu on a screen, and what was chosen there."""

    def __init__(self, menu: Menu, *, rows: int = 24, columns: int = 80, **options: object) -> None:
        keywords = {"confirms": True, "is_submenu": False} | options
        self._typist = typist(rows, columns)
        self._make: Callable[..., MenuScreen] = lambda terminal: MenuScreen(menu, terminal, **keywords)  # type: ignore[arg-type]
        self.columns = columns

    def __enter__(self) -> Self:
        self._hand = self._typist.__enter__()
        self.screen = self._make(self._hand.terminal)
        return self

    def __exit__(self, *error: object) -> None:
        self._typist.__exit__(None, None, None)

    def press(self, *steps: Step) -> str:
        """Press keys; return the title of what is chosen, or how the menu is left."""
        result = self._hand.play(self.screen, *steps)
        if isinstance(result, MenuLeft):
            return LEFT_BY_ESCAPE if result.by_escape else LEFT_BY_EXIT
        return "nothing" if result is None else result.title

    def says(self, words: str) -> Callable[[], bool]:
        """Return whether *words* stand below the rows."""
        return lambda: words in "\n".join(text_of(self.screen.last_lines(self.columns)))

    def at(self, place: int) -> Callable[[], bool]:
        return lambda: self.screen.place == place


def press(menu: Menu, *steps: Step, **options: object) -> str:
    """Show *menu*, press keys, and return what was chosen."""
    with Shown(menu, **options) as shown:  # type: ignore[arg-type]
        return shown.press(*steps)


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (ENTER, "item 1"),
        ("\n", "item 1"),
        (DOWN + ENTER, "item 2"),
        (DOWN * 3 + UP + ENTER, "item 3"),
        ("j\r", "item 2"),
        ("jjjk\r", "item 3"),
        ("\x0e\x0e\x10\r", "item 2"),
        (UP + ENTER, LEFT_BY_EXIT),
        (UP * 2 + ENTER, "item 100"),
        (UP + DOWN + ENTER, "item 1"),
        ("kj\r", "item 1"),
        (END + ENTER, LEFT_BY_EXIT),
        (END + UP + ENTER, "item 100"),
        (END + HOME + ENTER, "item 1"),
        (PAGE_DOWN + ENTER, "item 24"),
        (PAGE_DOWN * 2 + PAGE_UP + ENTER, "item 24"),
        (PAGE_DOWN * 9 + ENTER, LEFT_BY_EXIT),
        (PAGE_UP + ENTER, "item 1"),
        (DOWN + PAGE_UP + ENTER, "item 1"),
    ],
    ids=ascii,
)
def test_the_cursor_moves(keys: str, chosen: str) -> None:
    assert press(numbered(100), keys) == chosen


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ("12\r", "item 12"),
        ("1\r", "item 1"),
        ("100\r", "item 100"),
        ("99\r", "item 99"),
        ("999\r", LEFT_BY_EXIT),
        ("007\r", "item 7"),
        ("12\x7f\r", "item 1"),
        (f"12{LEFT}5\r", "item 15"),
        ("5j\r", "item 6"),
        ("5k\r", "item 4"),
    ],
    ids=ascii,
)
def test_a_typed_number_is_that_item(keys: str, chosen: str) -> None:
    assert press(numbered(100), keys) == chosen


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [(DOWN, "item 6"), (UP, "item 4"), (HOME, "item 1"), (END, LEFT_BY_EXIT), (PAGE_DOWN, "item 28")],
    ids=ascii,
)
def test_an_arrow_behind_a_number_moves_on_from_there(keys: str, chosen: str) -> None:
    # What Enter runs is what the pointer is at.
    assert press(numbered(100), f"5{keys}{ENTER}") == chosen


def test_the_cursor_follows_the_number_that_is_typed() -> None:
    with Shown(numbered(30)) as shown:
        steps: list[Step] = ["1", shown.at(0), shown.says("number: 1"), "2", shown.at(11), shown.says("number: 12")]
        assert shown.press(*steps, ENTER) == "item 12"


@pytest.mark.parametrize("number", ["0", "31", "500", "9" * 20])
def test_a_number_that_is_no_items_is_said(number: str) -> None:
    with Shown(numbered(30)) as shown:
        complaint = shown.says("is out of range; type 1 to 30, or 99 to leave")
        assert shown.press(f"{number}\r", complaint, "2", lambda: not complaint(), ENTER) == "item 2"


def test_the_cursor_follows_the_number_back() -> None:
    with Shown(numbered(30)) as shown:
        assert shown.press("12", shown.at(11), BACKSPACE, shown.says("number: 1"), shown.at(0), ENTER) == "item 1"


def test_esc_takes_a_number_back() -> None:
    with Shown(numbered(30)) as shown:
        assert (
            shown.press("12", shown.at(11), ESCAPE, lambda: not shown.says("number")(), "3", shown.at(2), ENTER)
            == "item 3"
        )


# The filter


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ("/12\r", "item 12"),
        ("/item 2\r", "item 2"),
        (f"/item 2{DOWN}\r", "item 20"),
        (f"/item 2{DOWN}{DOWN}{UP}\r", "item 20"),
        ("/exit\r", LEFT_BY_EXIT),
        ("/\r", "item 1"),
        (f"/12{BACKSPACE}{BACKSPACE}30\r", "item 30"),
        ("/\x1b[200~item\n7\x1b[201~\r", "item 7"),
        ("/xyz\x157\r", "item 7"),
        ("j/\r", "item 2"),
        ("12/\r", "item 12"),
    ],
    ids=ascii,
)
def test_after_a_slash_what_is_typed_filters(keys: str, chosen: str) -> None:
    assert press(numbered(30), keys) == chosen


def test_letters_that_mean_keys_are_text_in_the_filter() -> None:
    menu = Menu([Option(nothing, "other", key="x"), Option(nothing, "jkq/x")])
    assert press(menu, "/jkq/x\r") == "jkq/x"


def test_esc_closes_the_filter_and_the_cursor_stays_where_it_was_put() -> None:
    with Shown(numbered(30)) as shown:
        shown_all = shown.says("/ filters")
        assert shown.press("/12", shown.at(11), ESCAPE, shown_all, shown.at(11), DOWN, shown.at(12), ENTER) == "item 13"


def test_enter_where_nothing_matches_does_nothing() -> None:
    with Shown(numbered(30)) as shown:
        assert shown.press("/zzz", shown.says("0/31"), ENTER, ESCAPE, shown.says("/ filters"), ENTER) == "item 1"


def test_a_place_is_counted_without_the_filter() -> None:
    with Shown(numbered(30)) as shown:
        shown.press("/item 23\r")
        assert shown.screen.place == 22


# Item keys, questions


@pytest.mark.parametrize(("key", "title"), [("t", "Test"), ("k", "Database")])
def test_an_items_key_chooses_it_at_once(key: str, title: str) -> None:
    assert press(ops(), key) == title


@pytest.mark.parametrize("key", ["T", "x", "à", "\x1bOP", "\x00", TAB, " "], ids=ascii)
def test_a_key_that_is_nobodys_does_nothing(key: str) -> None:
    assert press(ops(), key, ENTER) == "Test"


@pytest.mark.parametrize("way", ["d", "2\r", DOWN + ENTER, "/dep\r"], ids=ascii)
@pytest.mark.parametrize("answer", ["y", "Y"])
def test_a_question_is_answered_with_y(way: str, answer: str) -> None:
    with Shown(ops()) as shown:
        assert shown.press(way, shown.says("Deploy it? [y/N]"), answer) == "Deploy"


@pytest.mark.parametrize("answer", [ENTER, "\n", "n", "N", ESCAPE], ids=ascii)
def test_anything_that_is_no_means_no(answer: str) -> None:
    with Shown(ops()) as shown:
        asked = shown.says("[y/N]")
        assert shown.press("d", asked, answer, lambda: not asked(), "t") == "Test"


def test_a_question_keeps_other_keys_away() -> None:
    with Shown(ops()) as shown:
        asked = shown.says("[y/N]")
        assert shown.press("d", asked, "t/q1 99k", asked, "y") == "Deploy"


def test_enter_twice_does_not_deploy() -> None:
    with Shown(ops()) as shown:
        assert shown.press(DOWN, ENTER + ENTER, lambda: not shown.says("[y/N]")(), "t") == "Test"


def test_a_question_that_is_answered_already_is_not_asked() -> None:
    assert press(ops(), "d", confirms=False) == "Deploy"


# Leaving, submenus


@pytest.mark.parametrize(
    ("keys", "way"),
    [(ESCAPE, LEFT_BY_ESCAPE), ("q", LEFT_BY_EXIT), ("\x04", LEFT_BY_EXIT), ("99\r", LEFT_BY_EXIT)],
    ids=ascii,
)
@pytest.mark.parametrize("is_submenu", [False, True], ids=["top", "submenu"])
def test_it_is_left(keys: str, way: str, is_submenu: bool) -> None:
    assert press(ops(), keys, is_submenu=is_submenu) == way


@pytest.mark.parametrize("key", [LEFT, BACKSPACE], ids=ascii)
def test_left_goes_back_from_a_submenu_and_nowhere_from_the_top(key: str) -> None:
    assert press(ops(), key, is_submenu=True) == LEFT_BY_ESCAPE
    assert press(ops(), key + ENTER) == "Test"


def test_right_goes_into_a_submenu_only() -> None:
    assert press(ops(), RIGHT + DOWN + DOWN + RIGHT) == "Database"
    assert press(ops(), END + RIGHT + ENTER) == LEFT_BY_EXIT


def test_it_begins_where_it_is_told_to() -> None:
    assert press(numbered(30), ENTER, position=20) == "item 21"
    assert press(numbered(30), ENTER, position=30) == LEFT_BY_EXIT
    assert press(numbered(3), ENTER, position=500) == LEFT_BY_EXIT  # an option was removed meanwhile


def test_a_hang_up_is_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.getsignal", lambda _: signal.SIG_IGN)  # else this process would die of it
    with typist() as hand:
        screen = MenuScreen(ops(), hand.terminal, confirms=True, is_submenu=False)
        hand._keys.close()
        assert screen.show() is None


# What one reads


def rows_of(screen: MenuScreen, columns: int = 80) -> list[str]:
    return text_of([screen.row(position, columns) for position in range(len(screen.picks))])


def test_a_row_has_a_pointer_a_number_a_title_a_key_and_a_mark() -> None:
    with Shown(ops()) as shown:
        assert text_of(shown.screen.first_lines()) == ["Ops"]
        assert rows_of(shown.screen) == [
            ">  1. Test  [t]",
            "   2. Deploy  [d]",
            "   3. Database  [k] >",
            "  99. exit",
        ]


def test_the_help_of_the_current_item_is_shown() -> None:
    with Shown(ops()) as shown:
        help_text: list[Step] = [shown.says("runs them all"), DOWN, shown.says("to production"), DOWN]
        assert shown.press(*help_text, lambda: not shown.says("to production")(), "t") == "Test"


@pytest.mark.parametrize("columns", [12, 20, 40])
def test_no_row_is_wider_than_the_screen(columns: int) -> None:
    menu = Menu(
        [
            Option(nothing, title, key=key)
            for title, key in [("テスト" * 20, "x"), ("x" * 200, "y"), ("e\u0301" * 90, "z")]
        ]
    )
    with Shown(menu, columns=columns) as shown:
        from prompt_toolkit.utils import get_cwidth

        for row in [*rows_of(shown.screen, columns), *text_of(shown.screen.last_lines(columns))]:
            assert get_cwidth(row) <= columns


def test_control_characters_are_shown_and_not_sent() -> None:
    menu = Menu([Option(nothing, "\x1b[2Ja\tb\nc\x07", help="\x1b]52;c;x\x07", confirm="\x1b[31m?")], title="\x1b[1mT")
    with Shown(menu) as shown:
        assert shown.press(ENTER, shown.says("[y/N]"), "y") != LEFT_BY_EXIT
        lines = [*rows_of(shown.screen), *text_of(shown.screen.last_lines(80)), *text_of(shown.screen.first_lines())]
        assert all(line.isprintable() for line in lines)
        assert r"\x1b[2Ja" in lines[0]


UNBOUND = ["\x1b[6;2~", "\x1b[15;5~", "\x1b[1;6B", "\x1bOP", "\x1b[2~", "\x1b[3~", "\x1b[19~", "\x01", "\x06", "\x1bx"]


@pytest.mark.parametrize("key", UNBOUND, ids=repr)
def test_a_key_that_means_nothing_runs_nothing(key: str) -> None:
    """Once it ran the first option without a key of its own."""
    with Shown(Menu([called_first, called_second, called_third])) as shown:
        assert shown.press(DOWN, shown.at(1), key, DOWN, shown.at(2), ENTER) == "Third"


def called_first() -> None:
    """First"""


def called_second() -> None:
    """Second"""


def called_third() -> None:
    """Third"""


@pytest.mark.parametrize("key", [UP, DOWN, "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~"], ids=repr)
def test_while_a_question_is_asked_the_cursor_stays_with_its_item(key: str) -> None:
    with Shown(ops()) as shown:
        assert shown.press("d", shown.says("Deploy it? [y/N]"), key, "y") == "Deploy"
        assert shown.screen.place == 1


@pytest.mark.parametrize("keys", [BACKSPACE * 6, "\x15", "\x1b[200~base\x1b[201~"], ids=repr)
def test_while_a_question_is_asked_the_filter_stays_as_it_is(keys: str) -> None:
    with Shown(ops()) as shown:
        assert shown.press("/deploy\r", shown.says("Deploy it? [y/N]"), keys, "y") == "Deploy"
        assert shown.screen.filter_line.text == "deploy"
        assert shown.screen.place == 1
