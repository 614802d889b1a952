"""Mutation testing: which tests judge a module's mutants, and what came of it. ``make mutation`` runs it."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

_MUTANTS = Path("mutants/parl/core")
# What mutmut makes of the exit code of a mutant's tests.
_KINDS = {0: "survived", 1: "killed", 3: "killed", 24: "timeout", -24: "timeout", 152: "timeout", 5: "none", 33: "none"}
_COLUMNS = ("mutants", "killed", "timeout", "survived", "none", "other")


# A test that takes longer hangs: tests wait in vain for what a mutant does not do, and parl itself takes
# the signal by which mutmut ends those that last too long.
_PATIENCE_SECONDS = 8.0


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have no patience with a mutant's tests."""
    if os.environ.get("MUTANT_UNDER_TEST", "").startswith("parl."):
        config.option.timeout = _PATIENCE_SECONDS


def pytest_sessionfinish() -> None:
    """Where mutmut has just noted which tests call which function: have each judged by its module's own tests."""
    if os.environ.get("MUTANT_UNDER_TEST") != "stats":
        return
    from mutmut.state import state

    known, every_test = state().tests_by_mangled_function_name, set(state().duration_by_test)
    for function in {*known, *state().current_function_hashes}:
        # Whom nobody has seen called may be called in another process.
        known[function] = _judges(function.split(".")[2], known.get(function) or every_test)


def _judges(module: str, tests: set[str]) -> set[str]:
    """Return those of *tests* that are in the module's own file; without any, in files that name it; else all."""
    own = {test for test in tests if test.startswith(f"tests/test_{module}.py::")}
    return own or {test for test in tests if _names(test.partition("::")[0], module)} or tests


@cache
def _names(file: str, module: str) -> bool:
    return f"parl.core.{module} " in Path(file).read_text("utf-8")


def _counts() -> Iterator[tuple[str, Counter[str]]]:
    for path in sorted(_MUTANTS.glob("*.meta")):
        found = json.loads(path.read_text("utf-8"))["exit_code_by_key"].values()
        exits = [code for code in found if code is not None]
        count = Counter(_KINDS.get(code, "other") for code in exits)
        count["mutants"] = len(exits)
        if exits:
            yield path.name.removesuffix(".py.meta"), count


def _row(name: str, count: Counter[str]) -> str:
    share = 100 * (count["killed"] + count["timeout"]) / count["mutants"]
    return f"{name:16}" + "".join(f"{count[column]:9}" for column in _COLUMNS) + f"{share:8.1f} %"


def main() -> None:
    """Print what became of the mutants, module by module; timeouts are kills."""
    total: Counter[str] = Counter()
    print(f"{'module':16}" + "".join(f"{column:>9}" for column in _COLUMNS) + f"{'share':>10}")
    for name, count in _counts():
        print(_row(name, count))
        total += count
    if not total:
        sys.exit("nothing was run; make mutation does")
    print(_row("all", total))


if __name__ == "__main__":
    main()
