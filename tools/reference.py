"""What the manual and the README take from the code: helps, exit codes, options and their other names.

`make reference` writes it anew, between the marks that say what is to stand there; a test
compares, so that it cannot go stale.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from parl.cli.exit_codes import EXIT_CODES
from parl.cli.main import cli
from parl.core.project import COMPILE_KEYS

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"(<!-- made from the code: (.+?) -->\n).*?(<!-- end of it -->)", re.DOTALL)


def refreshed(text: str) -> str:
    """Return *text* with what stands between its marks made anew; KeyError where a mark asks for what is not known."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_MAKERS[block[2]]()}{block[3]}", text)


def pages() -> Iterator[Path]:
    """Go through the pages that may have such marks."""
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def help_of(*words: str) -> str:
    """Return the help of a command as a terminal of 80 columns shows it."""
    command = [sys.executable, "-m", "parl", *words, "--help"]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stdout


def _help_block(*words: str) -> str:
    return f"```text\n{help_of(*words)}```\n"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _exit_codes() -> str:
    return _table(("exit code", "when"), EXIT_CODES)


def _names() -> str:
    """Return each option with its variable, and its key in parl.toml."""
    return _table(("option", "variable", "in parl.toml"), _option_rows())


def _option_rows() -> Iterator[tuple[str, ...]]:
    for name, command in sorted(cli.commands.items()):
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.name is not None
                long = option.opts[-1]
                key = long.removeprefix("--")
                file_key = f"`compile.{key}`" if name == "compile" and key in COMPILE_KEYS else ""
                yield f"`parl {name} {long}`", f"`PARL_{name}_{option.name}`".upper(), file_key


_MAKERS: dict[str, Callable[[], str]] = {
    "parl -h": _help_block,
    "parl compile -h": lambda: _help_block("compile"),
    "parl timer -h": lambda: _help_block("timer"),
    "parl menu -h": lambda: _help_block("menu"),
    "exit codes": _exit_codes,
    "options by other names": _names,
}


def main() -> None:
    """Write what has changed, and name it."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := refreshed(text)) != text:
            page.write_text(new, encoding="utf-8", newline="\n")
            print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
