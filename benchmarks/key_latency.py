"""How long from a key press to the reaction to it, in real pseudo-terminals.

Each contestant waits in its own session and terminal. A letter is written to the terminal's other
side; the contestant reads it and answers with the same letter through a pipe. Timed from just
before the write until the answer is there. The contestants take turns, key by key, with random
gaps; a wrong answer ends the benchmark.

The peer is a C program with poll(), compiled on the spot; without a C compiler, a plain select
loop in Python.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, milliseconds, run_as_script
from benchmarks.pseudo_terminal import PseudoTerminal, exit_code_of, has_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RUNS = 200
QUICK_RUNS = 50

_ANSWERS = 3
_PATIENCE_SECONDS = 10.0
_GAP_SECONDS = (0.005, 0.030)
_C, _PLAIN = "key: C, poll()", "key: python, select on tty and pipe"
_NAMES = {
    "plain_select": _PLAIN,
    "keyboard": "key: parl, Keyboard",
    "dispatcher": "key: parl, Keyboard and Dispatcher",
    "run_abortable": "key: parl, run_abortable, seen in the job",
    "prompt_toolkit": "key: prompt_toolkit, vt100 input",
}
# What the job's thread adds is not the keyboard's: run_abortable and the others have no target.
_TARGETS = dict.fromkeys((_NAMES["keyboard"], _NAMES["dispatcher"]), Target(ratio=3, p95=1))


def measure(runs: int) -> list[Figure]:
    """Return the latencies of all contestants that this machine has."""
    with ExitStack() as stack:
        commands = _commands(stack.enter_context(tempfile.TemporaryDirectory()))
        presses = {name: stack.enter_context(_reactor(argv)) for name, argv in commands.items()}
        samples = alternate(presses, runs, warm_ups=5)
    return _figures({name: milliseconds(seconds) for name, seconds in samples.items()})


def _figures(samples: Mapping[str, list[float]]) -> list[Figure]:
    name = _C if _C in samples else _PLAIN
    peer = Figure(name, "ms", samples[name])
    others = [Figure(other, "ms", samples[other], peer, _TARGETS.get(other)) for other in samples if other != name]
    return [peer, *others]


def _commands(folder: str) -> dict[str, list[str]]:
    """Return the contestants' command lines, and say on stderr who is missing."""
    commands = {name: [sys.executable, "-m", "benchmarks.key_reactors", key] for key, name in _NAMES.items()}
    if importlib.util.find_spec("prompt_toolkit") is None:
        del commands[_NAMES["prompt_toolkit"]]
        print("missing: prompt_toolkit", file=sys.stderr)
    if (compiler := shutil.which("cc")) is None:
        print("missing: a C compiler (cc); the peer is the select loop in Python", file=sys.stderr)
        return commands
    return {_C: [_compiled(compiler, folder)], **commands}


def _compiled(compiler: str, folder: str) -> str:
    program = os.path.join(folder, "key_reactor")
    source = os.path.join(os.path.dirname(__file__), "key_reactor.c")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return program


@contextmanager
def _reactor(argv: list[str]) -> Iterator[Callable[[], float]]:
    """Start a contestant, and yield what presses one key and returns the seconds to the answer."""
    reader, writer = os.pipe()
    with PseudoTerminal() as terminal:
        pid = terminal.start(argv, (os.POSIX_SPAWN_DUP2, writer, _ANSWERS))
        os.close(writer)
        try:
            yield lambda: _press(terminal, reader, argv)
        finally:
            os.kill(pid, signal.SIGKILL)
            exit_code_of(pid)
            os.close(reader)


def _press(terminal: PseudoTerminal, reader: int, argv: list[str]) -> float:
    _expect(b"\0", reader, terminal, argv)
    sleep(random.uniform(*_GAP_SECONDS))
    key = random.choice(string.ascii_letters).encode()
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
    run_as_script(__doc__, measure, RUNS)
