"""How this system's shell is asked to run a line, and how words are typed to it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Sequence


def typed_line(words: Sequence[str]) -> str:
    """Return *words* as one would type them."""
    if sys.platform == "win32":
        from subprocess import list2cmdline

        return list2cmdline(words)
    else:
        import shlex

        return shlex.join(words)


def with_wildcards(paths: Sequence[str]) -> list[str]:
    """Return typed *paths* with * and ? replaced by what is there; on POSIX the shell has done that."""
    if sys.platform != "win32":
        return list(paths)
    else:
        from glob import glob

        # A bracket is a letter like any other in the shells of Windows.
        return [
            name
            for path in paths
            for name in (sorted(glob(path.replace("[", "[[]"))) or [path] if {"*", "?"} & set(path) else [path])
        ]


def shell_argv(line: str) -> list[str]:
    """Return the command that has the shell run *line*.

    /bin/sh on POSIX, as make does it, and not the user's own shell: a line in a parl.toml that a
    team shares must mean the same to all of them.
    """
    if sys.platform == "win32":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", line]
    else:
        return ["/bin/sh", "-c", line]
