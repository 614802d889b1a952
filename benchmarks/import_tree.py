"""What a command imports, and how long each module takes in the quickest of some runs: ``-X importtime``, as a tree."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.comparison import MeasurementError
from benchmarks.pseudo_terminal import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PREFIX = "import time:"
_INDENT = 2
_LEAST_MILLISECONDS = 0.4
_RUNS = 7


@dataclass
class Module:
    """A module that was imported, and what it imported first."""

    name: str
    milliseconds: float
    inner: list[Module] = field(default_factory=list)


def import_trees(commands: Sequence[Sequence[str]]) -> str:
    """Return the trees of the *commands* (arguments of Python each: a script, or -c) as text."""
    return "\n\n".join("\n".join(_tree_lines(argv)) for argv in commands)


def _tree_lines(argv: Sequence[str]) -> Iterator[str]:
    modules = min((_imported_by(argv) for _ in range(_RUNS)), key=_total)
    yield f"{_total(modules):6.1f} ms  {_words_of(argv)}, {_count(modules)} modules"
    for module in modules:
        yield from _branch(module, 1)


def _words_of(argv: Sequence[str]) -> str:
    script, *arguments = argv
    return " ".join(["python", *argv] if script.startswith("-") else [os.path.basename(script), *arguments])


def _branch(module: Module, depth: int) -> Iterator[str]:
    if module.milliseconds >= _LEAST_MILLISECONDS:
        yield f"{module.milliseconds:6.1f} ms  {'  ' * depth}{module.name}"
        for inner in module.inner:
            yield from _branch(inner, depth + 1)


def _total(modules: Sequence[Module]) -> float:
    return sum(module.milliseconds for module in modules)


def _count(modules: Sequence[Module]) -> int:
    return sum(1 + _count(module.inner) for module in modules)


def _imported_by(argv: Sequence[str]) -> list[Module]:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(),
        check=False,
    )
    if run.returncode != 0:
        raise MeasurementError(f"{argv}: ended with {run.returncode}: {run.stderr[-300:]}")
    return _parsed(run.stderr.splitlines())


def _parsed(lines: Sequence[str]) -> list[Module]:
    """Put each module below the one that imported it, which is named after all that it imported."""
    by_depth: dict[int, list[Module]] = {}
    for line in lines:
        if not line.startswith(_PREFIX) or not line[len(_PREFIX) :].split("|")[1].strip().isdigit():
            continue
        _, microseconds, name = line[len(_PREFIX) :].split("|")
        depth = (len(name) - len(name.lstrip()) - 1) // _INDENT
        module = Module(name.strip(), int(microseconds) / 1000, by_depth.pop(depth + 1, []))
        by_depth.setdefault(depth, []).append(module)
    return by_depth.get(0, [])
