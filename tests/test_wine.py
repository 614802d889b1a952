"""What is done about Wine's own stumbling, shown without Wine."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from tests.wine import patient_create_process


def refusing(*numbers: int) -> SimpleNamespace:
    """Return a _winapi that fails with these Windows errors, one a call, and then starts."""
    left = list(numbers)

    def create(*words: str) -> tuple[str, ...]:
        if left:
            error = OSError("Wine")
            error.winerror = left.pop(0)  # type: ignore[attr-defined,misc,unused-ignore] # other systems have none
            raise error
        return words

    return SimpleNamespace(CreateProcess=create)


def test_an_internal_error_is_asked_again_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_winapi", refusing(1359))
    with pytest.warns(UserWarning, match="Wine: CreateProcess stumbled"):
        assert patient_create_process()("a", "b") == ("a", "b")


@pytest.mark.parametrize("numbers", [(2,), (1359, 1359)])
@pytest.mark.filterwarnings("ignore:Wine")
def test_another_error_and_a_second_one_stand(monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]) -> None:
    monkeypatch.setitem(sys.modules, "_winapi", refusing(*numbers))
    with pytest.raises(OSError, match="Wine"):
        patient_create_process()("a")
