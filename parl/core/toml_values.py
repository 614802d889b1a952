"""What the values of a parl.toml may be; each function returns the value, or raises UsageError with what it must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parl.core.defaults import ANY_KEY, LEVELS
from parl.core.duration import check_seconds, parse_duration
from parl.core.errors import UsageError
from parl.core.suggestion import did_you_mean
from parl.platform.keys import parse_key_names


def command(value: object) -> str | list[str]:
    """Return a command: a string for the shell, or a list of words."""
    words = [value] if isinstance(value, str) else value
    if isinstance(words, list) and all(isinstance(word, str) for word in words) and words and words[0].strip():
        if any("\0" in word for word in words):
            raise UsageError("holds a NUL character, which no command can be given")
        return value  # type: ignore[return-value]  # mypy does not see that it is one of the two
    raise UsageError('must be a command: a string for the shell, or a list like ["make", "-j8"]')


def strings(value: object) -> list[str]:
    """Return a list of strings, not empty."""
    if isinstance(value, list) and value and all(isinstance(word, str) and word for word in value):
        return value
    raise UsageError('must be a list of strings, and not empty, like ["src", "tests"]')


def duration(value: object) -> float:
    """Return a duration in seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError('must be a duration, like "30m" or 90')
    return parse_duration(value) if isinstance(value, str) else check_seconds(value)


def keys(value: object) -> tuple[str, ...]:
    """Return names of keys; none for any."""
    if not isinstance(value, str):
        raise UsageError('must name keys, like "q" or "q,esc"')
    if value.lower() == ANY_KEY:
        return ()
    try:
        return parse_key_names(value)
    except ValueError as error:
        raise UsageError(str(error)) from error


def one_of(*choices: str) -> Callable[[object], str]:
    """Return a check for one of *choices*."""

    def check(value: object) -> str:
        if value in choices:
            return str(value)
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise UsageError(f"must be one of {', '.join(choices)}{near}")

    return check


def count(value: object) -> int:
    """Return a number of cores."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise UsageError("must be a number from 1, or 0 for all cores")


def levels(value: object) -> list[int]:
    """Return levels of optimization."""
    levels: list[Any] = value if isinstance(value, list) else [value]
    if levels and all(type(level) is int and level in LEVELS for level in levels):  # not true, which equals 1
        return levels
    raise UsageError("must be 0, 1 or 2, or a list of them")


def path(value: object) -> str:
    """Return a path."""
    if isinstance(value, str) and value and "\0" not in value:
        return value
    raise UsageError('must be a path, like "build/pyc"')


def truth(value: object) -> bool:
    """Return whether it is true."""
    if isinstance(value, bool):
        return value
    raise UsageError("must be true or false")


def refuse_unknown(source: str, prefix: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Raise UsageError where *table*, at *prefix* in *source*, has a key that is not *known*."""
    for key in table:
        if key not in known:
            way_out = did_you_mean(key, known) or f" (there are {', '.join(known)})"
            raise UsageError(f"{source}: unknown key '{prefix}{key}'{way_out}")
