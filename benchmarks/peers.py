"""Who parl is measured beside: where each is found, which version, and which of them are missing here."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.set_up import DEBIAN, NODE_MODULES

_FOLDERS = (
    os.path.dirname(sys.executable),
    os.path.join(DEBIAN, "usr", "bin"),
    os.path.join(NODE_MODULES, ".bin"),
)
_PATIENCE_SECONDS = 20
_VERSION = re.compile(r"\d+(\.\d+)+")


@dataclass(frozen=True)
class Peer:
    """A distribution of the Python index (*distribution*), or a program that tells its version by *option*."""

    distribution: str = ""
    option: str = "--version"


PEERS = {
    "anyio": Peer("anyio"),
    "APScheduler": Peer("APScheduler"),
    "blessed": Peer("blessed"),
    "cc": Peer(),
    "click": Peer("click"),
    "concurrently": Peer(),
    "dumb-init": Peer(),
    "fzf": Peer("iterfzf"),
    "honcho": Peer("honcho"),
    "make": Peer(),
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
    "termdown": Peer("termdown"),
    "timeout": Peer(),
    "tini": Peer(),
    "trio": Peer("trio"),
    "uv": Peer("uv"),
    "uvloop": Peer("uvloop"),
}


def program(name: str) -> str | None:
    """Return the path of the peer's program: of the benchmark's own environment, else of the system; None without."""
    for folder in _FOLDERS:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    return shutil.which(name)


def has(name: str) -> bool:
    """Whether this peer can be measured here."""
    return version(name) is not None


def version(name: str) -> str | None:
    """Return the peer's version, or None where it is missing."""
    peer = PEERS[name]
    if peer.distribution:
        try:
            return importlib.metadata.version(peer.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None
    path = program(name)
    return None if path is None else _told_version(path, peer.option)


def _told_version(path: str, option: str) -> str:
    told = subprocess.run(
        [path, option],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    found = _VERSION.search(told.stdout + told.stderr)
    return found[0] if found else "?"


def versions() -> dict[str, str]:
    """Return the version of each peer that is here."""
    return {name: found for name in PEERS if (found := version(name)) is not None}


def missing() -> list[str]:
    """Return the peers that are not here."""
    return [name for name in PEERS if version(name) is None]
