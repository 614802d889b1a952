"""``parl timer`` as a whole process: how late it ends, what its waiting costs, how soon a key ends it. Linux only.

Lateness is what passes from just before a process is created until it has been waited for, less
the second it was to wait. The cost of waiting is taken in a terminal, with the countdown shown,
and without one: processor time of all threads, voluntary context switches, and bytes written to
the terminal.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, milliseconds, run_as_script
from benchmarks.pseudo_terminal import (
    PseudoTerminal,
    ensure_bytecode,
    exit_code_of,
    parl_command,
    spawn_without_terminal,
)
from benchmarks.waiting import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 15
QUICK_RUNS = 5

_SECONDS = 1
_PYTHON = "python: time.sleep(1)"
_SETTLE_SECONDS = 1.5
_WATCH_SECONDS = 10.0
_COUNTDOWN = b"any other key cancels"
_ABORTED = 130


def measure(runs: int) -> list[Figure]:
    """Return lateness, the cost of waiting, and the latency of a key."""
    if sys.platform != "linux":
        raise MeasurementError("timer_command: needs Linux and its /proc")
    ensure_bytecode()
    return [*_lateness(runs), *_waiting_costs(), *_keys(runs)]


def _lateness(runs: int) -> list[Figure]:
    ways = {
        "parl timer --seconds 1": _late(parl_command("timer", "--seconds", str(_SECONDS))),
        "sleep 1": _late(["sleep", str(_SECONDS)]),
        _PYTHON: _late([sys.executable, "-c", f"import time; time.sleep({_SECONDS})"]),
        "parl timer --seconds 1, in a terminal": _late_in_terminal(parl_command("timer", "--seconds", str(_SECONDS))),
    }
    termdown = _beside_python("termdown") or shutil.which("termdown")
    if termdown is None:
        print("missing: termdown (pip install --group bench)", file=sys.stderr)
    else:
        ways["termdown 1, in a terminal"] = _late_in_terminal([termdown, str(_SECONDS)])
    samples = alternate(ways, runs)
    if min(min(seconds) for name, seconds in samples.items() if name.startswith("parl")) < 0:
        raise MeasurementError("parl timer was early")
    peer = Figure(f"lateness: {_PYTHON}", "ms", milliseconds(samples.pop(_PYTHON)))
    figures = [
        Figure(
            f"lateness: {name}",
            "ms",
            milliseconds(seconds),
            peer,
            Target(median=15) if name.startswith("parl") else None,
        )
        for name, seconds in samples.items()
    ]
    return [figures[0], peer, *figures[1:]]


def _beside_python(name: str) -> str | None:
    path = os.path.join(os.path.dirname(sys.executable), name)
    return path if os.access(path, os.X_OK) else None


def _late(argv: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        began = perf_counter()
        code = exit_code_of(spawn_without_terminal(argv))
        return _checked(argv, code, perf_counter() - began)

    return run


def _late_in_terminal(argv: Sequence[str]) -> Callable[[], float]:
    def run() -> float:
        with PseudoTerminal() as terminal:
            began = perf_counter()
            code = exit_code_of(terminal.start(argv))
            return _checked(argv, code, perf_counter() - began)

    return run


def _checked(argv: Sequence[str], code: int, seconds: float) -> float:
    if code != 0:
        raise MeasurementError(f"{argv}: ended with {code}")
    return seconds - _SECONDS


# What waiting costs


def _waiting_costs() -> list[Figure]:
    in_an_hour = f"{datetime.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    with _waiting_in_terminal() as (pid, terminal):
        before = cost_of(pid)
        written = -len(terminal.read_rest())
        sleep(_WATCH_SECONDS)
        after = cost_of(pid)
        written += len(terminal.read_rest())
    shown = "timer with the countdown shown: {}".format
    return [
        Figure(
            shown("CPU a second"),
            "ms",
            [1000 * (after.cpu_seconds - before.cpu_seconds) / _WATCH_SECONDS],
            None,
            Target(median=2),
        ),
        Figure(shown("bytes a second"), "", [written / _WATCH_SECONDS], None, Target(median=300)),
        *_cost_without_terminal("60", "60", wake_ups=0),
        *_cost_without_terminal("--every 60", "--every", "60", wake_ups=0),
        # It looks at the wall clock once a second.
        *_cost_without_terminal("--at TIME", "--at", in_an_hour, wake_ups=11),
    ]


@contextmanager
def _waiting_in_terminal() -> Iterator[tuple[int, PseudoTerminal]]:
    with PseudoTerminal() as terminal:
        pid = terminal.start(parl_command("timer", "10m"))
        terminal.wait_for(_COUNTDOWN)
        sleep(_SETTLE_SECONDS)
        yield pid, terminal
        terminal.press(b"q")
        _expect_abort(exit_code_of(pid), terminal)


def _cost_without_terminal(name: str, *words: str, wake_ups: int) -> list[Figure]:
    pid = spawn_without_terminal(parl_command("timer", *words))
    sleep(_SETTLE_SECONDS)
    before = cost_of(pid)
    sleep(_WATCH_SECONDS)
    after = cost_of(pid)
    os.kill(pid, signal.SIGTERM)
    exit_code_of(pid)
    name = f"timer {name} without a terminal, in {_WATCH_SECONDS:g} s"
    cpu = Target(median=0) if wake_ups == 0 else None
    return [
        Figure(f"{name}: CPU", "ms", [1000 * (after.cpu_seconds - before.cpu_seconds)], None, cpu),
        Figure(f"{name}: wake-ups", "", [float(after.switches - before.switches)], None, Target(median=wake_ups)),
    ]


# How soon a key ends it


def _keys(runs: int) -> list[Figure]:
    samples = alternate({"key": _cancelled_by_key}, runs)
    return [Figure("timer: key to exit", "ms", milliseconds(samples["key"]), None, Target(p95=50))]


def _cancelled_by_key() -> float:
    with PseudoTerminal() as terminal:
        pid = terminal.start(parl_command("timer", "10m"))
        terminal.wait_for(_COUNTDOWN)
        sleep(random.uniform(0, 1))
        began = perf_counter()
        terminal.press(b"q")
        code = exit_code_of(pid)
        seconds = perf_counter() - began
        _expect_abort(code, terminal)
    return seconds


def _expect_abort(code: int, terminal: PseudoTerminal) -> None:
    if code != _ABORTED:
        raise MeasurementError(f"a key did not cancel: it ended with {code}, on the screen: {terminal.read_rest()!r}")


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
