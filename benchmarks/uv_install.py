"""uv as a compiler of Python sources: what ``--compile-bytecode`` adds to the installation of a tree as a wheel."""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from itertools import cycle
from time import perf_counter

from benchmarks.comparison import MeasurementError
from benchmarks.pseudo_terminal import child_environment
from benchmarks.source_trees import expect_all_compiled, forget_bytecode, sources_of

_NAME = "tree"
_OPTIONS = _WITH, _WITHOUT = "--compile-bytecode", "--no-compile-bytecode"
_ABOUT = {
    "METADATA": f"Metadata-Version: 2.1\nName: {_NAME}\nVersion: 1\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: parl benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


class UvInstall:
    """An environment, and a wheel of a tree that uv installs there again and again."""

    def __init__(self, uv: str, tree: str, folder: str) -> None:
        self._environment = os.path.join(folder, "environment")
        venv.create(self._environment)
        wheel = os.path.join(folder, f"{_NAME}-1-py3-none-any.whl")
        _write_wheel(wheel, tree)
        python = os.path.join(self._environment, "bin", "python")
        self._command = [
            uv,
            "--no-config",
            "pip",
            "install",
            "--offline",
            "--no-index",
            "--no-deps",
            "--quiet",
            "--reinstall",
        ]
        self._command += ["--cache-dir", os.path.join(folder, "cache"), "--python", python, wheel]
        self._orders = cycle((_OPTIONS, _OPTIONS[::-1]))
        self._seconds_of(_WITHOUT)  # unpacks the wheel into uv's cache

    def compiling_seconds(self) -> float:
        """Return how much longer it takes with bytecode than without."""
        seconds = {option: self._seconds_of(option) for option in next(self._orders)}
        return seconds[_WITH] - seconds[_WITHOUT]

    def _seconds_of(self, option: str) -> float:
        forget_bytecode(self._environment)  # uv leaves it lying where it installs the same again
        began = perf_counter()
        done = subprocess.run(
            [*self._command, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=child_environment(),
            check=False,
        )
        seconds = perf_counter() - began
        if done.returncode != 0:
            raise MeasurementError(f"uv: {done.stderr.strip()}")
        if option == _WITH:
            expect_all_compiled(self._environment)
        return seconds


def _write_wheel(path: str, tree: str) -> None:
    with zipfile.ZipFile(path, "w") as wheel:
        for source in sources_of(tree):
            wheel.write(source, os.path.relpath(source, tree))
        for name, text in _ABOUT.items():
            wheel.writestr(f"{_NAME}-1.dist-info/{name}", text)
