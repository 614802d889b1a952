"""Parl on a real Windows, between pipes: what a script there gives, and gets."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "win32":
    pytest.skip("real Windows", allow_module_level=True)

import _winapi
import msvcrt

import psutil
from click.testing import CliRunner
from prompt_toolkit.output.win32 import NoConsoleScreenBufferError

from parl.cli import screen_choice, windows_screen
from parl.cli.main import cli
from parl.cli.screen_choice import open_screen
from parl.platform import has_terminal, is_terminal, open_keyboard, windows_api
from parl.platform.base import NoKeyboard
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.piped import Piped, piped, started
from tests.source_trees import assert_whole, pyc_files, pyc_of, write_slow_tree
from tests.windows_members import InheritedPipe, write_member
from tests.wine import is_wine

PYTHON = sys.executable
UTF8 = {"PYTHONUTF8": "1"}
OUTSIDE = "\N{HOT BEVERAGE}"
"""A character that no code page of Windows has."""

_ENCODINGS = ("PYTHONUTF8", "PYTHONIOENCODING", "PYTHONLEGACYWINDOWSSTDIO")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each test is, and Python's own choice of encodings."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    # Parl is perhaps not installed, and no longer found from there.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    for name in _ENCODINGS:
        monkeypatch.delenv(name, raising=False)


def python(code: str) -> tuple[str, str, str]:
    """Return a command that runs *code*."""
    return (PYTHON, "-c", code)


def compiled(*words: str, **keywords: Any) -> Piped:
    """Run ``parl compile``; nothing that is said is a traceback."""
    done = piped("compile", *words, **({"env": UTF8} | keywords))
    assert "Traceback" not in done.err
    return done


def counts(done: Piped) -> str:
    """Return how many files came to what."""
    return done.out.decode().partition(" (")[0]


# parl, bare


def test_bare_it_shows_its_help_and_ends() -> None:
    done = piped(stdin=None)
    assert (done.code, done.out) == (2, b"")
    assert done.lines[0] == "Usage: parl [OPTIONS] COMMAND [ARGS]..."


def test_version_and_help_need_no_more_than_ascii() -> None:
    done = piped("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(b"parl ")
    assert done.out.endswith(b"\r\n")
    for words in (("-h",), ("compile", "-h"), ("timer", "-h"), ("menu", "-h")):
        code, out, err = in_process(*words)
        assert (code, err, out.isascii()) == (0, "", True)


# parl compile -- COMMAND


@pytest.mark.parametrize("code", [3, 255, 256, 259, 0xC0000005, 0xFFFFFFFF])
def test_a_commands_exit_code_comes_out_as_it_went_in(code: int) -> None:
    assert compiled("--", "cmd", "/c", "exit", str(code - (1 << 32) if code >> 31 else code)) == (code, b"", "")


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (("cmd", "/c", "echo hi && exit 3"), (3, b"hi \r\n", "")),
        (("cmd", "/d", "/s", "/c", 'echo "a b"&exit 4'), (4, b'"a b"\r\n', "")),
        (("cmd.exe", "/c", "exit", "7"), (7, b"", "")),
        (("cmd", "/c", "echo a& echo b>&2& exit 7"), (7, b"a\r\n", "b\r\n")),
    ],
)
def test_a_line_for_cmd_is_a_command(words: tuple[str, ...], ended: tuple[int, bytes, str]) -> None:
    assert compiled("--", *words) == ended


@pytest.mark.parametrize(
    ("path", "name"),
    [("my build.cmd", "my build"), ("tool box (x86) & ^co, \xef\\all.bat", ".\\tool box (x86) & ^co, \xef\\all.bat")],
)
def test_a_batch_file_is_a_command_and_its_words_are_none(path: str, name: str) -> None:
    show = '"import json, sys; print(json.dumps(sys.argv[1:]))"'
    write(path, f'@"{PYTHON}" -I -S -c {show} %*\r\n@exit /b 5\r\n'.encode())
    there = os.listdir()
    injections = [
        '"&echo x>canary&"',
        '\\"&echo x>canary&\\"',
        "&echo x>canary",
        '"|echo x>canary',
        '^"&echo x>canary&^"',
    ]
    words = [*injections, "a & b", "", "a b\\", "\xef \u4e00", "--", "-x"]
    done = compiled("--", name, *words)
    assert (done.code, json.loads(done.out), done.err) == (5, words, "")
    assert os.listdir() == there


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("no-such-program", 127, "command not found"),
        ("missing.cmd", 127, "command not found"),
        (".\\missing", 127, "no such file"),
        (".", 126, "is a folder"),
        (os.environ["SYSTEMROOT"], 126, "is a folder"),
        ("sub", 127, "command not found"),
        (".\\sub", 126, "is a folder"),
        (".\\text.txt", 126, ".+"),
        ("text.exe", 126, ".+"),
        (".\\text.exe", 126, ".+"),
    ],
)
def test_what_cannot_be_run_says_why_in_one_line(name: str, code: int, reason: str) -> None:
    Path("sub").mkdir()
    for text in ("text.txt", "text.exe"):
        write(text, b"no program")
    done = compiled("--", name)
    assert (done.code, done.out) == (code, b"")
    assert re.fullmatch(f"parl: {re.escape(name)}: {reason}\r\n", done.err)


def test_a_time_out_ends_the_whole_tree(tmp_path: Path) -> None:
    with closing(InheritedPipe()) as pipe:
        command = write_member(tmp_path, pipe)("child", "grandchild")
        with started("compile", "--timeout", "3s", "--", *command, close_fds=False) as process:
            pipe.read_pid("child")
            pipe.read_pid("grandchild")
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
            wait_until(pipe.is_cut, "the end of both")
    assert (process.returncode, out, err) == (124, b"", b"parl: timed out after 3 s\r\n")


def test_what_a_command_writes_comes_out_unchanged_and_apart() -> None:
    code = (
        "import sys; out, err = sys.stdout.buffer, sys.stderr.buffer; "
        "out.write(bytes(range(256)) * 4096 + b'\\r\\n\\n\\r\\x1a'); err.write(b'own words\\r\\n\\n')"
    )
    done = compiled("--", *python(code))
    assert (done.code, done.err) == (0, "own words\r\n\n")
    assert done.out == bytes(range(256)) * 4096 + b"\r\n\n\r\x1a"


_ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"


@pytest.mark.parametrize(
    ("options", "stdin", "out"),
    [
        ((), b"in\r\nput\n\x1a\xff" * 1000, b"in\r\nput\n\x1a\xff" * 1000),
        (("--stdin", "inherit"), b"input", b"input"),
        (("--stdin", "null"), b"input", b""),
        ((), None, b""),
    ],
)
def test_a_command_reads_stdin_unless_that_is_the_terminal(
    options: tuple[str, ...], stdin: bytes | None, out: bytes
) -> None:
    assert compiled(*options, "--", *python(_ECHO), stdin=stdin) == (0, out, "")


def test_words_reach_the_command_as_they_are() -> None:
    words = ["a b", '"', "tail\\", "", "*", "%PATH%", "^&|", OUTSIDE]
    done = compiled("--", *python("import json, sys; print(json.dumps(sys.argv[1:]))"), *words)
    assert json.loads(done.out) == words


# parl compile PATH


def write(path: str | Path, data: bytes = b"x = 1\r\n") -> Path:
    """Write a source, and the folders it takes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_tree_is_compiled_once_and_then_what_was_touched() -> None:
    """Spaces, characters of any code page, CRLF, a byte order mark, .pyw."""
    write(f"gr\xfcn {OUTSIDE}/a b.py", b"x = '''a\r\nb'''\r\nif x:\r\n    pass\r\n")
    write("marked.py", b"\xef\xbb\xbfx = 1\r\n")
    window = write("window.pyw")
    assert counts(compiled("--jobs", "2", ".")) == "3 compiled, 0 up to date, 0 failed"
    assert_whole(Path())
    done = compiled(os.getcwd())
    assert counts(done) == "0 compiled, 3 up to date, 0 failed"
    assert done.out.endswith(b" s)\r\nCompilation successful!\r\n")
    window.write_bytes(b"x = 12\r\n")
    assert counts(compiled(".")) == "1 compiled, 2 up to date, 0 failed"


def test_it_writes_the_bytes_that_compileall_does() -> None:
    source = write("sub/same.py", b"def f(x):\r\n    '''Say.'''\r\n    return 'a', {1, 2}\r\n")
    assert compiled("sub").code == 0
    ours = pyc_of(source).read_bytes()
    subprocess.run(
        [PYTHON, "-m", "compileall", "-q", "-f", "sub"], check=True, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert pyc_of(source).read_bytes() == ours


def test_an_error_is_said_with_its_place_and_the_others_are_compiled() -> None:
    good = write("good.py")
    write(f"not {OUTSIDE}.py", b"x = 1\r\n\r\ndef f(:\r\n    pass\r\n")
    done = compiled(".")
    assert (done.code, counts(done)) == (1, "1 compiled, 0 up to date, 1 failed")
    assert done.lines == [f".\\not {OUTSIDE}.py:3:7: error: invalid syntax", "    def f(:", "          ^"]
    assert pyc_of(good).exists()


def test_diagnostics_for_programs_are_ascii() -> None:
    write(f"{OUTSIDE}.py", b"def f(:\r\n")
    done = compiled("--format", "json", ".", env={})
    assert (done.code, done.err) == (1, "")
    first, last = map(json.loads, done.out.decode("ascii").splitlines())
    assert (first["path"], first["line"], last["failed"]) == (f".\\{OUTSIDE}.py", 1, 1)


def test_long_paths_where_the_system_allows_them() -> None:
    folder = Path.cwd().joinpath(*["x" * 50] * 6)
    try:
        source = write(folder / "long.py")
    except OSError:
        pytest.skip("this Windows has no long paths")
    assert len(str(source)) > 260
    assert counts(compiled(".")) == "1 compiled, 0 up to date, 0 failed"
    assert pyc_of(source).exists()


@contextmanager
def kept_by_another(path: Path) -> Iterator[None]:
    """Have *path* open, shared with nobody."""
    handle = _winapi.CreateFile(str(path), _winapi.GENERIC_READ, 0, 0, _winapi.OPEN_EXISTING, 0, 0)
    try:
        yield
    finally:
        _winapi.CloseHandle(handle)


def test_a_source_that_another_keeps_to_itself_is_an_error_and_the_others_are_compiled() -> None:
    kept, other = write("kept.py"), write("other.py")
    with kept_by_another(kept):
        done = compiled(".")
    assert (done.code, counts(done)) == (1, "1 compiled, 0 up to date, 1 failed")
    assert done.lines == [".\\kept.py:1:1: error: cannot be read: permission denied"]
    assert pyc_files(Path()) == [pyc_of(other)]
    assert counts(compiled(".")) == "1 compiled, 1 up to date, 0 failed"


@pytest.mark.xfail(is_wine(), strict=True, reason="Wine: what is locked can be read all the same")
def test_a_source_that_another_has_locked_is_an_error() -> None:
    locked = write("locked.py")
    with locked.open("r+b") as file:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 100)
        done = compiled("locked.py")
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 100)
    assert done.code == 1
    assert done.lines[0].startswith("locked.py:1:1: error: cannot be read: ")


def test_a_pyc_that_another_has_open_is_an_error_and_nothing_else_is_left_there() -> None:
    source = write("used.py")
    assert compiled("used.py").code == 0
    write("used.py", b"x = 12\r\n")
    with pyc_of(source).open("rb"):
        done = compiled("used.py")
    assert done.code == 1
    assert len(done.lines) == 1
    assert "used.py:1:1: error: __pycache__\\used." in done.err
    assert "cannot be written: " in done.err
    assert_whole(Path())
    assert counts(compiled("used.py")) == "1 compiled, 0 up to date, 0 failed"


@pytest.mark.xfail(is_wine(), strict=True, reason="Wine: a read-only file can be replaced")
def test_a_pyc_that_is_read_only_is_an_error_and_nothing_else_is_left_there() -> None:
    source = write("sealed.py")
    assert compiled("sealed.py").code == 0
    pyc_of(source).chmod(stat.S_IREAD)
    try:
        write("sealed.py", b"x = 12\r\n")
        done = compiled("sealed.py")
    finally:
        pyc_of(source).chmod(stat.S_IREAD | stat.S_IWRITE)
    assert done.code == 1
    assert "cannot be written: " in done.err
    assert_whole(Path())


def test_a_source_that_is_read_only_has_a_pyc_that_is_not() -> None:
    source = write("sealed.py")
    source.chmod(stat.S_IREAD)
    try:
        assert compiled("sealed.py").code == 0
    finally:
        source.chmod(stat.S_IREAD | stat.S_IWRITE)
    assert pyc_of(source).stat().st_mode & stat.S_IWRITE


def test_a_time_out_leaves_whole_files_and_no_worker() -> None:
    write_slow_tree(Path("slow"), files=8, lines=60_000)
    with started("compile", "--timeout", "3s", "--jobs", "2", "slow") as process:
        workers: list[psutil.Process] = []

        def are_there() -> bool:
            workers[:] = psutil.Process(process.pid).children(recursive=True)
            return len(workers) >= 2

        wait_until(are_there, "workers")
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err.splitlines()[0]) == (124, b"parl: timed out after 3 s")
    assert psutil.wait_procs(workers, PATIENCE_SECONDS)[1] == []
    assert_whole(Path("slow"))


def test_wildcards_are_what_is_there() -> None:
    for name in ("b.py", "a.py", "[c].py", "sub/d.py"):
        write(name)
    assert counts(compiled("?.py")).startswith("2 compiled")
    assert counts(compiled("[c]*.py")).startswith("1 compiled")
    assert "no such file 'x*.py'" in compiled("x*.py").err


def test_names_are_one_in_large_and_small_letters() -> None:
    write("one.py")
    assert counts(compiled("one.py", "ONE.py", ".\\one.py", "./one.py")) == "1 compiled, 0 up to date, 0 failed"


def test_no_name_of_a_file_is_a_usage_error() -> None:
    done = compiled("what?.py")
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("parl compile: no such file 'what?.py'")


def test_a_way_out_is_quoted_as_one_types_it_there() -> None:
    done = compiled("my tool", "C:\\a b\\")
    assert done.lines == [
        'parl compile: no such file \'my tool\'; to run a command: parl compile -- "my tool" "C:\\a b\\\\"'
    ]
    done = compiled("my tool", "a&b", "(x)", '"', "^", "plain-1.txt")
    assert done.lines[0].endswith('parl compile -- "my tool" "a&b" "(x)" """" "^" plain-1.txt')


def test_a_part_of_cmd_is_no_program() -> None:
    done = compiled("--", "echo", "hi")
    assert (done.code, done.lines) == (127, ["parl: echo: no program, but a part of cmd; write: cmd /c echo ..."])


def test_letters_of_a_sources_name_may_be_large() -> None:
    write("W.PY")
    assert counts(compiled("*.py")).startswith("1 compiled")


# parl timer


def test_a_timer_rings_runs_its_command_and_exits_as_that_does() -> None:
    assert piped("timer", "--seconds", "0.1") == (0, b"Oops, woke up!\r\n", "")
    assert piped("timer", "-q", "50ms", "--", "cmd", "/c", "echo rung& exit 5") == (5, b"rung\r\n", "")
    assert piped("timer", "50ms", "--", "no-such-program").code == 127


def test_a_timer_for_a_time_of_day() -> None:
    soon = datetime.now() + timedelta(seconds=5)
    done = piped("timer", "--at", f"{soon:%Y-%m-%dT%H:%M:%S}", "--message", "now")
    assert done == (0, b"now\r\n", "")
    assert datetime.now() >= soon.replace(microsecond=0), "never early"


def test_a_timer_that_rings_again_and_again() -> None:
    assert piped("timer", "--every", "50ms", "--count", "3", "--message", "tick").out == b"tick\r\n" * 3
    done = piped("timer", "--every", "50ms", "--count", "1", "--", "cmd", "/c", "echo tick& exit 4")
    assert done == (4, b"tick\r\n", "parl: tick 1: exit 4\r\n")


def test_a_time_that_cannot_be_meant_is_a_usage_error() -> None:
    for words in (("soon",), ("--at", "25:00"), ("--every", "-1s"), ("1s", "--count", "2"), ()):
        code, out, err = in_process("timer", *words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("parl timer: ")


# parl menu


@pytest.mark.parametrize("answers", [b"2\r\n99\r\n", b"2\n99\r", b"2\r\n", b"\xef\xbb\xbf2\r\n99\r\n"])
def test_numbers_may_come_in_lines_of_any_end_and_behind_a_mark(answers: bytes) -> None:
    """PowerShell begins what it pipes with a byte order mark."""
    done = piped("menu", stdin=answers)
    assert (done.code, done.out) == (0, b"Edit logic to come here...\r\n")
    assert done.lines[:6] == ["1. Print", "2. Edit", "3. Erase", "99. exit", "> 2", "1. Print"]


def test_a_menu_for_nobody_is_shown_and_left() -> None:
    done = piped("menu", stdin=None)
    assert (done.code, done.out) == (0, b"")
    assert done.lines == ["1. Print", "2. Edit", "3. Erase", "99. exit", "> "]


_PARL_TOML = f"""\
[compile]
command = 'echo "a b"&& exit /b 6'

[menu]
title = "T\xfcr"

[[menu.items]]
title = "Hi {OUTSIDE}"
command = 'echo "%GREETING%" & exit /b 3'
env = {{ GREETING = "hey" }}

[[menu.items]]
title = "List"
command = ["cmd", "/c", "echo from a list"]

[[menu.items]]
script = "tasks:greet"
"""


def write_project() -> None:
    """Write a project as a Windows editor does."""
    Path("parl.toml").write_bytes(b"\xef\xbb\xbf" + _PARL_TOML.replace("\n", "\r\n").encode())
    Path("tasks.py").write_bytes(b"def greet():\r\n    '''Greet.'''\r\n    print('greeted')\r\n")


def test_a_projects_menu_runs_its_commands_by_cmd() -> None:
    write_project()
    done = piped("menu", stdin=b"1\r\n2\r\n3\r\n99\r\n", env=UTF8)
    assert (done.code, done.out) == (0, b'"hey" \r\nfrom a list\r\ngreeted\r\n')
    assert done.lines[:5] == ["T\xfcr", f"1. Hi {OUTSIDE}", "2. List", "3. Greet", "99. exit"]
    assert f"Hi {OUTSIDE}: exit 3" in done.lines
    assert 'parl: running cmd /c "echo from a list" (from parl.toml)' in done.lines


def test_a_projects_command_is_run_by_cmd_also_from_a_folder_below() -> None:
    write_project()
    Path("below").mkdir()
    done = compiled(cwd=Path("below"))
    assert done == (6, b'"a b"\r\n', 'parl: running echo "a b"&& exit /b 6 (from ..\\parl.toml)\r\n')
    assert compiled("--quiet") == (6, b'"a b"\r\n', "")


def test_the_functions_of_a_file_are_a_menu() -> None:
    write_project()
    assert piped("menu", ".\\tasks.py", stdin=b"1\r\n99\r\n")[:2] == (0, b"greeted\r\n")


# parl menu --choose


def choose(*words: str, stdin: bytes | None = b"", **keywords: Any) -> Piped:
    """Run ``parl menu --choose``."""
    done = piped("menu", "--choose", *words, stdin=stdin, **keywords)
    assert "Traceback" not in done.err
    return done


@pytest.mark.parametrize(
    ("stdin", "words", "out"),
    [
        # As fzf has it: lines come with CR and LF, and go out with LF, which cmd, PowerShell and bash all read.
        (b"one\r\ntwo\r\n", ("--answer", "2"), b"two\n"),
        (b"one\r\n\r\ntwo\r", ("--multi", "--answer", "1,2"), b"one\ntwo\n"),
        (b"\xef\xbb\xbfone\r\ntwo\r\n", ("--answer", "1"), b"one\n"),
        (b"one\ntwo\n", ("--query", "tw", "--select-1"), b"two\n"),
        (b"Label\tvalue\r\n", ("--label-separator", "\t", "--answer", "1"), b"value\n"),
        (b"one\r\n\0two", ("-0", "--answer", "1"), b"one\r\n\0"),
        (b"caf\xe9 \x1a\r\n", ("--answer", "1"), b"caf\xe9 \x1a\n"),  # of some code page: bytes are bytes
    ],
)
def test_a_line_is_chosen_without_its_end(stdin: bytes, words: tuple[str, ...], out: bytes) -> None:
    assert choose(*words, stdin=stdin) == (0, out, "")


def test_items_that_were_typed_are_written_in_utf_8_whatever_the_code_page() -> None:
    for environment in ({}, {"PYTHONIOENCODING": "cp437"}):
        assert choose("--answer", "1", f"\xe9 {OUTSIDE}", "b", env=environment).out == f"\xe9 {OUTSIDE}\n".encode()


def test_typed_items_are_asked_for_by_number() -> None:
    done = choose("red", "green", stdin=b"2\r\n")
    assert done == (0, b"green\n", "1. red\r\n2. green\r\n99. exit\r\n> 2\r\n")
    assert choose("red", "green", stdin=b"99\r\n")[:2] == (130, b"")


def test_with_nobody_to_ask_the_exit_code_tells() -> None:
    assert choose(stdin=None) == (1, b"", "")
    assert choose("a", "b", stdin=None).code == 2
    assert choose("--default", "b", "a", "b", stdin=None)[:2] == (0, b"b\n")


# Encodings


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("cp1252", "\xe9 \\u2615"), ("cp437", "\xe9 \\u2615"), ("utf-8", f"\xe9 {OUTSIDE}")],
)
def test_what_an_encoding_has_no_sign_for_is_escaped(encoding: str, shown: str) -> None:
    environment = {"PYTHONIOENCODING": encoding}
    words = f"\xe9 {OUTSIDE}"
    done = piped("timer", "0", "--message", words, env=environment, encoding=encoding)
    assert done == (0, f"{shown}\r\n".encode(encoding), "")
    done = choose(words, "b", stdin=b"1\r\n", env=environment, encoding=encoding)
    assert done.lines[0] == f"1. {shown}"


def test_where_nobody_chose_an_encoding_nothing_raises() -> None:
    write(f"not {OUTSIDE}.py", b"x = (\r\n")
    done = compiled(".", env={}, encoding="latin-1")
    assert done.code == 1
    assert done.lines[0].startswith((f".\\not {OUTSIDE}.py:1:5: ", ".\\not \\u2615.py:1:5: "))


# Streams that are nowhere, and that break


def test_nul_is_no_terminal() -> None:
    with open("NUL", "r+b", buffering=0) as nul:
        assert os.isatty(nul.fileno()), "as Windows says"
        assert not is_terminal(nul.fileno())


@pytest.mark.parametrize(
    "words", [("menu", "--choose", "--answer", "1", "a"), ("compile", "--", "cmd", "/c", "echo a")]
)
def test_everything_may_be_nul(words: tuple[str, ...]) -> None:
    assert piped(*words, stdin=None, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("compile", "one.py"),
        ("timer", "--every", "10ms"),
        ("menu",),
        ("menu", "--choose", "--answer", "1"),
    ],
)
def test_when_the_reader_of_stdout_has_gone_it_ends_without_a_word(words: tuple[str, ...]) -> None:
    write("one.py")
    reader, writer = os.pipe()
    os.close(reader)
    done = piped(*words, stdin=b"1\r\n2\r\n", stdout=writer)
    os.close(writer)
    assert done.code == 1
    assert "parl: " not in done.err
    assert "Traceback" not in done.err


def closed(number: int, *words: str) -> Piped:
    """Run parl without the standard stream *number*."""
    reader, writer = os.pipe()
    handles = dict.fromkeys((0, 1, 2), 0)
    nul = os.open("NUL", os.O_RDWR)
    for stream, descriptor in ((0, nul), (1, writer), (2, writer)):
        if stream != number:
            os.set_inheritable(descriptor, True)
            handles[stream] = msvcrt.get_osfhandle(descriptor)
    information = subprocess.STARTUPINFO(
        dwFlags=subprocess.STARTF_USESTDHANDLES, hStdInput=handles[0], hStdOutput=handles[1], hStdError=handles[2]
    )
    own = dict.fromkeys(("stdin", "stdout", "stderr"))
    with started(*words, startupinfo=information, close_fds=False, **own) as process:
        os.close(nul)
        os.close(writer)
        with open(reader, "rb") as output:
            text = output.read()
        return Piped(process.wait(PATIENCE_SECONDS), text, "")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_standard_stream_may_be_closed(number: int) -> None:
    done = closed(number, "compile", "--", "cmd", "/c", "echo built& exit 3")
    assert (done.code, done.out) == (3, b"" if number == 1 else b"built\r\n")


def test_a_timer_without_a_stdout_rings_for_nobody() -> None:
    assert closed(1, "timer", "0")[:2] == (0, b"")


def test_a_choice_without_a_stdout_is_an_error() -> None:
    done = closed(1, "menu", "--choose", "--answer", "1", "a")
    assert done.code == 125
    assert b"standard output is closed" in done.out


# Terminals that are no console: git-bash's mintty


@pytest.fixture(params=["no console", "mintty"])
def unusable_console(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No console to read keys from; or a hidden one, and a terminal that is a pipe by its name."""

    def refuse() -> int:
        raise OSError(6, "The handle is invalid")

    is_hidden = request.param == "mintty"
    monkeypatch.setattr(windows_api, "open_console_input", windows_api.create_event if is_hidden else refuse)
    monkeypatch.setattr(windows_api, "writes_to_mintty", lambda: is_hidden)


def in_process(*words: str) -> tuple[int, str, str]:
    """Run parl here, with the keyboard that it opens itself."""
    result = CliRunner().invoke(cli, words)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("unusable_console", "bare_environment")
def test_without_a_console_compile_and_timer_run_without_keys(capfd: pytest.CaptureFixture[str]) -> None:
    assert not has_terminal()
    with open_keyboard() as keyboard:
        assert isinstance(keyboard, NoKeyboard)
    assert in_process("timer", "0") == (0, "Oops, woke up!\n", "")
    assert in_process("compile", "--timeout", "20s", "--", *python("print('built'); raise SystemExit(3)")) == (
        3,
        "",
        "",
    )
    assert in_process("compile", "--timeout", "50ms", "--", *python("import time; time.sleep(600)"))[0] == 124
    assert capfd.readouterr().out.splitlines() == ["built"]


@pytest.mark.parametrize("refusal", [NoConsoleScreenBufferError, OSError])
def test_without_a_console_nothing_is_painted(
    monkeypatch: pytest.MonkeyPatch, refusal: Callable[[], Exception]
) -> None:
    def refuse(*_: object, **_keywords: object) -> None:
        raise refusal()

    @contextmanager
    def screen() -> Iterator[StringIO]:
        yield StringIO()

    monkeypatch.setattr(screen_choice, "has_terminal", lambda: True)
    monkeypatch.setattr(windows_screen, "console_as_standard_streams", screen)
    monkeypatch.setattr(windows_screen, "create_input", refuse)
    assert open_screen() is None
    monkeypatch.setattr(windows_screen, "create_input", lambda **_: None)
    monkeypatch.setattr(windows_screen, "create_output", refuse)
    assert open_screen() is None
