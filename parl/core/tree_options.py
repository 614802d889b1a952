"""What a compilation of Python sources is asked to do."""

from __future__ import annotations

import os
import sys

from parl.core.defaults import INVALIDATIONS, LEVELS
from parl.core.errors import UsageError
from parl.core.pyc import default_invalidation

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterable


class TreeOptions:
    """The paths and how they are compiled, checked; see ``compile_tree`` for their meaning."""

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        jobs: int | None = None,
        force: bool = False,
        exclude: Iterable[str] = (),
        optimize: Iterable[int] = (),
        invalidation: str | None = None,
        out: str | os.PathLike[str] | None = None,
        warnings_as_errors: bool = False,
    ) -> None:
        self.paths = _checked_paths(paths)
        self.jobs = jobs or None
        self.force = force
        self.exclude = tuple(exclude)
        self.levels = tuple(sorted(set(optimize))) or (min(sys.flags.optimize, max(LEVELS)),)
        self.invalidation = invalidation or default_invalidation(os.environ)
        self.mirror = os.path.abspath(out) if out is not None else sys.pycache_prefix
        self.warnings_as_errors = warnings_as_errors
        if jobs is not None and jobs < 0:
            raise UsageError(f"{jobs} jobs: name a number from 1, or 0 for all cores")
        if wrong := set(self.levels) - set(LEVELS):
            raise UsageError(f"optimization level {min(wrong)}: there are 0, 1 and 2")
        if self.invalidation not in INVALIDATIONS:
            raise UsageError(f"invalidation '{self.invalidation}': there are {', '.join(INVALIDATIONS)}")


def _checked_paths(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    if isinstance(paths, str):
        raise UsageError(f"{paths!r} is one string; write the paths as a list")
    checked = tuple(os.fspath(path) for path in paths)
    if not checked:
        raise UsageError("no path to compile")
    for path in checked:
        _check(path)
    return checked


def _check(path: str) -> None:
    if not os.path.lexists(path):
        raise UsageError(f"no such file '{path}'")
    if os.path.isfile(path) and not path.endswith(SOURCE_SUFFIXES):
        raise UsageError(f"'{path}' is no Python source (a name that ends in .py)")


SOURCE_SUFFIXES = (".py", ".pyw") if sys.platform == "win32" else (".py",)
"""What the import system takes for a source."""
