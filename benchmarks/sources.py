"""How fast ``parl compile PATH`` is, next to ``compileall``, on two real trees.

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
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, milliseconds, run_as_script, versus
from benchmarks.pseudo_terminal import ensure_bytecode, exit_code_of, parl_command, seconds_of, spawn_without_terminal
from benchmarks.source_trees import copy_of, forget_bytecode, sources_of, standard_library, third_party

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNS = 15
QUICK_RUNS = 5

_PARALLEL = [sys.executable, "-m", "compileall", "-q", "-j0"]
_SERIAL = [sys.executable, "-m", "compileall", "-q"]
_LATEST_SIGNAL_SECONDS = 0.5


def measure(runs: int) -> list[Figure]:
    """Return the figures on both trees."""
    ensure_bytecode()
    with copy_of(standard_library) as tree:
        figures = [
            *_cold("standard library", tree, runs, Target(ratio=1 / 1.25)),
            *_nothing("standard library", tree, runs, Target(ratio=1 / 3), Target(ratio=1)),
            *_touched("standard library", tree, runs, Target(ratio=1 / 3)),
            *_abort("standard library", tree, 2 * runs),
        ]
    with copy_of(third_party) as tree:
        return [
            *figures,
            *_cold("packages", tree, max(3, runs // 3), Target(ratio=1)),
            *_nothing("packages", tree, runs, Target(ratio=1 / 6), Target(ratio=1 / 1.5)),
        ]


def _cold(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    def compile_all(argv: Sequence[str]) -> Callable[[], float]:
        def run() -> float:
            forget_bytecode(tree)
            return seconds_of(argv)

        return run

    ours, peer = f"cold, {name}: parl compile", f"cold, {name}: compileall -j0"
    contestants = {ours: compile_all(_parl(tree)), peer: compile_all([*_PARALLEL, tree])}
    return versus(ours, peer, alternate(contestants, runs), target)


def _nothing(name: str, tree: str, runs: int, parallel: Target, serial: Target) -> list[Figure]:
    seconds_of(_parl(tree))  # what the others made is looked at once, for its warnings
    ours = f"nothing to do, {name}: parl compile"
    peers = {f"nothing to do, {name}: compileall -j0": parallel, f"nothing to do, {name}: compileall": serial}
    contestants = {ours: lambda: seconds_of(_parl(tree))}
    for peer, command in zip(peers, (_PARALLEL, _SERIAL), strict=True):
        contestants[peer] = lambda command=command: seconds_of([*command, tree])
    samples = alternate(contestants, runs)
    theirs = [Figure(peer, "ms", milliseconds(samples[peer])) for peer in peers]
    mine = [
        Figure(ours, "ms", milliseconds(samples[ours]), peer, target)
        for peer, target in zip(theirs, peers.values(), strict=True)
    ]
    return [figure for pair in zip(mine, theirs, strict=True) for figure in pair]


def _touched(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    source = next(path for path in sources_of(tree) if os.path.basename(path) == "textwrap.py")
    moments = iter(range(10**9, 2 * 10**9))

    def touch_and(argv: Sequence[str]) -> Callable[[], float]:
        def run() -> float:
            moment = next(moments)
            os.utime(source, (moment, moment))
            return seconds_of(argv)

        return run

    ours, peer = f"one touched, {name}: parl compile", f"one touched, {name}: compileall -j0"
    contestants = {ours: touch_and(_parl(tree)), peer: touch_and([*_PARALLEL, tree])}
    return versus(ours, peer, alternate(contestants, runs), target)


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
    return [Figure(f"abort, {name}: parl compile, TERM", "ms", milliseconds(aborted), target=Target(50, p95=100))]


def _expect_no_leftovers(tree: str) -> None:
    for folder, _, names in os.walk(tree):
        if os.path.basename(folder) == "__pycache__":
            for name in names:
                if not name.endswith(".pyc"):
                    raise MeasurementError(f"left behind: {os.path.join(folder, name)}")


def _parl(tree: str) -> list[str]:
    return parl_command("compile", tree)


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
