"""The chooser's screen, without any: what is typed filters, Enter takes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from parl.cli.choose_screen import ChooseScreen, Chosen
from parl.core.items import ItemReader, Items, to_text
from parl.core.pick_list import PickList
from tests.conftest import wait_until
from tests.typist import (
    BACKSPACE,
    DOWN,
    END,
    ENTER,
    ESCAPE,
    HOME,
    PAGE_DOWN,
    PAGE_UP,
    SHIFT_TAB,
    TAB,
    UP,
    Step,
    text_of,
    typist,
)

COLORS = ("red", "green", "blue", "grey")
NUMBERED = [f"item {number}" for number in range(100)]


def chooser(terminal: object, items: Items, query: str = "", **options: object) -> ChooseScreen:
    picks = PickList(items.labels)
    picks.filter(query)
    return ChooseScreen(picks, items, terminal, **options)  # type: ignore[arg-type]


def choose(labels: Sequence[str], *steps: Step, **options: object) -> Chosen | None:
    """Show *labels*, press keys, and return what came of it."""
    with typist() as hand:
        return hand.play(chooser(hand.terminal, Items(labels), **options), *steps)  # type: ignore[arg-type]


def chosen(labels: Sequence[str], *steps: Step, **options: object) -> list[str]:
    """Return the labels that are chosen."""
    result = choose(labels, *steps, **options)
    assert result is not None
    assert result == Chosen(result.indexes)
    return [labels[index] for index in result.indexes]


def says(screen: ChooseScreen, words: str) -> Callable[[], bool]:
    return lambda: words in "\n".join(text_of(screen.last_lines(80)))


@pytest.mark.parametrize(
    ("keys", "color"),
    [
        (ENTER, "red"),
        ("\n", "red"),
        (DOWN + ENTER, "green"),
        (DOWN * 3 + UP + ENTER, "blue"),
        (DOWN * 9 + ENTER, "grey"),
        (UP + ENTER, "red"),
        ("\x0e\x0e\x10\r", "green"),
        (END + ENTER, "grey"),
        (END + HOME + ENTER, "red"),
        ("gree\r", "green"),
        ("gre\r", "grey"),
        ("grey\r", "grey"),
        ("GRE" + BACKSPACE * 3 + "bl\r", "blue"),
        ("e n g\r", "green"),
        ("gre" + DOWN + ENTER, "green"),
        ("xyz\x15bl\r", "blue"),
        ("\x1b[200~bl\nue\x1b[201~" + BACKSPACE * 3 + ENTER, "blue"),
        ("/blue\r", "blue"),
    ],
    ids=ascii,
)
def test_keys_move_text_filters_enter_takes(keys: str, color: str) -> None:
    assert chosen(COLORS, keys) == [color]


@pytest.mark.parametrize(
    ("keys", "item"),
    [
        (PAGE_DOWN + ENTER, "item 20"),
        (PAGE_DOWN * 2 + PAGE_UP + ENTER, "item 20"),
        (PAGE_DOWN * 20 + ENTER, "item 99"),
        (PAGE_UP + ENTER, "item 0"),
        ("99\r", "item 99"),
        ("jk" + BACKSPACE * 2 + "7\r", "item 7"),
        ("^item !0 9$\r", "item 9"),
    ],
    ids=ascii,
)
def test_a_long_list_is_paged_and_digits_and_letters_are_text(keys: str, item: str) -> None:
    assert chosen(NUMBERED, keys) == [item]


@pytest.mark.parametrize("keys", [ESCAPE, "\x04", "gr" + ESCAPE], ids=ascii)
def test_it_is_cancelled(keys: str) -> None:
    assert choose(COLORS, keys) == Chosen(is_cancelled=True)


def test_enter_where_nothing_matches_takes_nothing() -> None:
    assert choose(COLORS, "xyz\r") == Chosen()


def test_it_may_begin_with_a_filter() -> None:
    assert chosen(COLORS, ENTER, query="bl") == ["blue"]
    assert chosen(COLORS, BACKSPACE * 2 + ENTER, query="bl") in (["red"], ["blue"])
    assert chosen(COLORS, "ey" + ENTER, query="gr") == ["grey"]


# --multi


@pytest.mark.parametrize(
    ("keys", "colors"),
    [
        (TAB + TAB + ENTER, ["red", "green"]),
        (ENTER, ["red"]),
        (DOWN + ENTER, ["green"]),
        (END + TAB + HOME + TAB + ENTER, ["red", "grey"]),
        (TAB + UP + TAB + ENTER, ["green"]),
        (END + SHIFT_TAB + SHIFT_TAB + ENTER, ["blue", "grey"]),
        ("bl" + TAB + BACKSPACE * 2 + "red" + TAB + ENTER, ["red", "blue"]),
        ("bl" + TAB + BACKSPACE * 2 + "red" + ENTER, ["blue"]),
    ],
    ids=ascii,
)
def test_tab_marks_and_what_is_marked_comes_in_the_lists_order(keys: str, colors: list[str]) -> None:
    assert chosen(COLORS, keys, multi=True) == colors


def test_for_one_tab_marks_nothing() -> None:
    assert chosen(COLORS, TAB + TAB + DOWN + ENTER) == ["green"]


def test_marks_are_shown_and_counted() -> None:
    with typist() as hand:
        screen = chooser(hand.terminal, Items(COLORS), multi=True)
        assert "tab marks" in text_of(screen.last_lines(80))[0]
        assert hand.play(screen, TAB, says(screen, "1 marked"), ENTER) == Chosen((0,))
        assert text_of([screen.row(position, 80) for position in range(2)]) == ["  * red", ">   green"]


# --default


def test_it_begins_at_the_default() -> None:
    assert chosen(COLORS, ENTER, default="blue") == ["blue"]
    assert chosen(COLORS, UP + ENTER, default="blue") == ["green"]
    assert chosen(NUMBERED, PAGE_DOWN + ENTER, default="item 50") == ["item 70"]


def test_with_a_filter_it_begins_at_the_best_match() -> None:
    assert chosen(COLORS, ENTER, default="blue", query="gr") == ["grey"]


# --timeout


def test_when_the_time_is_out_it_ends() -> None:
    began = time.monotonic()
    assert choose(COLORS, deadline=began + 0.1) == Chosen(is_timed_out=True)
    assert time.monotonic() - began >= 0.1
    assert choose(COLORS, deadline=began) == Chosen(is_timed_out=True)


def test_the_time_that_is_left_is_shown() -> None:
    with typist() as hand:
        screen = chooser(hand.terminal, Items(COLORS), deadline=time.monotonic() + 3600)
        assert hand.play(screen, says(screen, "1 h 00 min"), ENTER) == Chosen((0,))
        screen = chooser(hand.terminal, Items(COLORS), deadline=time.monotonic() + 20)
        assert says(screen, "20 s")()


# Items that arrive meanwhile


class Source:
    """A pipe whose lines are the items."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self.items = Items((), ItemReader(reader))

    def write(self, *lines: str) -> str:
        os.write(self._writer, "".join(f"{line}\n" for line in lines).encode())
        return ""

    def end(self) -> str:
        """Close the pipe, and wait until that was noticed."""
        os.close(self._writer)
        wait_until(lambda: all(thread.name != "parl-items" for thread in threading.enumerate()), "the reader's end")
        return ""


def test_items_are_shown_as_they_arrive() -> None:
    source = Source()
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        result = hand.play(
            screen,
            says(screen, "0/0.."),
            lambda: source.write("red") == "",
            says(screen, "1/1.."),
            lambda: source.write("green", "blue") == "",
            says(screen, "3/3.."),
            lambda: source.end() == "",
            says(screen, "3/3  "),
            DOWN + DOWN + ENTER,
        )
    assert result == Chosen((2,))


def test_what_arrives_is_filtered_too() -> None:
    source = Source()
    source.write(*(f"x{number}" for number in range(5000)))
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        result = hand.play(
            screen,
            "gre",
            says(screen, "0/5000.."),
            lambda: source.write("green") == "",
            says(screen, "1/5001.."),
            ENTER,
        )
    source.end()
    assert result == Chosen((5000,))


def test_enter_before_anything_has_come_takes_the_first_that_does() -> None:
    source = Source()
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        result = hand.play(screen, ENTER, lambda: screen._entered, lambda: source.write("red", "green") == "")
    source.end()
    assert result == Chosen((0,))


def test_enter_before_anything_has_come_and_nothing_does() -> None:
    source = Source()
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        assert hand.play(screen, ENTER, lambda: screen._entered, lambda: source.end() == "") == Chosen()


def test_the_cursor_stays_while_items_arrive() -> None:
    source = Source()
    source.write("red", "green", "blue")
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        moved: list[Step] = [says(screen, "3/3.."), DOWN, lambda: screen.picks.position == 1]
        more: list[Step] = [lambda: source.write(*NUMBERED) == "", says(screen, "103/103.."), ENTER]
        assert hand.play(screen, *moved, *more) == Chosen((1,))
    source.end()


def test_a_default_that_arrives_late_is_gone_to_unless_one_has_moved() -> None:
    for keys, place, index in (("", 0, 3), (DOWN, 1, 1)):
        source = Source()
        source.write("red", "green", "blue")
        with typist() as hand:
            screen = chooser(hand.terminal, source.items, default="grey")
            moved: list[Step] = [keys, lambda at=place, now=screen: now.picks.position == at]  # type: ignore[misc]
            late: list[Step] = [lambda now=source: now.write("grey") == "", says(screen, "4/4..")]  # type: ignore[misc]
            assert hand.play(screen, says(screen, "3/3.."), *moved, *late, ENTER) == Chosen((index,))
        source.end()


def test_esc_leaves_although_items_still_come() -> None:
    source = Source()
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        assert hand.play(screen, ESCAPE) == Chosen(is_cancelled=True)
    source.end()


def test_a_hundred_thousand_lines_are_filtered_and_the_right_one_is_taken() -> None:
    labels = [f"src/{number % 97}/file_{number}.py" for number in range(100_000)]
    assert chosen(labels, "file_98765.py", ENTER) == ["src/19/file_98765.py"]


# What one reads


def test_labels_are_harmless_and_the_prompt_is_shown() -> None:
    labels = ["\x1b[2J", "a\tb", "two\nlines", to_text(b"\xff"), "テスト"]
    with typist() as hand:
        screen = chooser(hand.terminal, Items(labels))
        rows = text_of([screen.row(position, 80) for position in range(5)])
    assert rows == [r"> \x1b[2J", "  a  b", r"  two\nlines", r"  \xff", "  テスト"]
    assert all(row.isprintable() for row in rows)


def test_what_matched_stands_out_in_the_row() -> None:
    with typist() as hand:
        screen = chooser(hand.terminal, Items(COLORS), query="re")
        screen.picks.step(len(COLORS))
        rows = [screen.row(position, 80) for position in range(len(screen.picks))]
        assert [[text for style, text in row if "green" in style] for row in rows] == [["re"]] * len(rows)


def test_enter_waits_for_a_match_that_is_still_to_come() -> None:
    source = Source()
    source.write("red")
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        steps: list[Step] = ["bl", ENTER, lambda: screen._entered, lambda: source.write("green", "blue") == ""]
        result = hand.play(screen, *steps)
    source.end()
    assert result == Chosen((2,))


def test_enter_for_another_filter_is_forgotten() -> None:
    source = Source()
    source.write("red")
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        entered: list[Step] = ["bl", ENTER, lambda: screen._entered]
        changed: list[Step] = ["x", lambda: screen.filter_line.text == "blx", BACKSPACE, lambda: not screen._entered]
        more: list[Step] = [lambda: source.write("blue") == "", says(screen, "1/2"), ESCAPE]
        result = hand.play(screen, *entered, *changed, *more)
    source.end()
    assert result == Chosen(is_cancelled=True)


def test_what_the_cursor_has_gone_to_is_taken_though_better_ones_come() -> None:
    source = Source()
    source.write("xx foo 1", "xx foo 2", "xx foo 3")
    with typist() as hand:
        screen = chooser(hand.terminal, source.items)
        found: list[Step] = ["foo", says(screen, "3/3"), DOWN, DOWN, lambda: screen.picks.position == 2]
        better: list[Step] = [lambda: source.write("foo", "a foo") == "", says(screen, "5/5"), ENTER]
        result = hand.play(screen, *found, *better)
    source.end()
    assert result == Chosen((2,))


def test_where_all_has_come_and_there_is_nothing_to_choose_it_ends() -> None:
    source = Source()
    with typist() as hand:
        screen = chooser(
            hand.terminal, source.items, is_hopeless=lambda: source.items.is_complete and not source.items.labels
        )
        assert hand.play(screen, says(screen, "0/0.."), lambda: source.end() == "") == Chosen()


def test_of_a_large_paste_the_beginning_is_the_filter() -> None:
    with typist() as hand:
        screen = chooser(hand.terminal, Items(COLORS))
        parts = ["\x1b[200~gr" + "x" * 900, "x" * 900, "x" * 100_000 + "\x1b[201~"]
        hand.play(screen, *parts, lambda: len(screen.filter_line.text) >= 1000, ESCAPE)
    assert screen.filter_line.text == "gr" + "x" * 998
