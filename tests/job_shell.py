"""A small shell with job control: one parl in a terminal of its own, stopped, moved and continued at will."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import json
import select
import socket
from typing import Any

from tests.conftest import PATIENCE_SECONDS
from tests.forked_shell import CONTINUE, MESSAGE_BYTES, RUNNING_FOREGROUND


class JobShell:
    """The line to a shell, which tells what becomes of its job."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.job = int(self._next(PATIENCE_SECONDS)["job"])
        """The job's process, and its group."""
        self.is_stopped = False
        self.stopped_by = 0
        """The signal of the last stop."""
        self.status: int | None = None
        """As Popen's returncode, once it has ended."""
        self.cpu_seconds = 0.0
        """What it took, once it has ended."""
        self._answers = 0

    def tell(self, order: str) -> None:
        """Have the shell do something, and wait until it has."""
        self._line.send(order.encode())
        wanted = self._answers + 1
        while self._answers < wanted:
            assert self.look(PATIENCE_SECONDS), "the shell is mute"

    def look(self, seconds: float = 0.0) -> bool:
        """Take in what the shell has to tell; return whether it was anything, within *seconds*."""
        if not select.select([self._line], [], [], seconds)[0]:
            return False
        news = self._next(seconds)
        self._answers += "done" in news
        if "stopped" in news:
            self.is_stopped, self.stopped_by = True, int(news["stopped"])
        if news.get("done") in (CONTINUE, RUNNING_FOREGROUND):
            self.is_stopped = False
        if "status" in news:
            self.status, self.cpu_seconds = int(news["status"]), float(news["cpu"])
        return True

    def wait_for_change(self) -> None:
        """Wait until the job is stopped or has ended."""
        while not self.is_stopped and self.status is None:
            assert self.look(PATIENCE_SECONDS), "waited in vain for the job to stop or end"

    def close(self) -> None:
        """End the shell, and with it the job."""
        self._line.close()

    def _next(self, seconds: float) -> dict[str, Any]:
        self._line.settimeout(seconds or None)
        message = self._line.recv(MESSAGE_BYTES)
        assert message, "the shell has ended"
        answer: dict[str, Any] = json.loads(message)
        return answer
