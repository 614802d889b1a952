"""The trees of Python sources that the tree compiler is measured on, each a copy to work in."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sysconfig
import tempfile
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.comparison import MeasurementError
from benchmarks.set_up import SOURCE_PACKAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Nobody compiles these with the standard library; some are broken on purpose.
_NO_STANDARD_LIBRARY = ("test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__")


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


def has_third_party() -> bool:
    """Whether the large packages are here."""
    return os.path.isdir(SOURCE_PACKAGES)


def third_party(tree: str) -> None:
    """Copy some large packages to *tree*."""
    shutil.copytree(SOURCE_PACKAGES, tree, ignore=shutil.ignore_patterns("__pycache__"))


def sources_of(tree: str) -> list[str]:
    """Return the sources in *tree*."""
    return [os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names if name.endswith(".py")]


def expect_all_compiled(tree: str) -> None:
    """See that each source has its bytecode."""
    sources = sources_of(tree)
    if lacking := [path for path in sources if not os.path.exists(importlib.util.cache_from_source(path))]:
        raise MeasurementError(f"{len(lacking)} of {len(sources)} sources were not compiled, as {lacking[0]}")


def forget_bytecode(tree: str) -> None:
    """Put every __pycache__ in *tree* away, into a folder beside it.

    Not removed: ext4 passes over each inode that was deleted within the last minute, and who creates
    files then, whoever that is, takes up to a third longer.
    """
    away = tempfile.mkdtemp(prefix="away-", dir=os.path.dirname(tree))
    number = count()
    for folder, subfolders, _ in os.walk(tree):
        if "__pycache__" in subfolders:
            subfolders.remove("__pycache__")
            os.rename(os.path.join(folder, "__pycache__"), os.path.join(away, str(next(number))))


def _only_sources(folder: str, names: list[str]) -> set[str]:
    return {
        name
        for name in names
        if name in _NO_STANDARD_LIBRARY or not (name.endswith(".py") or os.path.isdir(os.path.join(folder, name)))
    }
