"""Run every benchmark, and write the report: ``python -m benchmarks [--quick] [--folder FOLDER] [NAME...]``."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from benchmarks import (
    abort,
    key_latency,
    menus,
    peers,
    sources,
    startup,
    throughput,
    timer_command,
    timers,
    waiting,
)
from benchmarks.comparison import Effort, MeasurementError
from benchmarks.document import Run, Section, words_of
from benchmarks.kept import keep, kept
from benchmarks.machine import machine
from benchmarks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.charts import Chart
    from benchmarks.comparison import Figure

_BENCHMARKS = (key_latency, waiting, abort, startup, throughput, sources, timer_command, timers, menus)


def main() -> None:
    """Measure one after the other; where one cannot be measured, show the rest and exit with 1."""
    options = _options()
    if sys.platform == "win32":
        sys.exit(
            "the benchmarks need pseudo-terminals; on Windows there is only: python -m benchmarks.windows_keyboard"
        )
    began = monotonic()
    chosen = _chosen(options.names)
    keeps = options.folder and not options.quick
    others = [_name_of(benchmark) for benchmark in _BENCHMARKS if keeps and benchmark not in chosen]
    before = {name: kept(name) for name in others}
    if unknown := [name for name, section in before.items() if section is None]:
        sys.exit(f"never measured here: {', '.join(unknown)}; measure them too, for the report is one of all")
    run = Run(f"{datetime.now(UTC):%Y-%m-%d}", machine(), peers.versions(), peers.missing())
    if run.missing:
        print(f"missing: {', '.join(run.missing)}", file=sys.stderr)
    for benchmark in _BENCHMARKS:
        if benchmark in chosen:
            section = _measured(benchmark, f"{run.date}, parl {run.machine['parl']}", quick=options.quick)
            run.sections.append(section)
            if keeps and not section.trouble:
                keep(section)
        elif as_before := before.get(_name_of(benchmark)):
            run.sections.append(as_before)
        if options.folder:
            run.write(options.folder)
    print(f"all: {monotonic() - began:.0f} s", file=sys.stderr)
    if troubles := [f"nothing measured: {section.trouble}" for section in run.sections if section.trouble]:
        sys.exit("\n".join(troubles))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="only these; without --quick the report has the others as they were measured before",
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs and sizes: a first impression in two minutes")
    parser.add_argument("--folder", help="write benchmarks.md, its plots and results.json there")
    return parser.parse_args()


def _chosen(names: Sequence[str]) -> list[Any]:
    known = {_name_of(benchmark): benchmark for benchmark in _BENCHMARKS}
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names or known]


def _measured(benchmark: Any, when: str, *, quick: bool) -> Section:
    """Run one, and print its table."""
    name, words = _name_of(benchmark), words_of(benchmark.__doc__)
    print(f"{name} ...", file=sys.stderr, flush=True)
    began = monotonic()
    effort = Effort(benchmark.QUICK_RUNS if quick else benchmark.RUNS, quick)
    try:
        figures = benchmark.measure(effort)
        appendix = benchmark.appendix() if hasattr(benchmark, "appendix") else ""
    except MeasurementError as error:
        print(f"{name}: nothing measured: {error}", file=sys.stderr, flush=True)
        trouble = str(error)
        return Section(name, benchmark.TITLE, words, [], left_out=effort.left_out, trouble=trouble, when=when)
    print(plain(figures), flush=True)
    print(f"{name}: {monotonic() - began:.0f} s", file=sys.stderr)
    charts = _charts_of(benchmark, figures)
    return Section(name, benchmark.TITLE, words, figures, charts, appendix, effort.left_out, when=when)


def _charts_of(benchmark: Any, figures: Sequence[Figure]) -> list[Chart]:
    """Return those that can be drawn."""
    shown = {figure.what for figure in figures}
    return [chart for chart in benchmark.CHARTS if chart.what in shown and peers.has("matplotlib")]


def _name_of(benchmark: Any) -> str:
    return str(benchmark.__name__).removeprefix("benchmarks.")


if __name__ == "__main__":
    main()
