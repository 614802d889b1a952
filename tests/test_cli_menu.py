"""``parl menu`` in plain lines: what a script, a screen reader and a dumb terminal get, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import run_python
from tests.piped import Piped, piped, plain_environment

DEMONSTRATION = ["1. Print", "2. Edit", "3. Erase", "99. exit"]
TASKS = '''"""Things to do."""
import os
from os.path import join

SIZE = 3


def zebra():
    """The last letter first.

    More of it.
    """
    print("zebra ran")


def apple(times=1, *rest, **options):
    print("apple ran", times)


def needs_one(what):
    """Not in the menu: nobody would say what."""


def _private():
    """Not in the menu either."""


class Tool:
    """No function."""


async def wait():
    """Wait a while"""
    print("waited")


def fail():
    """Fail"""
    raise ValueError("two\\nlines")


def leave():
    """Leave early"""
    raise SystemExit(7)
'''

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with no project's file at or above it."""
    return tmp_path


def menu(folder: Path, stdin: str | bytes, *words: str, env: dict[str, str] | None = None) -> Piped:
    """Run ``parl menu`` in *folder*; what it writes for people holds no escape."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = piped("menu", *words, stdin=data, cwd=folder, env=env)
    assert "\x1b" not in done.err
    assert "Traceback" not in done.err
    return done


def write_menu(folder: Path, items: str, name: str = "parl.toml") -> str:
    """Write a menu's file and return its path."""
    (folder / name).write_text(f"[menu]\n{items}", encoding="utf-8")
    return str(folder / name)


def one_item(lines: str) -> str:
    return f"[[menu.items]]\n{lines}\n"


# The lesson's demonstration


def test_the_lessons_menu_in_a_script(here: Path) -> None:
    done = menu(here, "1\n99\n")
    assert (done.code, done.out.decode().splitlines()) == (0, ["Print logic to come here..."])
    assert done.lines == [*DEMONSTRATION, "> 1", *DEMONSTRATION, "> 99"]


@pytest.mark.parametrize(
    ("number", "line"),
    [
        ("1", "Print"),
        ("2", "Edit"),
        ("3", "Erase"),
        ("  3\t", "Erase"),
        ("03", "Erase"),
        ("2\r", "Edit"),
        ("\ufeff2", "Edit"),
    ],
)
def test_each_number_runs_its_own(here: Path, number: str, line: str) -> None:
    done = menu(here, f"{number}\n99\n")
    assert (done.code, done.out.decode().strip()) == (0, f"{line} logic to come here...")


@pytest.mark.parametrize("typed", ["", "99", "99\n", "\n", "abc"], ids=repr)
def test_the_end_of_input_leaves_like_99(here: Path, typed: str) -> None:
    done = menu(here, typed)
    assert (done.code, done.out) == (0, b"")


def test_a_last_line_without_its_end_counts(here: Path) -> None:
    assert menu(here, "1\n2").out.split()[::5] == [b"Print", b"Edit"]


def test_nothing_is_run_after_the_exit(here: Path) -> None:
    assert menu(here, "99\n1\n").out == b""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abc", "'abc' is not a number"),
        ("", "nothing was typed"),
        ("   ", "nothing was typed"),
        ("-1", "-1 is out of range"),
        ("0", "0 is out of range"),
        ("4", "4 is out of range"),
        ("98", "98 is out of range"),
        ("999", "999 is out of range"),
        ("9" * 5000, "is out of range"),
        ("²", "'²' is not a number"),
        ("\uff11", "'\uff11' is not a number"),
        ("1e3", "'1e3' is not a number"),
        ("1_0", "'1_0' is not a number"),
        ("+1", "'+1' is not a number"),
        ("1 2", "'1 2' is not a number"),
        ("--1", "'--1' is not a number"),
        ("-", "'-' is not a number"),
        ("\x1b[2J", "is not a number"),
    ],
    ids=lambda text: repr(text)[:12],
)
def test_what_is_no_choice_is_said_and_the_menu_goes_on(here: Path, typed: str, words: str) -> None:
    # Where the encoding has no word for it an escape is shown; that is not the question here.
    done = menu(here, f"{typed}\n1\n99\n", env={"PYTHONIOENCODING": "utf-8"})
    assert (done.code, done.out.decode().splitlines()) == (0, ["Print logic to come here..."])
    said = [line for line in done.lines if "type 1 to 3, or 99 to leave" in line]
    assert len(said) == 1
    assert words in said[0]


def test_input_that_is_no_text_is_no_traceback(here: Path) -> None:
    done = menu(here, b"\xff\xfe\n\x00\n1\n99\n")
    assert (done.code, done.out.split()) == (0, b"Print logic to come here...".split())


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}, {"FORCE_COLOR": "1"}], ids=str)
def test_not_one_escape_byte(here: Path, variables: dict[str, str]) -> None:
    done = menu(here, "1\nabc\n99\n", "--numbered", env=variables)
    assert b"\x1b" not in done.out
    assert done.code == 0


def test_prompt_toolkit_is_never_imported_for_plain_lines(here: Path) -> None:
    code = (
        "import atexit, os, sys\n"
        "from parl.cli.main import cli\n"
        "try:\n    cli(['menu'])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, [name for name in sys.modules if name.startswith('prompt_toolkit')])\n"
    )
    done = run_python(code, input="1\n99\n", start_new_session=True)
    assert done.stderr.splitlines()[-1] == "> 99"
    assert done.stdout.splitlines() == ["Print logic to come here...", "0 []"]


@needs_sh
def test_a_stdout_that_nobody_reads_ends_it_quietly(here: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = piped("menu", stdin=b"1\n99\n", cwd=here, stdout=writer)
    os.close(writer)
    assert (done.code, done.lines[-1]) == (-signal.SIGPIPE, "> 1")


# A project's menu


def test_the_projects_menu_is_found_from_below(here: Path) -> None:
    write_menu(here, 'title = "Ops"\n' + one_item('title = "Look"\ncommand = "echo looked"'))
    below = here / "a" / "b"
    below.mkdir(parents=True)
    done = menu(below, "1\n99\n")
    assert done.out.split() == [b"looked"]
    assert done.lines[:3] == ["Ops", "1. Look", "99. exit"]
    running = next(line for line in done.lines if "running" in line)
    assert running.startswith("parl: running echo looked (from ")
    assert running.endswith("parl.toml)")


def test_a_command_runs_beside_the_file_with_its_folder_and_variables(here: Path) -> None:
    (here / "infra").mkdir()
    code = "import os; print(os.path.basename(os.getcwd()), os.environ['REGION'])"
    command = [sys.executable, "-c", code]
    write_menu(here, one_item(f'title = "x"\ncommand = {command!r}\ncwd = "infra"\nenv = {{ REGION = "eu" }}'))
    below = here / "below"
    below.mkdir()
    assert menu(below, "1\n").out.split() == [b"infra", b"eu"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('"exit 3"', "Look: exit 3"),
        ('["no-such-program-here"]', "Look: no-such-program-here: command not found"),
    ],
)
def test_how_a_command_failed_is_shown_and_the_menu_goes_on(here: Path, command: str, words: str) -> None:
    write_menu(here, one_item(f'title = "Look"\ncommand = {command}'))
    done = menu(here, "1\n99\n")
    assert done.code == 0
    assert words in done.lines
    assert done.lines[-3:] == ["1. Look", "99. exit", "> 99"]


@needs_sh
def test_the_signal_that_a_command_died_of_is_shown(here: Path) -> None:
    write_menu(here, one_item('title = "Look"\ncommand = "kill -TERM $$"'))
    assert any(line.startswith("Look: ") and ("15" in line or "TERM" in line) for line in menu(here, "1\n").lines)


def test_that_a_command_ended_well_is_not_worth_a_word(here: Path) -> None:
    write_menu(here, one_item('title = "Look"\ncommand = "exit 0"'))
    assert menu(here, "1\n99\n").lines == [
        *["1. Look", "99. exit", "> 1", "parl: running exit 0 (from parl.toml)"],
        *["1. Look", "99. exit", "> 99"],
    ]


def python(code: str) -> str:
    """Return a command that runs *code*, as TOML."""
    return json.dumps([sys.executable, "-c", code])


def test_a_command_gets_the_rest_of_stdin_to_the_byte(here: Path) -> None:
    eat = python("import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)")
    write_menu(here, one_item(f'title = "Eat"\ncommand = {eat}'))
    rest = bytes(range(256)) * 700 + b"no end"
    done = menu(here, b"1\n" + rest)
    assert (done.code, done.out) == (0, rest)


def test_a_command_that_takes_a_line_leaves_the_others_to_the_menu(here: Path) -> None:
    take = python("import os; print('got', b''.join(iter(lambda: os.read(0, 1), b'\\n')).decode())")
    write_menu(here, one_item(f'title = "One"\ncommand = {take}'))
    assert menu(here, "1\nhello\n1\nworld\n99\nrest\n").out.splitlines() == [b"got hello", b"got world"]


def test_what_follows_the_exit_is_left_for_the_next_program(here: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"1\n99\nnext\n")
    os.close(writer)
    with open(reader, "rb") as rest:
        command = [sys.executable, "-m", "parl", "menu"]
        subprocess.run(command, stdin=rest, cwd=here, env=plain_environment(), capture_output=True, check=True)
        assert rest.read() == b"next\n"


def test_a_submenu_goes_back_with_its_exit_and_the_whole_ends_with_input(here: Path) -> None:
    inner = '[[menu.items.items]]\ntitle = "Backup"\ncommand = "echo saved"\n'
    write_menu(here, one_item('title = "Database"') + inner + one_item('title = "Look"\ncommand = "echo looked"'))
    done = menu(here, "1\n1\n99\n2\n")
    assert (done.code, done.out.split()) == (0, [b"saved", b"looked"])
    assert done.lines.count("99. back") == 2
    assert done.lines.count("99. exit") == 3
    assert menu(here, "1\n").code == 0  # input ends within the submenu


# Questions


def confirmed(folder: Path) -> str:
    return write_menu(folder, one_item('title = "Deploy"\ncommand = "echo deployed"\nconfirm = "Deploy it?"'))


def test_a_question_that_nobody_can_answer_means_no(here: Path) -> None:
    confirmed(here)
    done = menu(here, "1\ny\n99\n")
    assert (done.code, done.out) == (0, b"")
    assert "Deploy it? Nobody is there to answer; --yes does" in done.lines
    assert "Deploy: not run" in done.lines


def test_yes_answers_it(here: Path) -> None:
    confirmed(here)
    done = menu(here, "1\n99\n", "--yes")
    assert done.out.split() == [b"deployed"]
    assert "Deploy it?" not in done.err


# Python


@pytest.fixture
def tasks(here: Path) -> Path:
    (here / "tasks.py").write_text(TASKS)
    package = here / "chores" / "inner"
    package.mkdir(parents=True)
    (here / "chores" / "__init__.py").write_text("")
    (package / "__init__.py").write_text('def inside():\n    """Inside"""\n    print("inside ran")\n')
    return here


def test_a_files_public_functions_are_a_menu_in_source_order(tasks: Path) -> None:
    done = menu(tasks, "1\n2\n3\n99\n", "tasks.py")
    titles = ["1. The last letter first", "2. Apple", "3. Wait a while", "4. Fail", "5. Leave early", "99. exit"]
    assert done.lines[:6] == titles
    assert done.out.decode().splitlines() == ["zebra ran", "apple ran 1", "waited"]


@pytest.mark.parametrize("name", ["tasks", "./tasks.py"])
def test_a_file_and_a_module_are_named_as_one_likes(tasks: Path, name: str) -> None:
    assert menu(tasks, "1\n", name).out.split() == [b"zebra", b"ran"]


def test_a_module_of_a_package(tasks: Path) -> None:
    done = menu(tasks, "1\n", "chores.inner")
    assert done.lines[0] == "1. Inside"
    assert done.out.split() == [b"inside", b"ran"]


def test_a_function_that_raises_is_shown_with_its_place_and_the_menu_goes_on(tasks: Path) -> None:
    done = menu(tasks, "4\n5\n1\n99\n", "tasks.py")
    assert done.code == 0
    assert "Fail failed: ValueError: two lines (tasks.py:39)" in done.lines
    assert "Leave early: exit 7" in done.lines
    assert done.out.split() == [b"zebra", b"ran"]


def test_a_script_is_imported_only_when_it_is_chosen(here: Path) -> None:
    (here / "ops.py").write_text('print("imported")\n\n\ndef backup():\n    """Save it all"""\n    print("saved")\n')
    write_menu(here, one_item('script = "ops:backup"') + one_item('title = "Mine"\nscript = "ops:backup"'))
    done = menu(here, "99\n")
    assert done.out == b""
    assert done.lines[:3] == ["1. Save it all", "2. Mine", "99. exit"]
    assert menu(here, "1\n2\n").out.split() == [b"imported", b"saved", b"saved"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "ops:backup: cannot be imported: ModuleNotFoundError: No module named 'ops'"),
        (
            "import no_such",
            "ops:backup: cannot be imported: ModuleNotFoundError: No module named 'no_such'",
        ),
        ("x = 1 / 0", "ops:backup: cannot be imported: ZeroDivisionError: division by zero (ops.py:1)"),
        ("def (", "ops:backup: cannot be imported: SyntaxError: "),
        ("x = 1", "ops:backup: ops has no backup"),
        ("backup = 1", "ops:backup: is no function"),
    ],
)
def test_a_script_that_cannot_be_had_is_shown_with_its_cause(here: Path, source: str | None, words: str) -> None:
    if source is not None:
        (here / "ops.py").write_text(source + "\n")
    write_menu(here, one_item('title = "Save"\nscript = "ops:backup"'))
    done = menu(here, "1\n99\n")
    assert done.code == 0
    assert any(line.startswith(f"Save: {words}") for line in done.lines), done.err


# Other files


@pytest.mark.parametrize("name", ["other.toml", "sub/parl.toml"])
def test_another_file(here: Path, name: str) -> None:
    (here / "sub").mkdir()
    write_menu(here, one_item('title = "Mine"\ncommand = "echo other"'), name)
    write_menu(here, one_item('title = "Not mine"\ncommand = "echo wrong"'))
    assert menu(here, "1\n", name).out.split() == [b"other"]


@pytest.mark.parametrize("words", [(), ("pyproject.toml",)], ids=["found", "named"])
def test_pyproject(here: Path, words: tuple[str, ...]) -> None:
    (here / "pyproject.toml").write_text('[[tool.parl.menu.items]]\ntitle = "Mine"\ncommand = "echo mine"\n')
    assert menu(here, "1\n", *words).out.split() == [b"mine"]


def test_a_project_without_a_menu_shows_the_demonstration(here: Path) -> None:
    (here / "parl.toml").write_text('[compile]\ncommand = "true"\n')
    assert menu(here, "").lines[:4] == DEMONSTRATION


def test_a_file_with_a_byte_order_mark_and_titles_in_any_script(here: Path) -> None:
    text = '[[menu.items]]\ntitle = "テスト ☕"\ncommand = "echo x"\n'
    (here / "parl.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert menu(here, "", env={"PYTHONIOENCODING": "utf-8"}).lines[0] == "1. テスト ☕"


def test_titles_cannot_send_escapes(here: Path) -> None:
    write_menu(here, one_item(r'title = "\u001b[2Jclear"' + '\ncommand = "echo x"'))
    assert menu(here, "").lines[0] == r"1. \x1b[2Jclear"


def test_with_a_hundred_items_999_leaves_and_99_is_one_of_them(here: Path) -> None:
    write_menu(here, "".join(one_item(f'title = "t{n}"\ncommand = "echo {n}"') for n in range(1, 101)))
    done = menu(here, "99\n999\n99\n")
    assert done.out.split() == [b"99"]
    assert "999. exit" in done.lines


def test_a_function_that_leaves_by_ctrl_c_or_closes_stdout_ends_neither_menu_nor_parl(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(
        "import sys\ndef interrupt(): raise KeyboardInterrupt\ndef close(): sys.stdout.close()\nlam = lambda: None\n"
    )
    done = piped("menu", "tasks.py", stdin=b"1\n2\n3\n99\n", cwd=tmp_path)
    assert done.code == 0
    assert "Interrupt: interrupted" in done.err
    assert "3. Lam" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "task",
    [
        "threading.Thread(target=lambda: (time.sleep(0.2), print('late', flush=True))).start()",
        "atexit.register(print, 'late')",
        "concurrent.futures.ThreadPoolExecutor().submit(print, 'late')",
    ],
    ids=["thread", "atexit", "pool"],
)
def test_what_a_function_leaves_behind_is_done_at_the_end_as_python_does_it(tmp_path: Path, task: str) -> None:
    (tmp_path / "tasks.py").write_text(f"import atexit, concurrent.futures, threading, time\ndef go():\n    {task}\n")
    (tmp_path / "parl.toml").write_text('[menu]\n[[menu.items]]\nscript = "tasks:go"\n')
    for words in (("menu", "tasks.py"), ("menu",)):
        done = piped(*words, stdin=b"1\n99\n", cwd=tmp_path)
        assert (done.code, done.out) == (0, f"late{os.linesep}".encode())
