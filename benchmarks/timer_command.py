"""``parl timer`` as a whole process: how late it ends, what its waiting costs, how soon a key ends it. Linux only.

Lateness is what passes from just before a process is created until it has been waited for, less
the second it was to wait. The cost of waiting is taken in a terminal, with the countdown shown,
and without one: processor time of all threads, voluntary context switches, and bytes written to
the terminal.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from datetime import datetime, timedelta
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.charts import Bars
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.pseudo_terminal import (
    PseudoTerminal,
    ensure_bytecode,
    exit_code_of,
    has_input,
    parl_command,
    seconds_of,
    spawn_without_terminal,
)
from benchmarks.script import run_as_script
from benchmarks.waiting import Cost, cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TITLE = "`parl timer`, the whole process"
RUNS = 15
QUICK_RUNS = 1

_SECONDS = 1
_LATENESS, _IN_TERMINAL = "lateness", "lateness in a terminal"
_PYTHON = "python: time.sleep(1)"
_SETTLE_SECONDS = 1.5
_WATCH_SECONDS = 10.0
_COUNTDOWN = b"any other key cancels"
_ESCAPE = b"\x1b"
_ABORTED, _TERMDOWN_QUIT = 130, 1
CHARTS = (Bars(_LATENESS), Bars(_IN_TERMINAL))


def measure(effort: Effort) -> list[Figure]:
    """Return lateness, the cost of waiting, and the latency of a key."""
    if sys.platform != "linux":
        raise MeasurementError("timer_command: needs Linux and its /proc")
    ensure_bytecode()
    costs = [] if effort.quick else _waiting_costs()
    return [*_lateness(effort), *costs, *_keys(effort.runs)]


def _lateness(effort: Effort) -> list[Figure]:
    ours = "parl timer --seconds 1"
    parl = parl_command("timer", "--seconds", str(_SECONDS))
    python = [sys.executable, "-c", f"import time; time.sleep({_SECONDS})"]
    ways = {ours: _late(parl), _PYTHON: _late(python)}
    for name, argv, code in (("sleep", ["1"], 0), ("timeout", ["1", "sleep", "60"], 124)):
        if program := peers.program(name):
            ways[" ".join([name, *argv])] = _late([program, *argv], code)
    in_terminal = {ours: _late_in_terminal(parl), _PYTHON: _late_in_terminal(python)}
    if termdown := peers.program("termdown"):
        in_terminal["termdown 1"] = _late_in_terminal([termdown, str(_SECONDS)])
    return [*_late_figures(_LATENESS, ways, ours, effort), *_late_figures(_IN_TERMINAL, in_terminal, ours, effort)]


def _late_figures(what: str, ways: dict[str, Callable[[], float]], ours: str, effort: Effort) -> list[Figure]:
    found = alternate(effort.working(ways, [ours]), effort.runs, warm_ups=0)
    samples = {name: milliseconds(seconds) for name, seconds in found.items()}
    return beside(what, _PYTHON, samples, {ours: Target(median=15)})


def _late(argv: Sequence[str], expected: int = 0) -> Callable[[], float]:
    return lambda: seconds_of(argv, expected) - _SECONDS


def _late_in_terminal(argv: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        with PseudoTerminal() as terminal:
            began = perf_counter()
            code = exit_code_of(terminal.start(argv))
            seconds = perf_counter() - began
        if code != 0:
            raise MeasurementError(f"{argv}: ended with {code}")
        return seconds - _SECONDS

    return run


# What waiting costs


def _waiting_costs() -> list[Figure]:
    in_an_hour = f"{datetime.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    return [*_costs_in_terminal(), *_costs_without_terminal(in_an_hour)]


def _costs_in_terminal() -> list[Figure]:
    ours, theirs = "parl timer 10m, countdown shown", "termdown 10m"
    shown = {ours: _shown_a_second(parl_command("timer", "10m"), _COUNTDOWN, _ABORTED)}
    if termdown := peers.program("termdown"):
        shown[theirs] = _shown_a_second([termdown, "10m"], _ESCAPE, _TERMDOWN_QUIT)
    cpu = {who: [cpu_milliseconds] for who, (cpu_milliseconds, _) in shown.items()}
    written = {who: [float(count)] for who, (_, count) in shown.items()}
    return [
        *beside("CPU a second", theirs, cpu, {ours: Target(median=2)}),
        *beside("bytes written a second", theirs, written, {ours: Target(median=300)}, ""),
    ]


def _shown_a_second(argv: Sequence[str], shown: bytes, expected: int) -> tuple[float, float]:
    """Return how many milliseconds of processor time and how many bytes on the screen a second of waiting costs."""
    with PseudoTerminal() as terminal:
        pid = terminal.start(argv)
        terminal.wait_for(shown)
        _read_for(_SETTLE_SECONDS, terminal)
        before, written = cost_of(pid), len(terminal.screen)
        _read_for(_WATCH_SECONDS, terminal)
        cost, written = cost_of(pid).since(before), len(terminal.screen) - written
        terminal.press(b"q")
        _expect_end(exit_code_of(pid), expected, terminal)
    return 1000 * cost.cpu_seconds / _WATCH_SECONDS, written / _WATCH_SECONDS


def _read_for(seconds: float, terminal: PseudoTerminal) -> None:
    """Read what comes: who writes much would else wait for a reader, which costs nothing."""
    give_up = monotonic() + seconds
    while has_input(terminal.master, max(0.0, give_up - monotonic())):
        terminal.read_rest()


def _costs_without_terminal(in_an_hour: str) -> list[Figure]:
    commands = {
        "parl timer 60": parl_command("timer", "60"),
        "parl timer --every 60": parl_command("timer", "--every", "60"),
        "parl timer --at TIME": parl_command("timer", "--at", in_an_hour),
        "python: time.sleep(60)": [sys.executable, "-c", "import time; time.sleep(60)"],
    }
    for name, argv in (("sleep", ["60"]), ("timeout", ["60", "sleep", "60"])):
        if program := peers.program(name):
            commands[" ".join([name, *argv])] = [program, *argv]
    costs = _costs_side_by_side(commands)
    cpu = {name: [1000 * cost.cpu_seconds] for name, cost in costs.items()}
    wake_ups = {name: [float(cost.switches)] for name, cost in costs.items()}
    nothing = dict.fromkeys(("parl timer 60", "parl timer --every 60"), Target(median=0))
    what = f"waiting {_WATCH_SECONDS:g} s without a terminal"
    return [
        *beside(f"{what}: CPU", "sleep 60", cpu, nothing),
        # By the time of day it looks at the wall clock once a second.
        *beside(f"{what}: wake-ups", "sleep 60", wake_ups, nothing | {"parl timer --at TIME": Target(median=11)}, ""),
    ]


def _costs_side_by_side(commands: Mapping[str, Sequence[str]]) -> dict[str, Cost]:
    pids = {name: spawn_without_terminal(argv) for name, argv in commands.items()}
    sleep(_SETTLE_SECONDS)
    before = {name: cost_of(pid) for name, pid in pids.items()}
    sleep(_WATCH_SECONDS)
    costs = {name: cost_of(pid).since(before[name]) for name, pid in pids.items()}
    for name, pid in pids.items():
        os.killpg(pid, signal.SIGTERM)
        if (code := exit_code_of(pid)) not in (-signal.SIGTERM, 128 + signal.SIGTERM):
            raise MeasurementError(f"{name}: a SIGTERM ended it with {code}")
    return costs


# How soon a key ends it


def _keys(runs: int) -> list[Figure]:
    samples = alternate({"key": _cancelled_by_key}, runs)
    return [Figure("key to exit", "parl timer 10m", "ms", milliseconds(samples["key"]), None, Target(p95=50))]


def _cancelled_by_key() -> float:
    with PseudoTerminal() as terminal:
        pid = terminal.start(parl_command("timer", "10m"))
        terminal.wait_for(_COUNTDOWN)
        sleep(random.uniform(0, 1))
        began = perf_counter()
        terminal.press(b"q")
        code = exit_code_of(pid)
        seconds = perf_counter() - began
        _expect_end(code, _ABORTED, terminal)
    return seconds


def _expect_end(code: int, expected: int, terminal: PseudoTerminal) -> None:
    if code != expected:
        raise MeasurementError(f"a key did not cancel: it ended with {code}, on the screen: {terminal.read_rest()!r}")


if __name__ == "__main__":
    run_as_script("benchmarks.timer_command")
