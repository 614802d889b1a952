"""A real C source tree built on other machines' compilers, through distcc: bare, under parl, and aborted."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.conftest import PATIENCE_SECONDS
from tests.piped import PARL, plain_environment
from tests.processes import MARK, marked, name_of
from tests.source_distribution import fetch, unpack
from tests.terminal import PROMPT, Session, parl, wait_until

pytestmark = [
    pytest.mark.real,
    *(
        pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed (Debian: apt-get install {of})")
        for name, of in {"distcc": "distcc", "distccd": "distcc", "gcc": "gcc", "make": "make"}.items()
    ),
]

SOURCE = "Brotli==1.1.0"
MAKEFILE = """\
OBJECTS := $(patsubst %.c,%.o,$(wildcard c/common/*.c c/dec/*.c c/enc/*.c))
all: $(OBJECTS)
%.o: %.c
\t$(CC) -O1 -Ic/include -c $< -o $@
"""
REMOTE = ["make", "-j4", "CC=distcc gcc"]


class Server:
    """A distccd of our own on this machine, whose compilers carry a mark."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._mark = uuid.uuid4().hex
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        where = ["--listen", "127.0.0.1", "--allow", "127.0.0.1", "--port", str(self.port), "--jobs", "4"]
        how = ["--daemon", "--no-detach", "--log-stderr", "--log-level", "info"]
        who = ["--user", "nobody"] if os.geteuid() == 0 else []  # it refuses to compile as root
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                ["distccd", *how, *where, *who],
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                cwd="/",
                env={"PATH": os.environ["PATH"], MARK: self._mark, "TMPDIR": "/tmp"},
                start_new_session=True,
            )
        wait_until(lambda: "daemon started" in self.said(), "the server")

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def count(self, words: str) -> int:
        return self.said().count(words)

    def compilers(self) -> list[int]:
        """Return the processes that work for a client."""
        return [pid for pid in marked(self._mark) if name_of(pid) not in ("distccd", "")]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        wait_until(lambda: not marked(self._mark), "the server's end")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with closing(Server(tmp_path / "server.log")) as server:
        yield server


@pytest.fixture
def remote(server: Server, tmp_path: Path) -> dict[str, str]:
    """What a client's environment says: only there, nothing here."""
    (tmp_path / "client").mkdir()
    return {
        "DISTCC_HOSTS": f"127.0.0.1:{server.port}/4",
        "DISTCC_FALLBACK": "0",
        "DISTCC_DIR": str(tmp_path / "client"),
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch(SOURCE, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def bare(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The objects that a build makes without parl and without distcc."""
    tree = planted(archive, tmp_path_factory.mktemp("bare"))
    build(["make", "-j2", "CC=gcc"], tree)
    made = objects(tree)
    assert len(made) > 20
    return made


@pytest.fixture
def tree(archive: Path, tmp_path: Path) -> Path:
    return planted(archive, tmp_path)


def planted(archive: Path, folder: Path) -> Path:
    """Return the tree, unpacked there, with a Makefile that compiles all of its library."""
    tree = unpack(archive, folder / "source")
    (tree / "Makefile").write_text(MAKEFILE)
    return tree


def build(command: list[str], tree: Path, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=tree,
        env=plain_environment(**environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def objects(tree: Path) -> dict[str, str]:
    """Return the digest of each object."""
    found = tree.rglob("*.o")
    return {str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_a_build_on_other_machines_is_the_same_build(
    tree: Path, bare: dict[str, str], server: Server, remote: dict[str, str]
) -> None:
    build([PARL, "compile", "--", *REMOTE], tree, remote)
    assert objects(tree) == bare
    assert server.count("COMPILE_OK") == len(bare), server.said()


def test_a_key_ends_the_compilers_on_both_sides_and_the_next_build_completes(
    tree: Path, bare: dict[str, str], server: Server, remote: dict[str, str]
) -> None:
    with parl("compile", "--", *REMOTE, cwd=str(tree), env=remote) as session:
        session.expect(PROMPT)
        wait_until(lambda: _is_halfway(session, server, tree), "the middle of the build", seconds=120)
        session.press("x")
        assert session.wait() == 130
        assert session.survivors() == []
        assert "Aborted by user!" in session.rest()
        assert session.settings() == session.found_settings
    # No descendants of parl, but a server looks each second whether its client is there.
    wait_until(lambda: server.compilers() == [], "the end of the server's compilers")
    assert server.count("COMPILE_OK") < server.count("compile from"), "none was interrupted"
    left = objects(tree)
    assert left.items() < bare.items(), "what is there is whole"
    build([PARL, "compile", "--", *REMOTE], tree, remote)
    assert objects(tree) == bare


def _is_halfway(session: Session, server: Server, tree: Path) -> bool:
    said = session.rest()  # so that the build never waits for us to read
    assert session.process.poll() is None, said
    return len(objects(tree)) > 5 and len(server.compilers()) > 1
