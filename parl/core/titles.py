"""What a menu calls a callable that brings no title: its docstring's first line, or a readable name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

_NAMED = (FunctionType, MethodType, BuiltinFunctionType, type)


def title_of(callback: Callable[..., Any]) -> str:
    """Return the title of *callback*: the lesson's note 3, for any object that can be called."""
    while (inner := _wrapped(callback)) is not None:
        callback = inner
    return first_line(_docstring(callback)) or readable(_name(callback))


def first_line(docstring: str | None) -> str:
    """Return the first line of *docstring* that says something, without a full stop."""
    lines = (line.strip() for line in (docstring or "").splitlines())
    line = next(filter(None, lines), "")
    return line if line.endswith("..") else line.removesuffix(".")


def readable(name: str) -> str:
    """Return the *name* of a function as a title: ``run_tests`` is `Run tests`."""
    words = name.strip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def _wrapped(callback: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return what a partial, or a wrapper like ``functools.cache``, calls; its own docstring tells what those are."""
    if isinstance(callback, functools.partial):
        return callback.func
    return None if isinstance(callback, _NAMED) else getattr(callback, "__dict__", {}).get("__wrapped__")


def _docstring(callback: Callable[..., Any]) -> str | None:
    if isinstance(callback, MethodType) and callback.__doc__ is None:
        import inspect  # only here: it takes longer to import than a menu of functions to show

        return inspect.getdoc(callback)  # it may be inherited
    if isinstance(callback, _NAMED):
        return callback.__doc__
    kind = type(callback)
    return kind.__call__.__doc__ or _own_docstring(kind)


def _own_docstring(kind: type) -> str | None:
    """Return what somebody wrote about *kind*, and not what ``dataclass`` makes up."""
    docstring = kind.__doc__
    return None if docstring and docstring.startswith(f"{kind.__name__}(") else docstring


def _name(callback: Callable[..., Any]) -> str:
    name = getattr(callback, "__name__", None) or type(callback).__name__
    return "nameless" if name == "<lambda>" else str(name)
