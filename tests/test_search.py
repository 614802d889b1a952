"""Items that match a query, best first, found piece by piece."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.query import RANK_SHIFT, Query, Texts
from parl.core.search import Search

counts = st.integers(1, 5)
lines = st.text("abcAB_ /", max_size=8)
queries = st.sampled_from(["a", "ab", "abc", "cb", "A", "a b", "'ab", "^a", "b$", "!c", "a !b"]) | st.text(
    "abcA ", max_size=4
)


class Growing:
    """Texts that come one after the other."""

    def __init__(self, *plain: str) -> None:
        self.texts = Texts([], [])
        self.add(*plain)

    def add(self, *plain: str) -> None:
        for line in plain:
            self.texts.plain.append(line)  # type: ignore[attr-defined]
            self.texts.folded.append(line.lower())  # type: ignore[attr-defined]


def indexes(search: Search) -> list[int]:
    return [search[position] for position in range(len(search))]


def complete(search: Search, count: int = 1000) -> list[int]:
    """Let *search* come to its end by steps of *count*, and return what it found."""
    while not search.is_complete:
        search.step(count)
    return indexes(search)


def expected(query: str, plain: list[str]) -> list[int]:
    """Return what a search that knows nothing of steps finds."""
    texts, query_ = Texts(plain, [line.lower() for line in plain]), Query(query)
    order = []
    for index in range(len(plain)):
        for match in query_.narrow([index], texts):
            rank = match >> RANK_SHIFT
            loose = query_.looseness(index, texts) if rank >= 3 else 0
            order.append((rank, loose, len(plain[index]), index))
    return [index for *_, index in sorted(order)]


def test_what_matches_comes_best_first() -> None:
    plain = ["xabx", "a_b", "x_ab", "abx", "no", "axxb", "ab"]
    search = Search(Query("ab"), Growing(*plain).texts)
    found = [plain[index] for index in complete(search)]
    assert found == ["ab", "abx", "x_ab", "xabx", "a_b", "axxb"]


def test_of_equals_the_shorter_and_then_the_earlier_comes_first() -> None:
    assert complete(Search(Query("a"), Growing("a22", "a1", "a2", "a").texts)) == [3, 1, 2, 0]


def test_of_scattered_matches_the_closer_comes_first_though_it_is_longer() -> None:
    plain = ["axxb", "axb and more", "a_long_b", "ab and more still"]
    assert complete(Search(Query("ab"), Growing(*plain).texts)) == [3, 2, 1, 0]


def test_nothing_is_found_before_it_is_looked_at() -> None:
    search = Search(Query("a"), Growing("a", "b", "a").texts)
    assert (len(search), search.is_complete) == (0, False)
    search.step(2)
    assert (indexes(search), search.is_complete) == ([0], False)
    search.step(2)
    assert (indexes(search), search.is_complete) == ([0, 2], True)
    search.step(2)
    assert indexes(search) == [0, 2]


def test_nothing_is_complete_at_once() -> None:
    search = Search(Query("a"), Growing().texts)
    assert search.is_complete
    assert complete(search) == []


@pytest.mark.parametrize("position", [0, 1, 7])
def test_behind_the_last_there_is_nothing(position: int) -> None:
    search = Search(Query("a"), Growing("a", "b").texts)
    complete(search)
    with pytest.raises(IndexError):
        search[position + 1]


def test_what_comes_later_is_looked_at_too() -> None:
    texts = Growing("xa")
    search = Search(Query("a"), texts.texts)
    assert complete(search) == [0]
    texts.add("b", "a")
    assert not search.is_complete
    assert len(search) == 1
    assert complete(search) == [2, 0], "the better one came later"


@given(queries, st.lists(lines, max_size=20), counts)
def test_by_steps_it_finds_what_it_finds_at_once(query: str, plain: list[str], count: int) -> None:
    search = Search(Query(query), Growing(*plain).texts)
    assert complete(search, count) == expected(query, plain)


@given(queries, st.lists(st.lists(lines, max_size=5) | counts, max_size=8), st.booleans())
def test_whenever_texts_come_they_are_found(query: str, script: list[list[str] | int], looks: bool) -> None:
    texts = Growing()
    search = Search(Query(query), texts.texts)
    for entry in script:
        if isinstance(entry, int):
            search.step(entry)
        else:
            texts.add(*entry)
        if looks:
            assert len(indexes(search)) == len(search), "what is looked at is sorted, and more may come"
    assert complete(search) == expected(query, list(texts.texts.plain))


@given(st.lists(lines, max_size=20), st.lists(st.tuples(st.sampled_from("abcA "), st.integers(0, 8)), max_size=5))
def test_typed_on_it_finds_what_a_search_of_its_own_finds(plain: list[str], typed: list[tuple[str, int]]) -> None:
    texts = Growing(*plain)
    text, search = "a", Search(Query("a"), texts.texts)
    search.step(3)
    for number, (sign, count) in enumerate(typed):
        text += sign
        search = Search(Query(text), texts.texts, earlier=search)
        texts.add(f"late abc {number}")
        search.step(count)
        if number % 2:
            indexes(search)
    assert complete(search, 2) == expected(text, list(texts.texts.plain))


class Watched(Query):
    """Notes what was looked at, step by step."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.looks: list[list[int]] = []

    def narrow(self, matches: Iterable[int], texts: Texts) -> list[int]:
        self.looks.append(sorted(matches))
        return super().narrow(matches, texts)


def test_an_earlier_search_saves_looking_again() -> None:
    texts = Growing("ab", "b", "a", "b", "xab").texts
    earlier = Search(Query("a"), texts)
    complete(earlier)
    query = Watched("ab")
    assert complete(Search(query, texts, earlier)) == [0, 4]
    assert query.looks == [[0, 2, 4]]


def test_a_step_looks_at_no_more_than_it_is_told_to() -> None:
    """Also while it looks again at what an earlier search found: a key must not wait for more."""
    texts = Growing("a", "b", "a", "a", "a", *"aaaaa").texts
    earlier = Search(Query("a"), texts)
    earlier.step(5)
    query = Watched("a")
    assert complete(Search(query, texts, earlier), 3) == [0, 2, 3, 4, 5, 6, 7, 8, 9]
    assert query.looks == [[0, 2, 3], [4, 5, 6], [7, 8, 9]]
