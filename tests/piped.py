"""The installed parl between pipes, far from any terminal: what a script sees of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import PATIENCE_SECONDS

PARL = str(Path(sys.executable).with_name("parl"))
"""The installed command."""


class Piped(NamedTuple):
    """What became of a run."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """What parl said to people, line by line."""
        return self.err.splitlines()


def piped(
    *words: str | bytes,
    stdin: bytes | None = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int = subprocess.PIPE,
    encoding: str = "utf-8",
) -> Piped:
    """Run parl with *stdin* in a pipe, or None for nowhere, and no controlling terminal.

    *encoding*: of what it says on stderr.
    """
    feed: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(
        [sys.executable, "-m", "parl", *words],
        **feed,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        cwd=cwd,
        env=plain_environment() | dict(env or {}),
        start_new_session=True,
        timeout=PATIENCE_SECONDS,
    )
    return Piped(done.returncode, done.stdout or b"", done.stderr.decode(encoding))


def plain_environment(**extra: str) -> dict[str, str]:
    """Return an environment that asks for nothing: a good terminal, no variable that parl knows, and *extra*."""
    asking = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "ACCESSIBLE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in asking and not name.startswith("PARL_")}
    return kept | {"TERM": "xterm-256color"} | extra
