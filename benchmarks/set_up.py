"""Install parl and its peers into an environment of their own, .bench: ``python -m benchmarks.set_up``.

Nothing outside that folder is changed, and nobody needs to be root: Debian's packages are fetched
and unpacked there. A peer that cannot be had is left out with a word here; the report names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACE = os.path.join(ROOT, ".bench")
NODE_MODULES = os.path.join(PLACE, "node_modules")
DEBIAN = os.path.join(PLACE, "debian")
BIN = os.path.join(PLACE, "Scripts" if sys.platform == "win32" else "bin")
_HERE = os.path.dirname(os.path.abspath(__file__))
_REQUIREMENTS = os.path.join(_HERE, "requirements.txt")
_DEBIAN_PACKAGES = os.path.join(_HERE, "debian-packages.txt")
_NODE_PACKAGES = ("concurrently@10.0.7",)
_PATIENCE_SECONDS = 600


def main() -> None:
    """Set up what is not there yet; parl is installed anew each time."""
    python = os.path.join(BIN, "python")
    if not os.path.exists(python):
        venv.create(PLACE, with_pip=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    if not _attempt("", [*pip, "--requirement", _REQUIREMENTS]):
        # One may have no wheel for this system: the others are wanted all the same.
        for requirement in _requirements():
            _attempt(requirement, [*pip, requirement])
    subprocess.run([*pip, ROOT], check=True)
    # The same version may hold other code.
    subprocess.run([*pip, "--force-reinstall", "--no-deps", ROOT], check=True)
    if not os.path.isdir(NODE_MODULES):
        _attempt("npm", ["npm", "install", "--prefix", PLACE, "--no-audit", "--no-fund", "--silent", *_NODE_PACKAGES])
    if not os.path.isdir(DEBIAN):
        _fetch_debian_packages()


def _requirements() -> list[str]:
    with open(_REQUIREMENTS, encoding="ascii") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def _fetch_debian_packages() -> None:
    """Unpack them below .bench; with package lists of our own where the system has none."""
    with open(_DEBIAN_PACKAGES, encoding="ascii") as file:
        names = file.read().split()
    fetched = os.path.join(PLACE, "packages")
    lists = os.path.join(PLACE, "lists")
    ours = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={os.path.join(PLACE, 'cache')}"]
    for folder in (fetched, os.path.join(lists, "partial")):
        os.makedirs(folder, exist_ok=True)
    there = _attempt("", ["apt-get", "-qq", "download", *names], fetched) or (
        _attempt("apt-get", ["apt-get", "-qq", *ours, "update"], fetched)
        and _attempt("apt-get", ["apt-get", "-qq", *ours, "download", *names], fetched)
    )
    if not there:
        return
    for package in os.listdir(fetched):
        _attempt("dpkg", ["dpkg", "-x", package, DEBIAN], fetched)


def _attempt(who: str, argv: Sequence[str], folder: str = ROOT) -> bool:
    """Run *argv* in *folder*: whether that went well. If not, and *who* is named, say so."""
    if shutil.which(argv[0]) is None:
        trouble = "not found"
    else:
        done = subprocess.run(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return True
        trouble = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
    if who:
        print(f"benchmarks: {who}: {trouble}", file=sys.stderr)
    return False


if __name__ == "__main__":
    main()
