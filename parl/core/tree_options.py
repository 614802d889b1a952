"""What a compilation of Python sources is asked to do."""

from __future__ import annotations

import os
import sys

from parl.core.current_folder import current_folder
from parl.core.defaults import INVALIDATIONS, LEVELS
from parl.core.errors import UsageError, words_of
from parl.core.pyc import default_invalidation

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    T = TypeVar("T")

SOURCE_SUFFIXES = (".py", ".pyw") if sys.platform == "win32" else (".py",)
"""What the import system takes for a source."""

# Windows says this of a name that none can have, as a wildcard that matches nothing.
_INVALID_NAME = 123


class TreeOptions:
    """What a TreeCompiler is asked to do: paths and how they are compiled, checked at once.

    *paths*, *jobs*, *force*, *exclude*, *optimize*, *invalidation*, *out* and *warnings_as_errors* mean
    what they mean for ``compile_tree``. Raises UsageError for what cannot be meant.
    """

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
        self.paths: tuple[str, ...] = _checked_paths(paths)
        self.jobs: int | None = _checked_jobs(jobs)
        self.force = force
        self.exclude: tuple[str, ...] = _checked_globs(exclude)
        self.levels: tuple[int, ...] = _checked_levels(optimize)
        self.invalidation: str = invalidation or default_invalidation(os.environ)
        self.mirror: str | None = sys.pycache_prefix if out is None else _checked_folder(out)
        self.warnings_as_errors = warnings_as_errors
        if self.invalidation not in INVALIDATIONS:
            raise UsageError(f"invalidation '{self.invalidation}': there are {', '.join(INVALIDATIONS)}")


def _checked_paths(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    checked = tuple(os.fspath(path) for path in _checked_list("paths", paths))
    if not checked:
        raise UsageError("no path to compile")
    if not all(map(os.path.isabs, checked)):
        current_folder()  # the survey needs it
    for path in checked:
        _check(path)
    return checked


def _checked_jobs(jobs: int | None) -> int | None:
    if jobs is not None and jobs < 0:
        raise UsageError(f"{jobs} jobs: name a number from 1, or 0 for all cores")
    return jobs or None


def _checked_globs(globs: Iterable[str]) -> tuple[str, ...]:
    checked = tuple(_checked_list("globs", globs))
    if not all(checked):
        raise UsageError("an empty glob to exclude; name what to leave out, or drop it")
    return checked


def _checked_levels(levels: Iterable[int]) -> tuple[int, ...]:
    checked = tuple(sorted(set(levels))) or (min(sys.flags.optimize, max(LEVELS)),)
    if wrong := set(checked) - set(LEVELS):
        raise UsageError(f"optimization level {min(wrong)}: there are 0, 1 and 2")
    return checked


def _checked_folder(out: str | os.PathLike[str]) -> str:
    if not os.fspath(out):
        raise UsageError("an empty folder to write to; name one, or drop it")
    return os.path.abspath(out)


def _checked_list(name: str, values: Iterable[T]) -> Iterable[T]:
    if isinstance(values, str | os.PathLike):
        raise UsageError(f"{os.fspath(values)!r} is one; write the {name} as a list")
    return values


def _check(path: str) -> None:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"no such file '{path}'") from error
    except (OSError, ValueError) as error:
        if getattr(error, "winerror", None) == _INVALID_NAME:
            raise UsageError(f"no such file '{path}'") from error
        words = words_of(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"'{path}' cannot be looked at: {words}") from error
    if os.path.isfile(path) and not os.path.normcase(path).endswith(SOURCE_SUFFIXES):
        raise UsageError(f"'{path}' is no Python source (a name that ends in .py)")
