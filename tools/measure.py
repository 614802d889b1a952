"""Measures which branches of parl the tests take, here and on Windows' Python in the lane, and reports both as one.

The words go to pytest, twice. What is below the goal in pyproject.toml is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence

from coverage import Coverage
from coverage.exceptions import CoverageWarning

from tools.wine_lane.place import ROOT

_DATA = ROOT / ".coverage-data" / "measured"
_LAYERS = ("cli", "core", "platform")


def main() -> int:
    """Run the tests, report, and return the exit code."""
    words = sys.argv[1:]
    shutil.rmtree(_DATA.parent, ignore_errors=True)
    _DATA.parent.mkdir()
    here = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"), "COVERAGE_FILE": f"{_DATA}.here"}
    codes = [
        _run(["pytest", "--numprocesses", "2", *words], here),
        _run(["tools.wine_lane", "--measure", f"{_DATA}.lane", *words], {}),
        _report(),
    ]
    return next((code for code in codes if code), 0)


def _run(words: Sequence[str], variables: Mapping[str, str]) -> int:
    return subprocess.run([sys.executable, "-m", *words], env={**os.environ, **variables}, cwd=ROOT).returncode


def _report() -> int:
    """Say what is missing, and how much of each layer is not; return 1 where that is not enough."""
    measured = Coverage(data_file=str(_DATA), config_file=str(ROOT / "pyproject.toml"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)  # a process that was killed while it saved
        measured.combine([str(_DATA.parent)])
    measured.save()
    total = measured.report(show_missing=True, skip_covered=True, skip_empty=True)
    with open(os.devnull, "w") as nowhere:
        for layer in _LAYERS:
            percent = measured.report(include=[f"parl/{layer}/*"], file=nowhere)
            print(f"parl/{layer}: {percent:.1f} %")
    goal = measured.get_option("report:fail_under")
    assert isinstance(goal, float | int)
    print(
        f"parl: {total:.1f} %, of {goal:g} that are to be; of the branches alone {_branches(measured):.1f} %",
        flush=True,
    )
    return int(total < goal)


def _branches(measured: Coverage) -> float:
    """Return how many percent of the branches were taken."""
    file = _DATA.with_suffix(".json")
    measured.json_report(outfile=str(file))
    totals = json.loads(file.read_text())["totals"]
    return float(100 * totals["covered_branches"] / totals["num_branches"])


if __name__ == "__main__":
    sys.exit(main())
