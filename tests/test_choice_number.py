"""How many options must be known before a number can be chosen; the rest is tested with the menu."""

from __future__ import annotations

import pytest

from parl.core.choice_number import count_for


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        ("012", 12),
        ("9" * 9, 999_999_999),
        ("9" * 10, None),
        ("0", None),
        ("", None),
        ("x", None),
        ("²", None),
        ("-1", None),
    ],
)
def test_to_choose_a_number_so_many_must_be_known(text: str, count: int | None) -> None:
    assert count_for(text) == count
