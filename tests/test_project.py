"""parl.toml, or [tool.parl] in pyproject.toml: found, read, and checked key by key."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from parl.core.errors import UsageError
from parl.core.project import Table, find_table, read_table


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def complaint() -> str:
    with pytest.raises(UsageError) as raised:
        find_table("compile")
    message = str(raised.value)
    assert "\n" not in message
    return message


# Where it is found


def test_without_a_file_there_is_no_table() -> None:
    assert find_table("compile") is None


def test_the_file_of_the_current_folder_is_read(here: Path) -> None:
    write("parl.toml", '[compile]\ncommand = "make"\n')
    assert find_table("compile") == Table("parl.toml", str(here), {"command": "make"})


def test_a_table_that_the_file_does_not_have_is_none() -> None:
    write("parl.toml", "")
    assert find_table("compile") is None


def test_the_nearest_file_above_is_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("parl.toml", '[compile]\ncommand = "far"\n')
    write("a/parl.toml", '[compile]\ncommand = "near"\n')
    write("a/b/c/file", "")
    monkeypatch.chdir("a/b/c")
    table = find_table("compile")
    assert table == Table(os.path.join("..", "..", "parl.toml"), str(here / "a"), {"command": "near"})


def test_a_folder_can_be_named(here: Path) -> None:
    write("a/parl.toml", '[compile]\ncommand = "make"\n')
    table = find_table("compile", "a")
    assert table == Table(os.path.join("a", "parl.toml"), str(here / "a"), {"command": "make"})


def test_a_file_far_above_is_named_by_its_whole_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("parl.toml", '[compile]\ncommand = "make"\n')
    write("a/b/c/d/file", "")
    monkeypatch.chdir("a/b/c/d")
    table = find_table("compile")
    assert table is not None
    assert table.source == str(here / "parl.toml")


def test_a_file_on_another_drive_is_named_by_its_whole_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")  # as on Windows

    write("parl.toml", '[compile]\ncommand = "make"\n')
    monkeypatch.setattr(os.path, "relpath", refuse)
    table = find_table("compile")
    assert table is not None
    assert table.source == str(here / "parl.toml")


def test_pyproject_holds_the_same_table(here: Path) -> None:
    write("pyproject.toml", '[project]\nname = "x"\n[tool.parl.compile]\ncommand = ["make", "-j8"]\n')
    table = find_table("compile")
    assert table == Table("pyproject.toml: tool.parl", str(here), {"command": ["make", "-j8"]})


def test_a_pyproject_above_is_found_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pyproject.toml", '[tool.parl.compile]\ncommand = "make"\n')
    (here / "deep").mkdir()
    monkeypatch.chdir("deep")
    table = find_table("compile")
    assert table is not None
    assert table.folder == str(here)


@pytest.mark.parametrize("text", ["", "tool = 1\n"])
def test_a_pyproject_that_was_named_and_has_no_table_for_parl_says_so(text: str) -> None:
    write("pyproject.toml", text)
    with pytest.raises(UsageError, match=r"^pyproject\.toml: tool\.parl: has no table \[menu\]; "):
        read_table("menu", "pyproject.toml")


def test_what_has_a_meaning_for_paths_is_taken_beside_them() -> None:
    write("parl.toml", '[compile]\npaths = ["src"]\nforce = true\n')
    table = find_table("compile")
    assert table is not None
    assert table.values["force"] is True


def test_parl_toml_goes_before_pyproject() -> None:
    write("pyproject.toml", '[tool.parl.compile]\ncommand = "one"\n')
    write("parl.toml", '[compile]\ncommand = "other"\n')
    table = find_table("compile")
    assert table is not None
    assert table.values == {"command": "other"}


@pytest.mark.parametrize(
    "text",
    [
        "this is [ broken",
        '[project]\nname = "unrelated"\n',
        "[tool.black]\n# parl is fine\n",
        'tool = "parl"\n',
        "tool.x = 1\n#parl",
    ],
)
def test_a_pyproject_that_is_not_for_parl_is_passed_over(
    here: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    write("parl.toml", '[compile]\ncommand = "above"\n')
    write("a/pyproject.toml", text)
    monkeypatch.chdir("a")
    table = find_table("compile")
    assert table is not None
    assert table.folder == str(here)


# What it may hold


def test_every_key_is_understood() -> None:
    write(
        "parl.toml",
        """
        [compile]
        command = ["make", "-j8"]
        timeout = "30m"
        grace = 0.5
        abort-key = "q,esc"
        no-key = false
        stdin = "null"
        quiet = true
        pause = false
        """,
    )
    table = find_table("compile")
    assert table is not None
    assert table.values == {
        "command": ["make", "-j8"],
        "timeout": 1800.0,
        "grace": 0.5,
        "abort-key": ("q", "esc"),
        "no-key": False,
        "stdin": "null",
        "quiet": True,
        "pause": False,
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('command = "make -j8 && echo done"', "make -j8 && echo done"),
        ('command = ["make", ""]', ["make", ""]),
        ('paths = ["src", "tests"]', ["src", "tests"]),
        ("abort-key = 'Any'", ()),
        ("timeout = 90", 90.0),
        ("timeout = 1.5", 1.5),
        ('timeout = "1:30"', 90.0),
        ('timeout = "PT1M"', 60.0),
    ],
)
def test_values_are_read(line: str, value: object) -> None:
    write("parl.toml", f"[compile]\n{line}\n")
    table = find_table("compile")
    assert table is not None
    assert list(table.values.values()) == [value]


def test_the_menus_table_is_no_concern_of_compile() -> None:
    write("parl.toml", '[menu]\ntitle = "Ops"\n[compile]\nquiet = true\n')
    table = find_table("compile")
    assert table is not None
    assert table.values == {"quiet": True}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[compil]\n", "parl.toml: unknown key 'compil' (did you mean 'compile'?)"),
        ("zzz = 1\n", "parl.toml: unknown key 'zzz' (there are compile, menu)"),
        ("[compile]\ncomand = 'x'\n", "parl.toml: unknown key 'compile.comand' (did you mean 'command'?)"),
        ("[compile]\nabort_key = 'x'\n", "parl.toml: unknown key 'compile.abort_key' (did you mean 'abort-key'?)"),
        ("[compile]\nTimeout = 1\n", "parl.toml: unknown key 'compile.Timeout' (did you mean 'timeout'?)"),
        (
            "[compile]\nzzz = 1\n",
            "parl.toml: unknown key 'compile.zzz' (there are command, paths, timeout, grace, abort-key, no-key, stdin, "
            "jobs, force, exclude, optimize, invalidation, out, warnings-as-errors, format, quiet, pause)",
        ),
        ("compile = 1\n", "parl.toml: compile must be a table, written [compile]"),
        ("[[compile]]\n", "parl.toml: compile must be a table, written [compile]"),
        (
            "[compile]\nexclude = ['x']\n",
            "parl.toml: compile.exclude has no meaning without compile.paths; add it",
        ),
        (
            "[compile]\ncommand = 'x'\njobs = 4\n",
            "parl.toml: compile.jobs has no meaning for compile.command; drop it",
        ),
        (
            "[compile]\npaths = ['x']\ngrace = 4\n",
            "parl.toml: compile.grace has no meaning for compile.paths; drop it",
        ),
        (
            "[compile]\ncommand = 'x'\npaths = ['y']\n",
            "parl.toml: compile has both command and paths; keep one",
        ),
    ],
)
def test_what_cannot_be_meant_is_named_with_the_file(text: str, message: str) -> None:
    write("parl.toml", text)
    assert complaint() == message


COMMAND = 'must be a command: a string for the shell, or a list like ["make", "-j8"]'
STRINGS = 'must be a list of strings, and not empty, like ["src", "tests"]'
DURATION = 'must be a duration, like "30m" or 90'
KEYS = 'must name keys, like "q" or "q,esc"'


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("command", ["1", "true", "''", "'  '", "[]", "['']", "[1]", "['make', 1]", "{}"], COMMAND),
        ("paths", ["'src'", "[]", "['']", "[1]", "1"], STRINGS),
        ("timeout", ["true", "[]", "['1m']", "{}", "2026-01-01"], DURATION),
        ("grace", ["false", "[1]"], DURATION),
        ("abort-key", ["1", "['q']", "true"], KEYS),
        ("no-key", ["1", "'true'", "[]"], "must be true or false"),
        ("quiet", ["0", "'yes'"], "must be true or false"),
        ("pause", ["1", "''"], "must be true or false"),
        ("stdin", ["'terminal'", "1", "true", "[]", "['null']"], "must be one of auto, inherit, null"),
    ],
)
def test_a_wrong_type_is_named_with_the_key(key: str, values: list[str], message: str) -> None:
    for value in values:
        write("parl.toml", f"[compile]\n{key} = {value}\n")
        assert complaint() == f"parl.toml: compile.{key}: {message}", value


@pytest.mark.parametrize("value", ["'soon'", "-1", "inf", "nan", "1e300", "''"])
def test_a_bad_duration_is_named_with_the_key(value: str) -> None:
    write("parl.toml", f"[compile]\ntimeout = {value}\n")
    assert complaint().startswith("parl.toml: compile.timeout: '")


@pytest.mark.parametrize("value", ["0.00001", "1e-5", "1e3", "1_000"])
def test_every_number_that_toml_can_write_is_a_duration(value: str) -> None:
    write("parl.toml", f"[compile]\ntimeout = {value}\n")
    table = find_table("compile")
    assert table is not None
    assert table.values == {"timeout": float(value)}


def test_a_bad_key_is_named() -> None:
    write("parl.toml", '[compile]\nabort-key = "zork"\n')
    assert complaint().startswith("parl.toml: compile.abort-key: 'zork' is no key; ")


def test_in_pyproject_the_table_is_named() -> None:
    write("pyproject.toml", "[tool.parl.compile]\ncomand = 'x'\n")
    assert complaint() == "pyproject.toml: tool.parl: unknown key 'compile.comand' (did you mean 'command'?)"


def test_tool_parl_must_be_a_table() -> None:
    write("pyproject.toml", "[tool]\nparl = 1\n")
    assert complaint() == "pyproject.toml: tool.parl: must be a table"


@pytest.mark.parametrize("name", ["parl.toml", "pyproject.toml"])
def test_what_is_not_toml_is_named_with_the_place(name: str) -> None:
    write(name, "[tool.parl\n")
    message = complaint()
    assert message.startswith(f"{name}: not valid TOML: ")
    assert "line 1" in message


def test_what_is_not_even_text_is_named() -> None:
    Path("parl.toml").write_bytes(b"\xff[compile]")
    assert complaint().startswith("parl.toml: not valid TOML: ")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_windows_calls_unicode_is_named_with_the_remedy(encoding: str) -> None:
    Path("parl.toml").write_bytes("\ufeff[compile]\n".encode(encoding))
    assert complaint() == "parl.toml: is UTF-16; save it as UTF-8"


@pytest.mark.parametrize(
    ("line", "is_hinted"),
    [('out = "C:\\users"', True), ('out = "C:\\Pyc"', True), ('out = "\\ud800"', True), ('out = "C:', False)],
)
def test_where_a_backslash_is_wrong_the_way_out_is_told(line: str, is_hinted: bool) -> None:
    write("parl.toml", f"[compile]\n{line}\n")
    message = complaint()
    assert message.startswith("parl.toml: not valid TOML: ")
    assert message.endswith("); between single quotes a backslash is itself" if is_hinted else ")")


def test_a_byte_order_mark_is_overlooked() -> None:
    Path("parl.toml").write_bytes(b"\xef\xbb\xbf[compile]\nquiet = true\n")
    table = find_table("compile")
    assert table is not None
    assert table.values == {"quiet": True}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_a_dangling_link_and_a_fifo_are_named() -> None:
    Path("parl.toml").symlink_to("nowhere")
    assert complaint() == "parl.toml: cannot be read: no such file or directory"
    Path("parl.toml").unlink()
    os.mkfifo("parl.toml")
    assert complaint() == "parl.toml: cannot be read: is no file"


def test_what_cannot_be_read_is_named() -> None:
    Path("parl.toml").mkdir()
    assert complaint().startswith("parl.toml: cannot be read: ")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions of POSIX, and not root's")
def test_what_must_not_be_read_is_named() -> None:
    write("parl.toml", "")
    Path("parl.toml").chmod(0)
    assert complaint() == "parl.toml: cannot be read: permission denied"


def test_very_deep_nesting_is_no_traceback() -> None:
    write("parl.toml", "x = " + "[" * 100_000)
    assert complaint().startswith("parl.toml: ")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a current folder cannot be removed")
def test_a_current_folder_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path.cwd().rmdir()
    assert "the current folder" in complaint()
