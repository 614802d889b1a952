"""What the items of a menu's file do: run a command that has the terminal to itself, or call a function."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from parl.core.errors import CommandFailedError, CommandNotExecutableError, CommandNotFoundError, ParlError
from parl.core.menu_actions import CommandAction, ScriptAction
from parl.core.user_module import ModuleFailedError, ModuleMissingError, import_module
from parl.platform.shell import typed_line
from tests.conftest import PATIENCE_SECONDS, Lifeline

posix = pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")


@pytest.fixture(autouse=True)
def _nothing_stays_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test imports from its folder is forgotten, by Python's path too."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def action(folder: Path, *words: str, announced: list[str] | None = None, **variables: str) -> CommandAction:
    """Return the action of a list of words."""
    announce = (announced if announced is not None else []).append
    return CommandAction(list(words), str(folder), variables, announce)


def line(folder: Path, text: str, announced: list[str] | None = None, **variables: str) -> CommandAction:
    """Return the action of a line for the shell."""
    return CommandAction(text, str(folder), variables, (announced if announced is not None else []).append)


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


# Commands


@posix
def test_a_string_is_the_shells(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    announced: list[str] = []
    line(tmp_path, "echo one | tr o 0 && echo $((40 + 2)) >&2", announced)()
    assert capfd.readouterr() == ("0ne\n", "42\n")
    assert announced == ["echo one | tr o 0 && echo $((40 + 2)) >&2"]


def test_a_list_is_taken_word_by_word(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    announced: list[str] = []
    words = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "a b", "*", "$HOME", "%PATH%", '"', ""]
    action(tmp_path, *words, announced=announced)()
    assert capfd.readouterr().out.rstrip() == str(words[3:])
    assert announced == [typed_line(words)]


def test_it_is_announced_before_it_runs(tmp_path: Path) -> None:
    made = tmp_path / "made"
    seen: list[bool] = []
    CommandAction("echo x > made", str(tmp_path), {}, lambda _: seen.append(made.exists()))()
    assert seen == [False]
    assert made.exists()


@posix
def test_it_runs_in_its_folder_with_its_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGION", "us")
    monkeypatch.setenv("KEPT", "kept")
    before, here = dict(os.environ), os.getcwd()
    line(tmp_path, 'pwd -P; echo "$REGION $KEPT"', REGION="eu west")()
    assert capfd.readouterr().out == f"{tmp_path.resolve()}\neu west kept\n"
    assert (dict(os.environ), os.getcwd()) == (before, here)


@pytest.mark.parametrize("attended", [True, False])
@pytest.mark.parametrize(
    ("text", "message", "code", "number"),
    [
        ("exit 3", "exit 3", 3, None),
        ("exit 255", "exit 255", 255, None),
        pytest.param("ulimit -c 0; kill -TERM $$", "died of SIGTERM", 0, 15, marks=posix),
    ],
)
def test_a_command_that_does_not_end_well_says_how(
    tmp_path: Path, text: str, message: str, code: int, number: int | None, attended: bool
) -> None:
    with pytest.raises(CommandFailedError) as raised:
        CommandAction(text, str(tmp_path), {}, lambda _: None, attended=attended)()
    assert str(raised.value) == message
    assert (raised.value.exit_code, raised.value.signal) == (code, number)


def test_it_can_be_run_again(tmp_path: Path) -> None:
    once = "import os, sys; os.path.exists('made') and sys.exit(4); open('made', 'x').close()"
    again = action(tmp_path, sys.executable, "-c", once)
    again()
    with pytest.raises(CommandFailedError, match="exit 4"):
        again()


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandNotFoundError, match=r"^no-such-program-here: command not found$"):
        action(tmp_path, "no-such-program-here")()


@posix
def test_what_the_shell_does_not_find_is_127(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="exit 127"):
        line(tmp_path, "no-such-program-here 2>/dev/null")()


def test_a_folder_that_is_not_there_is_blamed(tmp_path: Path) -> None:
    words = f"missing: no such folder to run {sys.executable} in"
    with pytest.raises(CommandNotFoundError, match=re.escape(words)):
        action(tmp_path / "missing", sys.executable)()


@posix
def test_a_file_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    write(tmp_path, "plain", "exit 0\n")
    with pytest.raises(CommandNotExecutableError, match=r"^\./plain: permission denied$"):
        action(tmp_path, "./plain")()


@posix
def test_a_typed_interrupt_is_the_commands_own(
    tmp_path: Path, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that a menu opens lives on after Ctrl-C."""
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: True)
    os.mkfifo(tmp_path / "go")

    def type_ctrl_c() -> None:
        assert lifeline.read_line() == "ready"
        signal.pthread_kill(main, signal.SIGINT)
        (tmp_path / "go").write_text("go\n")

    main = threading.get_ident()
    with ThreadPoolExecutor(1) as side:
        typed = side.submit(type_ctrl_c)
        with pytest.raises(CommandFailedError, match="exit 6"):
            line(tmp_path, f"echo ready >{lifeline.path}; read word <go; exit 6")()
        typed.result(PATIENCE_SECONDS)


@posix
@pytest.mark.parametrize(("attended", "typed"), [(True, False), (False, True), (False, False)])
def test_any_other_interrupt_ends_the_command_and_goes_on_to_us(
    tmp_path: Path, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch, attended: bool, typed: bool
) -> None:
    monkeypatch.setattr("parl.core.signals.in_foreground", lambda: typed)
    main = threading.get_ident()

    def interrupt() -> None:
        assert lifeline.read_line() == "ready"
        signal.pthread_kill(main, signal.SIGINT)

    command = f"exec 9>{lifeline.path}; echo ready >&9; exec sleep 60"
    with ThreadPoolExecutor(1) as side:
        interrupted = side.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            CommandAction(command, str(tmp_path), {}, lambda _: None, attended=attended)()
        interrupted.result(PATIENCE_SECONDS)
    assert lifeline.read_to_the_end() == ""


# Functions

DATABASE = '''
from functools import wraps
answer = 42
def back_up():
    """Back up."""
    return "backed up"
def fail():
    raise ValueError("no disk")
async def fetch():
    return "fetched"
class Tables:
    """All tables."""
    class Inner:
        def deepest():
            """Go deep."""
            return "deep"
if True:
    def hidden_one():
        """Found by nobody who does not run it."""
'''


@pytest.fixture
def office(tmp_path: Path) -> str:
    write(tmp_path, "script_office/__init__.py", 'def start():\n    """Start it."""\n    return "started"\n')
    write(tmp_path, "script_office/db.py", DATABASE)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("script_office.db:back_up", "backed up"),
        ("script_office:start", "started"),
        ("script_office.db:fetch", "fetched"),
        ("script_office.db:Tables.Inner.deepest", "deep"),
        ("script_office.db:hidden_one", None),
    ],
)
def test_the_function_that_is_named_is_called(office: str, target: str, answer: object) -> None:
    assert ScriptAction(target, office)() == answer


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("script_office.db:back_up", "Back up"),
        ("script_office:start", "Start it"),
        ("script_office.db:Tables", "All tables"),
        ("script_office.db:Tables.Inner.deepest", "Go deep"),
        ("script_office.db:fail", "Fail"),
        ("script_office.db:hidden_one", "Hidden one"),
        ("script_office.db:answer", "Answer"),
        ("script_office.db:back_up.more", "More"),
        ("script_office.db:back_up.more.still", "Still"),
        ("script_office.missing:do_it", "Do it"),
        ("no_such_module_here:do_it", "Do it"),
    ],
)
def test_its_title_is_read_and_nothing_is_imported(office: str, target: str, title: str) -> None:
    assert ScriptAction(target, office).title() == title
    assert "script_office" not in sys.modules


def test_a_title_is_read_in_the_encoding_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "script_old.py").write_bytes(b"# coding: latin-1\ndef run():\n    'Gr\xfcn'\n")
    assert ScriptAction("script_old:run", str(tmp_path)).title() == "Gr\u00fcn"


@pytest.mark.parametrize("text", [b"def run(:\n", b"x = '\xff'\n", b"x = 1\0\n", b"# coding: nonsense\n"])
def test_a_file_that_is_no_python_gives_no_title(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "script_broken.py").write_bytes(text)
    assert ScriptAction("script_broken:run_all", str(tmp_path)).title() == "Run all"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("script_office.db:missing", "script_office.db:missing: script_office.db has no missing"),
        ("script_office.db:Tables.no", "script_office.db:Tables.no: script_office.db has no Tables.no"),
        ("script_office.db:answer", "script_office.db:answer: is no function"),
    ],
)
def test_what_a_module_does_not_have_is_told(office: str, target: str, message: str) -> None:
    with pytest.raises(ParlError) as raised:
        ScriptAction(target, office)()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "ModuleNotFoundError: No module named 'script_broken'"),
        ("import no_such_module_here\n", "No module named 'no_such_module_here' (script_broken.py:1)"),
        ("\n\nraise ValueError('two\\nlines')\n", "ValueError: two lines (script_broken.py:3)"),
        ("def run(:\n", "SyntaxError: invalid syntax (script_broken.py, line 1)"),
    ],
)
def test_what_cannot_be_imported_is_told_with_the_cause(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        write(tmp_path, "script_broken.py", text)
    with pytest.raises(ParlError) as raised:
        ScriptAction("script_broken:run", str(tmp_path))()
    message = str(raised.value)
    assert message.startswith("script_broken:run: cannot be imported: ")
    assert words in message
    assert len(message.splitlines()) == 1


def test_a_function_that_fails_fails_as_itself(office: str) -> None:
    with pytest.raises(ValueError, match="no disk"):
        ScriptAction("script_office.db:fail", office)()


@pytest.mark.parametrize("name", ["no_such_module_here", "no_such_module_here.tasks", "json.no_such_module_here"])
def test_a_module_that_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModuleMissingError, match=re.escape(f" (looked in {tmp_path})")):
        import_module(name, str(tmp_path))


@pytest.mark.parametrize("text", ["import no_such_module_here\n", "raise ModuleNotFoundError('not on this system')\n"])
def test_a_module_that_misses_another_has_failed(tmp_path: Path, text: str) -> None:
    write(tmp_path, "script_broken.py", text)
    with pytest.raises(ModuleFailedError):
        import_module("script_broken", str(tmp_path))


def test_python_looks_in_a_folder_once(tmp_path: Path) -> None:
    (tmp_path / "here_once.py").write_text("")
    import_module("here_once", str(tmp_path))
    import_module("here_once", str(tmp_path))
    assert sys.path[0] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1
