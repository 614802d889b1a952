"""The installed parl between pipes, far from any terminal: what a script sees of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    encoding: str = "utf-8",
    **options: Any,
) -> Piped:
    """Run parl with *stdin* in a pipe, or None for nowhere, and no controlling terminal.

    *encoding*: of what it says on stderr. *options*: for ``started``.
    """
    source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with started(*words, stdin=source, **options) as process:
        out, err = process.communicate(stdin, timeout=PATIENCE_SECONDS)
    return Piped(process.returncode, out or b"", (err or b"").decode(encoding))


@contextmanager
def started(
    *words: str | bytes, env: Mapping[str, str] | None = None, by: Sequence[str] = (), **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start parl between pipes, with nothing on stdin and no controlling terminal; it does not outlive the block.

    *by*: a command that starts it. *options*: what Popen is to be told instead.
    """
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        [*by, sys.executable, "-m", "parl", *words],
        env=plain_environment() | dict(env or {}),
        start_new_session=True,
        **pipes | options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def plain_environment(**extra: str) -> dict[str, str]:
    """Return an environment that asks for nothing: a good terminal, no variable that parl knows, and *extra*."""
    asking = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "ACCESSIBLE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in asking and not name.startswith("PARL_")}
    return kept | {"TERM": "xterm-256color"} | extra
