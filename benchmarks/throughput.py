"""How fast a command's output flows through a pipe under ``parl compile``, next to the bare command.

``cat`` writes a file of 200 MB into a pipe that is read here; every byte is counted. The rate is
that from the first byte to the last, so that the start-up, which has its own benchmark, is not in
it. parl copies nothing, so the two rates should be the same.

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

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, run_as_script
from benchmarks.pseudo_terminal import ensure_bytecode, exit_code_of, parl_command, spawn_without_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 20
QUICK_RUNS = 7

_BYTES = 200_000_000
_READ_BYTES = 65536
_TARGET = Target(least_ratio=0.95)


def measure(runs: int) -> list[Figure]:
    """Return the rates of both, in MB/s."""
    ensure_bytecode()
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(_BYTES)
        ours, theirs = "parl compile -- cat, 200 MB", "cat, 200 MB"
        cat = ["cat", file.name]
        contestants = {ours: _rate_of(parl_command("compile", "--", *cat)), theirs: _rate_of(cat)}
        with _on_one_processor():
            samples = alternate(contestants, runs)
    bare = Figure(theirs, "MB/s", samples[theirs], more_is_better=True)
    return [Figure(ours, "MB/s", samples[ours], bare, _TARGET, more_is_better=True), bare]


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
    run_as_script(__doc__, measure, RUNS)
