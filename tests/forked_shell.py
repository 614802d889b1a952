"""A process without threads that has imported parl, and forks a small shell and its job in a hundredth of a second.

``python -m tests.forked_shell DESCRIPTOR``: see ``tests.fork_server``. It imports nothing that a parl would not.
"""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import fcntl
import json
import os
import resource
import select
import signal
import socket
import termios
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

MESSAGE_BYTES = 4096
FOREGROUND, BACKGROUND, CONTINUE, RUNNING_FOREGROUND = "foreground", "background", "continue", "running foreground"
"""What a shell can be told: the terminal is the job's; it is not; SIGCONT, the terminal not the job's; or both."""


def _work(line: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a shell has ended
    _warm_up()
    while True:
        order, descriptors, _, _ = socket.recv_fds(line, MESSAGE_BYTES, 2)
        if not order:
            return
        if os.fork() == 0:
            line.close()
            _Shell(*descriptors).run(**json.loads(order))
        for descriptor in descriptors:
            os.close(descriptor)


def _warm_up() -> None:
    """Import what a run would."""
    import gc

    import parl.__main__
    import parl.cli.choose_screen
    import parl.cli.main
    import parl.cli.menu_run
    import parl.cli.menu_screen
    import parl.cli.screen_terminal
    import parl.cli.timer_run
    import parl.cli.unix_screen
    import parl.core.command
    import parl.platform.linux_alarm
    import parl.platform.linux_process
    import parl.platform.unix_keyboard  # noqa: F401

    gc.freeze()


class _Shell:
    def __init__(self, terminal: int, line: int) -> None:
        self._terminal = terminal
        self._line = socket.socket(fileno=line)
        self._job = 0

    def run(self, words: Sequence[str], *, installed: str | None) -> NoReturn:
        try:
            self._run(words, installed=installed)
        except BaseException:  # nothing of the fork server must go on in here
            sys.excepthook(*sys.exc_info())
        finally:
            with suppress(ProcessLookupError, PermissionError):
                if self._job:
                    os.killpg(self._job, signal.SIGKILL)
            os._exit(0)

    def _run(self, words: Sequence[str], *, installed: str | None) -> None:
        os.setsid()
        fcntl.ioctl(self._terminal, termios.TIOCSCTTY, 0)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self._job = os.fork()
        if self._job == 0:
            signal.set_wakeup_fd(-1)
            self._line.close()
            os.close(reader)
            os.close(writer)
            _become_job(self._terminal, words, installed=installed)
        with suppress(OSError):
            os.setpgid(self._job, self._job)
        self._report(job=self._job)
        while True:
            ready = select.select([reader, self._line], [], [])[0]
            if reader in ready and signal.SIGHUP in os.read(reader, 512):
                self._signal(signal.SIGHUP, signal.SIGCONT)  # as shells pass it on
            self._look_at_job()
            if self._line in ready and not self._obey(self._line.recv(MESSAGE_BYTES).decode()):
                return

    def _obey(self, order: str) -> bool:
        if order in (FOREGROUND, RUNNING_FOREGROUND):
            self._give_terminal_to(self._job)
        if order in (BACKGROUND, CONTINUE):
            self._give_terminal_to(os.getpgrp())
        if order in (CONTINUE, RUNNING_FOREGROUND):
            self._signal(signal.SIGCONT)
        self._report(done=order)
        return bool(order)

    def _look_at_job(self) -> None:
        while self._job:
            pid, status, usage = os.wait4(self._job, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return
            self._give_terminal_to(os.getpgrp())
            if os.WIFSTOPPED(status):
                self._report(stopped=os.WSTOPSIG(status))
            else:
                self._job = 0
                self._report(status=os.waitstatus_to_exitcode(status), cpu=usage.ru_utime + usage.ru_stime)

    def _give_terminal_to(self, group: int) -> None:
        with suppress(OSError):  # it has been hung up, or the job is over
            os.tcsetpgrp(self._terminal, group)

    def _signal(self, *numbers: int) -> None:
        for number in numbers:
            with suppress(ProcessLookupError):
                if self._job:
                    os.killpg(self._job, number)

    def _report(self, **news: object) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self._line.send(json.dumps(news).encode())


def _become_job(terminal: int, words: Sequence[str], *, installed: str | None) -> NoReturn:
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpid())
    for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.close(terminal)
    if installed:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(installed, [installed, *words])
    from parl.__main__ import main, process_start

    process_start.mark()
    sys.argv = ["parl", *words]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", 1), open(2, "w", 1)  # noqa: SIM115
    main()
    os._exit(99)  # it does not return


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as line:
        _work(line)
