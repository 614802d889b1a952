"""Ways to choose one of many lines in a terminal: parl's and its peers', each as a command."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import peers
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
        "simple-term-menu",
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
    """One way, which reads its items from stdin."""

    name: str
    argv: Sequence[str]
    has_filter: bool = True
    prints_on_stdout: bool = False
    """And paints elsewhere: so stdout need not be the terminal."""

    def on_terminal(self, stdin: str | int) -> MenuTerminal:
        """Start it with *stdin*, a file or an open descriptor."""
        return MenuTerminal(self.argv, stdin, stdout=os.devnull if self.prints_on_stdout else None)


def parl_and_peers() -> list[Contestant]:
    """Return those that this machine has, parl first."""
    found = [Contestant("parl menu --choose", parl_command("menu", "--choose"), prints_on_stdout=True)]
    if fzf := peers.program("fzf"):
        found.append(Contestant("fzf", [fzf, "--height", "20", "--reverse"], prints_on_stdout=True))
    for name, (peer, script) in _SCRIPTS.items():
        if peers.has(peer):
            found.append(Contestant(name, [sys.executable, "-c", _READ + script], name not in _WITHOUT_FILTER))
    return found
