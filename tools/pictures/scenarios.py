"""What is recorded: for each picture a project, a window, and what somebody does there."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.pictures import projects
from tools.pictures.frame import Key
from tools.pictures.recorder import DOWN, ENTER, Recorder

PROMPT = "$"


@dataclass(frozen=True)
class Scenario:
    """A picture: docs/pictures/*name*.svg."""

    name: str
    title: str
    description: str
    rows: int
    columns: int
    play: Callable[[Recorder], None]
    lay_out: Callable[[Path], None] = lambda _: None


def at_prompt(lines: list[str]) -> bool:
    """Whether the shell waits for a line."""
    return [line for line in lines if line][-1:] == [PROMPT]


def _abort(recorder: Recorder) -> None:
    recorder.show(0.6)
    recorder.run("parl compile -- make -j4", "emit.c")
    recorder.show(0.4)
    recorder.wait_for("main.c")
    recorder.show(1.2)
    recorder.press("j", Key("J", "any key"), at_prompt, 1.2)
    recorder.show(0.6)
    recorder.run("echo $?; pgrep cc1 || echo nothing is left", lambda lines: "130" in lines and at_prompt(lines))
    recorder.show(3.0)


def _compile_tree(recorder: Recorder) -> None:
    recorder.show(0.5)
    recorder.run("parl compile lib", "any key stops it")
    recorder.watch(at_prompt)
    recorder.show(0.7)
    recorder.run("parl compile lib", lambda lines: _count("successful", lines) == 2 and at_prompt(lines))
    recorder.show(0.7)
    recorder.run("echo ')' >> lib/this.py", at_prompt)
    recorder.run("parl compile lib", lambda lines: _count("failed.", lines) == 1 and at_prompt(lines))
    recorder.show(2.2)


def _menu(recorder: Recorder) -> None:
    recorder.show(0.5)
    recorder.run("parl menu", "99. exit")
    recorder.show(0.8)
    recorder.press(DOWN, Key("\N{DOWNWARDS ARROW}"), ">  2. Deploy")
    recorder.show_still(0.4)
    recorder.press(DOWN, Key("\N{DOWNWARDS ARROW}"), ">  3. What is new")
    recorder.press(DOWN, Key("\N{DOWNWARDS ARROW}"), ">  4. Database")
    recorder.show(0.4)
    recorder.press("/", Key("/", "filters"), "esc shows all")
    recorder.type("new")
    recorder.wait_for("1/5")
    recorder.show(0.6)
    recorder.press(ENTER, Key("Enter"), "Press any key", 0.9)
    recorder.show(0.6)
    recorder.press(" ", Key("Space", "any key"), "99. exit")
    recorder.show(0.6)
    recorder.press("q", Key("Q"), at_prompt)
    recorder.show(1.0)


def _choose(recorder: Recorder) -> None:
    recorder.show(0.5)
    recorder.run("branch=$(git branch --format '%(refname:short)' | parl menu --choose)", "enter takes")
    recorder.show(1.0)
    recorder.type("s")
    recorder.show(0.4)
    recorder.type("c")
    recorder.show_still(0.8)
    recorder.press(DOWN, Key("\N{DOWNWARDS ARROW}"), "> faster-scanner")
    recorder.show(0.2)
    recorder.press(ENTER, Key("Enter"), at_prompt)
    recorder.run("echo $branch", lambda lines: "faster-scanner" in lines and at_prompt(lines))
    recorder.show(2.0)


def _timer(recorder: Recorder) -> None:
    recorder.show(0.5)
    recorder.run("parl timer 4s", "Space pauses")
    recorder.watch("0:02")
    recorder.press(" ", Key("Space"), "paused")
    recorder.show_still(1.2)
    recorder.press(" ", Key("Space"), "Space pauses")
    recorder.watch(at_prompt)
    recorder.show(2.0)


def _demonstration(recorder: Recorder) -> None:
    recorder.show(0.5)
    recorder.run("parl compile", "database")
    recorder.show(2.0)
    recorder.press(" ", Key("Space", "any key"), at_prompt, 1.0)
    recorder.show(0.3)
    recorder.run("echo $?", lambda lines: "130" in lines and at_prompt(lines))
    recorder.show(2.0)


def _count(words: str, lines: list[str]) -> int:
    return sum(words in line for line in lines)


SCENARIOS = (
    Scenario(
        "abort",
        "parl compile -- make -j4",
        "A build with make and four compilers is running under parl compile. Somebody presses a key: Aborted by user! "
        "The exit code is 130, and no compiler is left.",
        17,
        64,
        _abort,
        projects.c_project,
    ),
    Scenario(
        "compile-tree",
        "parl compile lib",
        "parl compile takes a tree of Python sources with a bar that shows how far it is; a second time everything is "
        "up to date; then a mistake in one file is reported with its line.",
        14,
        80,
        _compile_tree,
        projects.standard_library,
    ),
    Scenario(
        "menu",
        "parl menu",
        "The menu of a project's parl.toml: arrows move, a slash filters, Enter runs an item, and the menu is back.",
        16,
        64,
        _menu,
        projects.repository,
    ),
    Scenario(
        "choose",
        "parl menu --choose",
        "A shell variable gets the git branch that somebody chooses by typing some letters of its name.",
        10,
        80,
        _choose,
        projects.branches,
    ),
    Scenario(
        "timer",
        "parl timer 4s",
        "A countdown of four seconds is paused by Space, goes on after another Space, and ends: Oops, woke up!",
        7,
        80,
        _timer,
    ),
    Scenario(
        "demonstration",
        "parl compile",
        "The lesson's demonstration: a compiler that would take a quarter of a minute is stopped by a key.",
        8,
        64,
        _demonstration,
    ),
)
