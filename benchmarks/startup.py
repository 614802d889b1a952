"""How long each command takes to start and to leave, next to the least a Python program on click takes.

From just before the process is created until it has been waited for. ``parl --version`` and the
other commands run against ``python -c "import click"``; ``parl compile -- true`` against click and a
plain ``subprocess.run``, both without a terminal and with a controlling pseudo-terminal, where parl
also takes the keyboard, prompts, and gives the terminal back. All by the same interpreter; the bare
one is the floor.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.import_tree import import_trees
from benchmarks.pseudo_terminal import PROMPT, PseudoTerminal, ensure_bytecode, exit_code_of, parl_command, seconds_of
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TITLE = "Start-up"
RUNS = 60
QUICK_RUNS = 10

_START, _TRUE, _TERMINAL = "start-up", "wrapping `true`", "wrapping `true` in a terminal"
CHARTS = (Bars(_START), Bars(_TRUE))
_VERSION_TARGET = Target(ratio=1.25)
_TRUE_TARGET = Target(ratio=1.3)
_CLICK = "python: import click"
_SUBPROCESS = "python: click, subprocess.run(true)"
_RUN_TRUE = [sys.executable, "-c", "import click, subprocess; subprocess.run(['true'])"]


def measure(effort: Effort) -> list[Figure]:
    """Return the figures of all three comparisons."""
    ensure_bytecode()
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(folder)
        starts = _timed({name: partial(seconds_of, argv) for name, argv in commands.items()}, effort)
    targets = {name: _VERSION_TARGET for name in commands if name == "parl --version"}
    bare = {name: partial(seconds_of, argv) for name, argv in _wrappers().items()}
    ours = {"parl compile -- true": _TRUE_TARGET}
    compile_true = parl_command("compile", "--", "true")
    in_terminal = {
        "parl compile -- true": partial(_seconds_in_terminal, compile_true, PROMPT),
        _SUBPROCESS: partial(_seconds_in_terminal, _RUN_TRUE, b""),
    }
    return [
        *beside(_START, _CLICK, starts, targets),
        *beside(_TRUE, _SUBPROCESS, _timed(bare, effort), ours),
        *beside(_TERMINAL, _SUBPROCESS, _timed(in_terminal, effort), ours),
    ]


def appendix() -> str:
    """Return what two commands import, and before them what nothing and click do."""
    bare = [["-c", "pass"], ["-c", "import click"]]
    return import_trees([*bare, parl_command("--version"), parl_command("compile", "--", "true")])


def _commands(folder: str) -> dict[str, list[str]]:
    """Return each command at its least, beside interpreters that do nothing."""
    source = os.path.join(folder, "one.py")
    with open(source, "w", encoding="ascii") as file:
        file.write("pass\n")
    return {
        "parl --version": parl_command("--version"),
        "parl --help": parl_command("--help"),
        "parl compile PATH, nothing to do": parl_command("compile", source),
        "parl timer 0": parl_command("timer", "0"),
        "parl menu --choose --answer 1": parl_command("menu", "--choose", "--answer", "1", "a", "b"),
        _CLICK: [sys.executable, "-c", "import click"],
        "python: nothing": [sys.executable, "-c", "pass"],
    }


def _wrappers() -> Mapping[str, list[str]]:
    found = {
        "parl compile -- true": parl_command("compile", "--", "true"),
        _SUBPROCESS: _RUN_TRUE,
        "true": ["true"],
    }
    if timeout := peers.program("timeout"):
        found["timeout 60 true"] = [timeout, "60", "true"]
    return found


def _timed(ways: Mapping[str, Callable[[], float]], effort: Effort) -> dict[str, list[float]]:
    samples = alternate(ways, effort.runs, warm_ups=3)
    return {name: milliseconds(seconds) for name, seconds in samples.items()}


def _seconds_in_terminal(argv: Sequence[str], words: bytes) -> float:
    with PseudoTerminal() as terminal:
        began = perf_counter()
        code = exit_code_of(terminal.start(argv))
        seconds = perf_counter() - began
        if code != 0:
            raise MeasurementError(f"{argv}: ended with {code}")
        if words not in terminal.read_rest():
            raise MeasurementError(f"{argv}: no prompt, so no keyboard; on the screen: {terminal.screen!r}")
    return seconds


if __name__ == "__main__":
    run_as_script("benchmarks.startup")
