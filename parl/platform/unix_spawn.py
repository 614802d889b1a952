"""Start a command on POSIX: fork and exec, as the shell would do it.

Not ``subprocess``: its import costs more than the command's start, and the parent-death signal
would need a preexec_fn, which is the same fork with more around it.
"""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

import errno
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

from parl.platform import linux_control

# Python itself ignores these; a command expects the default.
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")
_EXEC_FAILED = 127


def spawn(argv: Sequence[str], *, null_stdin: bool, cwd: str | None) -> int:
    """Start *argv* in our process group and return its pid; OSError where it cannot be run."""
    environment = original_environment()
    reader, writer = os.pipe()
    parent = os.getpid()
    set_parent_death_signal = linux_control.parent_death_signal_setter()
    pid = os.fork()
    if pid == 0:
        try:
            if set_parent_death_signal is not None:
                set_parent_death_signal(signal.SIGTERM)
                if os.getppid() != parent:
                    os._exit(_EXEC_FAILED)
            _become(argv, environment, null_stdin=null_stdin, cwd=cwd)
        except OSError as error:
            os.write(writer, str(error.errno).encode())
        finally:
            os._exit(_EXEC_FAILED)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        failure = answer.read()
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)), argv[0])
    return pid


def original_environment() -> Mapping[str, str]:
    """Return the environment as parl found it.

    In the C locale Python sets LC_CTYPE for itself (PEP 538); the command must not see that.
    """
    if "LC_CTYPE" not in os.environ or sys.platform != "linux":
        return os.environ
    try:
        with open("/proc/self/environ", "rb") as file:
            names = {entry.partition(b"=")[0] for entry in file.read().split(b"\0")}
    except OSError:
        return os.environ
    if b"LC_CTYPE" in names:
        return os.environ
    return {name: value for name, value in os.environ.items() if name != "LC_CTYPE"}


def _become(argv: Sequence[str], environment: Mapping[str, str], *, null_stdin: bool, cwd: str | None) -> NoReturn:
    """Turn this (forked) process into the command."""
    for name in _IGNORED_BY_PYTHON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if null_stdin:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
    if cwd is not None:
        os.chdir(cwd)
    _exec(_candidates(argv[0], os.get_exec_path(environment)), argv, environment)


def _candidates(name: str, path: Iterable[str]) -> Iterator[str]:
    if "/" in name:
        yield name
    else:
        for folder in path:
            yield os.path.join(folder or ".", name)


def _exec(paths: Iterable[str], argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Run the first of *paths* that can be run, with execvp's rules."""
    failure = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    for path in paths:
        try:
            os.execve(path, argv, environment)
        except OSError as error:
            if error.errno == errno.ENOEXEC:  # a script without a first line
                os.execve("/bin/sh", ["/bin/sh", path, *argv[1:]], environment)
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                failure = error
    raise failure
