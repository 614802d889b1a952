"""Processes of a tree on real Windows, which report on a pipe that they inherit."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # tells mypy which half of typeshed applies

import _winapi
import msvcrt
import os
from collections.abc import Callable
from pathlib import Path

from tests.conftest import wait_until

# Each process says on the pipe who it is, and holds it until it ends; its words say what it does.
_MEMBER = r"""
import msvcrt, os, signal, sys, time
line, *words = sys.argv[1:]
pipe = msvcrt.open_osfhandle(int(line), 0)

def tell(word):
    os.write(pipe, f"{word} {os.getpid()}\n".encode())

def spawn(*words, **options):
    import subprocess
    return subprocess.Popen([sys.executable, "-I", "-S", __file__, line, *words], close_fds=False, **options)

def broken(*_):
    tell("broken")
    os._exit(7)

word = words.pop(0)
if word == "deaf":
    signal.signal(signal.SIGBREAK, signal.SIG_IGN)
if word == "obedient":
    signal.signal(signal.SIGBREAK, broken)
tell(word)
if word == "runner":  # always someone new, whose parent has gone
    spawn("runner")
    os._exit(0)
if word == "crowd":
    import subprocess
    waiting = {"args": "cmd /d /c set /p x=", "stdin": subprocess.PIPE, "close_fds": False}
    crowd = [subprocess.Popen(**waiting) for _ in range(int(words[0]))]
    tell("complete")
if word == "leaver":
    spawn("daemon", creationflags=0x00000008)  # DETACHED_PROCESS
    os._exit(0)
if words and word != "crowd":
    spawn(*words)
while True:
    time.sleep(1)
"""


class InheritedPipe:
    """A pipe that processes inherit and write reports to; when the last that holds it has ended, it is cut."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_inheritable(self._writer, True)
        self._text = b""

    @property
    def handle(self) -> str:
        """What a process is to be told, since it inherits the handle and not our number for it."""
        return str(msvcrt.get_osfhandle(self._writer))

    def let_go(self) -> None:
        """Hold it no longer: from now on it is the processes'."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def read_pid(self, word: str) -> int:
        """Wait for the next report, which says *word*, and return whose it is."""
        wait_until(lambda: b"\n" in self._peek(), f"the report {word!r}")
        line, _, self._text = self._text.partition(b"\n")
        said, pid = line.decode().split()
        assert said == word
        return int(pid)

    def is_cut(self) -> bool:
        """Whether every process that held it has ended; what they said is passed over."""
        self.let_go()
        try:
            self._peek()
        except BrokenPipeError:
            return True
        return False

    def close(self) -> None:
        self.let_go()
        os.close(self._reader)

    def _peek(self) -> bytes:
        count, _ = _winapi.PeekNamedPipe(msvcrt.get_osfhandle(self._reader), 0)
        if count:
            self._text += os.read(self._reader, count)
        return self._text


def write_member(folder: Path, pipe: InheritedPipe) -> Callable[..., list[str]]:
    """Return the words that run a process which has *pipe* and does what its words say; its program is in *folder*."""
    script = folder / "member.py"
    script.write_text(_MEMBER)
    return lambda *words: [sys.executable, "-I", "-S", str(script), pipe.handle, *words]
