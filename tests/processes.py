"""What the system tells of processes, by its /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MARK = "PARL_TEST_TREE"
"""Every process started below a test's session carries this variable, so that survivors can be found."""


def state_of(pid: int) -> str:
    """Return what the process does: S for sleeping, T for stopped, Z for ended, or "gone"."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


def name_of(pid: int) -> str:
    """Return the process's own name, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().removesuffix("\n")
    except OSError:
        return ""


def marked(mark: str) -> list[int]:
    """Return the living processes whose environment carries *mark*."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0") and state_of(pid) not in ("Z", "gone"):
            found.append(pid)
    return found


def catches(pid: int, number: int) -> bool:
    """Whether the process has a handler of its own for the signal *number*."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def threads_of(pid: int) -> list[tuple[str, int]]:
    """Return of each thread its state, and the nanoseconds for which it has run; none where it has ended."""
    found = []
    tasks: list[Path] = []
    with suppress(FileNotFoundError):
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir())
    for task in tasks:
        with suppress(OSError):
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            found.append((state, int((task / "schedstat").read_text().split()[0])))
    return found
