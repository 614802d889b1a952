"""Ways to choose one of many lines in a terminal: parl's and its peers', each as a command."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.menu_terminal import MenuTerminal
from benchmarks.pseudo_terminal import parl_command

if TYPE_CHECKING:
    from collections.abc import Sequence

# What such a script does first: the items are on stdin, the keys come from the terminal.
_READ = """
import os, sys
items = sys.stdin.read().splitlines()
os.dup2(os.open("/dev/tty", os.O_RDWR), 0)
"""
_SCRIPTS = {
    "simple-term-menu": (
        "simple_term_menu",
        "from simple_term_menu import TerminalMenu; TerminalMenu(items, search_key=None).show()",
    ),
    "questionary": (
        "questionary",
        "import questionary\n"
        "questionary.select('Which?', choices=items, use_search_filter=True, use_jk_keys=False).ask()",
    ),
    "pick": ("pick", "from pick import pick; pick(items, 'Which?')"),
    "prompt_toolkit choice": (
        "prompt_toolkit",
        "from prompt_toolkit.shortcuts import choice\nchoice('Which?', options=[(item, item) for item in items])",
    ),
}
_WITHOUT_FILTER = ("pick", "prompt_toolkit choice")
_SLOW = ("questionary", "prompt_toolkit choice")

BARE = """
from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
keys = KeyBindings()
keys.add("enter")(lambda event: event.app.exit())
Application(layout=Layout(Window(FormattedTextControl({line!r}))), key_bindings=keys, erase_when_done=True).run()
"""
"""A prompt_toolkit application that paints one line: the least that a menu on it must do."""


@dataclass(frozen=True)
class Contestant:
    """One way, which reads its items from stdin. *is_slow*: takes seconds for a hundred thousand."""

    name: str
    argv: Sequence[str]
    has_filter: bool = True
    is_slow: bool = False
    prints_on_stdout: bool = False
    """And paints elsewhere: so stdout need not be the terminal."""

    def on_terminal(self, stdin: str | int) -> MenuTerminal:
        """Start it with *stdin*, a file or an open descriptor."""
        return MenuTerminal(self.argv, stdin, stdout=os.devnull if self.prints_on_stdout else None)


def parl_and_peers() -> list[Contestant]:
    """Return those that this machine has, parl first; say which are missing."""
    found = [Contestant("parl menu --choose", parl_command("menu", "--choose"), prints_on_stdout=True)]
    fzf = _fzf()
    if fzf is not None:
        found.append(Contestant("fzf", [fzf, "--height", "20", "--reverse"], prints_on_stdout=True))
    missing = [] if fzf else ["iterfzf"]
    for name, (module, script) in _SCRIPTS.items():
        if importlib.util.find_spec(module) is None:
            missing.append(name)
        else:
            argv = [sys.executable, "-c", _READ + script]
            found.append(Contestant(name, argv, name not in _WITHOUT_FILTER, name in _SLOW))
    if missing:
        print(f"missing: {', '.join(missing)} (pip install --group bench)", file=sys.stderr)
    return found


def _fzf() -> str | None:
    """Return the path of the fzf that iterfzf brings, else of any."""
    spec = importlib.util.find_spec("iterfzf")
    path = os.path.join(os.path.dirname(spec.origin), "fzf") if spec is not None and spec.origin else ""
    return path if os.access(path, os.X_OK) else shutil.which("fzf")
