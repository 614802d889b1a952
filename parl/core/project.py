"""parl.toml (or [tool.parl] in pyproject.toml): what the bare commands mean in a project."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from parl.core.current_folder import current_folder
from parl.core.defaults import COMMAND_OPTIONS, FORMATS, INVALIDATIONS, PATH_OPTIONS, STDIN_CHOICES
from parl.core.errors import UsageError, words_of
from parl.core.menu_table import checked_menu
from parl.core.toml_values import command, count, duration, keys, levels, one_of, path, refuse_unknown, strings, truth

FILE_NAME = "parl.toml"
PYPROJECT_NAME = "pyproject.toml"
_ABOUT_ESCAPES = ("Unescaped '\\'", "Invalid hex value", "Escaped character")
"""What tomllib says of a backslash that begins no escape, or one of no character."""


class Table(NamedTuple):
    """One checked table of a project's file."""

    source: str
    """The file's path, as messages name it."""
    folder: str
    """The folder of the file: what it names is meant from there."""
    values: Mapping[str, Any]
    """The values by key; durations in seconds."""


def find_table(name: str, folder: str | None = None) -> Table | None:
    """Return the table *name* of the nearest project file at or above *folder* (the current one).

    Raises UsageError where that file cannot be read, or holds what it must not.
    """
    folder = os.path.abspath(folder or current_folder())
    while True:
        tables = _tables_in(folder)
        if tables is not None:
            return _table(name, *tables, folder)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def read_table(name: str, path: str) -> Table:
    """Return the table *name* of the file at *path*. Raises UsageError where there is none, or it is not right."""
    text = _read(path)
    if text is None:
        raise UsageError(f"{path}: no such file")
    source, content = _short(path), _parse(path, text)
    if os.path.basename(path) == PYPROJECT_NAME:
        tool = content.get("tool")
        source, content = f"{source}: tool.parl", tool.get("parl", {}) if isinstance(tool, dict) else {}
    table = _table(name, source, content, os.path.dirname(os.path.abspath(path)))
    if table is None:
        raise UsageError(f"{source}: has no table [{name}]; add one, or name another file")
    return table


def _table(name: str, source: str, content: object, folder: str) -> Table | None:
    if not isinstance(content, dict):
        raise UsageError(f"{source}: must be a table")
    refuse_unknown(source, "", content, tuple(_TABLES))
    return Table(source, folder, _TABLES[name](source, content[name])) if name in content else None


def _tables_in(folder: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the name and content of the project file in *folder*, if it has one."""
    path = os.path.join(folder, FILE_NAME)
    if (text := _read(path)) is not None:
        return _short(path), _parse(path, text)
    path = os.path.join(folder, PYPROJECT_NAME)
    if (text := _read(path)) is None or b"parl" not in text:
        return None
    tool = _parse(path, text).get("tool", {})
    if isinstance(tool, dict) and "parl" in tool:
        return f"{_short(path)}: tool.parl", tool["parl"]
    return None


def _read(path: str) -> bytes | None:
    if not os.path.lexists(path):
        return None
    if os.path.exists(path) and not os.path.isfile(path):
        raise UsageError(f"{_short(path)}: cannot be read: is no file")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{_short(path)}: cannot be read: {words_of(error)}") from error


def _parse(path: str, text: bytes) -> dict[str, Any]:
    import tomllib  # only here: most runs have no file

    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageError(f"{_short(path)}: is UTF-16; save it as UTF-8")
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except ValueError as error:  # TOML's and UTF-8's alike
        # "C:\\users" would be fine, "C:\users" is an unfinished escape.
        is_escape = any(words in str(error) for words in _ABOUT_ESCAPES)
        way_out = "; between single quotes a backslash is itself" if is_escape else ""
        raise UsageError(f"{_short(path)}: not valid TOML: {error}{way_out}") from error
    except RecursionError as error:
        raise UsageError(f"{_short(path)}: nested too deeply") from error


def _short(path: str) -> str:
    try:
        short = os.path.relpath(path)
    except ValueError:  # on another drive of Windows
        return path
    return path if short.startswith(os.path.join(os.pardir, os.pardir, os.pardir)) else short


def _checked_compile(source: str, table: object) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError(f"{source}: compile must be a table, written [compile]")
    refuse_unknown(source, "compile.", table, tuple(COMPILE_KEYS))
    if "command" in table and "paths" in table:
        raise UsageError(f"{source}: compile has both command and paths; keep one")
    _refuse_mixture(source, table)
    values = {}
    for key, value in table.items():
        try:
            values[key] = COMPILE_KEYS[key](value)
        except UsageError as error:
            raise UsageError(f"{source}: compile.{key}: {error}") from error
    return values


def _refuse_mixture(source: str, table: Mapping[str, Any]) -> None:
    """A key that would do nothing is an error."""
    owner, strangers = ("paths", COMMAND_OPTIONS) if "paths" in table else ("command", PATH_OPTIONS)
    for key in strangers:
        if owner in table and key in table:
            raise UsageError(f"{source}: compile.{key} has no meaning for compile.{owner}; drop it")
    for key in PATH_OPTIONS:
        if key in table and "paths" not in table:
            raise UsageError(f"{source}: compile.{key} has no meaning without compile.paths; add it")


COMPILE_KEYS: Mapping[str, Callable[[object], object]] = {
    "command": command,
    "paths": strings,
    "timeout": duration,
    "grace": duration,
    "abort-key": keys,
    "no-key": truth,
    "stdin": one_of(*STDIN_CHOICES),
    "jobs": count,
    "force": truth,
    "exclude": strings,
    "optimize": levels,
    "invalidation": one_of(*INVALIDATIONS),
    "out": path,
    "warnings-as-errors": truth,
    "format": one_of(*FORMATS),
    "quiet": truth,
    "pause": truth,
}
_TABLES: Mapping[str, Callable[[str, object], Mapping[str, Any]]] = {
    "compile": _checked_compile,
    "menu": checked_menu,
}
