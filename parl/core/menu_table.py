"""The table [menu] of a parl.toml: what is wrong with it, before anything is shown or run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from parl.core.errors import UsageError
from parl.core.menu import check_key
from parl.core.toml_values import command, path, refuse_unknown

_ACTIONS = ("command", "script", "items")
_WITHOUT_MEANING = {"command": (), "script": ("cwd", "env"), "items": ("cwd", "env", "confirm")}
"""What would do nothing beside each of them."""


def checked_menu(source: str, table: object) -> Mapping[str, Any]:
    """Return the *table* of the file *source*. Raises UsageError that names the file, the key and the remedy."""
    if not isinstance(table, dict):
        raise UsageError(f"{source}: menu must be a table, written [menu]")
    refuse_unknown(source, "menu.", table, tuple(_MENU_KEYS))
    _check_values(source, "menu.", table, _MENU_KEYS)
    if "items" not in table:
        raise UsageError(f"{source}: menu has no items; add one, written [[menu.items]]")
    _check_items(source, "menu.items", table["items"])
    return table


def _check_items(source: str, place: str, items: object) -> None:
    if not isinstance(items, list):
        raise UsageError(f"{source}: {place} must be a list of tables, written [[{_header(place)}]]")
    if not items:
        raise UsageError(f"{source}: {place} is empty; add an item, or drop it")
    for number, item in enumerate(items, 1):
        _check_item(source, f"{place}[{number}]", item)
    _refuse_same_keys(source, place, items)


def _check_item(source: str, place: str, item: object) -> None:
    if not isinstance(item, dict):
        raise UsageError(f"{source}: {place} must be a table with a title and a command")
    refuse_unknown(source, f"{place}.", item, tuple(_ITEM_KEYS))
    _check_values(source, f"{place}.", item, _ITEM_KEYS)
    actions = [key for key in _ACTIONS if key in item]
    if len(actions) != 1:
        found = f"both {actions[0]} and {actions[1]}; keep one" if actions else "no command, script or items; add one"
        raise UsageError(f"{source}: {place} has {found}")
    action = actions[0]
    if "title" not in item and action != "script":
        raise UsageError(f"{source}: {place} has no title; add one")
    for key in _WITHOUT_MEANING[action]:
        if key in item:
            raise UsageError(f"{source}: {place}.{key} has no meaning for {place}.{action}; drop it")
    if action == "items":
        _check_items(source, f"{place}.items", item["items"])


def _check_values(
    source: str, prefix: str, table: Mapping[str, Any], checks: Mapping[str, Callable[[object], object]]
) -> None:
    for key, value in table.items():
        try:
            checks[key](value)
        except UsageError as error:
            raise UsageError(f"{source}: {prefix}{key}: {error}") from error


def _refuse_same_keys(source: str, place: str, items: list[dict[str, Any]]) -> None:
    owners: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        key = item.get("key")
        if key in owners:
            raise UsageError(f"{source}: {place}[{number}].key: '{key}' is {place}[{owners[key]}]'s; take another one")
        if key is not None:
            owners[key] = number


def _header(place: str) -> str:
    """Return *place* as a table's header has it, without the numbers."""
    return re.sub(r"\[\d+\]", "", place)


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise UsageError("must be a string, and not empty")


def _key(value: object) -> str:
    if not isinstance(value, str):
        raise UsageError('must be one character, like "d"')
    try:
        return check_key(value)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _script(value: object) -> str:
    module, _, function = value.partition(":") if isinstance(value, str) else ("", "", "")
    if module.endswith(".py"):
        raise UsageError(f'names a file; write the module, as in "{module.removesuffix(".py").replace("/", ".")}:run"')
    names = [*module.split("."), *function.split(".")]
    if all(name.isidentifier() for name in names):
        return f"{module}:{function}"
    raise UsageError('must name a module and a function, like "ops.db:backup"')


def _environment(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise UsageError('must be a table of strings, like { REGION = "eu" }')
    for name, text in value.items():
        if not name or "=" in name or "\0" in name:
            raise UsageError(f"{name!r} is no name for a variable")
        if not isinstance(text, str) or "\0" in text:
            raise UsageError(f'{name} must be a string, like {{ {name} = "1" }}')
    return value


def _anything(value: object) -> object:
    return value


_MENU_KEYS: Mapping[str, Callable[[object], object]] = {"title": _text, "items": _anything}
_ITEM_KEYS: Mapping[str, Callable[[object], object]] = {
    "title": _text,
    "command": command,
    "script": _script,
    "items": _anything,
    "help": _text,
    "key": _key,
    "confirm": _text,
    "cwd": path,
    "env": _environment,
}
