"""What was measured is saved however a process ends: a figure that knew only gentle ends would be another one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

coverage = pytest.importorskip("coverage", reason="make coverage installs coverage.py")
if sys.platform == "win32":
    pytest.skip("ends of POSIX", allow_module_level=True)

from tests.conftest import ROOT, run_python

_FORKED = "os.fork() or (parse_duration('1s'), os._exit(0)); os.wait(); os.kill(os.getpid(), 9)"


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("parse_duration('1s')", 0),
        ("parse_duration('1s'); os._exit(3)", 3),
        ("parse_duration('1s'); signal.raise_signal(15)", -15),
        ("parse_duration('1s'); os.execve('/bin/sh', ['sh', '-c', 'exit 4'], {})", 4),
        (_FORKED, -9),
    ],
    ids=["gently", "at once", "by signal", "another program", "in a forked child"],
)
def test_what_was_measured_is_saved_however_a_process_ends(tmp_path: Path, code: str, end: int) -> None:
    measured = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"), "COVERAGE_FILE": str(tmp_path / "measured")}
    imports = "import os, signal; from parl.core.duration import parse_duration; "
    assert run_python(imports + code, env=dict(os.environ) | measured).returncode == end
    data = coverage.CoverageData(str(tmp_path / "all"))
    for file in tmp_path.glob("measured.*"):
        part = coverage.CoverageData(str(file))
        part.read()
        data.update(part)
    assert len(data.lines(str(ROOT / "parl/core/duration.py")) or ()) > 20
