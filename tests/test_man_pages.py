"""The man pages say what the program says of itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from parl.cli.exit_codes import EXIT_CODES
from parl.cli.main import cli
from tools.man_pages import FOLDER, pages

_MANDOC = shutil.which("mandoc")


def _shown(page: Path) -> str:
    """Return the page as a terminal of 80 columns shows it, without its bold type."""
    command = ["man", "--warnings", "--local-file", str(page)]
    environment = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": "", "PAGER": "cat"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout


def test_the_pages_are_current() -> None:
    written = {page.name: page.read_text(encoding="utf-8") for page in FOLDER.iterdir()}
    assert written == pages(), "run make man"


def test_there_is_a_page_for_each_command() -> None:
    assert set(pages()) == {"parl.1", *(f"parl-{name}.1" for name in cli.commands)}


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="needs man-db and groff")
@pytest.mark.parametrize("name", [f"parl-{name}" for name in sorted(cli.commands)])
def test_man_shows_examples_line_by_line_and_each_exit_code(name: str) -> None:
    shown = _shown(FOLDER / f"{name}.1")
    assert max(map(len, shown.splitlines())) <= 80
    help_text = cli.commands[name.removeprefix("parl-")].help
    assert help_text is not None
    lines = [line.strip() for line in shown.splitlines()]
    for example in re.findall(r"^ +(.*parl .*)$", help_text.partition("Examples:")[2], re.MULTILINE):
        assert example in lines
    for code, _ in EXIT_CODES:
        assert any(line.split("  ")[0] == code for line in lines), code


@pytest.mark.skipif(_MANDOC is None, reason="mandoc is not installed")
@pytest.mark.parametrize("name", sorted(pages()))
def test_mandoc_finds_no_fault(name: str) -> None:
    assert _MANDOC is not None
    ended = subprocess.run([_MANDOC, "-T", "lint", FOLDER / name], capture_output=True, text=True, check=False)
    # Before the first release there is no date.
    faults = [line for line in ended.stdout.splitlines() if "missing date" not in line and "STYLE" not in line]
    assert faults == []
