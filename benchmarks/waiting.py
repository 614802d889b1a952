"""What waiting for a key costs: processor time and voluntary context switches of all threads. Linux only.

All wait at the same time, each in its own pseudo-terminal: the programs of key_latency, ``parl
compile -- sleep`` and a plain ``subprocess.run``. Counted after all have settled. Who has one
blocking wait for everything is not woken at all.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, beside
from benchmarks.key_latency import reacting, waiting_programs
from benchmarks.pseudo_terminal import PROMPT, PseudoTerminal, ensure_bytecode, exit_code_of, parl_command
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "What waiting costs"
RUNS = 3
QUICK_RUNS = 1

_SECONDS = 10.0
_SETTLE_SECONDS = 1.5
_COMMAND = ("sleep", "60")
_OURS = "parl compile -- sleep"
_PEER = "python: subprocess.run(sleep)"
_BARE = [sys.executable, "-c", "import subprocess; print('waits', flush=True); subprocess.run(['sleep', '60'])"]
_ABORTED = 130
_CPU = f"CPU in {_SECONDS:g} s"
CHARTS = (Bars(_CPU),)


class Cost(NamedTuple):
    """What a process has used so far."""

    cpu_seconds: float
    switches: int

    def since(self, before: Cost) -> Cost:
        """Return what it has used after *before*."""
        return Cost(self.cpu_seconds - before.cpu_seconds, self.switches - before.switches)


def measure(effort: Effort) -> list[Figure]:
    """Return processor time and context switches of all that wait."""
    if sys.platform != "linux":
        raise MeasurementError("waiting: needs Linux and its /proc")
    ensure_bytecode()
    costs = [_costs() for _ in range(effort.runs)]
    names = list(costs[0])
    ours = [name for name in names if name.startswith("parl")]
    cpu = {name: [1000 * cost[name].cpu_seconds for cost in costs] for name in names}
    switches = {name: [float(cost[name].switches) for cost in costs] for name in names}
    return [
        *beside(_CPU, _PEER, cpu, dict.fromkeys(ours, Target(p95=0))),
        *beside(f"voluntary switches in {_SECONDS:g} s", _PEER, switches, dict.fromkeys(ours, Target(p95=2)), unit=""),
    ]


def _costs() -> dict[str, Cost]:
    """Let all wait side by side, and return what that cost each."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        pids = {_OURS: stack.enter_context(_waiting_parl()), _PEER: stack.enter_context(_waiting_bare())}
        for name, argv in waiting_programs(folder).items():
            pids[name] = stack.enter_context(_waiting(argv))
        sleep(_SETTLE_SECONDS)
        before = {name: cost_of(pid) for name, pid in pids.items()}
        sleep(_SECONDS)
        return {name: cost_of(pid).since(before[name]) for name, pid in pids.items()}


@contextmanager
def _waiting(argv: list[str]) -> Iterator[int]:
    with reacting(argv) as (pid, _, _):
        yield pid


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
def _waiting_bare() -> Iterator[int]:
    with PseudoTerminal() as terminal:
        pid = terminal.start(_BARE)
        terminal.wait_for(b"waits")
        yield pid
        terminal.press(b"\x03")
        exit_code_of(pid)


def cost_of(pid: int) -> Cost:
    """Return what all threads of our child *pid* have used; MeasurementError where it has ended."""
    nanoseconds = switches = 0
    # Who has ended costs nothing, and its folder in /proc stays until it is waited for.
    if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
        raise MeasurementError(f"process {pid} ended while it should wait")
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


if __name__ == "__main__":
    run_as_script("benchmarks.waiting")
