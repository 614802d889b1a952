"""Where the lane is, and what is said to all that runs in it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LANE = ROOT / ".wine-lane"
PREFIX = LANE / "prefix"
PYTHON = LANE / "python"
_PASSED_ON = ("PATH", "CI", "HYPOTHESIS_PROFILE", "COVERAGE_PROCESS_START", "COVERAGE_FILE")
PYTHON_EXE = ("wine", str(PYTHON / "python.exe"))


def environment() -> dict[str, str]:
    """Return what Wine needs, and nothing of this machine's taste."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "HOME": str(LANE / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm",  # Wine puts a console on a pseudo-terminal only where it knows that one
        "WINEPREFIX": str(PREFIX),
        "WINEDEBUG": "-all",
        # Microsoft's C runtime; no question whether to install Mono or Gecko; nothing in this user's menus.
        "WINEDLLOVERRIDES": "ucrtbase=n,b;mscoree,mshtml=;winemenubuilder.exe=d",
    }


def measured_into(file: Path) -> dict[str, str]:
    """Return what has Windows' Python, and all that it starts, write what coverage.py measures to *file*."""
    return {"COVERAGE_PROCESS_START": f"Z:{ROOT / 'pyproject.toml'}", "COVERAGE_FILE": f"Z:{file.resolve()}"}
