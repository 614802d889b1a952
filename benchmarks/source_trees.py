"""The trees of Python sources that the tree compiler is measured on, each a copy to work in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.comparison import MeasurementError
from benchmarks.set_up import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Nobody compiles these with the standard library; some are broken on purpose.
_NO_STANDARD_LIBRARY = ("test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__")
_PACKAGES = ("Django==5.2", "SymPy==1.14.0", "SQLAlchemy==2.0.41", "networkx==3.4.2")
_STORE = os.path.join(PLACE, "trees")


@contextmanager
def copy_of(make: Callable[[str], None]) -> Iterator[str]:
    """Have *make* fill a folder of its own, without any bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        make(tree)
        yield tree


def standard_library(tree: str) -> None:
    """Copy this Python's standard library without its tests to *tree*."""
    shutil.copytree(
        sysconfig.get_path("stdlib"), tree, ignore=_only_sources, symlinks=True, ignore_dangling_symlinks=True
    )


def third_party(tree: str) -> None:
    """Copy some large packages to *tree*; they are fetched once, from the package index."""
    store = os.path.join(_STORE, "-".join(_PACKAGES).replace("==", "-"))
    if not os.path.isdir(store):
        fetching = f"{store}.part"
        shutil.rmtree(fetching, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--target", fetching]
        fetched = subprocess.run([*command, *_PACKAGES], capture_output=True, text=True, check=False)
        if fetched.returncode != 0:
            raise MeasurementError(f"{', '.join(_PACKAGES)} cannot be had: {fetched.stderr.strip()[-300:]}")
        os.rename(fetching, store)
    shutil.copytree(store, tree, ignore=shutil.ignore_patterns("__pycache__"))


def sources_of(tree: str) -> list[str]:
    """Return the sources in *tree*."""
    return [os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names if name.endswith(".py")]


def forget_bytecode(tree: str) -> None:
    """Remove every __pycache__ in *tree*."""
    for folder, subfolders, _ in os.walk(tree):
        if "__pycache__" in subfolders:
            subfolders.remove("__pycache__")
            shutil.rmtree(os.path.join(folder, "__pycache__"))


def _only_sources(folder: str, names: list[str]) -> set[str]:
    return {
        name
        for name in names
        if name in _NO_STANDARD_LIBRARY or not (name.endswith(".py") or os.path.isdir(os.path.join(folder, name)))
    }
