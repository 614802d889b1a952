"""What several tests share: the command line in this process, a clock that takes no time, processes that report."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import Phase, settings

# Before anything imports what the tests share: its asserts say what was found, too.
pytest.register_assert_rewrite(*(f"tests.{file.stem}" for file in Path(__file__).parent.glob("[!_]*.py")))

from parl.cli.main import cli
from parl.core import timer
from parl.core.abort import AbortFlag
from parl.core.job import Job, Outcome
from parl.core.scheduler import Scheduler
from parl.core.tree_job import TreeJob
from parl.platform.base import NoKeyboard
from parl.testing import FakeClock
from tests.source_trees import write_slow_tree, write_varied_tree
from tests.wine import is_wine, patient_create_process

# Within this everything happens that is to happen; only a failure lasts so long.
PATIENCE_SECONDS = 20.0
ROOT = Path(__file__).parent.parent
_COLOR_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")

# A loaded machine is no fault of the code.
settings.register_profile("parl", deadline=None)
settings.register_profile(
    "mutation", deadline=None, derandomize=True, database=None, max_examples=30, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("parl")


def begin(job: Job, flag: AbortFlag) -> Future[Outcome]:
    """Start *job* here and run it in a thread, as the terminator does; it is closed at its end."""

    def finish() -> Outcome:
        with closing(job):
            return job.run(flag)

    job.start()
    side = ThreadPoolExecutor(1)
    running = side.submit(finish)
    side.shutdown(wait=False)
    return running


def outlived(pid: int, job: TreeJob[object], monkeypatch: pytest.MonkeyPatch) -> Outcome[object]:
    """Return the outcome of *job* when it is aborted and *pid* is said not to have ended."""
    flag = AbortFlag()
    with closing(job):
        job.start()
        assert job._tree is not None
        end = job._tree.end
        monkeypatch.setattr(job._tree, "end", lambda *seconds: end(*seconds) or (pid,))
        flag.set("key")
        return job.run(flag)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Look again until *condition* holds; fail naming *what* did not happen."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.002)


@pytest.fixture(autouse=True, scope="session")
def _wine_is_asked_twice() -> Iterator[None]:
    """Under Wine a process that is not started by Wine's own fault is started again, with a warning."""
    with pytest.MonkeyPatch.context() as wine:
        if is_wine():
            wine.setattr("_winapi.CreateProcess", patient_create_process())
        yield


@pytest.fixture(autouse=True)
def _nothing_is_left_over(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test finds nothing that an earlier one has chosen, had parl remember, or left running."""
    monkeypatch.setattr("parl.cli.color._wanted", None)
    monkeypatch.setattr("parl.core.timer._shared", None)
    cache = str(tmp_path_factory.mktemp("cache"))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, cache)
    yield
    if timer._shared is not None:
        timer._shared.close()  # a program with threads does not fork


def refuse_to_start(_: threading.Thread) -> None:
    """Be the start of a thread where the system has no more."""
    raise RuntimeError("can't start new thread")


@contextmanager
def no_threads() -> Iterator[None]:
    """Let no thread start in the block, as where the system has no more."""
    with pytest.MonkeyPatch.context() as full:
        full.setattr(threading.Thread, "start", refuse_to_start)
        yield


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """No coverage.py in the processes that the test starts: it imports and interns a lot."""
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def scheduler(clock: FakeClock) -> Iterator[Scheduler]:
    with Scheduler(clock=clock) as scheduler:
        yield scheduler


Screen = Callable[[], str]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Screen:
    """A terminal of 100 columns that is ours; the function returns what was written to it."""
    monkeypatch.setattr("parl.cli.status_line.owns_screen", lambda: True)
    set_columns(monkeypatch, 100)

    def read() -> str:
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return read


def set_columns(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Make the terminal so wide."""
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24)))


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to be in, and no variable that parl knows."""
    for name in [name for name in os.environ if name.startswith("PARL_") or name in _COLOR_VARIABLES]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def parl(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line in this process, away from any terminal; streams apart."""
    monkeypatch.setattr("parl.cli.runner.open_keyboard", NoKeyboard)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(cli, arguments)
        # Anything else is a traceback for the user.
        assert result.exc_info is not None
        assert result.exc_info[0] is SystemExit, result.exception
        return result

    return run


def run_python(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run *code* in a Python of its own, from the project's root."""
    return run_python_with(["-c", code, *arguments], **options)


def run_python_with(arguments: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run Python with *arguments*, streams captured as text."""
    keywords = {"capture_output": True, "text": True, "timeout": PATIENCE_SECONDS, "cwd": ROOT} | options
    return subprocess.run([sys.executable, *arguments], check=False, **keywords)  # type: ignore[call-overload,no-any-return]


class Lifeline:
    """A named pipe that processes write reports to; when the last that holds it has ended, it is cut."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        self._text = b""

    def read_line(self) -> str:
        """Wait for the next line."""
        while b"\n" not in self._text:
            self._text += self._read()
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def read_to_the_end(self) -> str:
        """Wait until every process that held the pipe has ended; return what they wrote."""
        while self._poll.poll(PATIENCE_SECONDS * 1000):
            chunk = os.read(self._reader, 4096)
            if not chunk:
                return self._text.decode()
            self._text += chunk
        raise AssertionError("a process is still alive")

    def _read(self) -> bytes:
        assert self._poll.poll(PATIENCE_SECONDS * 1000), "nothing was written"
        chunk = os.read(self._reader, 4096)
        assert chunk, f"nobody is left to write; so far: {self._text!r}"
        return chunk

    def close(self) -> None:
        os.close(self._reader)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A tree of sources that each take a while."""
    folder = tmp_path / "slow"
    write_slow_tree(folder)
    return folder


@pytest.fixture
def varied(tmp_path: Path) -> Path:
    """A tree of all kinds of sources, broken ones among them."""
    folder = tmp_path / "varied"
    write_varied_tree(folder)
    return folder


@pytest.fixture
def lifeline(tmp_path: Path) -> Iterator[Lifeline]:
    line = Lifeline(tmp_path / "lifeline")
    yield line
    line.close()


def is_harmless(text: str) -> bool:
    """Whether a terminal shows *text* on one line and obeys nothing in it."""
    joiners = "\u200c\u200d"
    categories = [unicodedata.category(sign) for sign in text if sign not in joiners]
    return all(category == "Zs" or category[0] not in "CZ" for category in categories)
