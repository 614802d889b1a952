"""Mutation testing: which tests judge a module's mutants, and what came of it. ``make mutation`` runs it."""

from __future__ import annotations

import json
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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Have a module judged by its own tests: forget, before mutmut notes it, what else this one has called."""
    from mutmut.state import state

    called = state()._stats
    called -= {name for name in called if item.path not in _judges(name.split(".")[2], item.path.parent)}


@cache
def _judges(module: str, folder: Path) -> frozenset[Path]:
    """Return the file of the module's tests; without one, the files that name the module, or all."""
    own = folder / f"test_{module}.py"
    if own.exists():
        return frozenset([own])
    tests = frozenset(folder.glob("test_*.py"))
    return frozenset(path for path in tests if f"parl.core.{module} " in path.read_text("utf-8")) or tests


def _counts() -> Iterator[tuple[str, Counter[str]]]:
    for path in sorted(_MUTANTS.glob("*.meta")):
        exits = json.loads(path.read_text("utf-8"))["exit_code_by_key"].values()
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
