"""How long from a key until everything is gone, the whole tree and its wrapper, and what survives. Linux only.

Trees in pseudo-terminals: a ``make -j4`` of exactly ten processes that obey; one that ignores TERM,
so that a grace of 300 ms runs out where the wrapper has one; one that hides (a session of its own, a
daemon, a stopped process); and the stubborn one again with a long grace, cut short by a second key.
Timed from just before the key until the wrapper and every process that ended have ended; what still
runs half a second after the wrapper, or a wrapper that has not ended within six seconds, survives.
All processes of the machine are searched for the tree's mark. A time is that of an abort only where nothing is left:
the names say who leaves how many. Who needs seconds does so a few times, after the others.

The peers have no keyboard: a SIGTERM to them stands for the key. Each is used as its manual says,
with its own grace where it has an option for one. For the willing tree there is also the floor:
make's group, signalled from here.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from time import sleep
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.abort_wrappers import WRAPPERS
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.marked_tree import Ending, MarkedTree
from benchmarks.pseudo_terminal import PROMPT, ensure_bytecode, parl_command
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TITLE = "Abort"
RUNS = 20
QUICK_RUNS = 1

_ABORTED = 130
_GRACE_SECONDS = 0.3
_LONG_GRACE_SECONDS = 30.0
_UNTIL_SECOND_KEY_SECONDS = 0.5
_QUICK_PATIENCE_SECONDS = 2.5
_SLOW_SECONDS = 2.0
_SLOW_RUNS = 3
_OURS = "parl compile, a key"
_PEER = "python: subprocess, killpg"
# make, four shells, and five sleeps: ten. The "true" keeps a shell from becoming its sleep.
_MAKEFILE = """\
all: one two three four
one: ; @sleep 600 & sleep 600; true
two three four: ; @sleep 600; true
"""
_STUBBORN_SCRIPT = "trap '' TERM; sleep 600 & sleep 600 & sleep 600 & sleep 600 & wait"
# The daemon's parent is gone, the third stops itself.
_HIDING_SCRIPT = """\
setsid sleep 600 &
(setsid sh -c 'sleep 600 & exit' &)
sh -c 'kill -STOP $$; exec sleep 600' &
sleep 600 & wait
"""


@dataclass(frozen=True)
class Scenario:
    """A tree to end."""

    what: str
    command: list[str]
    programs: Mapping[str, int]
    grace_seconds: float = 2.0
    keys: int = 1
    patience_seconds: float = 6.0


_WILLING = Scenario("make -j4, ten processes", ["make", "-j4"], {"make": 1, "sh": 4, "sleep": 5})
_HIDING_PROGRAMS = {"sh": 1, "sh, stopped": 1, "sleep": 3}
_STUBBORN = Scenario("TERM ignored", ["sh", "-c", _STUBBORN_SCRIPT], {"sh": 1, "sleep": 4}, _GRACE_SECONDS)
_HIDING = Scenario("sessions, daemon, stopped", ["sh", "-c", _HIDING_SCRIPT], _HIDING_PROGRAMS, _GRACE_SECONDS)
_IMPATIENT = replace(
    _STUBBORN, what="TERM ignored, a second key in a long grace", grace_seconds=_LONG_GRACE_SECONDS, keys=2
)
_WAYS_TO_END = Bars(_WILLING.what, logarithmic=True)
CHARTS = (_WAYS_TO_END, Bars(f"survivors: {_STUBBORN.what}"), Bars(f"survivors: {_HIDING.what}"))


def measure(effort: Effort) -> list[Figure]:
    """Return the figures of all trees."""
    if sys.platform != "linux":
        raise MeasurementError("abort: needs Linux and its /proc")
    ensure_bytecode()
    grace = Target(median=1000 * _GRACE_SECONDS + 100)
    compared = [(_WILLING, Target(median=10)), (_STUBBORN, grace), (_IMPATIENT, Target(median=50))]
    if not effort.quick:
        compared.append((_HIDING, grace))
    return [figure for scenario, target in compared for figure in _compare(scenario, target, effort)]


def _compare(scenario: Scenario, target: Target, effort: Effort) -> list[Figure]:
    if effort.quick:
        scenario = replace(scenario, patience_seconds=_QUICK_PATIENCE_SECONDS)
    endings = _endings(_impatient(scenario) if scenario.keys > 1 else _contestants(scenario), effort)
    if any(ending.survivors or ending.code != _ABORTED for ending in endings[_OURS]):
        raise MeasurementError(f"{scenario.what}: parl left some, or ended wrong: {endings[_OURS]}")
    labels = {name: _label(name, each, scenario) for name, each in endings.items()}
    seconds = {labels[name]: milliseconds([ending.seconds for ending in each]) for name, each in endings.items()}
    survivors = {name: [float(ending.survivors) for ending in each] for name, each in endings.items()}
    left = f"survivors: {scenario.what}"
    return [
        *beside(scenario.what, labels.get(_PEER, _PEER), seconds, {_OURS: target}),
        *beside(left, _PEER, survivors, {_OURS: Target(p95=0)}, unit=""),
    ]


def _label(name: str, endings: Sequence[Ending], scenario: Scenario) -> str:
    """Return the name, and why its time is not that of an abort."""
    if any(ending.code is None for ending in endings):
        return f"{name} (never ends: given up after {scenario.patience_seconds:g} s)"
    most = max(ending.survivors for ending in endings)
    return f"{name} (leaves {most})" if most else name


def _endings(ways: Mapping[str, Callable[[], Ending]], effort: Effort) -> dict[str, list[Ending]]:
    """Let all end their trees in turn; who takes seconds does so a few times only."""
    first = effort.first_samples(ways, [_OURS])
    slow = {name for name, ending in first.items() if ending.seconds > _SLOW_SECONDS or ending.code is None}
    fast = alternate({name: ways[name] for name in first if name not in slow}, effort.runs, warm_ups=0)
    repeats = 0 if effort.quick else _SLOW_RUNS - 1
    return {
        name: [ending, *(ways[name]() for _ in range(repeats))] if name in slow else fast[name]
        for name, ending in first.items()
    }


def _contestants(scenario: Scenario) -> dict[str, Callable[[], Ending]]:
    """Return parl, and the peers that this machine has."""
    wrappers = {
        _PEER: "killpg",
        "python: psutil": "psutil",
        "trio.run_process": "trio",
        "anyio.run_process": "anyio",
    }
    found: dict[str, Callable[[], Ending]] = {_OURS: partial(_end_parl, scenario)}
    for name, wrapper in wrappers.items():
        if wrapper == "killpg" or peers.has(wrapper):
            found[name] = partial(_end_wrapper, scenario, wrapper)
    for name, argv in _programs(scenario).items():
        if program := peers.program(name):
            found[name] = partial(_end_by_signal, scenario, [program, *argv])
    if scenario.what == _WILLING.what:
        found["killpg alone (the floor)"] = partial(_end_bare, scenario)
    return found


def _programs(scenario: Scenario) -> dict[str, list[str]]:
    """Return what stands behind each program's name on its command line."""
    return {
        "timeout": ["-k", str(scenario.grace_seconds), "600", *scenario.command],
        "tini": ["-s", "-g", "--", *scenario.command],
        "dumb-init": [*scenario.command],
        # It has a --kill-timeout, which it heeds for its own --kill-others only, not when a signal ends it.
        "concurrently": ["sh script"],
        "honcho": ["start"],
    }


def _wrapped(name: str, scenario: Scenario) -> list[str]:
    assert name in WRAPPERS
    module = os.path.join(os.path.dirname(os.path.abspath(__file__)), "abort_wrappers.py")
    return [sys.executable, "-P", module, name, str(scenario.grace_seconds), *scenario.command]


def _impatient(scenario: Scenario) -> dict[str, Callable[[], Ending]]:
    return {_OURS: partial(_end_parl, scenario), _PEER: partial(_end_wrapper, scenario, "killpg")}


def _end_parl(scenario: Scenario) -> Ending:
    argv = parl_command("compile", "--grace", f"{scenario.grace_seconds}s", "--", *scenario.command)

    def begin(tree: MarkedTree) -> None:
        tree.terminal.wait_for(PROMPT)

    return _end(argv, scenario, lambda tree: tree.terminal.press(b"q"), begin)


def _end_wrapper(scenario: Scenario, name: str) -> Ending:
    ending = _end_by_signal(scenario, _wrapped(name, scenario))
    if ending.code not in (_ABORTED, None):
        raise MeasurementError(f"{name}: {scenario.what}: ended with {ending.code}")
    return ending


def _end_by_signal(scenario: Scenario, argv: list[str]) -> Ending:
    return _end(argv, scenario, lambda tree: os.kill(tree.leader, signal.SIGTERM))


def _end_bare(scenario: Scenario) -> Ending:
    return _end(scenario.command, scenario, lambda tree: os.killpg(tree.leader, signal.SIGTERM))


def _end(
    argv: list[str],
    scenario: Scenario,
    act: Callable[[MarkedTree], None],
    begin: Callable[[MarkedTree], None] = lambda _: None,
) -> Ending:
    """Start *argv*, wait until its tree is complete, *act*, and return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        _write_folder(folder, scenario)
        with MarkedTree(argv, folder) as tree:
            begin(tree)
            tree.wait_until_complete(scenario.programs)
            for _ in range(scenario.keys - 1):
                act(tree)
                sleep(_UNTIL_SECOND_KEY_SECONDS)
            return tree.end(lambda: act(tree), scenario.patience_seconds)


def _write_folder(folder: str, scenario: Scenario) -> None:
    """Write what the commands read: a Makefile, a Procfile, and the command as a script."""
    *shell, words = scenario.command
    script = words if shell[:1] == ["sh"] else f"exec {' '.join(scenario.command)}"
    for name, text in {"Makefile": _MAKEFILE, "Procfile": "work: sh script\n", "script": f"{script}\n"}.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)


if __name__ == "__main__":
    run_as_script("benchmarks.abort")
