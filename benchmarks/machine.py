"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

from parl import __version__

_GIBIBYTE = 1 << 30


def machine() -> dict[str, str]:
    """Return what is known of this machine, and of the parl on it, by name."""
    facts = {
        "parl": f"{__version__} {_commit()}".rstrip(),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": _memory(),
        "system": _system(),
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "load at the start": _load(),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _commit() -> str:
    """Return what git calls this checkout, and whether something was changed since; empty where that is unknown."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    if sys.platform == "win32":
        return ""
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / _GIBIBYTE:.0f} GiB"


def _system() -> str:
    for line in _lines("/etc/os-release"):
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip().strip('"')
    return ""


def _load() -> str:
    return "" if sys.platform == "win32" else f"{os.getloadavg()[0]:.2f}"


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readlines()
    except OSError:
        return []
