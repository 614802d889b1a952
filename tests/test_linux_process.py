"""The tree on Linux: what the end-to-end tests cannot provoke."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from time import monotonic
from typing import NamedTuple

import pytest

if sys.platform != "linux":
    pytest.skip("pidfds", allow_module_level=True)

from parl.platform.linux_process import LinuxProcessTree, has_pidfd
from parl.platform.procfs import children_of, parent_of
from tests.conftest import Lifeline, run_python, wait_until

# In a process of its own, for it collects every child there is.
_KILL_WHAT_IS_LISTED = """
import os, signal
from parl.platform import linux_members
from parl.platform.linux_process import LinuxProcessTree

children_of = linux_members.children_of
tree = LinuxProcessTree(owns_children=True)
tree.start(["sh", "-c", "sh -c 'sleep 60 >/dev/null 2>&1 & wait' & exit"])
tree.wait()
[parent] = children_of(os.getpid())
while not [*children_of(parent)]:
    pass

def list_and_kill(pid):
    linux_members.children_of = children_of
    listed = [*children_of(pid)]
    os.kill(parent, signal.SIGKILL)
    os.waitid(os.P_PID, parent, os.WEXITED | os.WNOWAIT)
    return listed

linux_members.children_of = list_and_kill
print(tree.end(10))
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nothing is left")
"""


NEVER_HELD = """
import os, signal
from parl.platform import linux_process
from parl.platform.procfs import children_of

linux_process._FORCE_SECONDS = 0.1
tree = linux_process.LinuxProcessTree(owns_children=True)
tree.start(["sh", "-c", "sleep 60 >/dev/null 2>&1 & exit"])
tree.wait()
[orphan] = children_of(os.getpid())
tree._members._hold = lambda pid, parent: False
print(tree.end(0.05) == (orphan,))
os.kill(orphan, signal.SIGKILL)
"""


AFTER_ANOTHER = """
import os
from parl.platform.linux_process import LinuxProcessTree
from parl.platform.procfs import children_of

for command in ("sleep 60 >/dev/null 2>&1 & exit", "exit"):
    tree = LinuxProcessTree(owns_children=True)
    tree.start(["sh", "-c", command])
    tree.wait()
    if command != "exit":
        tree.close()
print(len([*children_of(os.getpid())]), tree.end(10), len([*children_of(os.getpid())]))
"""


class Stranger(NamedTuple):
    """A process that is no child of ours and none of the tree's, and its child."""

    pid: int
    child: int

    def is_unhurt(self) -> bool:
        return all(state_of(pid) == "S" for pid in self)


def state_of(pid: int) -> str:
    """Return what the process does: S for sleeping, T for stopped, Z for ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    script = "sh -c 'sleep 60 & echo $$ $!; wait' & wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        stranger = Stranger(*map(int, parent.stdout.readline().split()))
        yield stranger
        for pid in stranger:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Lists:
    """The lists of children that the tree gets: the system's, but for what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._said: dict[int, Callable[[], list[int]]] = {}
        monkeypatch.setattr("parl.platform.linux_members.children_of", self._children_of)

    def say_once(self, pid: int, children: Callable[[], list[int]]) -> None:
        self._said[pid] = children

    def _children_of(self, pid: int) -> Iterable[int]:
        said = self._said.pop(pid, None)
        return children_of(pid) if said is None else said()


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Lists:
    return Lists(monkeypatch)


@pytest.fixture
def tree() -> Iterator[LinuxProcessTree]:
    with closing(LinuxProcessTree()) as tree:
        yield tree


def test_a_stranger_that_took_over_a_pid_is_not_signalled_and_nor_are_its_children(
    tree: LinuxProcessTree, stranger: Stranger, lists: Lists
) -> None:
    tree.start(["sleep", "60"])
    lists.say_once(tree._root, lambda: [stranger.pid])  # the pid was a child's when the list was made
    assert tree.end(10) == ()
    assert stranger.is_unhurt()


def test_a_child_of_our_own_that_took_over_a_pid_is_not_signalled(tree: LinuxProcessTree, lists: Lists) -> None:
    with subprocess.Popen(["sleep", "60"]) as neighbour:
        tree.start(["sleep", "60"])
        lists.say_once(tree._root, lambda: [neighbour.pid])
        assert tree.end(10) == ()
        assert neighbour.poll() is None
        neighbour.kill()


def test_a_stranger_that_took_over_the_pid_of_its_parent_is_not_taken_for_it(
    tree: LinuxProcessTree, stranger: Stranger, lists: Lists, monkeypatch: pytest.MonkeyPatch, lifeline: Lifeline
) -> None:
    """A member ends while its children are asked for; who has its pid then has children of its own."""
    tree.start(["sh", "-c", f"sh -c 'kill -STOP $$' & echo $! >{lifeline.path}; sleep 60"])
    member = int(lifeline.read_line())

    def end_and_list() -> list[int]:
        os.kill(member, signal.SIGKILL)
        wait_until(lambda: state_of(member) in ("Z", "gone"), "the member's end")
        return [stranger.child]

    def parent_in_disguise(pid: int) -> int | None:
        parent = parent_of(pid)
        return member if parent == stranger.pid else parent

    monkeypatch.setattr("parl.platform.linux_members.parent_of", parent_in_disguise)
    lists.say_once(member, end_and_list)
    assert tree.end(10) == ()
    assert stranger.is_unhurt()


@pytest.mark.parametrize("willing", [True, False])
def test_no_signal_is_sent_by_a_number(
    willing: bool, tree: LinuxProcessTree, monkeypatch: pytest.MonkeyPatch, lifeline: Lifeline
) -> None:
    """A pidfd goes on meaning the process that was looked at, whoever has its pid in the instant of the signal."""
    for name in ("kill", "killpg"):
        monkeypatch.setattr(os, name, None)
    trap = "" if willing else "trap '' TERM; "
    tree.start(["sh", "-c", f"exec 9>{lifeline.path}; {trap}sleep 60 & echo ready >&9; wait; sleep 60"])
    assert lifeline.read_line() == "ready"
    assert tree.end(10 if willing else 0.1) == ()
    assert lifeline.read_to_the_end() == ""


def test_a_member_with_the_pid_of_one_that_was_asked_to_end_is_asked_too(
    tree: LinuxProcessTree, lifeline: Lifeline
) -> None:
    tree.start(["sh", "-c", f"exec 9>{lifeline.path}; sleep 60 & echo $! >&9; wait"])
    pid = int(lifeline.read_line())
    with subprocess.Popen(["sleep", "60"]) as former:
        tree._members._handles[pid] = os.pidfd_open(former.pid)
        tree._asked.add(pid)
        former.kill()
    began = monotonic()
    assert tree.end(10) == ()
    assert monotonic() - began < 5, "it was killed after the grace"


@pytest.mark.parametrize("is_closed", [False, True])
def test_what_another_thread_has_just_let_go_of_is_not_suspended(tree: LinuxProcessTree, is_closed: bool) -> None:
    tree.start(["sleep", "60"])
    handles = tree._members._handles
    before = dict(handles)
    closed = os.dup(2)
    os.close(closed)
    if is_closed:
        handles[tree._root] = closed
    else:
        handles.clear()
    tree.suspend()
    tree.resume()
    handles.update(before)
    assert tree.end(10) == ()


def test_an_orphan_whose_parent_ends_during_the_look_is_found() -> None:
    """The parent is in our list and ends before it is looked at; the child was not ours when the list was made."""
    done = run_python(_KILL_WHAT_IS_LISTED)
    assert (done.stdout, done.stderr) == ("()\nnothing is left\n", "")


def test_a_python_without_pidfds_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_pidfd()
    monkeypatch.delattr(os, "pidfd_open")
    assert not has_pidfd()


def test_without_a_descriptor_to_watch_it_the_command_does_not_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def refuse(pid: int) -> int:
        started.append(pid)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    tree = LinuxProcessTree()
    with pytest.raises(OSError, match="Too many open files"):
        tree.start(["sleep", "60"])
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
    tree.close()


def test_an_exit_code_that_others_collected_is_an_error_and_no_endless_wait() -> None:
    script = (
        "import signal\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "from parl import CommandJob, ParlError, run_abortable\n"
        "try:\n"
        "    print(run_abortable(CommandJob(['true'])).error)\n"
        "except ParlError as error:  # so quick that it was gone before parl could take hold of it\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "true: its exit code was lost, as this process lets others collect it\n"


def test_what_could_never_be_held_is_said_to_have_survived() -> None:
    """No descriptor may be left for it, or the system may hide it."""
    done = subprocess.run([sys.executable, "-c", NEVER_HELD], capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_what_an_earlier_tree_has_left_is_ended_with_the_next() -> None:
    assert run_python(AFTER_ANOTHER).stdout == "1 () 0\n"


@pytest.mark.parametrize("end", ["--timeout 0.2 -- sleep 60", "-- sleep 0.1"], ids=["aborted", "well"])
def test_what_was_there_before_is_left_alone(end: str) -> None:
    # A shell that has become parl leaves it its children.
    line = f'sleep 60 >/dev/null 2>&1 & echo $!; exec "$0" -m parl compile -q {end}'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, timeout=30, check=False)
    pid = int(done.stdout.split()[0])
    try:
        assert state_of(pid) == "S"
    finally:
        os.kill(pid, signal.SIGKILL)
    assert done.returncode == (124 if "timeout" in end else 0), done.stderr


def test_it_ends_while_a_child_of_before_has_ended_too() -> None:
    line = 'sleep 0.1 & exec "$0" -m parl compile --timeout 0.3 -- sh -c "sleep 60 & wait"'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 124, done.stderr
