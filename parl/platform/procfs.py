"""What Linux tells of processes under /proc."""

from __future__ import annotations

import sys

assert sys.platform == "linux"  # tells mypy which half of typeshed applies

import os
from collections.abc import Iterator
from contextlib import suppress

_READ_SYSCALLS = {"x86_64": 0, "aarch64": 63, "riscv64": 63, "armv7l": 3, "i686": 3}
_TERMINALS = ("/dev/tty", "/dev/pts/", "/dev/console")
_READ_BYTES = 8192


def is_still(pid: int) -> bool:
    """Whether *pid* is stopped, or has ended."""
    return _stat(pid)[:1] in ([], [b"T"], [b"t"], [b"Z"], [b"X"])


def children_of(pid: int) -> Iterator[int]:
    """Return the children of all threads of *pid*; none where it has ended."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        with suppress(OSError):
            yield from map(int, _contents(f"/proc/{pid}/task/{thread}/children").split())


def parent_of(pid: int) -> int | None:
    """Return the parent of *pid*; None where it has ended."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _stat(pid: int) -> list[bytes]:
    """Return what /proc/PID/stat says after the name: state, parent, ...; nothing once it is gone."""
    try:
        # The name in parentheses may hold anything, so count from its end.
        return _contents(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return []


def blocks_in_terminal_read(pid: int) -> bool:
    """Whether a thread of *pid* sits in read(2) on a terminal; False where we may not look."""
    read_number = _READ_SYSCALLS.get(os.uname().machine)
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            fields = _contents(f"/proc/{pid}/task/{thread}/syscall").split()
            if len(fields) > 1 and fields[0].isdigit() and int(fields[0]) == read_number:
                link = os.readlink(f"/proc/{pid}/fd/{int(fields[1], 16)}")
                if link.startswith(_TERMINALS):
                    return True
    except OSError:
        pass
    return False


def processes_of_group(group: int) -> Iterator[int]:
    """Return those of a process group that have not ended."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            fields = _stat(int(name))
            if fields and fields[0] not in (b"Z", b"X") and int(fields[2]) == group:
                yield int(name)


def terminals_to_read(pid: int) -> set[int]:
    """Return the descriptors through which *pid* could read a terminal. PermissionError where we may not look."""
    folder = f"/proc/{pid}"
    try:
        return {int(name) for name in os.listdir(f"{folder}/fd") if _is_terminal_to_read(folder, name)}
    except FileNotFoundError:  # it has ended
        return set()


def _is_terminal_to_read(folder: str, descriptor: str) -> bool:
    with suppress(FileNotFoundError):  # closed meanwhile
        if os.readlink(f"{folder}/fd/{descriptor}").startswith(_TERMINALS):
            flags = _contents(f"{folder}/fdinfo/{descriptor}").partition(b"flags:")[2].split()[0]
            return int(flags, 8) & os.O_ACCMODE != os.O_WRONLY
    return False


def _contents(path: str) -> bytes:
    """Return what the file holds now; by four calls of the system, where a file object makes ten."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        contents = b""
        while chunk := os.read(descriptor, _READ_BYTES):
            contents += chunk
        return contents
    finally:
        os.close(descriptor)
