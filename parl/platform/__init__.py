"""What differs by system, behind one contract: the door that chooses an implementation."""

from __future__ import annotations

import sys

from parl.platform.base import Keyboard, NoKeyboard, ProcessTree

__all__ = [
    "Keyboard",
    "NoKeyboard",
    "ProcessTree",
    "alone_in_console",
    "in_foreground",
    "is_terminal",
    "open_keyboard",
    "open_process_tree",
]


def open_keyboard() -> Keyboard:
    """Return the keyboard of the controlling terminal, or NoKeyboard where there is none."""
    if sys.platform == "win32":
        from parl.platform.windows_keyboard import WindowsKeyboard, has_console

        return WindowsKeyboard() if has_console() else NoKeyboard()
    else:
        import os

        try:
            # An open file of our own: its O_NONBLOCK is nobody else's.
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return NoKeyboard()
        from parl.platform.unix_keyboard import UnixKeyboard

        # Beside a pager in our pipeline, its keys are its own.
        return UnixKeyboard(terminal, patient=not is_terminal(1))


def is_terminal(descriptor: int) -> bool:
    """Return whether *descriptor* is open, and a terminal."""
    import os

    try:
        return os.isatty(descriptor)
    except OSError:
        return False


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


def in_foreground() -> bool:
    """Return whether what is typed as a signal reaches this process and all that it starts."""
    if sys.platform == "win32":
        return False  # a command has a process group of its own, deaf to Ctrl-C
    else:
        import os

        try:
            terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return False
        finally:
            os.close(terminal)


def alone_in_console() -> bool:
    """Return whether the console window was opened for this program and closes with it."""
    if sys.platform == "win32":
        from parl.platform.windows_console import is_ours_alone

        return is_ours_alone()
    else:
        return False
