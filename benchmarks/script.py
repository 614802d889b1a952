"""One benchmark as a program: ``python -m benchmarks.NAME [--runs N] [--json FILE] [--check]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import Any

from benchmarks.comparison import Effort, MeasurementError
from benchmarks.tables import plain


def run_as_script(name: str) -> None:
    """Be the main program of the benchmark in the module *name*, which runs as __main__."""
    benchmark: Any = importlib.import_module(name)
    parser = argparse.ArgumentParser(
        description=benchmark.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, metavar="N", help=f"how often (default: {benchmark.RUNS})")
    parser.add_argument("--quick", action="store_true", help="fewer runs, and without what takes minutes")
    parser.add_argument("--json", metavar="FILE", help="write the figures, with every sample, to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    if options.runs is not None and options.runs < 1:
        parser.error("--runs: must be 1 or more")
    runs = options.runs or (benchmark.QUICK_RUNS if options.quick else benchmark.RUNS)
    try:
        figures = benchmark.measure(Effort(runs, options.quick))
    except MeasurementError as error:
        sys.exit(f"nothing measured: {error}")
    print(plain(figures))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"python": sys.version, "figures": [figure.as_json() for figure in figures]}, file, indent=1)
    if options.check and any(figure.verdict.startswith("MISSED") for figure in figures):
        sys.exit(1)
