"""The tree on Linux: what the end-to-end tests cannot provoke."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

if sys.platform != "linux":
    pytest.skip("pidfds", allow_module_level=True)

from parl.platform.linux_process import LinuxProcessTree, has_pidfd


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that is no child of ours, and none of the tree's."""
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        yield pid
        os.kill(pid, signal.SIGKILL)


def test_a_pid_that_passed_to_a_stranger_is_not_signalled(stranger: int) -> None:
    class Stale(LinuxProcessTree):
        """Its walk saw a member that has ended since, and whose pid is a stranger's now."""

        def _members(self) -> Iterator[tuple[int, int]]:
            yield from super()._members()
            yield stranger, self._root

    tree = Stale()
    tree.start(["sleep", "60"])
    assert tree.end(10) == ()
    tree.close()
    os.kill(stranger, 0)
    with open(f"/proc/{stranger}/stat", "rb") as file:
        assert file.read().rpartition(b")")[2].split()[0] == b"S", "neither ended nor stopped"


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
