"""ProcessTree for Windows: a Job Object, which holds whatever the command starts."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import errno
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from parl.platform import windows_api
from parl.platform.base import ProcessTree
from parl.platform.windows_command import prepare

if TYPE_CHECKING:
    from subprocess import Popen

_CREATE_SUSPENDED = 0x4
# Of SIGBREAK no wait hears, nor of a Ctrl-C just before it begins: whoever waits in the main thread hears it
# between two.
_SLICE_SECONDS = 0.25
_RELOOK_SECONDS = 0.01
# A process that force has not ended by then sits in the kernel and cannot be ended.
_FORCE_SECONDS = 5.0
# The code of a process that Ctrl-C or Ctrl-Break has ended, so that force looks no different.
_CONTROL_C_EXIT = 0xC000013A
_BAD_FORMAT = 193
# That, another machine's program, needs an administrator, line too long: there, but not to be run.
_NOT_RUNNABLE = (_BAD_FORMAT, 216, 740, 206)


class WindowsProcessTree(ProcessTree):
    """A command and everything it started, in one Job Object.

    The job dies with this process, however that ends, unless ``close`` came first.
    """

    def __init__(self) -> None:
        self._closing = threading.Lock()
        self._closed = False
        self._hurried = False
        self._job = windows_api.create_job()
        self._nudge = windows_api.create_event()
        self._root: int | None = None  # a handle
        self._group: int | None = None
        self._popen: Popen[bytes] | None = None

    def start(
        self,
        argv: Sequence[str],
        *,
        null_stdin: bool = False,
        cwd: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._popen = _create_suspended(argv, null_stdin=null_stdin, cwd=cwd, variables=variables)
        try:
            # In the job before its first instruction: nothing that it starts can stay outside.
            root = self._adopt(self._popen.pid)
            windows_api.resume_process(root)
        except BaseException:
            self._popen.kill()
            self._popen.wait()
            raise
        self._group = self._popen.pid

    def attach(self, pid: int) -> None:
        try:
            self._adopt(pid)
        except PermissionError:
            # One that has ended cannot be put in a job, and has nothing left to be ended.
            if self._root is None or windows_api.wait_any((self._root,), 0) is None:
                raise

    def wait(self) -> int | None:
        assert self._root is not None, "start or attach comes first"
        handles = (self._root, self._nudge)
        while (ready := windows_api.wait_any(handles, _SLICE_SECONDS)) is None:
            pass
        if handles[ready] == self._nudge:
            windows_api.reset_event(self._nudge)
            return None
        return self._popen.wait() if self._popen is not None else windows_api.exit_code(self._root)

    def interrupt(self) -> None:
        with self._closing:
            if not self._closed:
                windows_api.set_event(self._nudge)

    def hurry(self) -> None:
        self._hurried = True
        self.interrupt()

    def end(self, grace_seconds: float, head_start_seconds: float = 0.0) -> tuple[int, ...]:
        if self._root is None:
            return ()
        give_up = monotonic() + grace_seconds
        if head_start_seconds:
            self._wait_until_empty(min(monotonic() + head_start_seconds, give_up))
        if self._members() and self._ask():
            self._wait_until_empty(give_up)
        return tuple(sorted(self._force()))

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            windows_api.close_handle(self._nudge)
        try:
            # A daemon of a command that ended well lives on.
            windows_api.set_kill_on_close(self._job, on=False)
        finally:
            windows_api.close_handle(self._job)
            if self._root is not None:
                windows_api.close_handle(self._root)
            self._let_go()

    def _adopt(self, pid: int) -> int:
        """Put *pid* in the job as the root; what it has started before stays outside."""
        self._root = windows_api.open_process(pid)
        windows_api.assign_to_job(self._job, self._root)
        return self._root

    def _members(self) -> tuple[int, ...]:
        return windows_api.job_pids(self._job)

    def _ask(self) -> bool:
        """Request an end; False where nobody can hear it, so that nobody waits for an answer.

        Only a group of our own is asked: for the pid of any other process the console takes all
        that are attached to it, and that is us too.
        """
        if self._group is None:
            return False
        try:
            windows_api.send_ctrl_break(self._group)
        except OSError:
            return False  # no console, or not the same
        return True

    def _wait_until_empty(self, give_up: float) -> None:
        """Wait until nothing is left, *give_up* or a call for haste."""
        while not self._hurried and self._members() and (patience := give_up - monotonic()) > 0:
            if windows_api.wait_any((self._nudge,), min(patience, _RELOOK_SECONDS)) is not None:
                windows_api.reset_event(self._nudge)

    def _force(self) -> tuple[int, ...]:
        """Terminate until nothing is left; return what cannot be ended."""
        give_up = monotonic() + _FORCE_SECONDS
        while (left := self._members()) and monotonic() < give_up:
            windows_api.terminate_job(self._job, _CONTROL_C_EXIT)
            windows_api.reset_event(self._nudge)
            windows_api.wait_any((self._nudge,), _RELOOK_SECONDS)
        return left

    def _let_go(self) -> None:
        if self._popen is not None and self._popen.poll() is None:
            # Left running on purpose: Popen shall not warn that it was forgotten.
            self._popen.returncode = 0


def _create_suspended(
    argv: Sequence[str], *, null_stdin: bool, cwd: str | None, variables: Mapping[str, str] | None
) -> Popen[bytes]:
    import os
    import subprocess

    program, line = prepare(argv, cwd)
    try:
        return subprocess.Popen(
            line,
            executable=program,
            stdin=subprocess.DEVNULL if null_stdin else None,
            cwd=cwd,
            env={**os.environ, **variables} if variables else None,
            close_fds=False,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | _CREATE_SUSPENDED,
        )
    except OSError as error:
        if error.winerror in _NOT_RUNNABLE:
            is_document = error.winerror == _BAD_FORMAT
            words = "is no program; write what runs it in front of it" if is_document else error.strerror
            raise PermissionError(errno.EACCES, words, argv[0]) from error
        raise
