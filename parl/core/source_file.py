"""Reading sources and writing .pyc files, so that nothing hangs and nothing is ever half there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EINVAL
from time import time

from parl.platform import process_exists, process_realm

TEMPORARY_SUFFIX = ".parl"
# A file that has become a FIFO since it was listed must not make us wait for its writer.
NO_HANG = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# No run lasts so long: what is older is nobody's.
_ABANDONED_SECONDS = 86_400
_CHUNK = 65_536
_WRITE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


def read_source(path: str) -> tuple[bytes, os.stat_result]:
    """Return the content of a source and its state from before it was read.

    A change meanwhile is therefore seen at the next look.
    """
    # Not open(): thousands of files feel its five system calls more.
    descriptor = os.open(path, os.O_RDONLY | NO_HANG)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(EINVAL, "is no regular file")
        return _read_all(descriptor, status.st_size), status
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, size: int) -> bytes:
    content = os.read(descriptor, size + 1)
    while len(content) != size and (more := os.read(descriptor, _CHUNK)):  # a short read, or it grows meanwhile
        content += more
    return content


def shown(target: str) -> str:
    """Return how a message names a .pyc: beside its source, by the end of its path, for that leads there anyway."""
    folder, name = os.path.split(target)
    return target if os.path.isabs(target) else os.path.join(os.path.basename(folder), name)


def run_token() -> str:
    """Return what is in the name of a run's temporary files: where its pids are valid, and which run it is."""
    return f"{process_realm()}-{os.urandom(4).hex()}"


def temporary_of(target: str, pid: int, token: str) -> str:
    """Return the name under which the process *pid* writes *target*: short, and it tells whose it is."""
    return os.path.join(os.path.dirname(target), f".{pid}-{token}{TEMPORARY_SUFFIX}")


def sweep_temporary(target: str, pid: int, token: str) -> None:
    """Remove what the process *pid*, which has ended, has perhaps left of *target*."""
    with suppress(OSError):
        os.unlink(temporary_of(target, pid, token))


def sweep_leftover(folder: str, name: str) -> None:
    """Remove a temporary file of an earlier run, if nobody can be writing it any more."""
    pid, _, token = name.removeprefix(".").removesuffix(TEMPORARY_SUFFIX).partition("-")
    path = os.path.join(folder, name)
    with suppress(OSError):
        if not (name.startswith(".") and pid.isdecimal() and token):
            return  # not one of ours
        # Of another machine, or another namespace of pids, we cannot know who lives; nor if the pid is reused.
        is_dead = token.startswith(f"{process_realm()}-") and not process_exists(int(pid))
        if is_dead or time() - os.lstat(path).st_mtime > _ABANDONED_SECONDS:
            os.unlink(path)


def write_whole(target: str, data: bytes, mode: int, token: str) -> None:
    """Put *data* at *target*, in one step, with the permissions of a source of that *mode*.

    *token*: of this run, so that no other, wherever it runs, writes to the same temporary file.
    """
    temporary = temporary_of(target, os.getpid(), token)
    try:
        _write_new(temporary, data, mode)
        os.replace(temporary, target)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _write_new(path: str, data: bytes, mode: int) -> None:
    permissions = (mode | stat.S_IWUSR) & 0o666
    try:
        descriptor = os.open(path, _WRITE, permissions)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, _WRITE, permissions)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
