"""One benchmark as a program: ``python -m benchmarks.NAME [--runs N] [--json FILE] [--check]``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from benchmarks.comparison import Effort, Figure, MeasurementError
from benchmarks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Callable


def run_as_script(description: str | None, measure: Callable[[Effort], list[Figure]], runs: int) -> None:
    """Be the main program of one benchmark."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=runs, metavar="N", help=f"how often (default: {runs})")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    parser.add_argument("--json", metavar="FILE", help="write the figures, with every sample, to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs: must be 1 or more")
    try:
        figures = measure(Effort(options.runs, options.quick))
    except MeasurementError as error:
        sys.exit(f"nothing measured: {error}")
    print(plain(figures))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"python": sys.version, "figures": [figure.as_json() for figure in figures]}, file, indent=1)
    if options.check and any(figure.verdict.startswith("MISSED") for figure in figures):
        sys.exit(1)
