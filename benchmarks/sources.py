"""How fast ``parl compile PATH`` is, next to ``compileall`` and uv, on two real trees.

Each in its own process, without a terminal, from just before it is created until it has been
waited for: everything to compile (all bytecode removed before each run), nothing to do, one source
touched, and a run that a SIGTERM ends at a random moment, timed from the signal; after it nothing
but .pyc files may be left. The trees: this Python's standard library without its tests, and some
large packages, which are fetched from the package index once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from dataclasses import replace
from functools import partial
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.pseudo_terminal import ensure_bytecode, exit_code_of, parl_command, seconds_of, spawn_without_terminal
from benchmarks.script import run_as_script
from benchmarks.source_trees import copy_of, forget_bytecode, sources_of, standard_library, third_party
from benchmarks.uv_install import UvInstall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TITLE = "Compiling Python sources"
RUNS = 15
QUICK_RUNS = 3

_PARALLEL = [sys.executable, "-m", "compileall", "-q", "-j0"]
_SERIAL = [sys.executable, "-m", "compileall", "-q"]
_OURS, _PEER, _ALONE, _UV = "parl compile", "compileall -j0", "compileall", "uv: what compiling adds"
_STANDARD, _PACKAGES = "the standard library", "four large packages"
_LATEST_SIGNAL_SECONDS = 0.5
CHARTS = (Bars(f"cold, {_STANDARD}"), Bars(f"nothing to do, {_STANDARD}"))


def measure(effort: Effort) -> list[Figure]:
    """Return the figures on both trees."""
    ensure_bytecode()
    with copy_of(standard_library) as tree:
        figures = [
            *_cold(_STANDARD, tree, effort.runs, Target(ratio=1 / 1.25)),
            *_nothing(_STANDARD, tree, effort.runs, Target(ratio=1 / 3)),
            *_touched(_STANDARD, tree, effort.runs, Target(ratio=1 / 3)),
            *_abort(_STANDARD, tree, 2 * effort.runs),
        ]
    if effort.quick:
        return figures
    with copy_of(third_party) as tree:
        return [
            *figures,
            *_cold(_PACKAGES, tree, max(3, effort.runs // 3), Target(ratio=1)),
            *_nothing(_PACKAGES, tree, effort.runs, Target(ratio=1 / 6)),
        ]


def _cold(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    def compile_all(argv: Sequence[str]) -> float:
        forget_bytecode(tree)
        return seconds_of(argv)

    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[], float]] = {
            _OURS: partial(compile_all, _parl(tree)),
            _PEER: partial(compile_all, [*_PARALLEL, tree]),
            _ALONE: partial(compile_all, [*_SERIAL, tree]),
        }
        if uv := peers.program("uv"):
            ways[_UV] = UvInstall(uv, tree, folder).compiling_seconds
        return _compare(f"cold, {name}", ways, runs, target)


def _nothing(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    seconds_of(_parl(tree))  # what the others made is looked at once, for its warnings
    commands = {_OURS: _parl(tree), _PEER: [*_PARALLEL, tree], _ALONE: [*_SERIAL, tree]}
    ways = {who: partial(seconds_of, argv) for who, argv in commands.items()}
    return _compare(f"nothing to do, {name}", ways, runs, target)


def _touched(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    source = next(path for path in sources_of(tree) if os.path.basename(path) == "textwrap.py")
    moments = iter(range(10**9, 2 * 10**9))

    def touch_and(argv: Sequence[str]) -> float:
        moment = next(moments)
        os.utime(source, (moment, moment))
        return seconds_of(argv)

    commands = {_OURS: _parl(tree), _PEER: [*_PARALLEL, tree], _ALONE: [*_SERIAL, tree]}
    ways = {who: partial(touch_and, argv) for who, argv in commands.items()}
    return _compare(f"one file touched, {name}", ways, runs, target)


def _compare(what: str, ways: Mapping[str, Callable[[], float]], runs: int, target: Target) -> list[Figure]:
    samples = {who: milliseconds(seconds) for who, seconds in alternate(ways, runs).items()}
    return beside(what, _PEER, samples, {_OURS: replace(target, ahead=True)})


def _abort(name: str, tree: str, runs: int) -> list[Figure]:
    moment = random.Random(1)

    def run() -> float:
        forget_bytecode(tree)
        pid = spawn_without_terminal(_parl(tree))
        sleep(0.1 + moment.random() * _LATEST_SIGNAL_SECONDS)
        began = perf_counter()
        os.kill(pid, signal.SIGTERM)
        code = exit_code_of(pid)
        seconds = perf_counter() - began
        if code not in (-signal.SIGTERM, 0):
            raise MeasurementError(f"an abort ended with {code}")
        _expect_no_leftovers(tree)
        return seconds if code else 0.0

    samples = alternate({"": run}, runs)[""]
    aborted = [sample for sample in samples if sample]
    return [Figure(f"abort by TERM, {name}", _OURS, "ms", milliseconds(aborted), target=Target(50, p95=100))]


def _expect_no_leftovers(tree: str) -> None:
    for folder, _, names in os.walk(tree):
        if os.path.basename(folder) == "__pycache__":
            for name in names:
                if not name.endswith(".pyc"):
                    raise MeasurementError(f"left behind: {os.path.join(folder, name)}")


def _parl(tree: str) -> list[str]:
    return parl_command("compile", tree)


if __name__ == "__main__":
    run_as_script("benchmarks.sources")
