"""Reading sources and writing .pyc files, so that nothing hangs and nothing is ever half there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EINVAL

TEMPORARY_SUFFIX = ".parl"
# A file that has become a FIFO since it was listed must not make us wait for its writer.
NO_HANG = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
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
    while len(content) > size and (more := os.read(descriptor, len(content))):  # it grows while we read
        content += more
    return content


def fingerprint_of(status: os.stat_result) -> str:
    """Return what tells this state of a file from others, as far as time and size can."""
    return f"{status.st_mtime_ns}:{status.st_size}"


def temporary_of(target: str, pid: int) -> str:
    """Return the name under which the process *pid* writes *target*: short, and it tells whose it is."""
    return os.path.join(os.path.dirname(target), f".{pid}{TEMPORARY_SUFFIX}")


def write_whole(target: str, data: bytes, mode: int) -> None:
    """Put *data* at *target*, in one step, with the permissions of a source of that *mode*."""
    temporary = temporary_of(target, os.getpid())
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
    except FileExistsError:  # of a worker with our pid, long gone
        os.unlink(path)
        descriptor = os.open(path, _WRITE, permissions)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
