"""parl.toml (or [tool.parl] in pyproject.toml): what the bare commands mean in a project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from parl.core.defaults import ANY_KEY, COMMAND_OPTIONS, FORMATS, INVALIDATIONS, LEVELS, PATH_OPTIONS, STDIN_CHOICES
from parl.core.duration import check_seconds, parse_duration
from parl.core.errors import UsageError, words_of
from parl.platform.keys import parse_key_names

FILE_NAME = "parl.toml"
_TABLES = ("compile", "menu")


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
    try:
        folder = os.path.abspath(folder or os.curdir)
    except FileNotFoundError as error:
        raise UsageError("the current folder does not exist any more; go to another one") from error
    while True:
        tables = _tables_in(folder)
        if tables is not None:
            source, content = tables
            values = _checked(source, content).get(name)
            return None if values is None else Table(source, folder, values)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _tables_in(folder: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the name and content of the project file in *folder*, if it has one."""
    path = os.path.join(folder, FILE_NAME)
    if (text := _read(path)) is not None:
        return _short(path), _parse(path, text)
    path = os.path.join(folder, "pyproject.toml")
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

    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except ValueError as error:  # TOML's and UTF-8's alike
        raise UsageError(f"{_short(path)}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{_short(path)}: nested too deeply") from error


def _short(path: str) -> str:
    short = os.path.relpath(path)
    return path if short.startswith(os.path.join(os.pardir, os.pardir, os.pardir)) else short


def _checked(source: str, content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UsageError(f"{source}: must be a table")
    _refuse_unknown(source, "", content, _TABLES)
    checked = dict(content)
    if "compile" in content:
        checked["compile"] = _checked_compile(source, content["compile"])
    return checked


def _checked_compile(source: str, table: object) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError(f"{source}: compile must be a table, written [compile]")
    _refuse_unknown(source, "compile.", table, tuple(_COMPILE_KEYS))
    if "command" in table and "paths" in table:
        raise UsageError(f"{source}: compile has both command and paths; keep one")
    _refuse_mixture(source, table)
    values = {}
    for key, value in table.items():
        try:
            values[key] = _COMPILE_KEYS[key](value)
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


def _refuse_unknown(source: str, prefix: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise UsageError(f"{source}: unknown key '{prefix}{key}'{_suggestion(key, known)}")


def _suggestion(key: str, known: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, 1)
    return f" (did you mean '{near[0]}'?)" if near else f" (there are {', '.join(known)})"


def _command(value: object) -> str | list[str]:
    words = [value] if isinstance(value, str) else value
    if isinstance(words, list) and all(isinstance(word, str) for word in words) and words and words[0].strip():
        if any("\0" in word for word in words):
            raise UsageError("holds a NUL character, which no command can be given")
        return value  # type: ignore[return-value]  # mypy does not see that it is one of the two
    raise UsageError('must be a command: a string for the shell, or a list like ["make", "-j8"]')


def _strings(value: object) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(word, str) and word for word in value):
        return value
    raise UsageError('must be a list of strings, and not empty, like ["src", "tests"]')


def _duration(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError('must be a duration, like "30m" or 90')
    return parse_duration(value) if isinstance(value, str) else check_seconds(value)


def _keys(value: object) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise UsageError('must name keys, like "q" or "q,esc"')
    if value.lower() == ANY_KEY:
        return ()
    try:
        return parse_key_names(value)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _one_of(*choices: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value in choices:
            return str(value)
        raise UsageError(f"must be one of {', '.join(choices)}")

    return check


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise UsageError("must be a number from 1, or 0 for all cores")


def _levels(value: object) -> list[int]:
    levels: list[Any] = value if isinstance(value, list) else [value]
    if levels and all(type(level) is int and level in LEVELS for level in levels):  # not true, which equals 1
        return levels
    raise UsageError("must be 0, 1 or 2, or a list of them")


def _path(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise UsageError('must be a path, like "build/pyc"')


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError("must be true or false")


_COMPILE_KEYS: Mapping[str, Callable[[object], object]] = {
    "command": _command,
    "paths": _strings,
    "timeout": _duration,
    "grace": _duration,
    "abort-key": _keys,
    "no-key": _truth,
    "stdin": _one_of(*STDIN_CHOICES),
    "jobs": _count,
    "force": _truth,
    "exclude": _strings,
    "optimize": _levels,
    "invalidation": _one_of(*INVALIDATIONS),
    "out": _path,
    "warnings-as-errors": _truth,
    "format": _one_of(*FORMATS),
    "quiet": _truth,
    "pause": _truth,
}
