"""Install parl and its peers into an environment of their own, .bench: ``python -m benchmarks.set_up``.

Nothing outside that folder is changed, and nobody needs to be root: Debian's packages are fetched
and unpacked there. A peer that cannot be had is left out with a word here; the report names it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACE = os.path.join(ROOT, ".bench")
NODE_MODULES = os.path.join(PLACE, "node_modules")
DEBIAN = os.path.join(PLACE, "debian")
SOURCE_PACKAGES = os.path.join(PLACE, "packages")
"""Large packages, whose sources are compiled."""
_ENVIRONMENT = os.path.join(PLACE, "python")
_PYTHON = os.path.join(_ENVIRONMENT, *(("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")))
_PIP = [_PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1"]
_HERE = os.path.dirname(os.path.abspath(__file__))
_REQUIREMENTS = os.path.join(_HERE, "requirements.txt")
_DEBIAN_PACKAGES = os.path.join(_HERE, "debian-packages.txt")
_NODE_PACKAGES = ("concurrently@10.0.7",)
_COMPILED_PACKAGES = ("Django==5.2", "SymPy==1.14.0", "SQLAlchemy==2.0.41", "networkx==3.4.2")
_PATIENCE_SECONDS = 600


def main() -> None:
    """Set up what is not there yet; parl is installed anew each time."""
    if not _is_ours():
        _make_environment()
    _install_peers()
    _install_parl()
    _once("npm", _NODE_PACKAGES, _install_node_packages)
    _once("Debian", _lines(_DEBIAN_PACKAGES), _unpack_debian_packages)
    _once("sources", _COMPILED_PACKAGES, _fetch_sources)


# Python


def _is_ours() -> bool:
    """Whether the environment is whole, and of the Python that runs this."""
    try:
        told = subprocess.run(
            [_PYTHON, "-c", "import pip, sys; print(sys.version)"], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return told.returncode == 0 and told.stdout.strip() == sys.version


def _make_environment() -> None:
    shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", _ENVIRONMENT], check=False).returncode != 0:
        sys.exit("benchmarks: no environment can be made; on Debian and its like: apt-get install python3-venv")


def _install_peers() -> None:
    if not _attempt("", [*_PIP, "install", "--requirement", _REQUIREMENTS]):
        # One may have no wheel for this system: the others are wanted all the same.
        for requirement in _lines(_REQUIREMENTS):
            _attempt(requirement, [*_PIP, "install", requirement])
    # Python 3.11 brings it, and its .pth file slows down the start of every Python there.
    _attempt("", [*_PIP, "uninstall", "--yes", "setuptools"])


def _install_parl() -> None:
    """Install it as its users do, also where the same version holds other code; all that it needs is there."""
    if not _attempt("parl", [*_PIP, "install", "--no-build-isolation", "--no-deps", "--force-reinstall", ROOT]):
        sys.exit("benchmarks: parl cannot be installed, so there is nothing to measure")


# Others


def _once(name: str, pins: Sequence[str], install: Callable[[Sequence[str]], bool]) -> None:
    """Have *pins* installed, unless a stamp says that just these are."""
    stamp = os.path.join(PLACE, f"{name.lower()}.stamp")
    if os.path.exists(stamp) and _lines(stamp) == list(pins):
        return
    if install(pins):
        with open(stamp, "w", encoding="ascii") as file:
            file.writelines(f"{pin}\n" for pin in pins)


def _install_node_packages(packages: Sequence[str]) -> bool:
    quiet = ["--no-audit", "--no-fund", "--silent"]
    return _attempt(", ".join(packages), ["npm", "install", "--prefix", PLACE, *quiet, *packages])


def _unpack_debian_packages(names: Sequence[str]) -> bool:
    """Unpack each below .bench; with package lists of our own where the system has none."""
    fetched, lists, cache = (os.path.join(PLACE, name) for name in ("debs", "lists", "cache"))
    ours = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}"]
    shutil.rmtree(fetched, ignore_errors=True)
    for folder in (fetched, os.path.join(lists, "partial"), os.path.join(cache, "archives", "partial")):
        os.makedirs(folder, exist_ok=True)
    if not _attempt("", ["apt-get", "-qq", "download", *names], fetched):
        _attempt(", ".join(names), ["apt-get", "-qq", *ours, "update"], fetched)
        for name in names:
            _attempt(name, ["apt-get", "-qq", *ours, "download", name], fetched)
    unpacked = [_attempt(package, ["dpkg", "-x", package, DEBIAN], fetched) for package in os.listdir(fetched)]
    return sum(unpacked) == len(names)


def _fetch_sources(packages: Sequence[str]) -> bool:
    shutil.rmtree(SOURCE_PACKAGES, ignore_errors=True)
    options = ["--no-deps", "--no-compile", "--target", SOURCE_PACKAGES]
    return _attempt(", ".join(packages), [*_PIP, "install", *options, *packages])


def _lines(path: str) -> list[str]:
    """Return the lines that are no comments."""
    with open(path, encoding="ascii") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def _attempt(who: str, argv: Sequence[str], folder: str = ROOT) -> bool:
    """Run *argv* in *folder*: whether that went well. If not, and *who* is named, say so."""
    trouble = _trouble_of(argv, folder)
    if trouble and who:
        print(f"benchmarks: {who}: {trouble}", file=sys.stderr)
    return not trouble


def _trouble_of(argv: Sequence[str], folder: str) -> str:
    # The path, since Windows' npm is npm.cmd.
    program = shutil.which(argv[0])
    if program is None:
        return "not found"
    try:
        done = subprocess.run(
            [program, *argv[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done within {_PATIENCE_SECONDS} s"
    return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1] if done.returncode else ""


if __name__ == "__main__":
    main()
