"""How fast a command's output flows through a pipe under ``parl compile``, next to timeout and the bare command.

``cat`` writes a file of 200 MB into a pipe that is read here; every byte is counted. The rate is
that from the first byte to the last, so that the start-up, which has its own benchmark, is not in
it. parl copies nothing, so the rates should be the same.

Where the system can, all of it is held on one processor: on several the rate depends mostly on
where the scheduler happens to put reader and writer, by a factor of four.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate
from benchmarks.pseudo_terminal import ensure_bytecode, exit_code_of, parl_command, spawn_without_terminal
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TITLE = "Output through a pipe"
RUNS = 20
QUICK_RUNS = 7
CHARTS = ()

_BYTES = 200_000_000
_READ_BYTES = 65536
_WHAT = "200 MB through a pipe"
_OURS, _BARE = "parl compile -- cat", "cat"
_TARGET = Target(least_ratio=0.95)


def measure(effort: Effort) -> list[Figure]:
    """Return the rates of all, in MB/s."""
    ensure_bytecode()
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(_BYTES)
        cat = ["cat", file.name]
        commands = {_OURS: parl_command("compile", "--", *cat), _BARE: cat}
        if timeout := peers.program("timeout"):
            commands["timeout 60 cat"] = [timeout, "60", *cat]
        with _on_one_processor():
            samples = alternate({name: _rate_of(argv) for name, argv in commands.items()}, effort.runs)
    bare = Figure(_WHAT, _BARE, "MB/s", samples.pop(_BARE), more_is_better=True)
    others = [
        Figure(_WHAT, name, "MB/s", rates, bare, _TARGET if name == _OURS else None, more_is_better=True)
        for name, rates in samples.items()
    ]
    return [others[0], bare, *others[1:]]


@contextmanager
def _on_one_processor() -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(ours)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def _rate_of(argv: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        reader, writer = os.pipe()
        pid = spawn_without_terminal(argv, stdout=writer)
        os.close(writer)
        try:
            count, seconds = _count_bytes(reader)
        finally:
            os.close(reader)
        code = exit_code_of(pid)
        if code != 0 or count != _BYTES:
            raise MeasurementError(f"{argv}: ended with {code} after {count} bytes of {_BYTES}")
        return count / seconds / 1e6

    return run


def _count_bytes(reader: int) -> tuple[int, float]:
    """Read to the end: how many bytes, and the time from the first of them to the last."""
    began = ended = 0.0
    count = 0
    while chunk := os.read(reader, _READ_BYTES):
        ended = perf_counter()
        began = began or ended
        count += len(chunk)
    return count, ended - began


if __name__ == "__main__":
    run_as_script("benchmarks.throughput")
