"""What the items of a menu's file do: run a command that has the terminal to itself, or call a Python function."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from types import CoroutineType
from typing import Any

from parl.core.command import CommandJob
from parl.core.errors import ParlError
from parl.core.events import SignalReceived
from parl.core.terminator import run_abortable
from parl.core.titles import first_line, readable
from parl.core.user_module import import_module
from parl.platform.base import NoKeyboard
from parl.platform.shell import shell_argv, typed_line


class CommandAction:
    """Runs *command*, a line for the shell or a list of words, in *folder*, with *variables* in its environment.

    *announce* takes the line, as one would type it, before it runs. *attended*: somebody sits in front of it,
    and a typed Ctrl-C is its own; else it ends the command and this process, too. Raises
    CommandFailedError where it does not end well.
    """

    def __init__(
        self,
        command: str | list[str],
        folder: str,
        variables: Mapping[str, str],
        announce: Callable[[str], object],
        *,
        attended: bool = True,
    ) -> None:
        self._kind = _AttendedCommand if attended else CommandJob
        self._announce = announce
        self._command = command
        self._folder = folder
        self._variables = variables

    def __call__(self) -> None:
        self._announce(self._command if isinstance(self._command, str) else typed_line(self._command))
        argv = shell_argv(self._command) if isinstance(self._command, str) else self._command
        job = self._kind(argv, cwd=self._folder, variables=self._variables)
        run_abortable(job, NoKeyboard()).unwrap()


class _AttendedCommand(CommandJob):
    """A command that a user sits in front of: what is typed as a signal is its own, as under a shell."""

    def takes_signal(self, event: SignalReceived) -> bool:
        """Leave a typed Ctrl-C to the command: it may be a shell, and have a meaning for it."""
        return event.by_terminal


class ScriptAction:
    """Calls the function that *target* names, as ``package.module:function``, found from *folder*.

    Imports it only then. Raises ParlError with the cause where that is not possible.
    """

    def __init__(self, target: str, folder: str) -> None:
        self._target = target
        self._folder = folder

    def __call__(self) -> object:
        return call_to_its_end(self._function())

    def title(self) -> str:
        """Return its docstring's first line, read without an import, or a readable name."""
        module, _, function = self._target.partition(":")
        return first_line(_docstring(self._folder, module, function)) or readable(function.rpartition(".")[2])

    def _function(self) -> Callable[[], object]:
        module, _, function = self._target.partition(":")
        try:
            found: Any = import_module(module, self._folder)
        except ParlError as error:
            raise ParlError(f"{self._target}: {error}") from error
        for name in function.split("."):
            if not hasattr(found, name):
                raise ParlError(f"{self._target}: {module} has no {function}")
            found = getattr(found, name)
        if not callable(found):
            raise ParlError(f"{self._target}: is no function")
        return found  # type: ignore[no-any-return]


def call_to_its_end(function: Callable[[], object]) -> object:
    """Call *function*; where that makes a coroutine, run it."""
    result = function()
    if not isinstance(result, CoroutineType):
        return result
    import asyncio

    return asyncio.run(result)


def _docstring(folder: str, module: str, function: str) -> str | None:
    import ast

    base = os.path.join(folder, *module.split("."))
    for path in (f"{base}.py", os.path.join(base, "__init__.py")):
        try:
            with open(path, "rb") as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # whoever imports it is told
                node: ast.AST | None = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError):
            continue
        for name in function.split("."):
            node = _definition(node, name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return ast.get_docstring(node)
    return None


def _definition(node: Any, name: str) -> Any:  # noqa: ANN401 - ast's own
    inner = getattr(node, "body", [])
    return next((found for found in reversed(inner) if getattr(found, "name", None) == name), None)
