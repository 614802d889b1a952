"""What ``make mutation`` asks: each core module's own tests."""

from __future__ import annotations

import tomllib

from tests.conftest import ROOT


def test_the_tests_of_every_core_module_judge_its_mutants() -> None:
    own = {f"tests/test_{module.name}" for module in (ROOT / "parl" / "core").glob("*.py")}
    written = {name for name in own if (ROOT / name).exists()}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert sorted(written - {*settings["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]}) == []
