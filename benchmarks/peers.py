"""Who parl is measured beside: where each is found, which version, and which of them are missing here."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache

from benchmarks.set_up import DEBIAN, NODE_MODULES

_FOLDERS = (
    os.path.dirname(sys.executable),
    os.path.join(DEBIAN, "usr", "bin"),
    os.path.join(NODE_MODULES, ".bin"),
    os.path.join(sysconfig.get_path("purelib"), "iterfzf"),
)
_PATIENCE_SECONDS = 20
_VERSION = re.compile(r"\d+(\.\d+)+")


@dataclass(frozen=True)
class Peer:
    """A *distribution* of the Python index that is imported, or else a program, which one may bring too."""

    distribution: str = ""
    is_program: bool = False


PEERS = {
    "anyio": Peer("anyio"),
    "APScheduler": Peer("APScheduler"),
    "blessed": Peer("blessed"),
    "cc": Peer(),
    "click": Peer("click"),
    "concurrently": Peer(),
    "dumb-init": Peer(),
    "fzf": Peer("iterfzf", is_program=True),
    "honcho": Peer("honcho", is_program=True),
    "make": Peer(),
    "matplotlib": Peer("matplotlib"),
    "node": Peer(),
    "pick": Peer("pick"),
    "prompt_toolkit": Peer("prompt_toolkit"),
    "psutil": Peer("psutil"),
    "pyte": Peer("pyte"),
    "questionary": Peer("questionary"),
    "readchar": Peer("readchar"),
    "simple-term-menu": Peer("simple-term-menu"),
    "sleep": Peer(),
    "sshkeyboard": Peer("sshkeyboard"),
    "termdown": Peer("termdown", is_program=True),
    "timeout": Peer(),
    "tini": Peer(),
    "trio": Peer("trio"),
    "uv": Peer("uv", is_program=True),
    "uvloop": Peer("uvloop"),
}


def program(name: str) -> str | None:
    """Return the path of the peer's program: of the benchmark's own environment, else of the system; None without."""
    for folder in _FOLDERS:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return shutil.which(name)


def has(name: str) -> bool:
    """Whether this peer can be measured here."""
    return version(name) is not None


@cache
def version(name: str) -> str | None:
    """Return the version of what would be run, or None where it is missing."""
    peer = PEERS[name]
    if peer.distribution and not peer.is_program:
        return _installed_version(peer.distribution)
    path = program(name)
    return None if path is None else _told_version(path)


def _installed_version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _told_version(path: str) -> str:
    """Return what the program says, or a question mark."""
    try:
        told = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    found = _VERSION.search(told.stdout + told.stderr)
    return found[0] if found else "?"


def versions() -> dict[str, str]:
    """Return the version of each peer that is here."""
    return {name: found for name in PEERS if (found := version(name)) is not None}


def missing() -> list[str]:
    """Return the peers that are not here."""
    return [name for name in PEERS if version(name) is None]
