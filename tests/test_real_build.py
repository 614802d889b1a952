"""A real build on real input: a source distribution with C extensions, bare, under parl, and aborted."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.piped import PARL, plain_environment
from tests.processes import name_of
from tests.source_distribution import fetch, unpack
from tests.terminal import PROMPT, Session, parl, wait_until

pytestmark = pytest.mark.real

SOURCE = "psutil==7.1.3"
BUILD = [sys.executable, "setup.py", "build_ext", "--parallel", "4", "--build-lib", "built", "--build-temp", "temp"]
COMPILERS = ("cc1", "gcc", "cc", "as", "ld", "collect2", "clang")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch(SOURCE, tmp_path_factory.mktemp("sdist"))


@pytest.fixture
def tree(archive: Path, tmp_path: Path) -> Path:
    return unpack(archive, tmp_path / "source")


def _build(prefix: list[str], tree: Path) -> tuple[int, str]:
    done = subprocess.run(
        [*prefix, *BUILD],
        cwd=tree,
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def _artefacts(tree: Path) -> dict[str, str]:
    """Return the digest of everything that was built."""
    built = [path for path in (tree / "built").rglob("*") if path.is_file()]
    assert built, "the build built something"
    return {str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest() for path in built}


def _unordered(output: str) -> list[str]:
    """Return the lines of a parallel build, which come in any order, without the time they took."""
    return sorted(re.sub(r"\d+\.\d+ ?s", "", line) for line in output.splitlines())


def test_a_build_under_parl_is_the_same_build(archive: Path, tree: Path) -> None:
    code, output = _build([], tree)
    assert code == 0, output
    bare = _artefacts(tree)
    tree = unpack(archive, tree.parent)
    code_under_parl, output_under_parl = _build([PARL, "compile", "--"], tree)
    assert (code_under_parl, _unordered(output_under_parl)) == (code, _unordered(output))
    assert _artefacts(tree) == bare


def test_a_build_that_fails_fails_the_same(archive: Path, tree: Path) -> None:
    broken = tree / "psutil" / "arch" / "linux" / "proc.c"
    if not broken.exists():
        broken = next((tree / "psutil").rglob("*.c"))
    text = broken.read_text() + "\n#error broken on purpose\n"
    broken.write_text(text)
    code, output = _build([], tree)
    assert code != 0
    tree = unpack(archive, tree.parent)
    broken.write_text(text)
    assert _build([PARL, "compile", "--"], tree)[0] == code
    assert "broken on purpose" in output


def test_a_key_halfway_leaves_no_compiler_and_the_next_build_completes(archive: Path, tree: Path) -> None:
    code, output = _build([], tree)
    assert code == 0, output
    complete = _artefacts(tree)
    tree = unpack(archive, tree.parent)
    with parl("compile", "--", *BUILD, cwd=str(tree)) as session:
        session.expect(PROMPT)
        wait_until(lambda: _compilers(session), "a compiler", seconds=120)
        session.press("x")
        assert session.wait() == 130
        assert session.survivors() == []
        assert "Aborted by user!" in session.rest()
        assert session.settings() == session.found_settings
    assert _build([PARL, "compile", "--"], tree)[0] == 0
    assert _artefacts(tree) == complete


def _compilers(session: Session) -> bool:
    session.rest()  # so that the build never waits for us to read
    return any(name_of(pid) in COMPILERS for pid in session.survivors())
