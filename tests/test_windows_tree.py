"""A command's tree on real Windows: Job Objects, exit codes, CTRL_BREAK."""

from __future__ import annotations

import sys

import pytest

if sys.platform != "win32":
    pytest.skip("Windows' own processes", allow_module_level=True)

import _winapi
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
from parl.core.errors import CommandNotFoundError
from parl.platform import open_process_tree, windows_api, windows_process
from parl.platform.windows_process import WindowsProcessTree
from tests.conftest import PATIENCE_SECONDS, ROOT, begin, wait_until
from tests.piped import started
from tests.windows_members import InheritedPipe, write_member
from tests.wine import is_wine

_CMD = os.environ["COMSPEC"]
_LONG_SECONDS = 3600.0
_CONTROL_C_EXIT = 0xC000013A
_CROWD = 70


@pytest.fixture
def pipe() -> Iterator[InheritedPipe]:
    with closing(InheritedPipe()) as pipe:
        yield pipe


@pytest.fixture
def member(tmp_path: Path, pipe: InheritedPipe) -> Callable[..., list[str]]:
    return write_member(tmp_path, pipe)


@pytest.fixture
def tree() -> Iterator[WindowsProcessTree]:
    opened = open_process_tree()
    assert isinstance(opened, WindowsProcessTree)
    yield opened
    with suppress(OSError):
        opened.hurry()
        opened.end(0.0)
    opened.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The break is sent and nobody heeds it, on Wine, too; set when it is."""
    event = threading.Event()
    monkeypatch.setattr(windows_api, "send_ctrl_break", lambda _: event.set())
    return event


@contextmanager
def side_thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def compiling(command: list[str]) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run *command* by parl; all that is inheritable goes down to it."""
    return started("compile", "--no-pause", "--", *command, cwd=ROOT, close_fds=False)


def code_of(*argv: str) -> int | None:
    """Run *argv* to its end in a tree of its own."""
    with closing(open_process_tree()) as tree:
        tree.start(argv)
        return tree.wait()


# Exit codes


def test_every_exit_code_comes_through() -> None:
    with ThreadPoolExecutor(4) as pool:
        codes = pool.map(lambda code: code_of(_CMD, "/d", "/c", f"exit {code}"), range(256))
        assert list(codes) == list(range(256))


# 259 is what Windows says of a process that has not ended yet.
@pytest.mark.parametrize("code", [259, 1 << 31, 0xC0000005, _CONTROL_C_EXIT, 0xC0000409, 0xFFFFFFFF])
def test_large_codes_come_through_without_a_sign(code: int) -> None:
    assert code_of(*_exiting(code)) == code


def test_a_process_that_python_ends() -> None:
    assert code_of(sys.executable, "-I", "-S", "-c", "raise SystemExit(-1)") == 0xFFFFFFFF
    assert code_of(sys.executable, "-I", "-S", "-c", "1 / 0") == 1


def test_the_outcome_has_the_code() -> None:
    outcome = begin(CommandJob(_exiting(0xC0000005)), AbortFlag()).result(PATIENCE_SECONDS)
    assert (outcome.exit_code, outcome.signal, outcome.is_success) == (0xC0000005, None, False)


def _exiting(code: int) -> list[str]:
    exit_process = f"import ctypes; ctypes.windll.kernel32.ExitProcess(ctypes.c_uint({code}))"
    return [sys.executable, "-I", "-S", "-c", exit_process]


# Starting


def test_folder_variables_and_an_empty_stdin(tmp_path: Path, tree: WindowsProcessTree) -> None:
    folder = tmp_path / "a folder, ï 一"
    folder.mkdir()
    code = (
        "import os, sys; "
        "print(os.getcwd(), os.environ['GREETING'], 'PATH' in os.environ, repr(sys.stdin.read()),"
        " file=open('said', 'w', encoding='utf-8'))"
    )
    tree.start(
        [sys.executable, "-I", "-S", "-c", code], null_stdin=True, cwd=str(folder), variables={"GREETING": "hé 一"}
    )
    assert tree.wait() == 0
    assert (folder / "said").read_text(encoding="utf-8") == f"{folder} hé 一 True ''\n"


def test_what_is_not_there_and_what_is_no_program(tree: WindowsProcessTree, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("no program")
    with pytest.raises(FileNotFoundError):
        tree.start(["no-such-program-here"])
    with pytest.raises(PermissionError):
        tree.start([str(text)])
    with pytest.raises(CommandNotFoundError, match="no such folder to run"):
        CommandJob([_CMD, "/d", "/c", "exit"], cwd=str(tmp_path / "nowhere")).start()


def test_handles_do_not_leak() -> None:
    def use_tree() -> None:
        with closing(open_process_tree()) as tree:
            tree.start([_CMD, "/d", "/c", "exit"])
            tree.wait()
            tree.end(0.0)

    use_tree()
    before = _handles()
    for _ in range(50):
        use_tree()
    assert _handles() < before + 25


def _handles() -> int:
    """Return how many handles this process has; Wine does not count them, so there each number is tried."""
    if is_wine():
        return sum(map(_is_handle, range(4, 1 << 14, 4)))
    import psutil

    return int(psutil.Process().num_handles())


def _is_handle(number: int) -> bool:
    try:
        os.get_handle_inheritable(number)
    except OSError:
        return False
    return True


# Waiting


def test_an_interrupt_from_a_thread_ends_the_wait(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    tree.start(member("sleeper"))
    pipe.read_pid("sleeper")
    with side_thread() as side:
        waiting = side.submit(tree.wait)
        tree.interrupt()
        assert waiting.result(PATIENCE_SECONDS) is None
    assert tree.end(0.0) == ()
    assert tree.wait() == _CONTROL_C_EXIT


def test_wait_in_the_main_thread_hears_a_thread(tree: WindowsProcessTree, member: Callable[..., list[str]]) -> None:
    tree.start(member("sleeper"))
    with side_thread() as side:
        interrupting = side.submit(tree.interrupt)
        assert tree.wait() is None
        interrupting.result()


@pytest.fixture
def one_at_a_time() -> Iterator[None]:
    """Whichever thread runs goes on until it waits for something: none comes between two of its steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_LONG_SECONDS)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("one_at_a_time")
@pytest.mark.parametrize(
    ("number", "slice_seconds"),
    [(signal.SIGINT, _LONG_SECONDS), (signal.SIGBREAK, windows_process._SLICE_SECONDS)],
    ids=["SIGINT, at once", "SIGBREAK, between two slices"],
)
def test_a_signal_is_heard_by_who_waits_in_the_main_thread(
    tree: WindowsProcessTree,
    member: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    slice_seconds: float,
) -> None:
    monkeypatch.setattr(windows_process, "_SLICE_SECONDS", slice_seconds)
    before = signal.signal(number, _interrupt_once)
    try:
        tree.start(member("sleeper"))
        assert _is_heard(number, tree, monkeypatch)
    finally:
        signal.signal(number, before)


def _interrupt_once(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _is_heard(number: int, tree: WindowsProcessTree, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether *number*, which comes when the wait has begun, ends it with nobody's help."""
    begun, ended = threading.Event(), threading.Event()
    wait_any = windows_api.wait_any

    def tell_and_wait(handles: Sequence[int], timeout_seconds: float) -> int | None:
        begun.set()
        return wait_any(handles, timeout_seconds)

    def send_signal() -> bool:
        assert begun.wait(PATIENCE_SECONDS)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            # Again: Python's call forgets a Ctrl-C that comes after it has let other threads run and before it waits.
            signal.raise_signal(number)
            if ended.wait(0.1):
                return True
        tree.interrupt()
        return False

    monkeypatch.setattr(windows_api, "wait_any", tell_and_wait)
    with side_thread() as side:
        sending = side.submit(send_signal)
        with pytest.raises(KeyboardInterrupt):
            tree.wait()
        ended.set()
        return sending.result()


def test_an_abort_ends_a_command(member: Callable[..., list[str]], pipe: InheritedPipe, asked: threading.Event) -> None:
    flag = AbortFlag()
    running = begin(CommandJob(member("sleeper", "sleeper"), grace_seconds=0.1), flag)
    pipe.read_pid("sleeper")
    pipe.read_pid("sleeper")
    flag.set("enough")
    outcome = running.result(PATIENCE_SECONDS)
    assert (outcome.aborted_by, outcome.survivors) == ("enough", ())
    wait_until(pipe.is_cut, "the end of both")


# Ending


def test_child_and_grandchild_have_ended_when_end_returns(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    tree.start(member("child", "grandchild"))
    handles = [windows_api.open_process(pipe.read_pid(word)) for word in ("child", "grandchild")]
    assert tree.end(0.0) == ()
    wait_until(lambda: all(map(_has_ended, handles)), "the last instruction of both")
    for handle in handles:
        windows_api.close_handle(handle)
    assert tree.wait() == _CONTROL_C_EXIT


def test_who_ignores_the_break_is_gone_after_the_grace(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe, asked: threading.Event
) -> None:
    tree.start(member("deaf", "deaf"))
    pipe.read_pid("deaf")
    pipe.read_pid("deaf")
    began = time.monotonic()
    assert tree.end(0.3) == ()
    assert 0.3 <= time.monotonic() - began < PATIENCE_SECONDS
    assert asked.is_set()
    wait_until(pipe.is_cut, "the end of both")


@pytest.mark.xfail(is_wine(), strict=True, reason="Wine: GenerateConsoleCtrlEvent sends no CTRL_BREAK")
def test_a_childs_handler_of_the_break_runs_and_nobody_elses(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGBREAK, lambda number, _: heard.append(number))
    try:
        tree.start(member("obedient"))
        pid = pipe.read_pid("obedient")
        assert tree.end(PATIENCE_SECONDS) == ()
        assert tree.wait() == 7
        assert pipe.read_pid("broken") == pid
    finally:
        signal.signal(signal.SIGBREAK, before)
    assert heard == []


def test_where_no_break_can_be_sent_nobody_waits(
    tree: WindowsProcessTree,
    member: Callable[..., list[str]],
    pipe: InheritedPipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_wine():  # which refuses by itself
        monkeypatch.setattr(windows_api, "send_ctrl_break", _refuse)
    tree.start(member("obedient", "deaf"))
    pipe.read_pid("obedient")
    pipe.read_pid("deaf")
    with side_thread() as side:
        assert side.submit(tree.end, _LONG_SECONDS).result(PATIENCE_SECONDS) == ()
    wait_until(pipe.is_cut, "the end of all")


def _refuse(_group: int) -> None:
    raise OSError(6, "The handle is invalid")


@pytest.mark.parametrize("head_start_seconds", [0.0, _LONG_SECONDS])
def test_haste_cuts_the_grace_and_the_head_start(
    tree: WindowsProcessTree,
    member: Callable[..., list[str]],
    pipe: InheritedPipe,
    asked: threading.Event,
    head_start_seconds: float,
) -> None:
    tree.start(member("deaf"))
    pipe.read_pid("deaf")
    with side_thread() as side:
        ending = side.submit(tree.end, _LONG_SECONDS, head_start_seconds)
        if not head_start_seconds:
            assert asked.wait(PATIENCE_SECONDS)
        tree.hurry()
        assert ending.result(PATIENCE_SECONDS) == ()
    wait_until(pipe.is_cut, "the end of all")


def test_who_is_always_someone_new_does_not_get_away(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    tree.start(member("runner"))
    assert tree.wait() == 0
    first = pipe.read_pid("runner")
    assert pipe.read_pid("runner") != first
    assert tree.end(0.0) == ()
    wait_until(pipe.is_cut, "the end of all")


def test_more_processes_than_the_first_question_has_room_for(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    tree.start(member("crowd", str(_CROWD)))
    leader = pipe.read_pid("crowd")
    assert pipe.read_pid("complete") == leader
    pids = windows_api.job_pids(tree._job)
    assert len(set(pids)) == len(pids) > _CROWD
    assert leader in pids
    assert tree.end(0.0) == ()
    assert windows_api.job_pids(tree._job) == ()
    wait_until(pipe.is_cut, "the end of all")


# Closing


def test_a_daemon_of_a_command_that_ended_well_lives_on(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    tree.start(member("leaver"))
    assert tree.wait() == 0
    tree.close()
    pipe.read_pid("leaver")
    with _watched(pipe.read_pid("daemon")) as daemon:
        assert not _has_ended(daemon)


def test_a_daemon_outlives_parl(member: Callable[..., list[str]], pipe: InheritedPipe) -> None:
    with compiling(member("leaver")) as parl:
        pipe.read_pid("leaver")
        with _watched(pipe.read_pid("daemon")) as daemon:
            assert parl.wait(PATIENCE_SECONDS) == 0
            assert not _has_ended(daemon)
            assert not pipe.is_cut()


def test_a_parl_that_is_killed_takes_all_with_it(member: Callable[..., list[str]], pipe: InheritedPipe) -> None:
    with compiling(member("child", "grandchild")) as parl:
        pipe.read_pid("child")
        pipe.read_pid("grandchild")
        parl.kill()
        wait_until(pipe.is_cut, "the end of both")


def _has_ended(process: int) -> bool:
    return windows_api.wait_any((process,), 0) is not None


@contextmanager
def _watched(pid: int) -> Iterator[int]:
    """Yield a handle of *pid*, which is ended afterwards."""
    process = windows_api.open_process(pid)
    try:
        yield process
    finally:
        _winapi.TerminateProcess(process, 1)
        windows_api.close_handle(process)


# Attaching


def test_an_attached_child_ends_with_all_that_it_starts_then(
    tree: WindowsProcessTree, member: Callable[..., list[str]], pipe: InheritedPipe
) -> None:
    line = f'"{_CMD}" /d /s /c "set /p x= & {subprocess.list2cmdline(member("grandchild"))}"'
    with subprocess.Popen(line, stdin=subprocess.PIPE, close_fds=False) as child:
        tree.attach(child.pid)
        assert child.stdin is not None
        child.stdin.write(b"go\r\n")
        child.stdin.flush()
        pipe.read_pid("grandchild")
        with side_thread() as side:  # it is no group of its own, so it is not asked
            assert side.submit(tree.end, _LONG_SECONDS).result(PATIENCE_SECONDS) == ()
        wait_until(pipe.is_cut, "the end of all")
        assert tree.wait() == child.wait(PATIENCE_SECONDS) == _CONTROL_C_EXIT


def test_a_child_that_has_ended_before_it_is_attached(tree: WindowsProcessTree) -> None:
    child = subprocess.Popen([_CMD, "/d", "/c", "exit 5"])
    assert child.wait(PATIENCE_SECONDS) == 5
    tree.attach(child.pid)
    assert tree.wait() == 5
    assert tree.end(_LONG_SECONDS) == ()


def test_one_that_cannot_be_attached_is_an_error(tree: WindowsProcessTree) -> None:
    with pytest.raises(OSError, match=r".") as refused:
        tree.attach(0)
    assert refused.value.winerror
