"""What differs by system, behind one contract: the door that chooses an implementation."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from parl.platform.alarm import Alarm
    from parl.platform.base import Keyboard, ProcessTree, Workers

    T = TypeVar("T")


TERMINAL_KEYS, TERMINAL_SCREEN = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
"""The files that are the controlling terminal, to read from and to write on."""


def open_keyboard() -> Keyboard:
    """Return the keyboard of the controlling terminal, or NoKeyboard where there is none."""
    from parl.platform.base import NoKeyboard

    if sys.platform == "win32":
        from parl.platform.windows_keyboard import WindowsKeyboard, has_console

        return WindowsKeyboard() if has_console() else NoKeyboard()
    else:
        import os

        try:
            # An open file of our own: its O_NONBLOCK is nobody else's.
            terminal = os.open(TERMINAL_KEYS, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return NoKeyboard()
        from parl.platform.unix_keyboard import UnixKeyboard

        try:
            # Beside a pager in our pipeline, its keys are its own.
            return UnixKeyboard(terminal, patient=not is_terminal(1))
        except OSError:  # no descriptor is left for its wait
            os.close(terminal)
            raise


def has_terminal() -> bool:
    """Return whether there is a controlling terminal; on Windows, a console that somebody sees."""
    if sys.platform == "win32":
        from parl.platform.windows_keyboard import has_console

        return has_console()
    else:
        import os

        try:
            terminal = os.open(TERMINAL_KEYS, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            return False
        try:
            return os.isatty(terminal)  # a container may have put anything in its place
        finally:
            os.close(terminal)


def is_terminal(descriptor: int) -> bool:
    """Return whether *descriptor* is open, and a terminal."""
    import os

    try:
        is_device = os.isatty(descriptor)
    except OSError:
        return False
    if sys.platform == "win32":
        from parl.platform.windows_api import is_console

        return is_device and is_console(descriptor)
    else:
        return is_device


def open_process_tree(*, owns_children: bool = False) -> ProcessTree:
    """Return the process tree of this machine.

    *owns_children*: this process has no children but the tree's. Then nothing escapes on Linux,
    not even a daemon: parl becomes the parent of every orphan below it.
    """
    if sys.platform == "win32":
        from parl.platform.windows_process import WindowsProcessTree

        return WindowsProcessTree()
    else:
        if sys.platform == "linux":
            from parl.platform.linux_process import LinuxProcessTree, has_pidfd

            if has_pidfd():
                return LinuxProcessTree(owns_children=owns_children)
        from parl.platform.unix_process import UnixProcessTree

        return UnixProcessTree()


if sys.platform == "linux":

    def boot_seconds() -> float:
        """Return seconds from an arbitrary start, on a clock that nobody sets and that suspension does not stop."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def boot_seconds() -> float:
        """Return seconds from an arbitrary start, on a clock that nobody sets and that suspension does not stop."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # time.monotonic() stops with the machine there

else:

    def boot_seconds() -> float:
        """Return seconds from an arbitrary start, on a clock that nobody sets and that suspension does not stop."""
        return time.monotonic()


def open_alarm() -> Alarm:
    """Return an alarm on ``boot_seconds``."""
    if sys.platform == "linux":
        from contextlib import suppress

        from parl.platform.linux_alarm import LinuxAlarm

        # A sandbox may forbid it, and Python may have been built without ctypes.
        with suppress(OSError, ImportError, AttributeError):
            return LinuxAlarm()
    from parl.platform.alarm import EventAlarm

    # No time-out counts suspension, so it looks up once a second.
    return EventAlarm(boot_seconds, lambda event, seconds: event.wait(None if seconds is None else min(seconds, 1.0)))


def in_foreground() -> bool:
    """Return whether what is typed as a signal reaches this process and all that it starts."""
    if sys.platform == "win32":
        return False  # a command has a process group of its own, deaf to Ctrl-C
    else:
        import os

        try:
            terminal = os.open(TERMINAL_KEYS, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)


def owns_screen() -> bool:
    """Return whether what we write to the terminal on stderr is not written over somebody else's work."""
    if sys.platform == "win32":
        return True
    else:
        import os

        try:
            return os.tcgetpgrp(2) == os.getpgrp()
        except OSError:
            return False


def is_writable(descriptor: int, seconds: float = 0.0) -> bool:
    """Wait *seconds* at most, and return whether a write would not block: Ctrl-S stops a terminal for any time."""
    if sys.platform == "win32":
        return True
    else:
        import select

        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        return bool(poll.poll(1000 * seconds))


def open_screen() -> int | None:
    """Return a descriptor of the terminal on stderr whose writes never block; None where it cannot be had."""
    if sys.platform == "win32":
        return None
    else:
        import os

        try:
            # An open file of our own: its O_NONBLOCK is nobody else's.
            return os.open(os.ttyname(2), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return None


def is_pipe(descriptor: int) -> bool:
    """Return whether *descriptor* is a pipe: what is written there may come to the same terminal, by others' hands."""
    import os
    import stat

    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def nobody_reads(descriptor: int) -> bool:
    """Return whether *descriptor* is a pipe whose other end is closed."""
    if sys.platform == "win32":
        return False
    else:
        import select

        poll = select.poll()
        poll.register(descriptor, 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))


def alone_in_console() -> bool:
    """Return whether the console window was opened for this program and closes with it."""
    if sys.platform == "win32":
        from parl.platform.windows_console import is_ours_alone

        # Who has taken a stream has started us, and may have given us a console that nobody sees.
        return all(map(is_terminal, (0, 1, 2))) and is_ours_alone()
    else:
        return False


def may_fork() -> bool:
    """Whether a fork is sound: not on Windows and macOS, nor where another thread may hold a lock."""
    threading = sys.modules.get("threading")  # its import takes long, and who has threads has it
    return sys.platform not in ("win32", "darwin") and (threading is None or threading.active_count() == 1)


def call_in_child(
    function: Callable[[], bytes], patience_seconds: float, clean_up: Callable[[int], object]
) -> bytes | None:
    """Return what *function* returns in a child process; None where that ends otherwise, takes longer, or cannot be.

    After a failure *clean_up* is told the child's pid. Raises OSError where no child can be had.
    """
    if sys.platform == "win32" or not may_fork():
        return None
    else:
        from parl.platform.forked_call import call_in_child

        return call_in_child(function, patience_seconds, clean_up)


def open_workers(serve: Callable[[T], bytes], tasks: Sequence[T], *, may_fork: bool = True) -> Workers[T]:
    """Return processes, not started yet, that call *serve* for each of *tasks*.

    They are forked where that is sound, and spawned elsewhere: then *serve* and *tasks* must be
    picklable. Not *may_fork*: the program has threads of its own, whose locks a fork might copy in
    a locked state.
    """
    if sys.platform == "win32" or sys.platform == "darwin" or not may_fork:
        from parl.platform.spawned_workers import SpawnedWorkers

        return SpawnedWorkers(serve, tasks)
    else:
        from parl.platform.forked_workers import ForkedWorkers

        return ForkedWorkers(serve, tasks)


def usable_cores() -> int:
    """Return how many processors this process may use: its affinity, and a container's share of them."""
    import os

    if hasattr(os, "process_cpu_count"):  # Python 3.13; knows PYTHON_CPU_COUNT
        cores = os.process_cpu_count() or 1
    elif sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    if sys.platform == "linux":
        from parl.platform.linux_control import cpu_quota

        if "PYTHON_CPU_COUNT" not in os.environ:  # who says so knows better
            cores = min(cores, cpu_quota() or cores)
    return cores


def cache_folder() -> str | None:
    """Return the folder where this user's programs keep what they can make again; None if there is none."""
    import os

    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return os.path.join(base, "parl", "Cache") if base else None
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # as the specification of that variable asks
            home = os.path.expanduser("~")
            if not (os.path.isabs(home) and os.path.isdir(home)):
                return None
            base = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
        return os.path.join(base, "parl")


def process_exists(pid: int) -> bool:
    """Return whether some process has this pid."""
    if sys.platform == "win32":
        import psutil

        try:
            return bool(psutil.pid_exists(pid))
        except OverflowError:  # more than any pid has bits
            return False
    else:
        import os

        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        return True


def process_realm() -> str:
    """Return what tells this machine, since its start, and this namespace of pids from all others."""
    import os
    from importlib.util import source_hash

    if sys.platform == "linux":
        try:
            with open("/proc/sys/kernel/random/boot_id") as file:
                place = f"{file.read()}{os.stat('/proc/self/ns/pid').st_ino}"
        except OSError:
            place = os.uname().nodename
    else:
        import platform

        place = platform.node()
    return source_hash(place.encode()).hex()[:8]
