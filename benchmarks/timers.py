"""Timers in one Python process: what a million costs, how late one is, how far a thousand drift.

parl's Scheduler beside asyncio, uvloop, sched, threading.Timer and APScheduler, each in turn in the same run.
Those that do not stand a million timers, or to cancel them, are measured with as many as they do. Processor time is
that of the whole process, all threads; every call is counted. To be fired, all are due within one second, after the
last has been made: few are waited for one by one, many come in bunches, so compare within a size only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import timer_costs, timer_drift, timer_lateness
from benchmarks.charts import Bars, Curves
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from benchmarks.comparison import Effort, Figure

TITLE = "Timers in one Python process"
RUNS = 3
QUICK_RUNS = 1
CHARTS = (
    Curves(timer_costs.CREATE, "timers"),
    Curves(timer_costs.CANCEL, "timers"),
    Bars(timer_lateness.LATENESS),
    Bars(timer_drift.DRIFT),
)


def measure(effort: Effort) -> list[Figure]:
    """Return the figures of all."""
    figures = [*timer_costs.measure(effort), *timer_lateness.measure(effort)]
    return figures if effort.quick else [*figures, *timer_costs.while_waiting(effort), *timer_drift.measure(effort)]


if __name__ == "__main__":
    run_as_script("benchmarks.timers")
