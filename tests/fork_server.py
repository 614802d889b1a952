"""A fork server: a process that has imported parl and starts shells that fork it, each in a hundredth of a second."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import json
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from tests.conftest import PATIENCE_SECONDS, ROOT
from tests.job_shell import JobShell
from tests.piped import PARL, plain_environment


class ForkServer:
    """Starts shells, from a process that is warm."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked_shell", str(theirs.fileno())],
                cwd=ROOT,
                env=plain_environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )

    def start(self, terminal: int, words: Sequence[str], *, installed: bool) -> JobShell:
        """Start a shell on *terminal* that runs parl with *words*: the *installed* one, or one that is warm."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            order = json.dumps({"words": words, "installed": PARL if installed else None}).encode()
            socket.send_fds(self._line, [order], [terminal, theirs.fileno()])
        return JobShell(ours)

    def close(self) -> None:
        """Start no more."""
        self._line.close()
        self._process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    with closing(ForkServer()) as fork_server:
        yield fork_server
