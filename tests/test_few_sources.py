"""A source or two that were touched, compiled without the engine; and what is left to the engine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("elsewhere the engine does it", allow_module_level=True)

from parl.cli import sources
from parl.core import few_sources
from parl.core.few_sources import compile_few
from parl.core.source_compiler import Compiled, SourceCompiler
from parl.core.survey import Survey
from parl.core.tree_options import TreeOptions
from parl.platform import may_fork
from parl.platform.forked_call import call_in_child
from tests.conftest import PATIENCE_SECONDS, Lifeline
from tests.piped import piped, plain_environment
from tests.source_trees import contents, remove_pyc_files

_SIGNS = "".join(map(chr, range(0x20, 0x7F)))
_ENGINE = {"click", "threading", "typing", "parl.core.terminator", "parl.core.tree_compiler"}
# parl whose compiling of one source takes for ever, when a temporary file is there.
_ENDLESS_PARL = """
import os, sys, time
from parl.__main__ import main
from parl.cli import sources
from parl.core.source_compiler import SourceCompiler

folder, lifeline = sys.argv[1:]

def compile(self, path, outputs, **_):
    place = os.path.dirname(outputs[0][1])
    os.makedirs(place, exist_ok=True)
    open(os.path.join(place, f".{os.getpid()}-{self._token}.parl"), "w").close()
    report = open(lifeline, "w")
    print("here", file=report, flush=True)
    while True:
        time.sleep(60)

SourceCompiler.compile = compile
sources._PATIENCE_SECONDS = 1.5
sys.argv = ["parl", "compile", folder]
main()
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a thread, which does nothing that a fork could disturb."""
    monkeypatch.setattr("parl.platform.may_fork", lambda: True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def survey_of(folder: Path, **options: object) -> Survey:
    survey = Survey(TreeOptions([folder], **options))  # type: ignore[arg-type]
    assert survey.go_on()
    return survey


def compiles(folder: Path, patience_seconds: float = PATIENCE_SECONDS, **options: object) -> bool:
    return compile_few(survey_of(folder, **options), patience_seconds)


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.parl"))


def test_what_was_touched_is_compiled_and_known_to_be_clean(folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").write_text("x = 1\n")
    survey = survey_of(folder, optimize=[0, 2])
    assert compile_few(survey, PATIENCE_SECONDS)
    survey.remember(is_complete=True)
    assert len(list(folder.rglob("*.pyc"))) == 4
    assert survey_of(folder, optimize=[0, 2]).items == []


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("options", [[], ["-O0", "-O1", "-O2"], ["--invalidation", "checked-hash"]], ids=" ".join)
def test_the_bytes_are_those_of_compileall(folder: Path, options: list[str]) -> None:
    (folder / "a.py").write_text(f"signs = {list(_SIGNS)!r}\ndef f(*, x):\n    assert x, 'no'\n")
    words = [f"-o{option[-1]}" if option.startswith("-O") else option for option in options]
    words = ["--invalidation-mode" if word == "--invalidation" else word for word in words]
    command = [sys.executable, "-m", "compileall", "-q", *words, str(folder)]
    subprocess.run(command, check=True, env=plain_environment())
    expected = contents(folder)
    remove_pyc_files(folder)
    assert b"1 compiled" in piped("compile", *options, str(folder)).out
    assert contents(folder) == expected


def test_the_command_says_so_and_imports_no_engine(folder: Path) -> None:
    for name in ("a.py", "b.py"):
        (folder / name).write_text("x = 1\n")
    assert piped("compile", ".", cwd=folder).out.startswith(b"2 compiled, 0 up to date, 0 failed (")
    (folder / "a.py").write_text("x = 22\n")
    command = [sys.executable, "-X", "importtime", "-m", "parl", "compile", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=plain_environment(), check=True)
    assert done.stdout.startswith("1 compiled, 1 up to date, 0 failed (")
    imported = set(re.findall(r"\| +(\S+)$", done.stderr, re.MULTILINE))
    assert "parl.core.few_sources" in imported
    if "COVERAGE_PROCESS_START" not in os.environ:
        assert imported & _ENGINE == set()
    assert piped("compile", ".", cwd=folder).out.startswith(b"0 compiled, 2 up to date, 0 failed (")
    assert piped("compile", "-q", "--force", ".", cwd=folder).out == b""


@pytest.mark.parametrize("text", ["x = (\n", "x = 1 is 1\n"])
def test_what_there_is_something_to_say_about_is_the_engines(folder: Path, text: str) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").write_text(text)
    assert not compiles(folder)
    assert leftovers(folder) == []


def test_what_has_a_lasting_warning_is_left_to_the_engine_at_once(folder: Path, never: None) -> None:
    (folder / "a.py").write_text("x = 1 is 1\n")
    piped("compile", "-q", ".", cwd=folder)
    assert not compiles(folder)


@pytest.mark.parametrize(("count", "text"), [(1, "x = 1\n" * 11_000), (40, "")], ids=["long", "many"])
def test_much_is_the_engines(folder: Path, never: None, count: int, text: str) -> None:
    for number in range(count):
        (folder / f"{number}.py").write_text(text)
    assert not compiles(folder)


def test_what_cannot_be_compiled_at_all_is_the_engines(folder: Path, never: None) -> None:
    (folder / "a.py").write_text("x = 1\n")
    os.mkfifo(folder / "b.py")
    assert not compiles(folder)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child is tried."""

    def fail(*_: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(few_sources, "call_in_child", fail)


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: time.sleep(60)])
def test_a_crash_and_an_endless_loop_are_the_engines_too_and_leave_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[], object]
) -> None:
    pids = folder.parent / "pids"

    def compile_badly(compiler: SourceCompiler, _path: str, outputs: list[tuple[int, str]], **_: bool) -> Compiled:
        (_, target) = outputs[0]
        os.makedirs(os.path.dirname(target))
        Path(target).with_name(f".{os.getpid()}-{compiler._token}.parl").touch()
        pids.write_text(str(os.getpid()))
        end()
        raise AssertionError

    (folder / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(SourceCompiler, "compile", compile_badly)
    assert not compiles(folder, 0.5)
    assert leftovers(folder) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids.read_text()), 0)


def test_without_another_process_it_is_the_engine_that_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    (folder / "a.py").write_text("x = 1\n")
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(os, "fork", fail)
    assert not compiles(folder)
    assert os.listdir("/proc/self/fd") == before


def test_beside_a_thread_nobody_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert not may_fork()
    monkeypatch.setattr("threading.active_count", lambda: 1)
    assert may_fork()
    monkeypatch.delitem(sys.modules, "threading")
    assert may_fork()


def endless_parl(folder: Path, lifeline: Lifeline) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _ENDLESS_PARL, str(folder), lifeline.path]
    return subprocess.Popen(command, env=plain_environment(), start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_when_nothing_is_left_behind(folder: Path, lifeline: Lifeline, number: int) -> None:
    (folder / "a.py").write_text("x = 1\n")
    with endless_parl(folder, lifeline) as parl:
        assert lifeline.read_line() == "here"
        assert leftovers(folder)
        os.killpg(parl.pid, number)
        parl.wait(PATIENCE_SECONDS)
        assert parl.returncode == -number
    assert leftovers(folder) == []
    assert lifeline.read_to_the_end() == ""


# The call in a child


@pytest.mark.parametrize(("may_compile", "patience_seconds"), [(False, PATIENCE_SECONDS), (True, 0.0)])
def test_with_a_time_limit_and_without_patience_it_is_left_to_the_engine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, never: None, may_compile: bool, patience_seconds: float
) -> None:
    (folder / "a.py").write_text("x = 1\n")
    survey = survey_of(folder)
    monkeypatch.setattr(sources, "_PATIENCE_SECONDS", patience_seconds)
    monkeypatch.setattr(survey, "go_on", lambda patience: True)
    assert not sources._finish_at_once(survey, may_compile=may_compile)


def call(function: Callable[[], bytes], patience_seconds: float = PATIENCE_SECONDS) -> bytes | None:
    return call_in_child(function, patience_seconds, lambda pid: None)


def test_a_fault_of_the_function_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> bytes:
        raise LookupError("unheard of")

    assert call(fail) is None
    assert "LookupError: unheard of" in capfd.readouterr().err


def test_a_child_that_answers_ends_by_itself() -> None:
    kills: list[int] = []
    assert call_in_child(lambda: b"done", PATIENCE_SECONDS, kills.append) == b"done"
    assert kills == []


def test_a_long_answer_is_read_to_its_end() -> None:
    answer = os.urandom(1_000_000)
    assert call(lambda: answer) == answer


def test_half_an_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def write_half_and_die(descriptor: int, data: bytes) -> int:
        write(descriptor, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    monkeypatch.setattr(os, "write", write_half_and_die)
    assert call(lambda: b"0123456789") is None


def test_an_endless_child_ends_by_itself_where_its_parent_was_killed(folder: Path, lifeline: Lifeline) -> None:
    (folder / "a.py").write_text("x = 1\n")
    with endless_parl(folder, lifeline) as parl:
        assert lifeline.read_line() == "here"
        parl.kill()
    assert lifeline.read_to_the_end() == ""
