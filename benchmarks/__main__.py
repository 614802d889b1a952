"""Run every benchmark and print one table: ``python -m benchmarks [--quick]``."""

from __future__ import annotations

import sys

from benchmarks import abort, key_latency, menus, sources, startup, throughput, timer_command, timers, waiting
from benchmarks.comparison import MeasurementError, parser_for, report

_BENCHMARKS = (startup, key_latency, waiting, abort, throughput, sources, timer_command, timers, menus)


def main() -> None:
    """Measure one after the other; where one cannot be measured, show the rest and exit with 1."""
    parser = parser_for(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs: a first impression in a minute")
    options = parser.parse_args()
    figures, failures = [], []
    for benchmark in _BENCHMARKS:
        print(f"{benchmark.__name__} ...", file=sys.stderr)
        try:
            figures += benchmark.measure(benchmark.QUICK_RUNS if options.quick else benchmark.RUNS)
        except MeasurementError as error:
            failures.append(f"nothing measured: {error}")
    report(figures, options)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
