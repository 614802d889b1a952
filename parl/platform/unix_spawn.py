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
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from parl.platform import linux_control

# Python itself ignores these; a command expects the default.
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")
_EXEC_FAILED = 127
_LOCALES_OF_PYTHONS_CHOICE = ("C.UTF-8", "C.utf8", "UTF-8")


class Spawned:
    """A child that is on its way to become the command."""

    def __init__(self, pid: int, name: str, answer: int) -> None:
        self.pid = pid
        self._name = name
        self._answer = answer

    def confirm(self) -> None:
        """Wait until the child is the command; OSError where it cannot be run (it is reaped then).

        Not part of ``spawn``: a Ctrl-Z may stop the child before its exec, and then parl's main
        thread must be free to stop too. A second call does nothing.
        """
        if self._answer < 0:
            return
        with os.fdopen(self._answer, "rb") as answer:
            self._answer = -1
            failure = answer.read()
        if failure:
            self._collect()
            raise OSError(int(failure), os.strerror(int(failure)), self._name)

    def abandon(self) -> None:
        """Kill the child: what was to watch over it could not be had."""
        os.kill(self.pid, signal.SIGKILL)  # not reaped yet, so the pid is its own
        os.close(self._answer)
        self._answer = -1
        self._collect()

    def _collect(self) -> None:
        with suppress(ChildProcessError):  # collected by somebody else
            os.waitpid(self.pid, 0)


def spawn(
    argv: Sequence[str], *, null_stdin: bool, cwd: str | None, variables: Mapping[str, str] | None = None
) -> Spawned:
    """Start *argv* in our process group, with *variables* added to the environment."""
    environment = original_environment()
    if variables:
        environment = {**environment, **variables}
    candidates = [*_candidates(argv[0], os.get_exec_path(environment))]
    reader, writer = os.pipe()
    parent = os.getpid()
    set_parent_death_signal = linux_control.parent_death_signal_setter()
    caught = _caught_signals()
    # Our handlers must not swallow, in the child, what is meant for the command.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, caught)
    try:
        pid = _fork_or_close(reader)
        if pid == 0:
            _run_child(
                lambda: _become(candidates, argv, environment, null_stdin=null_stdin, cwd=cwd),
                caught,
                mask,
                set_parent_death_signal,
                parent,
                writer,
            )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(writer)
    return Spawned(pid, argv[0], reader)


def _fork_or_close(descriptor: int) -> int:
    try:
        if sys.version_info < (3, 12) or threading.active_count() == 1:
            return os.fork()
        with warnings.catch_warnings():
            # Python 3.12 warns where there are threads: a child that went on with our work might meet
            # their locks. This one makes some system calls and becomes the command.
            warnings.simplefilter("ignore", DeprecationWarning)
            return os.fork()
    except OSError:
        os.close(descriptor)
        raise


def _caught_signals() -> list[int]:
    return [number for number in signal.valid_signals() if callable(signal.getsignal(number))]


def _run_child(
    become: Callable[[], NoReturn],
    caught: Iterable[int],
    mask: Iterable[int],
    set_parent_death_signal: Callable[[int], None] | None,
    parent: int,
    writer: int,
) -> NoReturn:
    """Do what is left to do in the child; whatever goes wrong, it never returns into parl's code."""
    try:
        if set_parent_death_signal is not None:
            set_parent_death_signal(signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(_EXEC_FAILED)  # it died before we could ask to be told
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        become()
    except OSError as error:
        os.write(writer, str(error.errno).encode())
    except ValueError:  # a NUL in a word: no system call can take it
        os.write(writer, str(errno.EINVAL).encode())
    finally:
        os._exit(_EXEC_FAILED)


def original_environment() -> Mapping[str, str]:
    """Return the environment as parl found it.

    In the C locale Python sets LC_CTYPE for itself (PEP 538); the command must not see that.
    """
    if sys.platform != "linux" or os.environ.get("LC_CTYPE") not in _LOCALES_OF_PYTHONS_CHOICE:
        return os.environ
    try:
        with open("/proc/self/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return os.environ
    original = [os.fsdecode(entry[len("LC_CTYPE=") :]) for entry in entries if entry.startswith(b"LC_CTYPE=")]
    if original and original[0] not in ("", "C", "POSIX"):
        return os.environ  # somebody else's choice
    environment = dict(os.environ)
    del environment["LC_CTYPE"]
    if original:
        environment["LC_CTYPE"] = original[0]
    return environment


def _become(
    candidates: Iterable[str],
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    null_stdin: bool,
    cwd: str | None,
) -> NoReturn:
    """Turn this (forked) process into the command."""
    for name in _IGNORED_BY_PYTHON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if null_stdin:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
    if cwd is not None:
        os.chdir(cwd)
    _exec(candidates, argv, environment)


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
            os.execve(path, [*argv], environment)
        except OSError as error:
            if error.errno == errno.ENOEXEC:  # a script without a first line
                os.execve("/bin/sh", ["/bin/sh", path, *argv[1:]], environment)
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                failure = error
    raise failure
