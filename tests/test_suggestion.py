"""What may have been meant."""

from __future__ import annotations

import pytest

from parl.core.suggestion import did_you_mean


@pytest.mark.parametrize(("word", "meant"), [("comand", "command"), ("TIMEOUT", "timeout"), ("out", "timeout")])
def test_the_nearest_word_is_asked_for(word: str, meant: str) -> None:
    assert did_you_mean(word, ("command", "timeout", "grace")) == f" (did you mean '{meant}'?)"


def test_where_nothing_is_near_nothing_is_asked() -> None:
    assert did_you_mean("zork", ("command", "timeout")) == ""
