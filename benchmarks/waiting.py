"""What parl costs while it waits: five seconds of ``parl compile -- sleep`` in a terminal. Linux only.

Taken after parl has prompted and settled: processor time and voluntary context switches of all
its threads. The peer, a plain ``subprocess.run``, waits at the same time. parl has one blocking
wait for everything, so neither should be woken at all.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.comparison import Figure, MeasurementError, Target, run_as_script
from benchmarks.pseudo_terminal import PROMPT, PseudoTerminal, ensure_bytecode, exit_code_of, parl_command

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
QUICK_RUNS = 1

_SECONDS = 5.0
_SETTLE_SECONDS = 1.0
_COMMAND = ("sleep", "60")
_PEER = [sys.executable, "-c", "import subprocess; print('waits', flush=True); subprocess.run(['sleep', '60'])"]
_ABORTED = 130
_CPU_TARGET = Target(p95=1)
_SWITCHES_TARGET = Target(p95=0)


class Cost(NamedTuple):
    """What a process has used so far."""

    cpu_seconds: float
    switches: int


def measure(runs: int) -> list[Figure]:
    """Return processor time and context switches of parl and of the peer."""
    if sys.platform != "linux":
        raise MeasurementError("waiting: needs Linux and its /proc")
    ensure_bytecode()
    costs = [_costs() for _ in range(runs)]
    return [
        *_figures(
            "CPU, waiting 5 s", "ms", [[1000 * cost.cpu_seconds for cost in pair] for pair in costs], _CPU_TARGET
        ),
        *_figures(
            "wake-ups, waiting 5 s", "", [[float(cost.switches) for cost in pair] for pair in costs], _SWITCHES_TARGET
        ),
    ]


def _figures(name: str, unit: str, pairs: list[list[float]], target: Target) -> list[Figure]:
    ours, theirs = zip(*pairs, strict=True)
    peer = Figure(f"{name}: python: subprocess.run(sleep)", unit, theirs)
    return [Figure(f"{name}: parl compile -- sleep", unit, ours, peer, target), peer]


def _costs() -> tuple[Cost, Cost]:
    """Let both wait side by side, and return what that cost parl and the peer."""
    with ExitStack() as stack:
        ours = stack.enter_context(_waiting_parl())
        theirs = stack.enter_context(_waiting_peer())
        sleep(_SETTLE_SECONDS)
        before = cost_of(ours), cost_of(theirs)
        sleep(_SECONDS)
        after = cost_of(ours), cost_of(theirs)
    return _difference(before[0], after[0]), _difference(before[1], after[1])


@contextmanager
def _waiting_parl() -> Iterator[int]:
    with PseudoTerminal() as terminal:
        pid = terminal.start(parl_command("compile", "--", *_COMMAND))
        terminal.wait_for(PROMPT)
        yield pid
        terminal.press(b"q")
        if (code := exit_code_of(pid)) != _ABORTED:
            raise MeasurementError(
                f"parl did not wait for a key: it ended with {code}, on the screen: {terminal.screen!r}"
            )


@contextmanager
def _waiting_peer() -> Iterator[int]:
    with PseudoTerminal() as terminal:
        pid = terminal.start(_PEER)
        terminal.wait_for(b"waits")
        yield pid
        terminal.press(b"\x03")
        exit_code_of(pid)


def cost_of(pid: int) -> Cost:
    """Return what all threads of *pid* have used; MeasurementError where it has ended."""
    nanoseconds = switches = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            folder = f"/proc/{pid}/task/{thread}"
            nanoseconds += _run_nanoseconds(folder)
            switches += voluntary_switches(folder)
    except FileNotFoundError as error:
        raise MeasurementError(f"process or thread {pid} ended while it should wait") from error
    if nanoseconds == 0:
        raise MeasurementError("/proc/PID/task/TID/schedstat: this kernel does not count processor time there")
    return Cost(nanoseconds / 1e9, switches)


def _run_nanoseconds(folder: str) -> int:
    # Not utime and stime: they count in hundredths of a second.
    with open(f"{folder}/schedstat") as file:
        return int(file.read().split()[0])


def voluntary_switches(folder: str) -> int:
    """Return how often the thread of that folder in /proc has gone to sleep."""
    with open(f"{folder}/status") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name == "voluntary_ctxt_switches":
                return int(value)
    raise MeasurementError(f"{folder}/status: does not count context switches")


def _difference(before: Cost, after: Cost) -> Cost:
    return Cost(after.cpu_seconds - before.cpu_seconds, after.switches - before.switches)


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
