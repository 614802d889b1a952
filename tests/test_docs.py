"""What the README and the manual say is what the program does."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

import parl
from parl.cli.exit_codes import EXIT_CODES, ExitCode
from parl.cli.main import cli
from tools.reference import help_of, pages, refreshed

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LESSON = (ROOT / "docs" / "lesson.md").read_text(encoding="utf-8")
PAGES = sorted(pages())
MANUAL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
SHELL = re.findall(r"```sh\n(.*?)```", MANUAL, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_a_page_takes_from_the_code_is_what_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert refreshed(text) == text, "make reference writes it anew"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_command_has_a_page_with_its_help_and_is_in_the_readme(name: str) -> None:
    page = f"docs/commands/{name}.md"
    assert f"```text\n{help_of(name)}```" in (ROOT / page).read_text(encoding="utf-8")
    assert f"[`parl {name}`]({page})" in README


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_command_has_help_with_an_example_in_80_columns(name: str) -> None:
    help_text = help_of(name)
    assert "Example" in help_text
    assert max(map(len, help_text.splitlines())) <= 80
    for parameter in cli.commands[name].params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_the_exit_codes_are_in_the_readme_and_in_the_manual() -> None:
    rows = [f"| {code} | {when} |" for code, when in EXIT_CODES]
    for page in (README, (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")):
        assert "\n".join(rows) in page


def test_every_code_that_parl_gives_is_in_the_table() -> None:
    said = {code for code, _ in EXIT_CODES}
    assert {str(int(code)) for code in ExitCode if code is not ExitCode.SIGNALED} <= said
    assert "128+S" in said


def test_the_examples_of_parl_toml_are_valid(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "parl-toml.md").read_text(encoding="utf-8"), re.DOTALL)
    tables = [_table(name, text, tmp_path) for name, text in zip(("compile", "compile", "menu"), examples, strict=True)]
    assert tables[0] == {"command": ["make", "-j8"], "timeout": 1800.0}
    assert tables[1] == {"paths": ["src", "tests"], "exclude": ["*_pb2.py"], "jobs": 4}
    assert [item["title"] for item in tables[2]["items"]] == ["Run tests", "Deploy", "Database"]


def test_the_menu_of_the_recipes_is_valid(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [item["title"] for item in _table("menu", text, tmp_path)["items"]] == ["Test", "Release"]


def _table(name: str, text: str, folder: Path) -> Mapping[str, Any]:
    from parl.core.project import find_table

    (folder / "parl.toml").write_text(text, encoding="utf-8")
    table = find_table(name, str(folder))
    assert table is not None
    return table.values


def test_every_word_of_parls_in_the_manuals_shell_lines_is_one() -> None:
    known = {option for command in cli.commands.values() for each in command.params for option in each.opts}
    known |= {option for command in cli.commands.values() for each in command.params for option in each.secondary_opts}
    said = re.findall(r"\bparl (?:compile|timer|menu)((?: [^\s;|&)]+)*)", "\n".join(SHELL))
    words = {word for line in said for word in line.partition(" -- ")[0].split() if word.startswith("-")}
    assert len(words) > 10
    assert words <= known | {"--", "-c1", "-W1"}


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("script", SHELL)
def test_the_manuals_shell_lines_are_syntax_that_a_shell_takes(script: str) -> None:
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_the_lessons_notes_are_all_there() -> None:
    for heading, count in (("13", 13), ("17", 17), ("5", 5)):
        chapter = re.split(r"^## ", LESSON, flags=re.MULTILINE)
        (notes,) = (text for text in chapter if f": {heading} notes" in text.splitlines()[0])
        assert re.findall(r"^\| (\d+) \|", notes, re.MULTILINE) == [str(number) for number in range(1, count + 1)]


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`(parl\.[\w.]+)`", LESSON)) - {"parl.testing"}))
def test_where_the_lessons_notes_are_answered_is_there(place: str) -> None:
    assert pkgutil.resolve_name(place)


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`(tests/\w+\.py::\w+|examples/\w+\.py)`", LESSON))))
def test_what_shows_them_is_there(place: str) -> None:
    file, _, name = place.partition("::")
    assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


def test_every_public_name_can_be_had_and_says_what_it_is() -> None:
    for name in set(parl.__all__) - {"__version__"}:
        assert getattr(parl, name).__doc__, name


@pytest.mark.parametrize("program", PYTHON)
def test_the_manuals_programs_are_python_and_import_what_there_is(program: str) -> None:
    tree = ast.parse(program)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imports:
        assert node.module is not None
        for name in node.names:
            assert pkgutil.resolve_name(f"{node.module}:{name.name}")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_that_a_page_links_to_exist(page: Path) -> None:
    for link in re.findall(r"\]\(((?!http)[^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("name", sorted(set(parl.__all__) - {"__version__"}))
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert f"::: parl.{name}\n" in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
