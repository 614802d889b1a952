"""How this system's shell is asked to run a line."""

from __future__ import annotations

import os
import sys


def shell_argv(line: str) -> list[str]:
    """Return the command that has the shell run *line*.

    /bin/sh on POSIX, as make does it, and not the user's own shell: a line in a parl.toml that a
    team shares must mean the same to all of them.
    """
    if sys.platform == "win32":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", line]
    else:
        return ["/bin/sh", "-c", line]
