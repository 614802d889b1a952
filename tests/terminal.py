"""A real pseudo-terminal with a program in it, for the end-to-end tests."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import pexpect
import pexpect.fdpexpect

from tests.conftest import wait_until
from tests.piped import PARL, plain_environment
from tests.processes import MARK, marked

PROMPT = "Press any key to abort compilation!"
SECONDS = 15.0
SHORT_LIMIT = "3s" if "COVERAGE_PROCESS_START" in os.environ else "500ms"
"""A time limit in which a program gets ready to meet its end; one that is measured takes longer to start."""


class Session:
    """A program whose controlling terminal, stdin, stdout and stderr are a new pseudo-terminal.

    The test keeps the terminal's other side open too, to look at settings and unread bytes.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        type_ahead: bytes = b"",
        before: Callable[[], None] = lambda: None,
        **streams: Any,
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.master, self.slave = os.openpty()
        self.resize(24, 80)
        if type_ahead:
            os.write(self.master, type_ahead)

        def take_terminal() -> None:
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            before()

        streams = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave} | streams
        self.process = subprocess.Popen(
            argv,
            env=plain_environment() | dict(env or {}) | {MARK: self.mark},
            cwd=cwd,
            start_new_session=True,
            pass_fds=(self.slave,),
            preexec_fn=take_terminal,
            **streams,
        )
        self.found_settings = termios.tcgetattr(self.slave)
        self.screen = pexpect.fdpexpect.fdspawn(self.master, encoding="utf-8", timeout=SECONDS)

    def expect(self, text: str) -> str:
        """Wait until *text* has appeared; return what came before it."""
        self.screen.expect_exact(text)
        return str(self.screen.before)

    def press(self, keys: str | bytes) -> None:
        """Press keys."""
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def wait(self) -> int:
        """Wait for the program's end and return its code, negative for a signal."""
        wait_until(lambda: self._drain() or self.process.poll() is not None, "the program's end")
        return self.process.returncode

    def rest(self) -> str:
        """Return all that is on the screen and has not been expected yet."""
        self._drain()
        return str(self.screen.buffer)

    def _drain(self) -> bool:
        """Read what there is, so that nobody blocks on a full terminal."""
        with suppress(pexpect.TIMEOUT, pexpect.EOF):
            self.screen.buffer += self.screen.read_nonblocking(65536, timeout=0)
        return False

    def settings(self) -> list[Any]:
        """Return the terminal's settings."""
        return termios.tcgetattr(self.slave)

    def is_listening(self) -> bool:
        """Whether somebody has the terminal give keys at once."""
        return not self.settings()[3] & termios.ICANON

    def unread(self) -> bytes:
        """Return what was typed and would reach the next reader: the shell."""
        settings = termios.tcgetattr(self.slave)
        settings[3] &= ~(termios.ICANON | termios.ECHO)
        settings[6][termios.VMIN] = settings[6][termios.VTIME] = 0
        termios.tcsetattr(self.slave, termios.TCSANOW, settings)
        return os.read(self.slave, 65536)

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as a closed window does."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def survivors(self) -> list[int]:
        """Return the processes started below this session that still run."""
        return marked(self.mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not by its mark: in the middle of an exec a process shows no environment.
        self.process.kill()
        self.process.wait(SECONDS)
        while pids := self.survivors():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for descriptor in {self.master, self.slave} - {-1}:
            os.close(descriptor)


def parl(*words: str, **options: Any) -> Session:
    """Start parl in a new terminal."""
    return Session([PARL, *words], **options)
