"""What one types to find something: words that must all match, as fzf has taught people to write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parl.core.query import RANK_SHIFT, SCATTERED_RANK, Query, Texts

START, BOUNDARY, INSIDE, SCATTERED = range(4)
# Separators, what regular expressions and queries mean something by, and letters whose lower() is longer or varies.
SIGNS = "abAB1 _-./\\[](){}*+?|^$!'\x00\tİßΣς\u03c3ǅé\ud800\udcff"
lines = st.text(SIGNS, max_size=16) | st.text(max_size=16)
words = st.text(st.sampled_from(SIGNS).filter(lambda sign: not sign.isspace()), min_size=1, max_size=4)
queries = st.text(SIGNS, max_size=8) | st.text(max_size=8)


def texts_of(plain: list[str]) -> Texts:
    return Texts(plain, [line.lower() for line in plain])


def rank(query: str, line: str) -> int | None:
    """Return how well *query* matches *line*, None if it does not."""
    matches = Query(query).narrow([0], texts_of([line]))
    return matches[0] >> RANK_SHIFT if matches else None


def looseness(query: str, line: str) -> int:
    return Query(query).looseness(0, texts_of([line]))


def marked(query: str, line: str) -> str:
    """Return *line* with a `.` in the place of each character that is not highlighted."""
    spans = Query(query).spans(line)
    assert spans <= set(range(len(line)))
    return "".join(sign if position in spans else "." for position, sign in enumerate(line))


def folded(word: str, line: str) -> str:
    return line.lower() if word == word.lower() else line


def is_subsequence(word: str, line: str) -> bool:
    signs = iter(line)
    return all(sign in signs for sign in word)


# What matches


@pytest.mark.parametrize(
    ("query", "line", "matches"),
    [
        ("make", "cmake", True),
        ("mk", "make", True),
        ("km", "make", False),
        ("fb", "foobarf", True),
        ("", "anything", True),
        (" \t", "anything", True),
        # every word, in any order, each for itself
        ("run test", "test_run", True),
        ("run run", "run", True),
        ("run zzz", "test_run", False),
        # smart case
        ("make", "MAKE", True),
        ("Make", "make", False),
        ("Make", "cMake", True),
        ("make Test", "MAKE Test", True),
        ("make Test", "MAKE test", False),
        ("é", "É", True),
        ("É", "é", False),
        # in one piece
        ("'mk", "make", False),
        ("'ak", "make", True),
        ("'ak", "MAKE", True),
        ("'AK", "make", False),
        # at the start, at the end
        ("^ma", "make", True),
        ("^ak", "make", False),
        ("ke$", "make", True),
        ("ak$", "make", False),
        ("ke$", "make\n", False),
        ("^ma", "x\nmake", False),
        ("^make$", "make", True),
        ("^make$", "makes", False),
        ("^MA", "make", False),
        # absent
        ("!mk", "make", True),
        ("!ak", "make", False),
        ("!AK", "make", True),
        ("!^ma", "make", False),
        ("!^ak", "make", True),
        ("!ke$", "make", False),
        ("!^make$", "makes", True),
        ("make !test", "make install", True),
        ("make !test", "make test", False),
        # what is only begun asks for nothing
        ("!", "make", True),
        ("^", "make", True),
        ("$", "make", True),
        ("'", "make", True),
        ("make !", "make", True),
        # signs in other places are characters
        ("$5", "costs $5", True),
        ("$5", "costs 5", False),
        ("a'b", "a'b", True),
        ("a!b", "a!b", True),
        ("'a$b", "xa$bx", True),
        ("a.c", "abc", False),
        (".*", "make", False),
        (".*", "x.y*", True),
        ("'[a-z]", "m", False),
        ("'[a-z]", "[a-z]", True),
        ("\\d", "1", False),
        ("a]b", "ab", False),
        ("a^b", "a^b", True),
    ],
)
def test_a_query_matches(query: str, line: str, matches: bool) -> None:
    assert (rank(query, line) is not None) is matches


@pytest.mark.parametrize(
    ("query", "asks"), [("", False), ("  ", False), ("! ^ $ '", False), ("a", True), ("!a", True), (" ! a", True)]
)
def test_a_query_of_signs_alone_asks_for_nothing(query: str, asks: bool) -> None:
    assert bool(Query(query)) is asks


def is_plain(word: str) -> bool:
    """Return whether *word* has no sign with a meaning, and something without one."""
    return word[0] not in "!'^" and not word.endswith("$") and bool(word.strip("!'^$"))


@given(words, lines)
def test_whatever_is_a_subsequence_matches_and_nothing_else(word: str, line: str) -> None:
    assume(is_plain(word))
    assert (rank(word, line) is not None) is is_subsequence(word, folded(word, line))


@given(words, lines)
def test_an_exact_word_matches_what_contains_it_and_an_absent_one_the_rest(word: str, line: str) -> None:
    word = word.strip("!'^$")
    if not word:
        return
    line_, exact, absent = folded(word, line), f"'{word}", f"!{word}"
    assert (rank(exact, line) is not None) is (word in line_)
    assert (rank(absent, line) is None) is (word in line_)
    assert (rank(f"^{word}", line) is not None) is line_.startswith(word)
    assert (rank(f"{word}$", line) is not None) is line_.endswith(word)
    assert (rank(f"^{word}$", line) is not None) is (line_ == word)


@given(st.lists(words, max_size=3), lines)
def test_all_words_match_that_match_alone(several: list[str], line: str) -> None:
    alone = [rank(word, line) for word in several]
    together = rank(" ".join(several), line)
    assert together == (None if None in alone else sum(filter(None, alone)))


@given(queries, st.lists(lines, max_size=4))
def test_nothing_that_is_typed_raises(text: str, plain: list[str]) -> None:
    query, texts = Query(text), texts_of(plain)
    indexes = [match & ((1 << RANK_SHIFT) - 1) for match in query.narrow(range(len(plain)), texts)]
    assert indexes == sorted(set(indexes))
    for index, line in enumerate(plain):
        assert query.looseness(index, texts) >= 0
        assert query.spans(line) <= set(range(len(line)))


# How well it matches


@pytest.mark.parametrize(
    ("query", "line", "expected"),
    [
        ("foo", "foobar", START),
        ("foo", "foo_foo", START),
        ("bar", "foo_bar", BOUNDARY),
        ("bar", "foo/bar", BOUNDARY),
        ("bar", "foo.bar", BOUNDARY),
        ("bar", "foo-bar", BOUNDARY),
        ("bar", "foo bar", BOUNDARY),
        ("bar", "foo(bar", BOUNDARY),
        ("bar", "fooBar", BOUNDARY),
        ("bar", "FOOBar", INSIDE),
        ("bar", "FOOBAR", INSIDE),
        ("bar", "XoBar", BOUNDARY),
        ("bar", "rebar_bar", BOUNDARY),
        ("bar", "rebar/bar", BOUNDARY),
        ("bar", "rebar.bar", BOUNDARY),
        ("bar", "rebar-bar", BOUNDARY),
        ("bar", "rebar bar", BOUNDARY),
        ("oba", "foobar", INSIDE),
        ("a", "bar", INSIDE),
        ("fb", "foo_bar", SCATTERED),
        ("fbr", "foobar", SCATTERED),
        ("F", "fooF", INSIDE),
        # others only have to match
        ("'oba", "foobar", START),
        ("!zzz", "foobar", START),
        ("oba !zzz", "foobar", INSIDE),
    ],
)
def test_a_match_is_better_at_a_start_than_at_a_boundary_than_inside_than_scattered(
    query: str, line: str, expected: int
) -> None:
    assert rank(query, line) == expected
    assert SCATTERED == SCATTERED_RANK


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("fb", "foo_bar", "fooobar"),
        ("fb", "fob", "foob"),
        ("fb", "far/boo", "fob"),
        ("abc", "xaxbxc", "xaxxbxc"),
        ("fb zz", "foo_bar zz", "fooobar zz"),
    ],
)
def test_of_scattered_matches_initials_and_the_closest_are_better(query: str, better: str, worse: str) -> None:
    assert rank(query, better) is not None
    assert rank(query, worse) is not None
    assert looseness(query, better) < looseness(query, worse)


@given(words, lines)
def test_what_is_in_one_piece_is_not_loose(word: str, line: str) -> None:
    if word in folded(word, line):
        assert looseness(word, line) == 0


@pytest.mark.parametrize(
    ("query", "line", "expected"),
    [
        ("ac", "abca", 1),
        ("ac", "xabbbca", 3),
        ("fb", "foo bar", 0),
        ("fb", "foo-bar", 0),
        ("fb", "foo.bar", 0),
        ("fbz", "foo_bar_zoo", 0),
        ("fb", "xf_b", 1),
        ("'oba", "foobar", 0),
        ("fb", "foobar", 2),
        ("ac", "b", 0),
    ],
)
def test_how_far_apart_the_characters_are_is_how_loose_it_is(query: str, line: str, expected: int) -> None:
    assert looseness(query, line) == expected


# What is highlighted


@pytest.mark.parametrize(
    ("query", "line", "expected"),
    [
        ("foo", "foobar foo", "foo......."),
        ("fo", "fo o", "fo.."),
        ("bar", "rebar_bar", "......bar"),
        ("bar", "ebar_bar", ".....bar"),
        ("bar", "rebar_bar_bar", "......bar...."),
        ("bar", "fooBAR", "...BAR"),
        ("fb", "foo_bar", "f...b.."),
        ("ff", "foo_fab", "f...f.."),
        ("fbr", "foobar", "f..b.r"),
        ("fb", "xfoobarfob", ".f..b....."),
        ("fbr", "ffoobar", ".f..b.r"),
        ("'bar", "foobarbar", "...bar..."),
        ("^foo", "foofoo", "foo..."),
        ("foo$", "foofoo", "...foo"),
        ("!zzz", "foobar", "......"),
        ("bar foo", "foo_bar", "foo.bar"),
        ("oob oba", "foobar", ".ooba."),
        ("zzz", "foobar", "......"),
        ("", "foobar", "......"),
        ("ας", "ΑΣ", "ΑΣ"),
        ("x", "İİx", "..x"),
        ("'x", "İİx", "..x"),
    ],
)
def test_what_matches_is_highlighted_in_its_right_place(query: str, line: str, expected: str) -> None:
    assert marked(query, line) == expected


@given(words, lines)
def test_what_is_highlighted_spells_the_word(word: str, line: str) -> None:
    assume(is_plain(word))
    positions = sorted(Query(word).spans(line))
    spelled = [line[position] for position in positions]
    if word == word.lower():
        whole = line.lower()
        spelled = [sign.lower()[:1] if len(whole) != len(line) else whole[at] for at, sign in zip(positions, spelled)]  # noqa: B905
    if positions:
        assert "".join(spelled) == word
    elif len(line.lower()) == len(line):
        assert rank(word, line) is None


@given(lines, st.sampled_from(["'{}", "^{}", "{}$", "^{}$"]), words)
def test_what_an_exact_word_highlights_is_in_one_piece(line: str, form: str, word: str) -> None:
    if (word := word.strip("!'^$")) and word != word.lower():
        positions = sorted(Query(form.format(word)).spans(line))
        found = re.search(re.escape(word), line)
        assert positions == list(range(positions[0], positions[0] + len(word))) if positions else True
        assert "".join(line[position] for position in positions) == (word if positions else "")
        assert found or not positions


# Typing on


@pytest.mark.parametrize(
    ("earlier", "later", "narrows"),
    [
        ("", "a", True),
        ("a", "a", True),
        ("a", "ab", True),
        ("a", "aB", True),
        ("a", "a b", True),
        ("a b", "a bc d", True),
        ("ab", "a", False),
        ("a", "ba", False),
        ("'a", "'ab", False),
        ("a", "a$", False),
        ("a$", "a$b", False),
        ("a", "a !b", False),
        ("!a", "!ab", False),
        ("a !", "a !b", False),
        ("^a", "^a$", False),
    ],
)
def test_only_plain_words_typed_on_are_known_to_narrow(earlier: str, later: str, narrows: bool) -> None:
    assert Query(later).narrows(Query(earlier)) is narrows


@given(queries, st.text(SIGNS, max_size=4), st.lists(lines, max_size=6))
def test_to_narrow_is_to_search_from_the_beginning(begin: str, more: str, plain: list[str]) -> None:
    earlier, later, texts = Query(begin), Query(begin + more), texts_of(plain)
    from_scratch = later.narrow(range(len(plain)), texts)
    if later.narrows(earlier):
        known = [match & ((1 << RANK_SHIFT) - 1) for match in earlier.narrow(range(len(plain)), texts)]
        assert later.narrow(known, texts) == from_scratch


def test_one_mark_only_is_a_mark() -> None:
    assert rank("^^a", "^a") is not None
    assert rank("^^a", "b") is None
