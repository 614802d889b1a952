"""WindowsProcessTree against a small model of Windows: processes, handles, a job, a clock."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tests.fake_msvcrt import import_for_windows

_GROUP, _SUSPENDED = 0x200, 0x4
_CONTROL_C_EXIT = 0xC000013A


@dataclass
class Process:
    pid: int
    suspended: bool = False
    code: int | None = None
    job: Job | None = None
    is_group: bool = False
    obeys_break: bool = False
    immortal: bool = False


@dataclass
class Job:
    kill_on_close: bool = True
    members: list[Process] = field(default_factory=list)


@dataclass
class Event:
    is_set: bool = False


class FakeWindows(ModuleType):
    """windows_api, and what lies below it. Time passes only while somebody waits.

    It fails where Windows would do harm: a process that runs before it is in its job, a closed
    handle that is used, a break sent to what is no group (the console then takes everybody).
    """

    def __init__(self) -> None:
        super().__init__("parl.platform.windows_api")
        self.calls: list[str] = []
        self.seconds = 0.0
        self.has_console = True
        self.assign_fails = False
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._handles: dict[int, Process | Job | Event] = {}
        self._processes: dict[int, Process] = {}
        self._next = 100

    # For the tests

    def monotonic(self) -> float:
        return self.seconds

    def at(self, seconds: float, happening: Callable[[], None]) -> None:
        self._later.append((seconds, happening))

    def spawn(self, **traits: Any) -> Process:
        self._next += 4
        process = self._processes[self._next] = Process(self._next, **traits)
        return process

    def spawn_child(self, parent: Process, **traits: Any) -> Process:
        assert not parent.suspended
        assert parent.code is None
        child = self.spawn(job=parent.job, **traits)
        if parent.job is not None:
            parent.job.members.append(child)
        return child

    def end(self, process: Process, code: int = 0) -> None:
        if process.code is None and not process.immortal:
            process.code = code

    def kill_parl(self) -> None:
        """What Windows does for a process that dies: it closes its handles."""
        for handle in list(self._handles):
            self.close_handle(handle)

    @property
    def open_handles(self) -> int:
        return len(self._handles)

    # The calls

    def close_handle(self, handle: int) -> None:
        closed = self._handles.pop(handle)
        if isinstance(closed, Job):
            self.calls.append("close job")
            if closed.kill_on_close:
                self._kill(closed, 0)

    def wait_any(self, handles: Sequence[int], timeout_seconds: float) -> int | None:
        assert 0 <= timeout_seconds < 1, "deaf to Ctrl-C for too long"
        give_up = self.seconds + timeout_seconds
        while (ready := self._ready(handles)) is None:
            due = [moment for moment, _ in self._later if moment <= give_up]
            if not due:
                self.seconds = give_up
                return None
            self.seconds = max(self.seconds, min(due))
            self._happen()
        return ready

    def create_event(self) -> int:
        return self._handle(Event())

    def set_event(self, event: int) -> None:
        self._get(event, Event).is_set = True

    def reset_event(self, event: int) -> None:
        self._get(event, Event).is_set = False

    def open_process(self, pid: int) -> int:
        return self._handle(self._processes[pid])

    def resume_process(self, process: int) -> None:
        self.calls.append("resume")
        resumed = self._get(process, Process)
        assert resumed.job is not None, "it runs outside the job"
        resumed.suspended = False

    def exit_code(self, process: int) -> int:
        code = self._get(process, Process).code
        assert code is not None
        return code

    def send_ctrl_break(self, group: int) -> None:
        self.calls.append(f"break at {self.seconds:.1f}")
        if not self.has_console:
            raise OSError(6, "The handle is invalid")
        leader = self._processes[group]
        assert leader.is_group, "the break reaches parl too"
        for process in leader.job.members if leader.job else ():
            if process.obeys_break:
                self.end(process, _CONTROL_C_EXIT)

    def create_job(self) -> int:
        return self._handle(Job())

    def set_kill_on_close(self, job: int, *, on: bool) -> None:
        self.calls.append("limit " + ("on" if on else "off"))
        self._get(job, Job).kill_on_close = on

    def assign_to_job(self, job: int, process: int) -> None:
        self.calls.append("assign")
        if self.assign_fails:
            raise PermissionError(13, "Access is denied")
        assigned = self._get(process, Process)
        assigned.job = self._get(job, Job)
        assigned.job.members.append(assigned)

    def job_pids(self, job: int) -> tuple[int, ...]:
        return tuple(process.pid for process in reversed(self._get(job, Job).members) if process.code is None)

    def terminate_job(self, job: int, code: int) -> None:
        self.calls.append(f"terminate at {self.seconds:.1f}")
        self._kill(self._get(job, Job), code)

    def _handle(self, what: Process | Job | Event) -> int:
        self._next += 4
        self._handles[self._next] = what
        return self._next

    def _get(self, handle: int, kind: type[Any]) -> Any:
        found = self._handles[handle]
        assert isinstance(found, kind)
        return found

    def _kill(self, job: Job, code: int) -> None:
        for process in job.members:
            self.end(process, code)

    def _ready(self, handles: Sequence[int]) -> int | None:
        for place, handle in enumerate(handles):
            what = self._handles[handle]
            if what.is_set if isinstance(what, Event) else what.code is not None:
                return place
        return None

    def _happen(self) -> None:
        due = [happening for moment, happening in self._later if moment <= self.seconds]
        self._later = [(moment, happening) for moment, happening in self._later if moment > self.seconds]
        for happening in due:
            happening()


class FakePopen:
    """Popen, on the model."""

    windows: FakeWindows
    refusal: OSError | None = None

    def __init__(self, line: str, **options: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.line, self.options = line, options
        flags = options["creationflags"]
        self.process = self.windows.spawn(suspended=bool(flags & _SUSPENDED), is_group=bool(flags & _GROUP))
        self.windows.calls.append("create suspended" if self.process.suspended else "create")
        self.pid = self.process.pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self.returncode = self.process.code
        return self.returncode

    def wait(self) -> int:
        assert self.process.code is not None, "it would block, deaf to Ctrl-C"
        self.returncode = self.process.code
        return self.returncode

    def kill(self) -> None:
        self.windows.end(self.process, 1)


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, windows: FakeWindows) -> ModuleType:
    module = import_for_windows(monkeypatch, "parl.platform.windows_process", windows_api=windows)
    monkeypatch.setattr(module, "monotonic", windows.monotonic)
    monkeypatch.setattr(module, "prepare", lambda argv, _cwd: (f"C:\\{argv[0]}.exe", " ".join(argv)))
    monkeypatch.setattr(FakePopen, "windows", windows, raising=False)
    monkeypatch.setattr(subprocess, "Popen", FakePopen)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", _GROUP, raising=False)
    return module


@pytest.fixture
def tree(module: ModuleType) -> Any:
    return module.WindowsProcessTree()


@pytest.fixture
def started(tree: Any) -> Process:
    tree.start(["tool"])
    return tree._popen.process


# Starting


def test_a_command_is_in_the_job_before_it_runs(tree: Any, windows: FakeWindows, started: Process) -> None:
    assert windows.calls == ["create suspended", "assign", "resume"]
    assert not started.suspended
    assert started.is_group


def test_the_command_gets_our_streams(tree: Any) -> None:
    tree.start(["tool", "a"], cwd="C:\\work")
    assert tree._popen.line == "tool a"
    options = tree._popen.options
    assert (options["executable"], options["cwd"]) == ("C:\\tool.exe", "C:\\work")
    assert options["stdin"] is None
    assert not options["close_fds"]
    assert {"stdout", "stderr"}.isdisjoint(options)


def test_null_stdin_is_an_empty_one(tree: Any) -> None:
    tree.start(["tool"], null_stdin=True)
    assert tree._popen.options["stdin"] == subprocess.DEVNULL


@pytest.mark.parametrize(
    ("number", "words"), [(193, "is no program"), (216, "not a valid"), (740, "not a valid"), (206, "not a valid")]
)
def test_what_windows_cannot_run_is_a_permission_error(
    tree: Any, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    refusal = OSError(8, "not a valid Win32 application")
    monkeypatch.setattr(FakePopen, "refusal", refusal)
    refusal.winerror = number
    with pytest.raises(PermissionError, match=words):
        tree.start(["tool"])


def test_other_refusals_stay_what_they_are(tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = NotADirectoryError(20, "The directory name is invalid")
    monkeypatch.setattr(FakePopen, "refusal", refusal)
    refusal.winerror = 267
    with pytest.raises(NotADirectoryError):
        tree.start(["tool"])


def test_what_cannot_be_put_in_the_job_does_not_stay_suspended_for_ever(tree: Any, windows: FakeWindows) -> None:
    windows.assign_fails = True
    with pytest.raises(PermissionError):
        tree.start(["tool"])
    assert "resume" not in windows.calls
    assert tree._popen.process.code is not None
    tree.close()
    assert windows.open_handles == 0


# Waiting


@pytest.mark.parametrize("code", [0, 3, 0xC0000005, _CONTROL_C_EXIT])
def test_wait_returns_the_code_as_windows_has_it(tree: Any, windows: FakeWindows, started: Process, code: int) -> None:
    windows.at(7.0, lambda: windows.end(started, code))
    assert tree.wait() == code
    assert windows.seconds == 7.0


def test_interrupt_ends_the_wait_once(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.at(1.0, tree.interrupt)
    windows.at(2.0, lambda: windows.end(started, 5))
    assert tree.wait() is None
    assert windows.seconds == 1.0
    assert tree.wait() == 5


def test_an_interrupt_before_the_wait_is_not_lost(tree: Any, started: Process) -> None:
    tree.interrupt()
    assert tree.wait() is None


def test_a_command_that_has_ended_beats_an_interrupt(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.end(started, 4)
    tree.interrupt()
    assert tree.wait() == 4


def test_wait_does_not_wait_for_what_the_command_left_behind(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.spawn_child(started)
    windows.end(started, 0)
    assert tree.wait() == 0


# Ending


def test_who_obeys_the_break_ends_at_once(tree: Any, windows: FakeWindows, started: Process) -> None:
    started.obeys_break = True
    assert tree.end(2.0) == ()
    assert windows.calls[3:] == ["break at 0.0"]
    assert windows.seconds == 0.0


def test_the_rest_is_terminated_after_the_grace(tree: Any, windows: FakeWindows, started: Process) -> None:
    started.obeys_break = True
    grandchild = windows.spawn_child(windows.spawn_child(started, obeys_break=True))
    assert tree.end(2.0) == ()
    assert windows.calls[3:] == ["break at 0.0", "terminate at 2.0"]
    assert started.code == grandchild.code == _CONTROL_C_EXIT


def test_the_grace_ends_with_the_last_process(tree: Any, windows: FakeWindows, started: Process) -> None:
    child = windows.spawn_child(started)
    windows.at(0.5, lambda: windows.end(started))
    windows.at(1.0, lambda: windows.end(child))
    assert tree.end(60.0) == ()
    assert windows.seconds == pytest.approx(1.0, abs=0.05)
    assert not any(call.startswith("terminate") for call in windows.calls)


def test_haste_cuts_the_grace(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.at(1.0, tree.hurry)
    assert tree.end(60.0) == ()
    assert windows.calls[-1] == "terminate at 1.0"


def test_an_interrupt_from_before_does_not_cut_it(tree: Any, windows: FakeWindows, started: Process) -> None:
    tree.interrupt()
    assert tree.end(2.0) == ()
    assert windows.calls[-1] == "terminate at 2.0"


def test_haste_during_the_head_start_cuts_everything(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.at(0.2, tree.hurry)
    assert tree.end(60.0, head_start_seconds=0.5) == ()
    assert windows.calls[-1] == "terminate at 0.2"


def test_a_head_start_may_be_enough(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.at(0.2, lambda: windows.end(started))
    assert tree.end(2.0, head_start_seconds=0.5) == ()
    assert windows.calls[3:] == []
    assert windows.seconds == pytest.approx(0.2, abs=0.05)


def test_after_the_head_start_the_break(tree: Any, windows: FakeWindows, started: Process) -> None:
    assert tree.end(2.0, head_start_seconds=0.5) == ()
    assert windows.calls[3:] == ["break at 0.5", "terminate at 2.0"]


def test_nobody_waits_for_those_who_cannot_be_asked(tree: Any, windows: FakeWindows, started: Process) -> None:
    windows.has_console = False
    assert tree.end(60.0) == ()
    assert windows.calls[-1] == "terminate at 0.0"


def test_what_the_command_left_behind_ends_too(tree: Any, windows: FakeWindows, started: Process) -> None:
    child = windows.spawn_child(started)
    windows.end(started)
    assert tree.end(2.0) == ()
    assert child.code is not None


def test_who_joins_late_is_terminated_as_well(tree: Any, windows: FakeWindows, started: Process) -> None:
    late: list[Process] = []
    started.immortal = True
    windows.at(2.005, lambda: late.append(windows.spawn_child(started)))
    assert tree.end(2.0) == (started.pid,)
    assert late[0].code is not None


def test_survivors_are_named_in_order(tree: Any, windows: FakeWindows, started: Process) -> None:
    started.immortal = True
    child = windows.spawn_child(started, immortal=True)
    windows.spawn_child(started)
    assert tree.end(0.0) == (started.pid, child.pid)
    assert windows.seconds < 10


def test_a_tree_that_was_never_started_is_ended(tree: Any) -> None:
    assert tree.end(2.0) == ()


# Attaching


def test_an_attached_child_is_in_the_job_and_never_sent_a_break(tree: Any, windows: FakeWindows) -> None:
    child = windows.spawn()
    tree.attach(child.pid)
    assert child.job is not None
    assert tree.end(60.0) == ()
    assert windows.calls == ["assign", "terminate at 0.0"]


def test_wait_knows_the_code_of_an_attached_child(tree: Any, windows: FakeWindows) -> None:
    child = windows.spawn()
    tree.attach(child.pid)
    windows.end(child, 0xC0000005)
    assert tree.wait() == 0xC0000005


# Closing


def test_daemons_of_a_command_that_ended_well_live_on(tree: Any, windows: FakeWindows, started: Process) -> None:
    daemon = windows.spawn_child(started)
    windows.end(started)
    assert tree.wait() == 0
    tree.close()
    assert windows.calls[-2:] == ["limit off", "close job"]
    assert daemon.code is None
    assert windows.open_handles == 0


def test_if_parl_is_killed_the_tree_dies(tree: Any, windows: FakeWindows, started: Process) -> None:
    child = windows.spawn_child(started)
    windows.kill_parl()
    assert started.code is not None
    assert child.code is not None


def test_close_twice_is_close_once(tree: Any, windows: FakeWindows, started: Process) -> None:
    tree.close()
    calls = list(windows.calls)
    tree.close()
    assert windows.calls == calls


def test_what_is_left_running_is_not_warned_of(tree: Any, started: Process) -> None:
    popen = tree._popen
    tree.close()
    assert started.code is None
    assert popen.returncode is not None  # Popen warns when it goes with none


def test_interrupt_after_close_touches_no_handle(tree: Any, started: Process) -> None:
    tree.close()
    tree.interrupt()


def test_interrupt_may_come_from_another_thread(tree: Any, started: Process) -> None:
    thread = threading.Thread(target=tree.interrupt)
    thread.start()
    thread.join()
    assert tree.wait() is None
