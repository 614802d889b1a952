"""Where a menu comes from: a project's file, a Python file, a module, or the lesson."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parl.core.command import CommandJob
from parl.core.errors import UsageError
from parl.core.menu import Menu, perform
from parl.core.menu_source import demonstration_menu, has_scripts, menu_of_module, menu_of_table
from parl.core.project import read_table


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in; what is imported from it is forgotten, by Python's path too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def write(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


def titles(menu: Menu) -> list[str]:
    return [option.title for option in menu.options]


def complaint(name: str) -> str:
    with pytest.raises(UsageError) as raised:
        menu_of_module(name)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    return message


# A Python file

TASKS = '''
import json
from os.path import join, basename
from functools import wraps
import functools

LIMIT = 5

def wrapped(function):
    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

def zip_all():
    """Zip it all."""
    done.append("zip")

class Helper:
    def method(self): ...

def _private(): ...

async def fetch():
    """Fetch."""
    done.append("fetch")

def needs(argument): ...

def needs_by_name(*, argument): ...

@wrapped
def decorated():
    done.append("decorated")

@wrapped
def decorated_needs(argument): ...

def may_take(argument=1, *arguments, other=2, **others):
    done.append("may take")

alias = zip_all
done = []

def build():
    done.append("build")

@functools.cache
def look_up():
    done.append("look up")

@functools.cache
def look_up_by(key): ...
'''


def test_the_public_functions_of_a_file_are_the_menu_in_their_order() -> None:
    menu = menu_of_module(write("tasks.py", TASKS))
    assert titles(menu) == ["Zip it all", "Fetch", "Decorated", "May take", "Build", "Look up"]
    assert menu.title == ""


def test_what_is_chosen_is_called_also_where_it_is_asynchronous() -> None:
    menu = menu_of_module(write("tasks.py", TASKS))
    for option in menu.options:
        assert perform(option) is None
    assert sys.modules["tasks"].done == ["zip", "fetch", "decorated", "may take", "build", "look up"]


def test_an_asynchronous_function_that_fails_is_told() -> None:
    menu = menu_of_module(write("tasks.py", "async def fetch():\n    raise ValueError('no network')\n"))
    assert menu.dispatch("1") == "Fetch failed: ValueError: no network (tasks.py:2)"


def test_all_says_which_are_for_others() -> None:
    text = "__all__ = ['two', '_three', 'join', 'missing', 'LIMIT']\nfrom os.path import join\nLIMIT = 1\n"
    text += "def one(): ...\ndef _three(): ...\ndef two(): ...\n"
    assert titles(menu_of_module(write("tasks.py", text))) == ["Three", "Two"]


def test_a_file_finds_its_neighbours(here: Path) -> None:
    write("ops/neighbour_of_tasks.py", "def helper(): return 42\n")
    write("ops/tasks.py", "from neighbour_of_tasks import helper\ndef run(): return helper()\n")
    menu = menu_of_module("ops/tasks.py")
    assert titles(menu) == ["Run"]
    assert perform(menu.options[0]) is None
    assert str(here / "ops") in sys.path


def test_a_file_called_like_a_module_takes_nobodys_place() -> None:
    import json

    menu = menu_of_module(write("json.py", "def run(): ...\n"))
    assert titles(menu) == ["Run"]
    assert sys.modules["json"] is json


def test_a_file_whose_name_is_no_identifier_can_be_a_menu() -> None:
    assert titles(menu_of_module(write("my tasks-1.py", "def run(): ...\n"))) == ["Run"]


def test_what_runs_on_its_own_only_does_not_run() -> None:
    assert titles(menu_of_module(write("tasks.py", "def run(): ...\nif __name__ == '__main__':\n    1 / 0\n"))) == [
        "Run"
    ]


# A module


NO_CHOICE = "has no public functions that take no arguments; write one, or name another"


def test_a_module_may_be_named() -> None:
    write("office_of_test/__init__.py", "")
    write("office_of_test/tasks.py", "from .other import helper\ndef two(): ...\ndef one(): ...\n")
    write("office_of_test/other.py", "def helper(): ...\n")
    assert titles(menu_of_module("office_of_test.tasks")) == ["Two", "One"]
    assert complaint("office_of_test") == f"office_of_test: {NO_CHOICE}"


# What cannot be one


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tasks.py", "tasks.py: no such file"),
        ("ops/tasks", "ops/tasks: no such file"),
        ("", ": no such file"),
        ("no_such_module_here", "no_such_module_here: no such file, and no such module"),
        ("no_such_module_here.tasks", "no_such_module_here.tasks: no such file, and no such module"),
        ("json.no_such_module_here", "json.no_such_module_here: no such file, and no such module"),
    ],
)
def test_what_is_not_there_is_told(name: str, message: str) -> None:
    assert complaint(name) == message


def test_a_folder_is_no_file() -> None:
    Path("tasks.py").mkdir()
    assert complaint("tasks.py") == "tasks.py: is a folder"
    assert complaint("tasks.py/") == "tasks.py/: is a folder"


def test_a_file_of_another_kind_is_no_menu() -> None:
    assert complaint(write("notes.txt", "x = 1\n")) == "notes.txt: is neither .toml nor .py; name a file that is"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_module_here\n", "ModuleNotFoundError: No module named 'no_such_module_here' ({file}:1)"),
        ("from os import no_such\n", "ImportError: cannot import name 'no_such' from 'os'"),
        ("\nraise ValueError('two\\n lines')\n", "ValueError: two lines ({file}:2)"),
        ("def run(:\n", "SyntaxError: invalid syntax ({file}, line 1)"),
        ("def run():\nreturn\n", "IndentationError: expected an indented block"),
        ("x = '\0'\n", "{null}"),
    ],
)
@pytest.mark.parametrize("name", ["broken_tasks.py", "broken_tasks"])
def test_what_cannot_be_imported_is_named_with_the_cause(text: str, words: str, name: str) -> None:
    write("broken_tasks.py", text)
    message = complaint(name)
    assert message.startswith(f"{name}: cannot be imported: ")
    expected = words.format(file="broken_tasks.py", null="null bytes")
    assert expected in message


def test_a_module_that_misses_another_is_not_said_to_be_missing() -> None:
    write("office_of_test/__init__.py", "")
    write("office_of_test/tasks.py", "import office_of_test.missing\n")
    assert complaint("office_of_test.tasks").startswith(
        "office_of_test.tasks: cannot be imported: ModuleNotFoundError: No module named 'office_of_test.missing'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        "def _private(): ...\n",
        "def f(argument): ...\n",
        "from os.path import join\n",
        "class Run: ...\n",
    ],
)
def test_without_a_function_to_call_there_is_no_menu(text: str) -> None:
    write("tasks.py", text)
    assert complaint("tasks.py") == f"tasks.py: {NO_CHOICE}"


# A table


def menu_of(text: str, *announced: list[str]) -> Menu:
    write("ops/parl.toml", text)
    announce = announced[0].append if announced else lambda _line: None
    return menu_of_table(read_table("menu", "ops/parl.toml"), announce)


def test_a_table_becomes_a_menu() -> None:
    menu = menu_of(
        """
        [menu]
        title = "Office"
        [[menu.items]]
        title = "Build"
        command = "true"
        help = "Takes a while"
        key = "b"
        confirm = "Sure?"
        [[menu.items]]
        title = "Database"
        help = "Careful"
        key = "d"
        [[menu.items.items]]
        title = "Back up"
        command = ["true"]
        """
    )
    assert (menu.title, menu.exit_title) == ("Office", "exit")
    assert menu.lines() == ["1. Build", "2. Database", "99. exit"]
    build, database = menu.options
    assert (build.help, build.key, build.confirm, build.submenu) == ("Takes a while", "b", "Sure?", None)
    assert (database.help, database.key, database.confirm) == ("Careful", "d", "")
    inner = database.submenu
    assert inner is not None
    assert inner.title == "Database"
    assert inner.lines() == ["1. Back up", "99. back"]


def test_what_a_table_does_not_say_is_empty() -> None:
    menu = menu_of('[[menu.items]]\ntitle = "Build"\ncommand = "true"\n')
    assert menu.title == ""
    assert [(option.help, option.key, option.confirm) for option in menu.options] == [("", "", "")]


def test_a_script_has_all_that_an_item_may_have() -> None:
    menu = menu_of('[[menu.items]]\nscript = "ops:run"\nhelp = "Careful"\nkey = "r"\nconfirm = "Sure?"\n')
    assert [(option.help, option.key, option.confirm) for option in menu.options] == [("Careful", "r", "Sure?")]


@pytest.mark.parametrize("attended", [True, False])
def test_a_command_knows_whether_somebody_is_there(attended: bool) -> None:
    write("parl.toml", '[[menu.items]]\ntitle = "Build"\ncommand = "true"\n')
    menu = menu_of_table(read_table("menu", "parl.toml"), print, attended=attended)
    [option] = menu.options
    assert (option.callback._kind is CommandJob) is not attended


def test_a_nameless_function_is_called_what_it_is_bound_to() -> None:
    write("tasks.py", "quick_build = lambda: None\n")
    assert titles(menu_of_module("tasks.py")) == ["Quick build"]


@pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")
def test_a_command_runs_in_the_folder_of_its_file_and_is_announced(here: Path) -> None:
    announced: list[str] = []
    menu = menu_of(
        """
        [[menu.items]]
        title = "Here"
        command = 'echo "$REGION" > made'
        env = { REGION = "eu" }
        [[menu.items]]
        title = "There"
        command = ["touch", "a b"]
        cwd = "deep"
        """,
        announced,
    )
    (here / "ops" / "deep").mkdir()
    assert menu.dispatch("1") is None
    assert menu.dispatch("2") is None
    assert (here / "ops" / "made").read_text() == "eu\n"
    assert (here / "ops" / "deep" / "a b").exists()
    assert announced == ['echo "$REGION" > made', "touch 'a b'"]


SCRIPTS = """
[[menu.items]]
script = "office_scripts.db:back_up"
[[menu.items]]
script = "office_scripts.db:undocumented_one"
[[menu.items]]
script = "office_scripts.db:Tables.drop"
[[menu.items]]
title = "Own title"
script = "office_scripts.db:back_up"
[[menu.items]]
script = "office_scripts.missing:do_it"
[[menu.items]]
script = "office_scripts:start"
"""
DATABASE = '''
done = []
def back_up():
    """Back up the database.

    Slowly.
    """
    done.append("back up")
def undocumented_one(): ...
class Tables:
    @staticmethod
    def drop():
        """Drop all tables."""
        done.append("drop")
'''


def test_scripts_have_their_docstrings_titles_and_are_imported_only_when_chosen() -> None:
    write("ops/office_scripts/__init__.py", 'def start():\n    """Start."""\n')
    write("ops/office_scripts/db.py", DATABASE)
    menu = menu_of(SCRIPTS)
    expected = ["Back up the database", "Undocumented one", "Drop all tables", "Own title", "Do it", "Start"]
    assert titles(menu) == expected
    assert [name for name in sys.modules if name.startswith("office_scripts")] == []
    assert menu.dispatch("1") is None
    assert menu.dispatch("3") is None
    assert sys.modules["office_scripts.db"].done == ["back up", "drop"]


def test_a_script_that_is_broken_has_a_title_and_fails_only_when_chosen() -> None:
    write("ops/broken_script.py", "def run(:\n")
    menu = menu_of('[[menu.items]]\nscript = "broken_script:run"\n')
    assert titles(menu) == ["Run"]
    assert str(menu.dispatch("1")).startswith("Run: broken_script:run: cannot be imported: SyntaxError: ")


# The lesson


def test_the_lessons_menu_prints_what_the_lesson_prints() -> None:
    written: list[str] = []
    menu = demonstration_menu(written.append)
    assert menu.lines() == ["1. Print", "2. Edit", "3. Erase", "99. exit"]
    for number in "312":
        assert menu.dispatch(number) is None
    assert written == [f"{name} logic to come here...\n" for name in ("Erase", "Print", "Edit")]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], False),
        ([{"command": "x"}], False),
        ([{"command": "x"}, {"script": "a:b"}], True),
        ([{"items": [{"command": "x"}]}], False),
        ([{"items": [{"items": [{"script": "a:b"}]}]}], True),
    ],
)
def test_a_script_is_seen_however_deep_it_is(items: list[dict[str, object]], expected: bool) -> None:
    assert has_scripts(items) is expected
