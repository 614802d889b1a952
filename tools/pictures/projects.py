"""Small projects for the pictures: real sources, which real compilers take their time over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

_FUNCTION = """
int {name}_{at}(const unsigned char *text) {{
    int found = {at};
    for (; *text; text++)
        switch ((*text + {at}) % 7) {{
        case 0: found += *text; break;
        case 1: found ^= {at}; break;
        case 2: found *= 3; break;
        default: found -= *text >> 1;
        }}
    return found;
}}
"""
_MAKEFILE = """\
app: scan.o parse.o check.o emit.o main.o
\tcc -o $@ $^

%.o: %.c
\tcc -O2 -c -o $@ $<
"""
_FUNCTIONS = {"scan": 60, "parse": 1500, "check": 1500, "emit": 1500, "main": 1500}
"""The first object is there soon, the others keep the compilers busy for seconds."""

_NOT_FOR_COMPILING = ("site-packages", "__pycache__", "*lib2to3", "test_future_stmt", "test_syntax.py", "bad*")
_PARL_TOML = """
[menu]
title = "Ops"

[[menu.items]]
title = "Run tests"
command = ["python", "-m", "unittest"]

[[menu.items]]
title = "Deploy"
command = ["make", "deploy"]
help = "to production"
key = "d"
confirm = "Deploy?"

[[menu.items]]
title = "What is new"
command = "git log --oneline"
help = "the latest commits"

[[menu.items]]
title = "Database"
[[menu.items.items]]
title = "Backup"
command = ["make", "backup"]
"""
_BRANCHES = ("docs", "faster-scanner", "fix-parser", "issue-42", "release-1.x", "scanner-tests")
_COMMITS = ("First steps", "Scanner: twice as fast", "Parser: names may hold digits")
_GIT = ("git", "-c", "user.name=parl", "-c", "user.email=parl@example.org", "-c", "init.defaultBranch=main")


def c_project(folder: Path) -> None:
    """Lay out sources in C, and a Makefile for them."""
    (folder / "Makefile").write_text(_MAKEFILE)
    for name, count in _FUNCTIONS.items():
        text = "".join(_FUNCTION.format(name=name, at=at) for at in range(count))
        (folder / f"{name}.c").write_text(text)


def standard_library(folder: Path) -> None:
    """Lay out Python's own sources and their tests as ``lib``."""
    ignored = shutil.ignore_patterns(*_NOT_FOR_COMPILING)
    shutil.copytree(sysconfig.get_path("stdlib"), folder / "lib", ignore=ignored)


def repository(folder: Path) -> None:
    """Lay out a repository with a few commits, and a parl.toml with a menu."""
    (folder / "parl.toml").write_text(_PARL_TOML)
    _git(folder, "init", "--quiet")
    for message in _COMMITS:
        _git(folder, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message", message)


def branches(folder: Path) -> None:
    """Lay out the same with a few branches."""
    repository(folder)
    for name in _BRANCHES:
        _git(folder, "branch", name)


def _git(folder: Path, *words: str) -> None:
    moment = "2026-01-01T00:00:00Z"  # so that a commit has the same name in every recording
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    subprocess.run([*_GIT, *words], cwd=folder, env={**os.environ, **dates}, check=True)
