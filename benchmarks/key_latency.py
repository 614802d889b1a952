"""How long from a key press to the reaction to it, in real pseudo-terminals.

Each contestant waits in its own session and terminal. A letter is written to the terminal's other
side; the contestant reads it and answers with the same letter through a pipe. Timed from just
before the write until the answer is there. The contestants take turns, key by key, with random
gaps, so that each is silent for about a second before its next key. The keys come from five
processes each: where the system happens to put a process in memory makes it quicker or slower by a
tenth. A wrong answer is no figure.

The peer is a C program with poll(), compiled on the spot; without a C compiler, a plain select
loop in Python.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import signal
import string
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from functools import partial
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.pseudo_terminal import PseudoTerminal, exit_code_of, has_input
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TITLE = "From a key press to the reaction"
RUNS = 200
QUICK_RUNS = 6

_ANSWERS = 3
_PATIENCE_SECONDS = 10.0
_PROCESSES = 5
_QUICK_PROCESSES = 2
_WARM_UPS = 3
_GAP_SECONDS = (0.005, 0.030)
# It looks once a second: the key is to come at any moment of that.
_LESSON_GAP_SECONDS = (0.0, 1.0)
_WHAT = "key to reaction"
CHARTS = (Bars(_WHAT, logarithmic=True),)
_C, _SELECT = "a C program with poll()", "python: select, by hand"
_NAMES = {
    "keyboard": "parl: Keyboard",
    "dispatcher": "parl: Keyboard and Dispatcher",
    "run_abortable": "parl: run_abortable, seen in the job",
    "prompt_toolkit": "prompt_toolkit",
    "readchar": "readchar",
    "sshkeyboard": "sshkeyboard",
    "blessed": "blessed",
    "lesson": "the lesson's loop",
    "plain_select": _SELECT,
}
_OURS = [_NAMES[reactor] for reactor in ("keyboard", "dispatcher", "run_abortable")]
_LIBRARIES = ("prompt_toolkit", "readchar", "sshkeyboard", "blessed")


def measure(effort: Effort) -> list[Figure]:
    """Return the latencies of all contestants that this machine has."""
    samples: dict[str, list[float]] = {}
    processes = _QUICK_PROCESSES if effort.quick else _PROCESSES
    with tempfile.TemporaryDirectory() as folder:
        programs = waiting_programs(folder)
        working = effort.working({name: partial(_press_once, name, argv) for name, argv in programs.items()}, _OURS)
        for _ in range(processes):
            batch = _batch({name: programs[name] for name in working}, math.ceil(effort.runs / processes))
            for name, seconds in batch.items():
                samples.setdefault(name, []).extend(milliseconds(seconds))
    return _figures(samples)


def _press_once(name: str, argv: list[str]) -> float:
    with _pressing(name, argv) as press:
        return press()


def _batch(programs: Mapping[str, list[str]], runs: int) -> dict[str, list[float]]:
    """Start all anew, and press keys in turn."""
    with ExitStack() as stack:
        presses = {name: stack.enter_context(_pressing(name, argv)) for name, argv in programs.items()}
        return alternate(presses, runs, warm_ups=_WARM_UPS)


def _figures(samples: Mapping[str, list[float]]) -> list[Figure]:
    """The C program is the peer; to be ahead of is what one would install instead."""
    peer = _C if _C in samples else _SELECT
    figures = beside(_WHAT, peer, samples, {})
    rivals = [figure for figure in figures if figure.who in (*_LIBRARIES, _NAMES["lesson"])]
    whole = Target(ratio=3, ahead=True)
    # What the job's thread adds is not the keyboard's.
    targets = {_NAMES["keyboard"]: whole, _NAMES["dispatcher"]: whole, _NAMES["run_abortable"]: None}
    ours = [Figure(_WHAT, name, "ms", samples[name], figures[0], target, rivals) for name, target in targets.items()]
    return [*ours, *(figure for figure in figures if figure.who not in targets)]


def waiting_programs(folder: str) -> dict[str, list[str]]:
    """Return the command lines of all that wait for a key here; the C program is compiled in *folder*."""
    compiler = peers.program("cc")
    program = _compiled(compiler, folder) if compiler else None
    found = {_C: [program]} if program else {}
    for key, name in _NAMES.items():
        if key not in _LIBRARIES or peers.has(key):
            found[name] = [sys.executable, "-m", "benchmarks.key_reactors", key]
    return found


def _compiled(compiler: str, folder: str) -> str | None:
    program = os.path.join(folder, "key_reactor")
    source = os.path.join(os.path.dirname(__file__), "key_reactor.c")
    compiling = subprocess.run([compiler, "-O2", "-o", program, source], check=False)
    return program if compiling.returncode == 0 else None


@contextmanager
def _pressing(name: str, argv: list[str]) -> Iterator[Callable[[], float]]:
    """Start a contestant, and yield what presses one key and returns the seconds to the answer."""
    # In turn: sshkeyboard takes the same letter, soon again, for a key that is held.
    letters = itertools.cycle(string.ascii_letters.encode())
    gap = _LESSON_GAP_SECONDS if name == _NAMES["lesson"] else _GAP_SECONDS
    with reacting(argv) as (_, terminal, reader):
        yield lambda: _press(bytes([next(letters)]), gap, terminal, reader, argv)


@contextmanager
def reacting(argv: list[str]) -> Iterator[tuple[int, PseudoTerminal, int]]:
    """Start a contestant and wait until it is ready: its pid, its terminal, and the pipe of its answers."""
    reader, writer = os.pipe()
    with PseudoTerminal() as terminal:
        pid = terminal.start(argv, (os.POSIX_SPAWN_DUP2, writer, _ANSWERS))
        os.close(writer)
        try:
            terminal.wait_for_input(reader)
            yield pid, terminal, reader
        finally:
            os.kill(pid, signal.SIGKILL)
            exit_code_of(pid)
            os.close(reader)


def _press(
    key: bytes, gap_seconds: tuple[float, float], terminal: PseudoTerminal, reader: int, argv: list[str]
) -> float:
    _expect(b"\0", reader, terminal, argv)
    sleep(random.uniform(*gap_seconds))
    began = perf_counter()
    terminal.press(key)
    has_input(reader, _PATIENCE_SECONDS)
    seconds = perf_counter() - began
    _expect(key, reader, terminal, argv)
    return seconds


def _expect(answer: bytes, reader: int, terminal: PseudoTerminal, argv: list[str]) -> None:
    got = os.read(reader, 1) if has_input(reader, _PATIENCE_SECONDS) else b"nothing"
    if got != answer:
        raise MeasurementError(f"{argv}: answered {got!r}, not {answer!r}; on the screen: {terminal.read_rest()!r}")


if __name__ == "__main__":
    run_as_script("benchmarks.key_latency")
