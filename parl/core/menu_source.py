"""Where a menu comes from: a project's file, a Python file, a module, or the lesson."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from parl.core.errors import UsageError
from parl.core.menu import Menu, Option
from parl.core.menu_actions import CommandAction, ScriptAction, call_to_its_end
from parl.core.project import Table
from parl.core.titles import readable, title_of
from parl.core.user_module import ModuleFailedError, ModuleMissingError, import_file, import_module


def menu_of_table(table: Table, announce: Callable[[str], object], *, attended: bool = True) -> Menu:
    """Return the menu that a checked table [menu] describes; for *announce* and *attended* see CommandAction."""
    return _menu(table.values, _Surroundings(table.folder, announce, attended), "exit")


def menu_of_module(name: str) -> Menu:
    """Return the public functions of a module, by its name or its file's path, in the order they are written.

    Raises UsageError where it cannot be imported, or has none.
    """
    functions = _choices(_module(name))
    if not functions:
        raise UsageError(f"{name}: has no public functions that take no arguments; write one, or name another")
    return Menu([Option(partial(call_to_its_end, function), title) for title, function in functions])


def demonstration_menu(write: Callable[[str], object]) -> Menu:
    """Return the lesson's menu; *write* takes what its functions print."""

    def print_() -> None:
        """Print"""
        write("Print logic to come here...\n")

    def edit() -> None:
        """Edit"""
        write("Edit logic to come here...\n")

    def erase() -> None:
        """Erase"""
        write("Erase logic to come here...\n")

    return Menu([print_, edit, erase])


def has_scripts(items: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether one of a checked table's *items*, or of theirs, is a Python function."""
    return any("script" in item or has_scripts(item.get("items", ())) for item in items)


class _Surroundings(NamedTuple):
    folder: str
    announce: Callable[[str], object]
    attended: bool


def _menu(table: Mapping[str, Any], surroundings: _Surroundings, exit_title: str) -> Menu:
    return Menu([_option(item, surroundings) for item in table["items"]], table.get("title", ""), exit_title)


def _option(item: Mapping[str, Any], surroundings: _Surroundings) -> Option:
    folder = surroundings.folder
    shown = {"help": item.get("help", ""), "key": item.get("key", ""), "confirm": item.get("confirm", "")}
    title = item.get("title")
    if "items" in item:
        return Option(_menu(item, surroundings, "back"), title, **shown)
    if "script" in item:
        script = ScriptAction(item["script"], folder)
        return Option(script, title or script.title(), **shown)
    cwd = os.path.join(folder, item.get("cwd", ""))
    command = CommandAction(
        item["command"], cwd, item.get("env", {}), surroundings.announce, attended=surroundings.attended
    )
    return Option(command, title, **shown)


def _module(name: str) -> ModuleType:
    is_file = name.endswith((".py", "/")) or os.path.isfile(name)
    try:
        if is_file:
            return import_file(name)
        if not all(part.isidentifier() for part in name.split(".")):
            raise UsageError(f"{name}: no such file")
        return import_module(name, os.getcwd())
    except ModuleMissingError as error:
        raise UsageError(f"{name}: {error}" if is_file else f"{name}: no such file, and no such module") from error
    except ModuleFailedError as error:
        raise UsageError(f"{name}: {error}") from error


def _choices(module: ModuleType) -> list[tuple[str, Callable[[], object]]]:
    """Return titles and functions that *module* itself defines for others, in the order they are written."""
    names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    found: dict[Callable[[], object], tuple[int, str]] = {}
    for name in names:
        value: Any = getattr(module, name, None)
        function = _function_behind(value)
        if function is not None and value.__module__ == module.__name__ and _takes_nothing(value):
            title = readable(name) if function.__name__ == "<lambda>" else title_of(value)
            found.setdefault(value, (function.__code__.co_firstlineno, title))
    return [(found[function][1], function) for function in sorted(found, key=lambda function: found[function][0])]


def _function_behind(value: Any) -> FunctionType | None:  # noqa: ANN401 - whatever a module holds
    """Return the function that *value* is, or wraps, as ``functools.cache`` does; None if it is something else."""
    import inspect  # only for modules: it takes longer to import than all that is here

    if not isinstance(value, FunctionType) and "__wrapped__" not in getattr(value, "__dict__", {}):
        return None
    inner = inspect.unwrap(value)
    return inner if isinstance(inner, FunctionType) else value if isinstance(value, FunctionType) else None


def _takes_nothing(function: Callable[..., object]) -> bool:
    import inspect

    parameters = inspect.signature(function).parameters.values()
    return all(
        parameter.default is not parameter.empty or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        for parameter in parameters
    )
