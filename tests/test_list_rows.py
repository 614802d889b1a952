"""A label as it is painted: harmless, and as wide as there is room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from parl.cli.list_rows import label_fragments, text_width
from tests.conftest import is_harmless


def painted(label: str, width: int = 80, matched: tuple[int, ...] = ()) -> str:
    return "".join(text for _, text in label_fragments(label, matched, width, "", "m"))


def highlighted(label: str, matched: tuple[int, ...], width: int = 80) -> list[str]:
    return [text for style, text in label_fragments(label, matched, width, "", "m") if style == "m"]


@pytest.mark.parametrize(
    ("label", "seen"),
    [
        ("plain", "plain"),
        ("", ""),
        ("テスト ☕ é", "テスト ☕ é"),
        ("e\u0301", "e\u0301"),
        ("a\tb", "a  b"),
        ("two\nlines", r"two\nlines"),
        ("a\rb", r"a\rb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("\x7f\x00", r"\x7f\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u200b|\ufeff", r"\u200b|\ufeff"),
        ("\u2028", r"\u2028"),
        ("\udcff", r"\xff"),
    ],
    ids=ascii,
)
def test_a_label_is_made_harmless(label: str, seen: str) -> None:
    assert painted(label) == seen


@pytest.mark.parametrize(
    ("label", "width", "seen"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcd.."),
        ("テスト", 6, "テスト"),
        ("テスト", 5, "テ.."),
        ("aテスト", 6, "aテ.."),
        ("e\u0301" * 6, 6, "e\u0301" * 6),
        ("e\u0301" * 7, 6, "e\u0301" * 4 + ".."),
        ("\x1b[2J", 6, r"\x1b.."),
        ("abc", 2, ".."),
        ("abc", 1, "."),
    ],
    ids=ascii,
)
def test_what_does_not_fit_ends_in_dots(label: str, width: int, seen: str) -> None:
    assert painted(label, width) == seen


@pytest.mark.parametrize(
    ("label", "matched", "parts"),
    [
        ("green", (0, 1), ["gr"]),
        ("green", (0, 2, 4), ["g", "e", "n"]),
        ("a\tb", (1,), ["  "]),
        ("\x1bx", (0,), [r"\x1b"]),
        ("テスト", (1,), ["ス"]),
        ("green", (), []),
    ],
)
def test_what_matched_stands_out(label: str, matched: tuple[int, ...], parts: list[str]) -> None:
    assert highlighted(label, matched) == parts


def test_a_match_at_the_far_end_is_in_what_is_shown() -> None:
    label = "x" * 100 + "needle" + "y" * 100
    seen = painted(label, 20, tuple(range(100, 106)))
    assert seen == "..xxxxxxxxxxneedle.."
    assert highlighted(label, tuple(range(100, 106)), 20) == ["needle"]
    assert painted("x" * 100 + "needle", 20, tuple(range(100, 106))) == ".." + "x" * 12 + "needle"


_SIGNS = st.sampled_from("ab テ☕\u0301\u200d\t\n\x1b\x9b\udcff👩")


@given(st.text(st.one_of(_SIGNS, st.characters()), max_size=40), st.integers(1, 50), st.sets(st.integers(0, 39)))
def test_whatever_it_is_it_fits_and_sends_nothing(label: str, width: int, matched: set[int]) -> None:
    seen = painted(label, width, tuple(at for at in matched if at < len(label)))
    assert is_harmless(seen)
    assert sum(map(get_cwidth, seen)) <= width


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("", 0), ("テ", 2), ("e\u0301", 1)])
def test_a_text_is_as_wide_as_its_columns(text: str, width: int) -> None:
    assert text_width(text) == width


@pytest.mark.parametrize("matched", [(), (0,), (500_000,), (999_999,)])
def test_a_label_of_a_million_characters_costs_no_more_than_what_is_seen(matched: tuple[int, ...]) -> None:
    looked_at = CountingLabel("x" * 1_000_000)
    fragments = label_fragments(looked_at, matched, 80, "", "m")
    assert sum(len(text) for _, text in fragments) == 80
    assert [text for style, text in fragments if style == "m"] == ["x"] * len(matched)
    assert looked_at.count < 2000


class CountingLabel(str):
    """A label that knows how many of its characters were asked for."""

    count = 0

    def __getitem__(self, key: object) -> str:  # type: ignore[override]
        self.count += 1
        return super().__getitem__(key)  # type: ignore[index]


@pytest.mark.parametrize("label", ["東京\u3000大阪", "10\u00a0000 €", "a\u200cb", "👩\u200d👩"])
def test_other_spaces_and_joiners_are_shown_as_they_are(label: str) -> None:
    assert painted(label, 40) == label
