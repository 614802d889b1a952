"""How this system's shell is asked to run a line, and how words are typed to it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS_OF_CMD = frozenset(
    [
        "assoc",
        "call",
        "cd",
        "chdir",
        "cls",
        "copy",
        "date",
        "del",
        "dir",
        "echo",
        "erase",
        "exit",
        "for",
        "ftype",
        "if",
        "md",
        "mkdir",
        "mklink",
        "move",
        "path",
        "pause",
        "popd",
        "prompt",
        "pushd",
        "rd",
        "rem",
        "ren",
        "rename",
        "rmdir",
        "set",
        "start",
        "time",
        "title",
        "type",
        "ver",
        "verify",
        "vol",
    ]
)


def typed_line(words: Sequence[str]) -> str:
    """Return *words* as one would type them."""
    if sys.platform == "win32":
        from parl.platform.windows_command import quoted_word

        return " ".join(map(quoted_word, words))
    else:
        import shlex

        return shlex.join(words)


def with_wildcards(paths: Sequence[str]) -> list[str]:
    """Return typed *paths* with * and ? replaced by what is there; on POSIX the shell has done that."""
    if sys.platform != "win32":
        return list(paths)
    else:
        return [name for path in paths for name in (_matches(path) or [path])]


def _matches(path: str) -> list[str]:
    if not {"*", "?"} & set(path):
        return []
    from glob import glob

    # In the shells of Windows a bracket is a letter like any other, and a leading dot too.
    return sorted(glob(path.replace("[", "[[]"), include_hidden=True))


def is_part_of_shell(name: str) -> bool:
    """Return whether *name* is no program on this system, but a word that cmd itself understands."""
    return sys.platform == "win32" and name.lower() in _WORDS_OF_CMD


def shell_argv(line: str) -> list[str]:
    """Return the command that has the shell run *line*.

    /bin/sh on POSIX, as make does it, and not the user's own shell: a line in a parl.toml that a
    team shares must mean the same to all of them.
    """
    if sys.platform == "win32":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", line]
    else:
        return ["/bin/sh", "-c", line]
