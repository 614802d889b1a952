"""How fast ``parl compile PATH`` is, next to ``compileall`` and uv, on two real trees.

Each in its own process, without a terminal, from just before it is created until it has been
waited for: everything to compile (all bytecode put away before each run), nothing to do, one source
touched, and a run that a SIGTERM ends at a random moment after its first .pyc, timed from the signal
until no process of it is left; half-written files are counted. The trees: this Python's standard library
without its tests, and some large packages, which ``benchmarks.set_up`` has fetched.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from time import perf_counter, sleep
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import peers
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.pseudo_terminal import ensure_bytecode, exit_code_of, parl_command, seconds_of, spawn_without_terminal
from benchmarks.script import run_as_script
from benchmarks.source_trees import (
    copy_of,
    expect_all_compiled,
    forget_bytecode,
    has_third_party,
    sources_of,
    standard_library,
    third_party,
)
from benchmarks.uv_install import UvInstall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TITLE = "Compiling Python sources"
RUNS = 15
QUICK_RUNS = 1

_PARALLEL = [sys.executable, "-m", "compileall", "-q", "-j0"]
_SERIAL = [sys.executable, "-m", "compileall", "-q"]
_OURS, _PEER, _ALONE, _UV = "parl compile", "compileall -j0", "compileall", "uv: what compiling adds"
_STANDARD, _PACKAGES = "the standard library", "four large packages"
_LATEST_SIGNAL_SECONDS = 0.5
_LOOK_SECONDS = 0.001
_PATIENCE_SECONDS = 3.0
_CACHE = "XDG_CACHE_HOME"
CHARTS = (Bars(f"cold, {_STANDARD}"), Bars(f"nothing to do, {_STANDARD}"))


def measure(effort: Effort) -> list[Figure]:
    """Return the figures on both trees."""
    ensure_bytecode()
    with _cache_of_our_own():
        return _all_figures(effort)


@contextmanager
def _cache_of_our_own() -> Iterator[None]:
    """What parl knows to be clean it shall not write into the user's cache."""
    before = os.environ.get(_CACHE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_CACHE] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[_CACHE]
            else:
                os.environ[_CACHE] = before


def _all_figures(effort: Effort) -> list[Figure]:
    # Both trees, and what was put away beside them (a gigabyte), stay until the end: see ``forget_bytecode``.
    with ExitStack() as trees:
        tree = trees.enter_context(copy_of(standard_library))
        figures = [
            *_cold(_STANDARD, tree, effort.runs, Target(ratio=1 / 1.25)),
            *_nothing(_STANDARD, tree, effort.runs, Target(ratio=1 / 3)),
            *_touched(_STANDARD, tree, effort.runs, Target(ratio=1 / 3)),
            *_abort(_STANDARD, tree, effort.runs if effort.quick else 2 * effort.runs, effort),
        ]
        if effort.quick:
            return figures
        if not has_third_party():
            effort.leave_out(_PACKAGES, MeasurementError("could not be fetched"))
            return figures
        tree = trees.enter_context(copy_of(third_party))
        return [
            *figures,
            *_cold(_PACKAGES, tree, max(3, effort.runs // 3), Target(ratio=1)),
            *_nothing(_PACKAGES, tree, effort.runs, Target(ratio=1 / 6)),
        ]


def _cold(name: str, tree: str, runs: int, target: Target) -> list[Figure]:
    def compile_all(argv: Sequence[str]) -> float:
        forget_bytecode(tree)
        seconds = seconds_of(argv)
        expect_all_compiled(tree)
        return seconds

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


# Aborted at a random moment


class _Aborted(NamedTuple):
    seconds: float
    leftovers: int


def _abort(name: str, tree: str, runs: int, effort: Effort) -> list[Figure]:
    """Return how soon all of it has gone, and how many half-written files are left, of those not done before."""
    commands = {_OURS: _parl(tree), _PEER: [*_PARALLEL, tree], _ALONE: [*_SERIAL, tree]}
    folders = [folder for folder, _, _ in os.walk(tree)]
    ways = {who: partial(_abort_once, argv, tree, folders) for who, argv in commands.items()}
    samples = alternate(effort.working(ways, [_OURS]), runs, warm_ups=0)
    aborted = {who: [sample for sample in each if sample is not None] for who, each in samples.items()}
    if lacking := [who for who, each in aborted.items() if not each]:
        raise MeasurementError(f"{', '.join(lacking)}: was done each time before it could be aborted")
    seconds = {_label(who, each): milliseconds([sample.seconds for sample in each]) for who, each in aborted.items()}
    left = {who: [float(sample.leftovers) for sample in each] for who, each in aborted.items()}
    return [
        *beside(f"abort by TERM, {name}", _ALONE, seconds, {_OURS: Target(50, p95=100)}),
        *beside(f"half-written files after it, {name}", _PEER, left, {_OURS: Target(p95=0)}, unit=""),
    ]


def _label(who: str, aborted: Sequence[_Aborted]) -> str:
    stay = any(sample.seconds >= _PATIENCE_SECONDS for sample in aborted)
    return f"{who} (workers stay: killed after {_PATIENCE_SECONDS:g} s)" if stay else who


def _abort_once(argv: Sequence[str], tree: str, folders: Sequence[str]) -> _Aborted | None:
    """End one run, and return how; None where it was done before."""
    forget_bytecode(tree)
    pid = spawn_without_terminal(argv)
    while not any(os.path.isdir(os.path.join(folder, "__pycache__")) for folder in folders):
        sleep(_LOOK_SECONDS)
    sleep(random.uniform(0, _LATEST_SIGNAL_SECONDS))
    began = perf_counter()
    os.kill(pid, signal.SIGTERM)
    code = exit_code_of(pid)
    _wait_for_group(pid, began + _PATIENCE_SECONDS)
    seconds = perf_counter() - began
    if code not in (-signal.SIGTERM, 0):
        raise MeasurementError(f"{argv}: an abort ended with {code}")
    return None if code == 0 else _Aborted(seconds, _count_leftovers(tree))


def _wait_for_group(leader: int, until: float) -> None:
    """Wait until all processes of the group have gone; who has not by then is killed."""
    with suppress(ProcessLookupError):
        while perf_counter() < until:
            os.killpg(leader, 0)
            sleep(_LOOK_SECONDS)
        os.killpg(leader, signal.SIGKILL)


def _count_leftovers(tree: str) -> int:
    caches = (names for folder, _, names in os.walk(tree) if os.path.basename(folder) == "__pycache__")
    return sum(not name.endswith(".pyc") for names in caches for name in names)


def _parl(tree: str) -> list[str]:
    return parl_command("compile", tree)


if __name__ == "__main__":
    run_as_script("benchmarks.sources")
