"""Importing what users wrote: from a folder of theirs, with the cause where that fails."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType

from parl.core.errors import ParlError
from parl.core.perform import error_words


class ModuleMissingError(ParlError):
    """There is no such module, or a package around it."""


class ModuleFailedError(ParlError):
    """The module is there, and cannot be imported; the text says why."""


def import_module(name: str, folder: str) -> ModuleType:
    """Import *name*, looking in *folder* first. Raises ModuleMissingError, or ModuleFailedError."""
    _look_in(folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise ModuleMissingError(f"{_failure(error)} (looked in {folder})") from error
        raise _failure(error) from error
    except (Exception, SystemExit) as error:
        raise _failure(error) from error


def import_file(path: str) -> ModuleType:
    """Import the Python file at *path*; it finds its neighbours. Raises ModuleMissingError, or ModuleFailedError."""
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:
        name = f"parl_menu_{name}"  # not in the place of one that others need
    if not os.path.isfile(path):
        raise ModuleMissingError("is a folder" if os.path.isdir(path) else "no such file")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModuleMissingError("is neither .toml nor .py; name a file that is")
    _look_in(os.path.dirname(os.path.abspath(path)))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failure(error) from error
    return module


def _failure(error: BaseException) -> ModuleFailedError:
    return ModuleFailedError(f"cannot be imported: {error_words(error)}")


def _look_in(folder: str) -> None:
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)
