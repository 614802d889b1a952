"""How long from a key until everything is gone: the whole tree, and parl itself. Linux only.

Three trees in pseudo-terminals: a ``make -j4`` of exactly ten processes that obey; one that
ignores TERM, so that its grace of 300 ms runs out; and that one again with a long grace, cut
short by a second key. Timed from just before the key is written until parl and every process
that ran at that moment have ended. Afterwards all processes of the machine are searched for the
tree's mark: a survivor ends the benchmark, and so does a wrong exit code.

The peer is killpg_wrapper.py, a small Python program without a keyboard: a SIGTERM to it stands
for the key. For the willing tree there is also the floor: make's group, signalled from here.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import killpg_wrapper
from benchmarks.comparison import Figure, MeasurementError, Target, alternate, run_as_script, versus
from benchmarks.marked_tree import MarkedTree
from benchmarks.pseudo_terminal import PROMPT, ensure_bytecode, parl_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RUNS = 30
QUICK_RUNS = 10

_ABORTED = 130
# A make that finds its children dead before its own TERM fails, instead of dying of it.
_MAKE_ENDED = (-signal.SIGTERM, 2)
_GRACE_SECONDS = 0.3
_LONG_GRACE_SECONDS = 30.0
_UNTIL_SECOND_KEY_SECONDS = 0.5
# make, four shells, and five sleeps: ten. The "true" keeps a shell from becoming its sleep.
_MAKEFILE = """\
all: one two three four
one: ; @sleep 600 & sleep 600; true
two three four: ; @sleep 600; true
"""
_UNWILLING_SCRIPT = "trap '' TERM; sleep 600 & sleep 600 & sleep 600 & sleep 600 & wait"


class Scenario(NamedTuple):
    """A tree to end."""

    command: list[str]
    programs: Mapping[str, int]
    grace_seconds: float
    keys: int


_WILLING = Scenario(["make", "-j4"], {"make": 1, "sh": 4, "sleep": 5}, 2.0, 1)
_UNWILLING = Scenario(["sh", "-c", _UNWILLING_SCRIPT], {"sh": 1, "sleep": 4}, _GRACE_SECONDS, 1)
_IMPATIENT = _UNWILLING._replace(grace_seconds=_LONG_GRACE_SECONDS, keys=2)


def measure(runs: int) -> list[Figure]:
    """Return the figures of all three trees."""
    if sys.platform != "linux":
        raise MeasurementError("abort: needs Linux and its /proc")
    ensure_bytecode()
    grace = 1000 * _GRACE_SECONDS
    return [
        *_willing(runs),
        *_compare(f"abort, TERM ignored, grace {grace:g} ms", _UNWILLING, Target(median=grace + 100), runs),
        *_compare("abort, second key in a long grace", _IMPATIENT, Target(median=50), runs),
    ]


def _willing(runs: int) -> list[Figure]:
    name = "abort, make -j4, ten processes"
    floor = f"{name}: killpg alone (the floor)"
    return _compare(name, _WILLING, Target(median=15), runs, {floor: lambda: _end_bare(_WILLING)})


def _compare(
    name: str, scenario: Scenario, target: Target, runs: int, more: Mapping[str, Callable[[], float]] | None = None
) -> list[Figure]:
    ours, theirs = f"{name}: parl, a key", f"{name}: killpg_wrapper.py, a signal"
    more = more or {}
    contestants = {ours: lambda: _end_parl(scenario), theirs: lambda: _end_wrapper(scenario), **more}
    samples = alternate(contestants, runs)
    figures = versus(ours, theirs, samples, target)
    return figures + [Figure(other, "ms", [1000 * second for second in samples[other]], figures[1]) for other in more]


def _end_parl(scenario: Scenario) -> float:
    argv = parl_command("compile", "--grace", f"{scenario.grace_seconds}s", "--", *scenario.command)

    def begin(tree: MarkedTree) -> None:
        tree.terminal.wait_for(PROMPT)

    return _end(argv, scenario, lambda tree: tree.terminal.press(b"q"), begin=begin)


def _end_wrapper(scenario: Scenario) -> float:
    program = os.path.abspath(killpg_wrapper.__file__)
    argv = [sys.executable, program, str(scenario.grace_seconds), *scenario.command]
    return _end(argv, scenario, lambda tree: os.kill(tree.leader, signal.SIGTERM))


def _end_bare(scenario: Scenario) -> float:
    def act(tree: MarkedTree) -> None:
        os.killpg(tree.leader, signal.SIGTERM)

    return _end(scenario.command, scenario, act, wrapper=0, codes=_MAKE_ENDED)


def _end(
    argv: list[str],
    scenario: Scenario,
    act: Callable[[MarkedTree], None],
    *,
    begin: Callable[[MarkedTree], None] = lambda _: None,
    wrapper: int = 1,
    codes: tuple[int, ...] = (_ABORTED,),
) -> float:
    """Start *argv*, wait until its tree is complete, *act*, and return the seconds to the end of all."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "Makefile"), "w") as makefile:
            makefile.write(_MAKEFILE)
        with MarkedTree(argv, folder) as tree:
            begin(tree)
            tree.wait_until_complete(scenario.programs, wrapper)
            for _ in range(scenario.keys - 1):
                act(tree)
                sleep(_UNTIL_SECOND_KEY_SECONDS)
            seconds = tree.seconds_to_end(lambda: act(tree))
            tree.expect_end(codes)
    return seconds


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
