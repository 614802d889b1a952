"""A source or two that were touched, compiled without the engine; and what is left to the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("elsewhere the engine does it", allow_module_level=True)

from parl.core.few_sources import compile_few
from parl.core.source_compiler import Compiled, SourceCompiler
from parl.core.survey import Survey
from parl.core.tree_options import TreeOptions
from parl.platform.forked_call import call_in_child, may_fork
from tests.conftest import Lifeline
from tests.piped import piped

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of the threads of who runs the tests

ENDLESS = """
import time
from parl.platform.forked_call import call_in_child

def work():
    report = open({path!r}, "w")
    print("here", file=report, flush=True)
    while True:
        time.sleep(60)

call_in_child(work, {patience})
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a thread, which does nothing that a fork could disturb."""
    monkeypatch.setattr("parl.core.few_sources.may_fork", lambda: True)


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


def left_to_do(folder: Path) -> list[str]:
    return [source.name for source in survey_of(folder).sources]


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.parl"))


def test_what_was_touched_is_compiled_and_known_to_be_clean(folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").write_text("x = 1\n")
    survey = survey_of(folder, optimize=[0, 2])
    assert compile_few(survey)
    survey.remember(is_complete=True)
    assert len(list(folder.rglob("*.pyc"))) == 4
    assert left_to_do(folder) == []


def test_the_command_says_so_without_a_worker(folder: Path) -> None:
    for name in ("a.py", "b.py"):
        (folder / name).write_text("x = 1\n")
    assert piped("compile", ".", cwd=folder).out.startswith(b"2 compiled, 0 up to date, 0 failed (")
    (folder / "a.py").write_text("x = 22\n")
    assert piped("compile", ".", cwd=folder).out.startswith(b"1 compiled, 1 up to date, 0 failed (")
    assert piped("compile", ".", cwd=folder).out.startswith(b"0 compiled, 2 up to date, 0 failed (")


def test_a_source_that_only_has_to_be_looked_at_counts_as_up_to_date(folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n")
    piped("compile", "-q", ".", cwd=folder)
    done = piped("compile", ".", cwd=folder, env={"XDG_CACHE_HOME": str(folder.parent / "another")})
    assert done.out.startswith(b"0 compiled, 1 up to date, 0 failed (")


@pytest.mark.parametrize("text", ["x = (\n", "x = 1 is 1\n"])
def test_what_there_is_something_to_say_about_is_the_engines(folder: Path, text: str) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").write_text(text)
    assert not compile_few(survey_of(folder))
    assert leftovers(folder) == []


def test_much_is_the_engines(folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n" * 11_000)
    assert not compile_few(survey_of(folder))
    assert list(folder.rglob("*.pyc")) == []


def test_what_cannot_be_compiled_at_all_is_the_engines(folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n")
    os.mkfifo(folder / "b.py")
    assert not compile_few(survey_of(folder))


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: time.sleep(60)])
def test_a_crash_and_an_endless_loop_are_the_engines_too_and_leave_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, end: object
) -> None:
    def compile_badly(compiler: SourceCompiler, _path: str, outputs: list[tuple[int, str]], **_: bool) -> Compiled:
        (_, target) = outputs[0]
        os.makedirs(os.path.dirname(target))
        Path(target).with_name(f".{os.getpid()}-{compiler._token}.parl").touch()
        end()  # type: ignore[operator]
        raise AssertionError

    (folder / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(SourceCompiler, "compile", compile_badly)
    assert not compile_few(survey_of(folder))
    assert leftovers(folder) == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_without_another_process_it_is_the_engine_that_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    (folder / "a.py").write_text("x = 1\n")
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(os, "fork", fail)
    assert not compile_few(survey_of(folder))
    assert os.listdir("/proc/self/fd") == before


def test_beside_a_thread_nobody_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert not may_fork()
    monkeypatch.setattr("threading.active_count", lambda: 1)
    assert may_fork()
    monkeypatch.delitem(sys.modules, "threading")
    assert may_fork()


def test_a_long_answer_is_read_to_its_end() -> None:
    answer = os.urandom(1_000_000)
    assert call_in_child(lambda: answer, 10)[1] == answer


def test_an_endless_child_ends_by_itself_where_its_parent_was_killed(lifeline: Lifeline) -> None:
    code = ENDLESS.format(path=lifeline.path, patience=1)
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        assert lifeline.read_line() == "here"
        parent.kill()
    assert lifeline.read_to_the_end() == ""
