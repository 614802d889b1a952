"""How long parl takes to start and to leave, next to the least a Python program on click takes.

From just before the process is created until it has been waited for. ``parl --version`` runs
against ``python -c "import click"``; ``parl compile -- true`` against click and a plain
``subprocess.run``, both without a terminal and with a controlling pseudo-terminal, where parl
also takes the keyboard, prompts, and gives the terminal back. All by the same interpreter.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, run_as_script, versus
from benchmarks.pseudo_terminal import (
    PROMPT,
    PseudoTerminal,
    ensure_bytecode,
    exit_code_of,
    parl_command,
    spawn_without_terminal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNS = 60
QUICK_RUNS = 15

_VERSION_TARGET = Target(ratio=1.25)
_COMPILE_TARGET = Target(ratio=1.3)
_IMPORT = [sys.executable, "-c", "import click"]
_SUBPROCESS = [sys.executable, "-c", "import click, subprocess; subprocess.run(['true'])"]


def measure(runs: int) -> list[Figure]:
    """Return the figures of all three comparisons."""
    ensure_bytecode()
    compile_true = parl_command("compile", "--", "true")
    return [
        *_compare(
            runs,
            _VERSION_TARGET,
            ("parl --version", _without_terminal(parl_command("--version"))),
            ("python: import click", _without_terminal(_IMPORT)),
        ),
        *_compare(
            runs,
            _COMPILE_TARGET,
            ("parl compile -- true", _without_terminal(compile_true)),
            ("python: click, subprocess.run(true)", _without_terminal(_SUBPROCESS)),
        ),
        *_compare(
            runs,
            _COMPILE_TARGET,
            ("parl compile -- true, in a terminal", _in_terminal(compile_true, PROMPT)),
            ("python: click, subprocess.run(true), in a terminal", _in_terminal(_SUBPROCESS, b"")),
        ),
    ]


def _compare(
    runs: int, target: Target, ours: tuple[str, Callable[[], float]], theirs: tuple[str, Callable[[], float]]
) -> list[Figure]:
    return versus(ours[0], theirs[0], alternate(dict((ours, theirs)), runs, warm_ups=3), target)


def _without_terminal(argv: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        began = perf_counter()
        code = exit_code_of(spawn_without_terminal(argv))
        seconds = perf_counter() - began
        _expect_success(argv, code)
        return seconds

    return run


def _in_terminal(argv: Sequence[str], words: bytes) -> Callable[[], float]:
    def run() -> float:
        with PseudoTerminal() as terminal:
            began = perf_counter()
            code = exit_code_of(terminal.start(argv))
            seconds = perf_counter() - began
            _expect_success(argv, code)
            if words not in terminal.read_rest():
                raise MeasurementError(f"{argv}: no prompt, so no keyboard; on the screen: {terminal.screen!r}")
        return seconds

    return run


def _expect_success(argv: Sequence[str], code: int) -> None:
    if code != 0:
        raise MeasurementError(f"{argv}: ended with {code}")


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
