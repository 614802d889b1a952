"""A list to pick from: a cursor, a window that scrolls, a filter, marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.pick_list import PickList

NAMES = ["build", "test", "deploy", "rebuild", "tidy"]


@pytest.fixture
def picks() -> PickList:
    return PickList(list(NAMES))


def shown(picks: PickList) -> list[str]:
    return [picks.labels[picks.index_at(position)] for position in range(len(picks))]


def current(picks: PickList) -> str | None:
    return None if picks.current is None else picks.labels[picks.current]


def filter_by(picks: PickList, text: str) -> None:
    """Filter, and let it look at everything."""
    picks.filter(text)
    while picks.is_searching:
        picks.step(2)


def test_without_a_query_all_is_shown_as_it_came(picks: PickList) -> None:
    assert shown(picks) == NAMES
    assert current(picks) == "build"
    assert not picks.is_searching
    picks.step(10)
    assert shown(picks) == NAMES


def test_of_nothing_there_is_nothing_to_pick() -> None:
    picks = PickList([])
    picks.move(1)
    picks.move(-1, around=True)
    picks.move_to(5)
    picks.toggle_mark()
    assert (picks.current, picks.position, picks.picked(), picks.window(5)) == (None, 0, [], range(0))


def test_labels_may_come_later() -> None:
    labels: list[str] = []
    picks = PickList(labels)
    labels.append("late")
    assert (len(picks), picks.current) == (1, 0)


# The cursor


@pytest.mark.parametrize(
    ("start", "steps", "around", "end"),
    [
        (0, 1, False, 1),
        (0, 10, False, 4),
        (4, 1, False, 4),
        (4, -10, False, 0),
        (0, -1, False, 0),
        (2, 0, True, 2),
        (4, 1, True, 0),
        (0, -1, True, 4),
        (4, 10, True, 0),
        (0, 4, True, 4),
        (3, 10, True, 4),
        (1, -10, True, 0),
        (4, -1, True, 3),
    ],
)
def test_the_cursor_stops_at_an_end_and_goes_around_only_from_there(
    picks: PickList, start: int, steps: int, around: bool, end: int
) -> None:
    picks.move_to(start)
    picks.move(steps, around=around)
    assert picks.position == end


def test_the_cursor_stops_at_an_end_unless_it_is_told_to_go_around(picks: PickList) -> None:
    picks.move(-1)
    assert picks.position == 0


@pytest.mark.parametrize(("position", "end"), [(0, 0), (3, 3), (4, 4), (5, 4), (1000, 4), (-1, 0)])
def test_the_cursor_is_moved_to_where_something_is(picks: PickList, position: int, end: int) -> None:
    picks.move_to(position)
    assert picks.position == end


# The window


def test_the_window_scrolls_as_little_as_it_must(picks: PickList) -> None:
    seen = []
    for steps in (0, 1, 1, 1, 1, -1, -1, -1, -1):
        picks.move(steps)
        seen.append(picks.window(3).start)
    assert seen == [0, 0, 0, 1, 2, 2, 2, 1, 0]


def test_a_window_with_room_shows_all(picks: PickList) -> None:
    picks.move_to(4)
    assert picks.window(100) == range(5)
    assert picks.window(5) == range(5)


def test_a_window_that_grows_is_filled(picks: PickList) -> None:
    picks.move_to(4)
    assert picks.window(1) == range(4, 5)
    assert picks.window(2) == range(3, 5)
    assert picks.window(4) == range(1, 5)
    assert picks.window(9) == range(5)
    picks.move_to(0)
    assert picks.window(4) == range(4)


# The filter


def test_only_what_matches_is_shown_best_first(picks: PickList) -> None:
    filter_by(picks, "build")
    assert shown(picks) == ["build", "rebuild"]
    assert [picks.index_at(0), picks.index_at(1)] == [0, 3]


def test_a_filter_shows_what_it_has_found_so_far(picks: PickList) -> None:
    picks.filter("build")
    assert (len(picks), picks.current, picks.is_searching) == (0, None, True)
    picks.step(2)
    assert (shown(picks), picks.is_searching) == (["build"], True)
    picks.step(3)
    assert (shown(picks), picks.is_searching) == (["build", "rebuild"], False)


def test_a_filter_begins_at_the_best(picks: PickList) -> None:
    picks.move_to(4)
    filter_by(picks, "t")
    assert (picks.position, current(picks), picks.window(1)) == (0, "test", range(1))


def test_an_empty_filter_shows_all_with_the_cursor_where_it_was(picks: PickList) -> None:
    filter_by(picks, "build")
    picks.move(1)
    assert current(picks) == "rebuild"
    picks.filter("")
    assert shown(picks) == NAMES
    assert current(picks) == "rebuild"
    assert 3 in picks.window(2)


def test_after_a_filter_that_nothing_matched_the_cursor_is_at_the_start(picks: PickList) -> None:
    picks.move_to(3)
    filter_by(picks, "zzz")
    assert (len(picks), picks.current, picks.picked(), picks.window(3)) == (0, None, [], range(0))
    picks.filter("")
    assert picks.position == 0


def test_a_filter_that_asks_for_nothing_shows_all(picks: PickList) -> None:
    filter_by(picks, "! ^")
    assert shown(picks) == NAMES


def test_another_filter_looks_at_everything_again(picks: PickList) -> None:
    filter_by(picks, "build")
    filter_by(picks, "test")
    assert shown(picks) == ["test"]


def test_what_is_typed_on_is_looked_for_only_in_what_matched(picks: PickList) -> None:
    filter_by(picks, "build")
    picks.filter("builds")
    picks.step(3)
    assert (shown(picks), picks.is_searching) == ([], False)


def test_what_comes_meanwhile_is_looked_at_too(picks: PickList) -> None:
    filter_by(picks, "build")
    picks.labels.append("Build")
    assert picks.is_searching
    assert len(picks) == 2
    picks.step(5)
    assert shown(picks) == ["build", "Build", "rebuild"]


def test_a_search_can_be_brought_to_its_end_at_once(picks: PickList) -> None:
    picks.filter("build")
    picks.finish_search()
    assert (shown(picks), picks.is_searching) == (["build", "rebuild"], False)


@pytest.mark.parametrize(("steps", "position", "held"), [(0, 0, "a"), (1, 4, "ca"), (2, 5, "bca")])
def test_the_cursor_stays_with_what_it_was_moved_to_when_better_ones_come(steps: int, position: int, held: str) -> None:
    picks = PickList(["va", "ca", "bca", "a", "ab", "ac", "dddca"])
    picks.filter("a")
    picks.step(3)
    assert shown(picks) == ["va", "ca", "bca"]
    picks.move(steps)
    picks.step(4)
    assert shown(picks) == ["a", "ab", "ac", "va", "ca", "bca", "dddca"]
    assert (picks.position, current(picks)) == (position, held)


@given(st.lists(st.text("abAB_", max_size=6), max_size=12), st.lists(st.text("abA!' $^", max_size=4), max_size=6))
def test_whatever_was_typed_before_the_last_filter_counts(labels: list[str], typed: list[str]) -> None:
    picks = PickList(labels)
    for number, text in enumerate(typed):
        picks.filter(text)
        picks.step(number)
    fresh = PickList(list(labels))
    filter_by(fresh, typed[-1] if typed else "")
    filter_by(picks, picks.query.text)
    assert shown(picks) == shown(fresh)


# Marks


def test_the_current_one_is_picked_unless_others_are_marked(picks: PickList) -> None:
    picks.move_to(2)
    assert picks.picked() == [2]
    picks.toggle_mark()
    picks.move_to(0)
    picks.toggle_mark()
    picks.move_to(4)
    assert picks.picked() == [0, 2], "in the list's order"
    picks.move_to(0)
    picks.toggle_mark()
    assert picks.picked() == [2]


def test_a_mark_stays_with_its_item_when_the_list_is_filtered(picks: PickList) -> None:
    filter_by(picks, "rebuild")
    picks.toggle_mark()
    filter_by(picks, "tidy")
    assert picks.picked() == [3]
    picks.filter("")
    assert picks.marked == {3}


# Whatever is done, in whatever order

operations = st.lists(
    st.tuples(st.just("move"), st.integers(-7, 7), st.booleans())
    | st.tuples(st.just("move_to"), st.integers(0, 15))
    | st.tuples(st.just("filter"), st.text("ab'!$", max_size=3))
    | st.tuples(st.just("step"), st.integers(1, 4))
    | st.tuples(st.just("mark"))
    | st.tuples(st.just("add"), st.lists(st.text("ab_", max_size=4), max_size=4)),
    max_size=30,
)


@given(operations, st.integers(1, 6))
def test_the_window_always_shows_the_cursor_and_no_more_than_there_is(
    operations: list[tuple[object, ...]], height: int
) -> None:
    picks = PickList([])
    for name, *arguments in operations:
        match name, arguments:
            case "move", [int() as steps, bool() as around]:
                picks.move(steps, around=around)
            case "move_to", [int() as position]:
                picks.move_to(position)
            case "filter", [str() as text]:
                picks.filter(text)
            case "step", [int() as count]:
                picks.step(count)
            case "mark", []:
                picks.toggle_mark()
            case "add", [list() as labels]:
                picks.labels += labels
        window = picks.window(height)
        assert len(window) == min(height, len(picks)), "it is as full as it can be"
        assert picks.position in window or len(picks) == 0
        assert (picks.current is None) == (len(picks) == 0)
        assert all(0 <= picks.index_at(position) < len(picks.labels) for position in window)
        assert picks.marked <= set(range(len(picks.labels)))
        assert picks.picked() == sorted(picks.picked())
