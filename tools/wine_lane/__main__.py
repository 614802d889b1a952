"""The Windows lane: parl's tests on real CPython for Windows, on a Debian-like machine, under Wine.

Sets itself up below .wine-lane the first time (half a minute, and what apt needs for Wine), then runs the tests twice:
those that need no console between pipes, and those that press keys on a pseudo-terminal. The words go to pytest.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.wine_lane.place import LANE, measured_into
from tools.wine_lane.running import Tell, run_between_pipes, run_on_terminal
from tools.wine_lane.set_up import SetUpError, kill_all, set_up

_NOT_AVAILABLE = 69  # EX_UNAVAILABLE
_SOME_FAILED, _NOTHING_COLLECTED = 1, 5  # pytest's


def main() -> int:
    """Run the lane and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--if-possible", action="store_true", help="no failure where it cannot be set up")
    parser.add_argument("--run", nargs=argparse.REMAINDER, help="run Python with these words instead, on a console")
    parser.add_argument("--measure", metavar="FILE", help="have coverage.py write there, as pyproject.toml says")
    options, words = parser.parse_known_args()
    if options.measure:
        os.environ.update(measured_into(Path(options.measure)))
    LANE.mkdir(exist_ok=True)
    with (LANE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second lane would kill the first one's server
        try:
            set_up()
        except SetUpError as error:
            print(f"windows lane not run: {error}", flush=True)
            return 0 if options.if_possible else _NOT_AVAILABLE
        try:
            return run_on_terminal(options.run, _tell) if options.run else _run_tests(words)
        finally:
            kill_all()


def _tell(text: bytes) -> None:
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def _run_tests(words: Sequence[str]) -> int:
    pytest = ["-m", "pytest", "-p", "no:cacheprovider", "--color=no", *words, "--verbosity=0"]
    runs = [
        _Run("the tests that need no console", run_between_pipes, [*pytest, "--numprocesses", "2"]),
        _Run("the tests that press keys on the console", run_on_terminal, [*pytest, "-m", "console"]),
    ]
    _sum_up(runs)
    if words:  # they may choose tests of one kind only
        runs = [run for run in runs if run.code != _NOTHING_COLLECTED] or runs
    return next((run.code for run in runs if run.code), 0)


class _Run:
    """One run of pytest: what it said, and how it ended."""

    def __init__(self, what: str, run: Callable[[Sequence[str], Tell], int], words: Sequence[str]) -> None:
        self.what = what
        self._said: list[bytes] = []
        print(f"windows lane: {what}", flush=True)
        self.code = run(words, self._hear)
        self.report = b"".join(self._said).decode(errors="replace")

    def _hear(self, text: bytes) -> None:
        self._said.append(text)
        _tell(text)

    def count(self, outcome: str) -> int:
        """Return how many tests had this outcome, as the last line says."""
        return sum(map(int, re.findall(rf"^=.* (\d+) {outcome}\b.*=\r?$", self.report, re.MULTILINE)))


def _sum_up(runs: Sequence[_Run]) -> None:
    """Say in few lines what the runs said in many: what was shown, what Wine cannot show, and what is not Windows'."""
    for run in runs:
        for line in re.findall(r"^XFAIL (.*)", run.report, re.MULTILINE):
            print(f"windows lane: expected failure: {line.rstrip()}")
    reasons: Counter[str] = Counter()
    # Each once: a file that is left out as a whole is left out of both runs.
    lines = {line for run in runs for line in re.findall(r"^SKIPPED \[(\d+)\] (\S+): (.*)", run.report, re.MULTILINE)}
    for count, _, reason in lines:
        reasons[reason.rstrip()] += int(count)
    for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"windows lane: left out: {number} for {reason}")
    for run in runs:
        if run.code not in (0, _SOME_FAILED, _NOTHING_COLLECTED):
            print(f"windows lane: {run.what} ended with {run.code}")
    passed, failed, errors, shown_not = (
        sum(run.count(outcome) for run in runs) for outcome in ("passed", "failed", "errors?", "xfailed")
    )
    outcomes = f"{passed} passed, {failed + errors} failed, {shown_not} that Wine cannot show"
    print(f"windows lane: {outcomes}, {sum(reasons.values())} left out; named above", flush=True)


if __name__ == "__main__":
    sys.exit(main())
