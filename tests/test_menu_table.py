"""The table [menu]: each thing that can be wrong with it, with the file, the key and the remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parl.core.errors import UsageError
from parl.core.project import Table, find_table, read_table

FIRST = '[[menu.items]]\ntitle = "First"\ncommand = "true"\n'
NESTED = '[[menu.items]]\ntitle = "More"\n[[menu.items.items]]\ntitle = "Inner"\ncommand = "true"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table_of(text: str, name: str = "parl.toml") -> Table:
    Path(name).write_text(text, encoding="utf-8")
    return read_table("menu", name)


def complaint(text: str, name: str = "parl.toml") -> str:
    with pytest.raises(UsageError) as raised:
        table_of(text, name)
    message = str(raised.value)
    assert "\n" not in message
    return message


# What it may hold


def test_every_key_is_understood(here: Path) -> None:
    table = table_of(
        """
        [menu]
        title = "Office"
        [[menu.items]]
        title = "Build"
        command = ["make", "-j8"]
        help = '''
        Takes a while.'''
        key = "b"
        confirm = "Build?"
        cwd = "src"
        env = { REGION = "eu", EMPTY = "" }
        [[menu.items]]
        script = "ops.db:Backup.run"
        key = "ü"
        [[menu.items]]
        title = "More"
        help = "What is rare"
        key = "m"
        [[menu.items.items]]
        title = "Test"
        command = "make test && echo done"
        key = "b"
        """
    )
    assert (table.source, table.folder) == ("parl.toml", str(here))
    assert table.values["title"] == "Office"
    build, script, more = table.values["items"]
    assert build["command"] == ["make", "-j8"]
    assert build["env"] == {"REGION": "eu", "EMPTY": ""}
    assert script == {"script": "ops.db:Backup.run", "key": "ü"}
    assert more["items"] == [{"title": "Test", "command": "make test && echo done", "key": "b"}]


def test_pyproject_holds_the_same_table(here: Path) -> None:
    table = table_of(f'[project]\nname = "x"\n{FIRST.replace("menu", "tool.parl.menu")}', "pyproject.toml")
    values = {"items": [{"title": "First", "command": "true"}]}
    assert table == Table("pyproject.toml: tool.parl", str(here), values)
    assert find_table("menu") == table


def test_a_file_elsewhere_may_be_named(here: Path) -> None:
    Path("ops").mkdir()
    table = table_of(FIRST, os.path.join("ops", "office.toml"))
    assert (table.source, table.folder) == (os.path.join("ops", "office.toml"), str(here / "ops"))


@pytest.mark.parametrize("key", ["a", "Z", "ß", "?", "-", "!", "漢"])
def test_a_key_is_any_character_that_means_nothing_else(key: str) -> None:
    assert table_of(f"{FIRST}key = '{key}'").values["items"][0]["key"] == key


# The file


def test_without_the_file_that_is_named_it_says_so() -> None:
    with pytest.raises(UsageError, match=r"^office\.toml: no such file$"):
        read_table("menu", "office.toml")


def test_a_folder_is_no_file(here: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: is no file"):
        read_table("menu", str(here))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "parl.toml: has no table [menu]; add one, or name another file"),
        ('[compile]\ncommand = "make"', "parl.toml: has no table [menu]; add one, or name another file"),
        ("[menus]", "parl.toml: unknown key 'menus' (did you mean 'menu'?)"),
        ("menu = 1", "parl.toml: menu must be a table, written [menu]"),
        ("[[menu]]", "parl.toml: menu must be a table, written [menu]"),
        ("[menu]", "parl.toml: menu has no items; add one, written [[menu.items]]"),
        ("[menu]\nitems = []", "parl.toml: menu.items is empty; add an item, or drop it"),
        ("[menu]\nitems = 1", "parl.toml: menu.items must be a list of tables, written [[menu.items]]"),
        ("[menu.items]", "parl.toml: menu.items must be a list of tables, written [[menu.items]]"),
        ('[menu]\nitems = ["ls"]', "parl.toml: menu.items[1] must be a table with a title and a command"),
        ("[menu]\ntitel = 'x'", "parl.toml: unknown key 'menu.titel' (did you mean 'title'?)"),
        ("[menu]\nzzz = 'x'", "parl.toml: unknown key 'menu.zzz' (there are title, items)"),
        ("[menu]\ntitle = 1", "parl.toml: menu.title: must be a string, and not empty"),
        ("[menu]\ntitle = ' '", "parl.toml: menu.title: must be a string, and not empty"),
    ],
)
def test_what_is_wrong_with_the_table_is_told(text: str, message: str) -> None:
    assert complaint(text) == message


def test_what_is_no_toml_is_told_with_the_place() -> None:
    assert complaint("[menu\n").startswith("parl.toml: not valid TOML: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.parl]", "pyproject.toml: tool.parl: has no table [menu]; add one, or name another file"),
        ("[tool]", "pyproject.toml: tool.parl: has no table [menu]; add one, or name another file"),
        ("[tool]\nparl = 1", "pyproject.toml: tool.parl: must be a table"),
        ("[tool.parl.menu]", "pyproject.toml: tool.parl: menu has no items"),
        ("[tool.parl.menu]\ntitel = 1", "pyproject.toml: tool.parl: unknown key 'menu.titel'"),
    ],
)
def test_what_is_wrong_in_a_pyproject_is_told(text: str, message: str) -> None:
    assert complaint(text, "pyproject.toml").startswith(message)


# An item

MUST_BE_TEXT = "must be a string, and not empty"
ENVIRONMENT = 'must be a table of strings, like { REGION = "eu" }'
COMMAND = 'must be a command: a string for the shell, or a list like ["make", "-j8"]'
SCRIPT = 'must name a module and a function, like "ops.db:backup"'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("title = 1", MUST_BE_TEXT),
        ("title = ''", MUST_BE_TEXT),
        ("help = ['x']", MUST_BE_TEXT),
        ("help = ''", MUST_BE_TEXT),
        ("confirm = true", MUST_BE_TEXT),
        ("confirm = ''", MUST_BE_TEXT),
        ("command = 1", COMMAND),
        ("command = ''", COMMAND),
        ("command = ' '", COMMAND),
        ("command = []", COMMAND),
        ("command = ['', 'x']", COMMAND),
        ("command = ['make', 8]", COMMAND),
        ('command = "a\\u0000b"', "holds a NUL character, which no command can be given"),
        ("script = 1", SCRIPT),
        ("script = ''", SCRIPT),
        ("script = 'ops'", SCRIPT),
        ("script = ':run'", SCRIPT),
        ("script = 'ops:'", SCRIPT),
        ("script = 'ops/db:run'", SCRIPT),
        ("script = 'ops:run()'", SCRIPT),
        ("script = 'ops:a:b'", SCRIPT),
        ("script = 'ops..db:run'", SCRIPT),
        ("script = 'db.py'", 'names a file; write the module, as in "db:run"'),
        ("script = 'ops/db.py:run'", 'names a file; write the module, as in "ops.db:run"'),
        ("cwd = 1", 'must be a path, like "build/pyc"'),
        ("cwd = ''", 'must be a path, like "build/pyc"'),
        ("env = 'A=1'", ENVIRONMENT),
        ("env = ['A=1']", ENVIRONMENT),
        ("env = { A = 1 }", 'A must be a string, like { A = "1" }'),
        ('env = { "A\\u0000" = "x" }', "'A\\x00' is no name for a variable"),
        ('env = { A = "\\u0000" }', 'A must be a string, like { A = "1" }'),
        ("env = { 'A=B' = 'x' }", "'A=B' is no name for a variable"),
        ("env = { '' = 'x' }", "'' is no name for a variable"),
        ("key = 1", 'must be one character, like "d"'),
        ("key = ''", 'must be one character, like "d"'),
        ("key = 'ab'", 'must be one character, like "d"'),
        ("key = ' '", 'must be one character, like "d"'),
        ('key = "\\t"', 'must be one character, like "d"'),
        ('key = "\\u001b"', 'must be one character, like "d"'),
        ("key = '0'", "'0' is part of a number; take another character"),
        ("key = '9'", "'9' is part of a number; take another character"),
        ("key = '²'", "'²' is part of a number; take another character"),
        ("key = '/'", "'/' filters; take another character"),
    ],
)
def test_a_wrong_value_is_told_with_its_key_and_what_it_must_be(line: str, message: str) -> None:
    key = line.split(" ", 1)[0]
    assert complaint(f"{FIRST}[[menu.items]]\n{line}") == f"parl.toml: menu.items[2].{key}: {message}"


THERE_ARE = "title, command, script, items, help, key, confirm, cwd, env"
SECOND = "parl.toml: menu.items[2]"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("comand = 'x'", "parl.toml: unknown key 'menu.items[2].comand' (did you mean 'command'?)"),
        ("zzz = 'x'", f"parl.toml: unknown key 'menu.items[2].zzz' (there are {THERE_ARE})"),
        ("", f"{SECOND} has no command, script or items; add one"),
        ("title = 'x'", f"{SECOND} has no command, script or items; add one"),
        ("command = 'x'", f"{SECOND} has no title; add one"),
        ("items = [{ title = 'x', command = 'y' }]", f"{SECOND} has no title; add one"),
        ("command = 'x'\nscript = 'a:b'", f"{SECOND} has both command and script; keep one"),
        ("command = 'x'\nitems = []", f"{SECOND} has both command and items; keep one"),
        ("script = 'a:b'\nitems = []", f"{SECOND} has both script and items; keep one"),
        ("script = 'a:b'\ncwd = 'x'", f"{SECOND}.cwd has no meaning for menu.items[2].script; drop it"),
        ("script = 'a:b'\nenv = {}", f"{SECOND}.env has no meaning for menu.items[2].script; drop it"),
        ("title = 'x'\nitems = []\ncwd = 'x'", f"{SECOND}.cwd has no meaning for menu.items[2].items; drop it"),
        ("title = 'x'\nitems = []\nconfirm = 'x'", f"{SECOND}.confirm has no meaning for menu.items[2].items; drop it"),
        ("title = 'x'\nitems = []", f"{SECOND}.items is empty; add an item, or drop it"),
        ("script = 'ops/db.py'", f'{SECOND}.script: names a file; write the module, as in "ops.db:run"'),
        ("title = 'x'\nitems = 1", f"{SECOND}.items must be a list of tables, written [[menu.items.items]]"),
        ("title = 'x'\nitems = ['y']", f"{SECOND}.items[1] must be a table with a title and a command"),
    ],
)
def test_a_wrong_item_is_told_with_its_number_and_the_remedy(lines: str, message: str) -> None:
    assert complaint(f"{FIRST}[[menu.items]]\n{lines}") == message


def test_a_key_is_one_items_alone() -> None:
    text = f"{FIRST}key = 'a'\n{FIRST}{FIRST}key = 'a'\n"
    assert complaint(text) == "parl.toml: menu.items[3].key: 'a' is menu.items[1]'s; take another one"
    assert table_of(text.replace("'a'", "'A'", 1)).values["items"][2]["key"] == "a", "capitals are keys of their own"


INNER = '[[menu.items.items]]\ntitle = "Inner"\ncommand = "true"\n'


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("key = '1'", "menu.items[2].items[1].key: '1' is part of a number; take another character"),
        ("titel = 'x'", "unknown key 'menu.items[2].items[1].titel' (did you mean 'title'?)"),
        ("script = 'a:b'", "menu.items[2].items[1] has both command and script; keep one"),
        (
            f"key = 'a'\n{INNER}key = 'a'",
            "menu.items[2].items[2].key: 'a' is menu.items[2].items[1]'s; take another one",
        ),
        (
            f"{INNER}[[menu.items.items]]\ntitle = 'x'\nitems = [{{ command = 'x' }}]",
            "menu.items[2].items[3].items[1] has no title; add one",
        ),
    ],
)
def test_what_is_wrong_deep_inside_is_told_with_the_whole_way(lines: str, message: str) -> None:
    assert complaint(f"{FIRST}{NESTED}{lines}") == f"parl.toml: {message}"
