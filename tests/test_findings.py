"""Diagnostics found in any order, told in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from parl.core.diagnostic import Diagnostic, file_error
from parl.core.findings import Findings


def found(*names: str) -> list[Diagnostic]:
    return [file_error(name, "is wrong") for name in names]


def names(diagnostics: Iterable[Diagnostic]) -> list[str]:
    return [diagnostic.path for diagnostic in diagnostics]


def test_at_first_there_is_nothing() -> None:
    findings = Findings()
    assert (findings.fresh(), findings.all()) == ((), ())


def test_what_is_found_early_waits_for_what_comes_before() -> None:
    findings = Findings()
    findings.add(2, found("c"))
    findings.add(1, [])
    assert (findings.fresh(), findings.all()) == ((), ())
    findings.add(0, found("a", "aa"))
    assert names(findings.fresh()) == names(findings.all()) == ["a", "aa", "c"]


def test_each_is_fresh_once() -> None:
    findings = Findings()
    findings.add(0, found("a"))
    assert names(findings.fresh()) == ["a"]
    assert findings.fresh() == ()
    findings.add(1, found("b"))
    assert names(findings.fresh()) == ["b"]
    assert names(findings.all()) == ["a", "b"]


def test_after_the_end_nobody_is_waited_for() -> None:
    findings = Findings()
    for number in (7, 3, 5):
        findings.add(number, found(str(number)))
    assert findings.all() == ()
    findings.close()
    assert names(findings.fresh()) == names(findings.all()) == ["3", "5", "7"]
    findings.close()
    assert findings.fresh() == ()


@given(st.permutations(range(12)), st.integers(0, 12), st.sets(st.integers(0, 12)))
def test_in_whatever_order_they_are_found_all_are_told_once_and_in_order(
    order: list[int], count: int, looks: set[int]
) -> None:
    findings = Findings()
    told: list[Diagnostic] = []
    for turn, number in enumerate(order[:count]):
        findings.add(number, found(f"{number:02}"))
        if turn in looks:
            told += findings.fresh()
    findings.close()
    told += findings.fresh()
    assert tuple(told) == findings.all()
    assert names(told) == [f"{number:02}" for number in sorted(order[:count])]
