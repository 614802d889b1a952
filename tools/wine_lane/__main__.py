"""The Windows lane: parl's tests on real CPython for Windows, on a Debian-like machine, under Wine.

Sets itself up below .wine-lane the first time (half a minute, and what apt needs for Wine), then runs the tests twice:
those that need no console between pipes, and those that press keys on a pseudo-terminal. The words go to pytest.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence

from tools.wine_lane.running import run_between_pipes, run_on_terminal, wine_server
from tools.wine_lane.set_up import SetUpError, set_up

_NOT_AVAILABLE = 69  # EX_UNAVAILABLE
_NOTHING_COLLECTED = 5  # pytest's


def main() -> int:
    """Run the lane and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--if-possible", action="store_true", help="no failure where it cannot be set up")
    parser.add_argument("--run", action="store_true", help="run Python with the words, on a pseudo-terminal, instead")
    options, words = parser.parse_known_args()
    try:
        set_up()
    except SetUpError as error:
        print(f"windows lane not run: {error}", flush=True)
        return 0 if options.if_possible else _NOT_AVAILABLE
    with wine_server():
        return run_on_terminal(words, _tell) if options.run else _run_tests(words)


def _tell(text: bytes) -> None:
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def _run_tests(words: Sequence[str]) -> int:
    pytest = ["-m", "pytest", "-p", "no:cacheprovider", "--color=no", *words]
    report: list[bytes] = []

    def tell(text: bytes) -> None:
        report.append(text)
        _tell(text)

    print("windows lane: the tests that need no console", flush=True)
    codes = [run_between_pipes([*pytest, "--numprocesses", "2"], tell)]
    print("windows lane: the tests that press keys on the console", flush=True)
    codes.append(run_on_terminal([*pytest, "-m", "console"], tell))
    _sum_up(b"".join(report).decode(errors="replace"))
    if words:  # they may choose tests of one kind only
        codes = [code for code in codes if code != _NOTHING_COLLECTED] or codes
    return max(codes)


def _sum_up(report: str) -> None:
    """Say in few lines what both runs said in many: what was shown, what Wine cannot show, and what is not Windows'."""
    passed, failed, shown_not = (
        sum(map(int, re.findall(rf"(\d+) {outcome}", report))) for outcome in ("passed", "failed", "xfailed")
    )
    for line in re.findall(r"^XFAIL (.*)", report, re.MULTILINE):
        print(f"windows lane: expected failure: {line}")
    reasons: Counter[str] = Counter()
    for count, reason in re.findall(r"^SKIPPED \[(\d+)\] \S+: (.*)", report, re.MULTILINE):
        reasons[reason.strip()] += int(count)
    for reason, count in reasons.most_common():
        print(f"windows lane: skipped: {count}, {reason}")
    print(
        f"windows lane: {passed} passed, {failed} failed, {shown_not} expected failures of Wine, named above",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
