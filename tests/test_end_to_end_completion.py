"""Tab pressed behind ``parl`` in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_SECONDS, ROOT

if sys.platform == "win32":
    _UNIX_SHELLS: dict[str, tuple[str, list[str]]] = {}
else:
    import pexpect

    # How it is started without anybody's settings, and how it is made to complete.
    _UNIX_SHELLS = {
        "bash": ('eval "$(parl --completion bash)"', ["--norc", "--noprofile", "-i"]),
        "old bash": ('enable -n compopt; eval "$(parl --completion bash)"', ["--norc", "--noprofile", "-i"]),
        "zsh": ('autoload -U compinit; compinit -u -D; eval "$(parl --completion zsh)"', ["-f", "-i"]),
        "fish": ("parl --completion fish | source", ["--no-config", "-i"]),
    }

_HOME, _END = "\x01", "\x05"


def _program(shell: str) -> str:
    return shell.split()[-1]


class _Shell:
    """A shell at whose prompt one types."""

    def __init__(self, name: str, folder: Path) -> None:
        load, options = _UNIX_SHELLS[name]
        self.name = name
        environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PS1": "$ ", "TERM": "xterm"}
        self._terminal = pexpect.spawn(
            _program(name),
            options,
            env=environment,
            cwd=str(folder / "here"),
            timeout=PATIENCE_SECONDS,
            dimensions=(24, 200),
        )
        self._terminal.delaybeforesend = None
        self._number = 0
        self._terminal.sendline(f"{load}; printf '%s\\n' load''ed")
        self._terminal.expect("loaded")

    def words(self, typed: str) -> list[str]:
        """Type that, keys and all; return the words that then are on the line."""
        self._number += 1
        print_words = f"printf '<%s>' start''ed {self._number} "
        self._terminal.send(typed + _HOME + print_words + _END + " end''ed\r")
        self._terminal.expect(f"<started><{self._number}><parl>(.*?)<ended>")
        return self._terminal.match[1].decode().removeprefix("<").removesuffix(">").split("><")

    def close(self) -> None:
        self._terminal.close(force=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files in it, and a command ``parl`` that is this one."""
    folder = tmp_path_factory.mktemp("completion")
    for name in ("here/sources/deep", "bin"):
        (folder / name).mkdir(parents=True)
    for name in ("tasks.py", "notes of today.txt", "noted.toml"):
        (folder / "here" / name).touch()
    if sys.platform == "win32":
        (folder / "bin" / "parl.cmd").write_text(f'@set PYTHONPATH={ROOT}\n@"{sys.executable}" -m parl %*\n')
    else:
        command = folder / "bin" / "parl"
        command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m parl "$@"\n')
        command.chmod(0o755)
        (folder / "bin" / "parltest-compiler").symlink_to("/bin/true")
    return folder


@pytest.fixture(scope="module", params=list(_UNIX_SHELLS))
def shell(request: pytest.FixtureRequest, folder: Path) -> Iterator[_Shell]:
    if shutil.which(_program(request.param)) is None:
        pytest.skip(f"{request.param} is not installed")
    shell = _Shell(request.param, folder)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("parl comp\t", ["compile"]),
        ("parl compile --form\tj\t", ["compile", "--format", "json"]),
        ("parl compile --format=j\t", ["compile", "--format=json"]),
        ("parl compile tas\t", ["compile", "tasks.py"]),
        ("parl compile notes\t", ["compile", "notes of today.txt"]),
        ("parl compile sour\tde\t", ["compile", "sources/deep/"]),
        ("parl compile --out sour\t", ["compile", "--out", "sources/"]),
        ("parl compile --out=sour\t", ["compile", "--out=sources/"]),
        ("parl menu note\t", ["menu", "noted.toml"]),
        ("parl timer 3 -- parltest-c\t", ["timer", "3", "--", "parltest-compiler"]),
        ("parl compile -- cat notes\t", ["compile", "--", "cat", "notes of today.txt"]),
        ("parl menu --choose a:b 'c d' --default c\t", ["menu", "--choose", "a:b", "c d", "--default", "c d"]),
        ("parl menu --choose a:b --default a:\t", ["menu", "--choose", "a:b", "--default", "a:b"]),
    ],
)
def test_tab_completes(shell: _Shell, typed: str, words: list[str]) -> None:
    found = shell.words(typed)
    # Some shells put the slash of a folder only when one types on.
    assert [word.rstrip("/") for word in found] == [word.rstrip("/") for word in words]


def test_items_behind_the_cursor_complete(shell: _Shell) -> None:
    if shell.name == "fish":
        pytest.skip("fish does not tell what stands behind the cursor")
    back = "\x02" * len(" green blue")
    found = shell.words(f"parl menu --choose --default bl green blue{back}\t")
    assert found == ["menu", "--choose", "--default", "blue", "green", "blue"]


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")
@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("parl comp", "compile"),
        ("parl compile --form", "--format"),
        ("parl compile --format=j", "--format=json"),
        ("parl menu --choose 'c d' e --default c", "'c d'"),
    ],
)
def test_tab_completes_in_powershell(folder: Path, line: str, first: str) -> None:
    quoted = line.replace("'", "''")
    code = (
        "parl --completion powershell | Out-String | Invoke-Expression; "
        f"(TabExpansion2 '{quoted}' {len(line)}).CompletionMatches[0].CompletionText"
    )
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        ["pwsh", "-NoProfile", "-NonInteractive", "-Command", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 2,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    assert (ended.stdout.strip(), ended.stderr) == (first, "")
