"""``parl menu``: what it refuses before anything is shown or run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from parl.platform.shell import typed_line
from tests.test_cli_main import assert_usage_error

Parl = Callable[..., Result]


def item(lines: str) -> str:
    return f"[[menu.items]]\n{lines}\n"


GOOD = 'title = "x"\ncommand = "true"\n'

BAD = {
    "not TOML": ("[menu", "not valid TOML"),
    "menu is no table": ("menu = 3", "menu must be a table, written [menu]"),
    "no items": ('[menu]\ntitle = "x"', "menu has no items; add one, written [[menu.items]]"),
    "empty items": ("[menu]\nitems = []", "menu.items is empty; add an item, or drop it"),
    "items no list": ("[menu]\nitems = 3", "menu.items must be a list of tables, written [[menu.items]]"),
    "an item is no table": ("[menu]\nitems = [3]", "menu.items[1] must be a table with a title and a command"),
    "unknown table": ("[menus]\nx = 1", "unknown key 'menus' (did you mean 'menu'?)"),
    "unknown menu key": ('[menu]\ntitel = "x"', "unknown key 'menu.titel' (did you mean 'title'?)"),
    "unknown item key": (item(GOOD + "cmd = 1"), "unknown key 'menu.items[1].cmd'"),
    "misspelt item key": (item(GOOD) + item(GOOD + 'hlp = "x"'), "'menu.items[2].hlp' (did you mean 'help'?)"),
    "title no string": ("[menu]\ntitle = 3", "menu.title: must be a string, and not empty"),
    "empty title": (item('title = " "\ncommand = "true"'), "menu.items[1].title: must be a string, and not empty"),
    "no title": (item('command = "true"'), "menu.items[1] has no title; add one"),
    "no action": (item('title = "x"'), "menu.items[1] has no command, script or items; add one"),
    "two actions": (item(GOOD + 'script = "a:b"'), "menu.items[1] has both command and script; keep one"),
    "a command and items": (item(GOOD + "items = []"), "menu.items[1] has both command and items; keep one"),
    "command no command": (item('title = "x"\ncommand = 3'), "menu.items[1].command: must be a command"),
    "empty command": (item('title = "x"\ncommand = ""'), "menu.items[1].command: must be a command"),
    "empty list": (item('title = "x"\ncommand = []'), "menu.items[1].command: must be a command"),
    "command with NUL": (item('title = "x"\ncommand = "a\\u0000"'), "menu.items[1].command: holds a NUL"),
    "script without function": (item('script = "ops"'), "menu.items[1].script: must name a module and a function"),
    "script no string": (item("script = 3"), "menu.items[1].script: must name a module and a function"),
    "script no name": (item('script = "a b:c"'), "menu.items[1].script: must name a module and a function"),
    "key too long": (item(GOOD + 'key = "dd"'), "menu.items[1].key: must be one character"),
    "key is a digit": (item(GOOD + 'key = "1"'), "menu.items[1].key: '1' is part of a number; take another"),
    "key is the filter's": (item(GOOD + 'key = "/"'), "menu.items[1].key: '/' filters; take another"),
    "key is blank": (item(GOOD + 'key = " "'), "menu.items[1].key: must be one character"),
    "same key": (
        item(GOOD + 'key = "d"') + item(GOOD + 'key = "d"'),
        "menu.items[2].key: 'd' is menu.items[1]'s; take another one",
    ),
    "confirm no string": (item(GOOD + "confirm = true"), "menu.items[1].confirm: must be a string"),
    "help no string": (item(GOOD + "help = 3"), "menu.items[1].help: must be a string"),
    "cwd no path": (item(GOOD + "cwd = 3"), "menu.items[1].cwd: must be a path"),
    "env no table": (item(GOOD + 'env = "x"'), "menu.items[1].env: must be a table of strings"),
    "env value no string": (item(GOOD + "env = { A = 1 }"), "menu.items[1].env: A must be a string"),
    "env name with =": (item(GOOD + 'env = { "A=B" = "1" }'), "menu.items[1].env: 'A=B' is no name for a variable"),
    "cwd for a script": (item('script = "a:b"\ncwd = "x"'), "menu.items[1].cwd has no meaning for"),
    "env for a script": (item('script = "a:b"\nenv = { A = "1" }'), "menu.items[1].env has no meaning for"),
    "empty submenu": (item('title = "x"\nitems = []'), "menu.items[1].items is empty; add an item, or drop it"),
    "confirm for a submenu": (
        item('title = "x"\nconfirm = "?"\n[[menu.items.items]]\n' + GOOD),
        "menu.items[1].confirm has no meaning for",
    ),
    "deep inside": (
        item('title = "x"\n[[menu.items.items]]\ntitle = "y"\ncommand = 3'),
        "menu.items[1].items[1].command: must be a command",
    ),
}


@pytest.mark.parametrize("words", [(), ("parl.toml",)], ids=["found", "named"])
@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_named_with_the_key_and_the_remedy(
    parl: Parl, bare_environment: Path, text: str, message: str, words: tuple[str, ...]
) -> None:
    (bare_environment / "parl.toml").write_text(text)
    assert_usage_error(parl("menu", *words), "parl.toml: ", message)


def test_in_pyproject_the_table_is_named_as_it_stands_there(parl: Parl, bare_environment: Path) -> None:
    (bare_environment / "pyproject.toml").write_text('[tool.parl.menu]\ntitel = "x"\n')
    assert_usage_error(parl("menu"), "pyproject.toml: tool.parl: unknown key 'menu.titel' (did you mean 'title'?)")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.toml", None, "none.toml: no such file"),
        ("empty.toml", "", "empty.toml: has no table [menu]; add one, or name another file"),
        ("pyproject.toml", "[tool.black]\n", "has no table [menu]; add one, or name another file"),
        ("wide.toml", "[menu]".encode("utf-16"), "wide.toml: is UTF-16; save it as UTF-8"),
        ("latin.toml", b'[menu]\ntitle = "\xe9"\n', "latin.toml: not valid TOML"),
        ("none.py", None, "none.py: no such file"),
        ("notes.txt", "x", "notes.txt: is neither .toml nor .py; name a file that is"),
        ("broken.py", "def (", "broken.py: cannot be imported: SyntaxError: "),
        (
            "raising.py",
            "x = 1 / 0",
            "raising.py: cannot be imported: ZeroDivisionError: division by zero (raising",
        ),
        ("empty.py", "from os.path import join", "empty.py: has no public functions that take no arguments; write one"),
        ("nosuchmodule", None, "nosuchmodule: no such file, and no such module"),
        ("no.such.module", None, "no.such.module: no such file, and no such module"),
        ("not/a module", None, "not/a module: no such file"),
        ("", None, "no such file"),
    ],
)
def test_a_file_or_module_that_will_not_do_is_named(
    parl: Parl, bare_environment: Path, name: str, text: str | bytes | None, message: str
) -> None:
    if text is not None:
        (bare_environment / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_usage_error(parl("menu", name), "parl", message)


def test_a_folder_is_no_menu(parl: Parl, bare_environment: Path) -> None:
    (bare_environment / "folder.toml").mkdir()
    assert_usage_error(parl("menu", "folder.toml"), "folder.toml: ")


def test_words_that_look_like_items_are_told_how_to_be_chosen_from(parl: Parl) -> None:
    assert_usage_error(parl("menu", "red"), "; to choose from items: parl menu --choose red")
    remedy = typed_line(["parl", "menu", "--choose", "red", "b c"])
    words = f"takes one FILE or MODULE, not 2; to choose from items: {remedy}"
    assert_usage_error(parl("menu", "red", "b c"), words)


@pytest.mark.parametrize(
    "words",
    [
        ("-0",),
        ("--null",),
        ("--multi",),
        ("--select-1",),
        ("--exit-0",),
        ("--query", "x"),
        ("--query", ""),
        ("--default", "x"),
        ("--timeout", "5s"),
        ("--answer", "1"),
        ("--prompt", "?"),
        ("--label-separator", ":"),
    ],
    ids=str,
)
def test_what_is_the_choosers_alone_needs_it(parl: Parl, words: tuple[str, ...]) -> None:
    name = "--null" if words[0] == "-0" else words[0]
    assert_usage_error(parl("menu", *words), f"{name} is for --choose only; drop it, or add that")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--choose", "--yes", "a"), "--yes has no meaning for --choose; drop it"),
        (("--choose", "--timeout", "soon", "a"), "'soon' is no duration"),
        (("--choose", "--answer", "x", "a"), "--answer: 'x' is not a number"),
        (("--chose", "a"), "no such option"),
        (("--numberd",), "--numbered"),
    ],
    ids=str,
)
def test_other_options_that_mean_nothing(parl: Parl, words: tuple[str, ...], message: str) -> None:
    assert_usage_error(parl("menu", *words), message)


def test_the_help_is_there(parl: Parl) -> None:
    result = parl("menu", "-h")
    assert result.exit_code == 0
    assert "branch=$(git branch" in result.stdout
