"""What the README says is what the program does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import parl
from parl.cli.exit_codes import EXIT_CODES, ExitCode
from parl.cli.main import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _help(name: str) -> str:
    """Return a command's help as a terminal of 80 columns shows it."""
    command = [sys.executable, "-m", "parl", name, "--help"]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_commands_help_is_in_the_readme(name: str) -> None:
    assert f"```text\n{_help(name)}```" in README


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_command_has_help_with_an_example_in_80_columns(name: str) -> None:
    help_text = _help(name)
    assert "Example" in help_text
    assert max(map(len, help_text.splitlines())) <= 80
    for parameter in cli.commands[name].params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_the_exit_codes_in_the_readme_are_the_table_in_the_code() -> None:
    table = README.partition("| exit code | when |\n|---|---|\n")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)) == EXIT_CODES


def test_every_code_that_parl_gives_is_in_the_table() -> None:
    said = {code for code, _ in EXIT_CODES}
    assert {str(int(code)) for code in ExitCode if code is not ExitCode.SIGNALED} <= said
    assert "128+S" in said


def test_the_table_of_parl_toml_in_the_readme_is_valid(tmp_path: Path) -> None:
    from parl.core.project import find_table

    examples = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "parl.toml").write_text("".join(examples))
    table = find_table("compile", str(tmp_path))
    assert table is not None
    assert table.values == {"command": ["make", "-j8"], "timeout": 1800.0}
    menu = find_table("menu", str(tmp_path))
    assert menu is not None
    assert [item["title"] for item in menu.values["items"]] == ["Run tests", "Deploy", "Database"]


def test_every_public_name_can_be_had_and_says_what_it_is() -> None:
    for name in set(parl.__all__) - {"__version__"}:
        assert getattr(parl, name).__doc__, name


def test_files_that_the_readme_links_to_exist() -> None:
    for link in re.findall(r"\]\(((?!http)[^)#]+)\)", README):
        assert (ROOT / link).exists(), link
