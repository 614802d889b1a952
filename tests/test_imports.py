"""What parl does without, so that it starts fast."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import PATIENCE_SECONDS, ROOT, run_python

pytestmark = pytest.mark.usefixtures("unmeasured")

# On Windows subprocess starts the command.
_STARTS_COMMANDS = {"subprocess"} if sys.platform == "win32" else set()
_SLOW = {"prompt_toolkit", "asyncio", "psutil", "subprocess", "multiprocessing", "importlib.metadata", "tomllib"}


def imported_by(*arguments: str, code: int = 0) -> set[str]:
    """Return the modules that ``parl ARGUMENTS`` imports."""
    command = [sys.executable, "-X", "importtime", "-m", "parl", *arguments]
    # In a session of its own, so that no terminal is found.
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd=ROOT, start_new_session=True, check=False
    )
    assert ended.returncode == code
    names = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", ended.stderr, re.MULTILINE))
    assert {"click", "parl.cli.main"} <= names, "the list is one"
    return names


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--version"], 0), (["--help"], 0), (["zzz"], 2), (["compile", "--", sys.executable, "-c", ""], 0)],
    ids=["version", "help", "usage error", "command"],
)
def test_nothing_slow_is_imported(arguments: list[str], code: int) -> None:
    allowed = _STARTS_COMMANDS if "--" in arguments else set()
    assert imported_by(*arguments, code=code) & _SLOW == allowed


def test_a_project_and_its_command_import_nothing_slow_but_toml() -> None:
    code = "import sys; from parl.core.project import find_table; print(*sys.modules)"
    assert set(run_python(code).stdout.split()) & _SLOW == set()


@pytest.mark.parametrize("package", ["parl.core.terminator", "parl.core.command", "parl.core.project", "parl.platform"])
def test_the_engine_knows_no_screen(package: str) -> None:
    ended = run_python(f"import sys, {package}; print(*sys.modules)")
    assert ended.returncode == 0
    assert {"click", "prompt_toolkit"} & set(ended.stdout.split()) == set()


def test_what_parl_offers_is_shown_before_it_is_imported() -> None:
    ended = run_python("import sys, parl; print(*dir(parl)); print(*sys.modules)")
    offered, imported = ended.stdout.splitlines()
    assert {"AbortFlag", "Menu", "Scheduler", "Timer"} <= set(offered.split())
    assert "parl.core.timer" not in imported.split()


def test_our_platform_does_not_hide_pythons() -> None:
    ended = run_python("import platform, parl.platform; print(platform.python_version())")
    assert ended.stdout == f"{'.'.join(map(str, sys.version_info[:3]))}{_suffix()}\n"


def _suffix() -> str:
    import platform

    return platform.python_version().removeprefix(".".join(map(str, sys.version_info[:3])))
