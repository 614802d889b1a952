"""The faces of ``parl compile`` on a screen: the lesson's demonstration, a build, a project's file."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

import pyte

from tests.piped import PARL, plain_environment
from tests.terminal import PROMPT, SECONDS, Session, parl, wait_until


def _screen(session: Session) -> list[str]:
    """Return what a person would read on the terminal, line by line."""
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(session.rest())
    return [line.rstrip() for line in screen.display if line.strip()]


def test_the_screen_reads_exactly_as_the_lesson_shows() -> None:
    with parl("compile") as session:
        stamps = []
        for dots in range(1, 6):
            wait_until(lambda dots=dots: f"database{'.' * dots}" in session.rest(), f"dot {dots}")
            stamps.append(time.monotonic())
        gaps = [after - before for before, after in pairwise(stamps)]
        assert all(0.7 < gap < 1.5 for gap in gaps), "one a second, flushed one by one"
        assert session.wait() == 0
        assert _screen(session) == [
            "Press any key to abort compilation!",
            "Dummy Compiler v1.0",
            "building memory database.....",
            "checking dependencies.....",
            "generating code.....",
            "Compilation successful!",
        ]


def test_the_screen_after_a_key_reads_as_the_lesson_shows() -> None:
    with parl("compile") as session:
        wait_until(lambda: "building memory database" in session.rest(), "the compiler")
        session.press("x")
        assert session.wait() == 130
        assert _screen(session) == [
            "Press any key to abort compilation!",
            "Dummy Compiler v1.0",
            "building memory database",
            "Aborted by user!",
        ]


def test_pause_waits_for_enter() -> None:
    with parl("compile", "--pause", "--", "sh", "-c", "exit 7") as session:
        session.expect("Press [enter] to close")
        assert session.settings() == session.found_settings
        assert session.process.poll() is None
        session.press("\r")
        assert session.wait() == 7


def test_without_pause_parl_waits_for_nothing() -> None:
    with parl("compile", "--", "true") as session:
        assert session.wait() == 0
        assert "Press [enter]" not in session.rest()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("true", "Compilation successful! ("),
        ("exit 2", "Compilation failed: exit 2 ("),
        ("kill -SEGV $$", "Compilation failed: SIGSEGV ("),
    ],
)
def test_the_verdict_names_the_ending_and_the_time(script: str, words: str) -> None:
    with parl("--color", "never", "compile", "--", "sh", "-c", script) as session:
        session.wait()
        assert _screen(session)[0] == PROMPT
        assert _screen(session)[-1].startswith(words)
        assert _screen(session)[-1].endswith(" s)")


def test_colour_is_for_terminals_and_can_be_chosen() -> None:
    for words, coloured in [(["--color", "always"], True), (["--color", "never"], False), ([], True)]:
        with parl(*words, "compile", "--", "true") as session:
            session.wait()
            assert ("\x1b[32mCompilation successful!" in session.rest()) is coloured
    with parl("compile", "--", "true", env={"NO_COLOR": "1"}) as session:
        session.wait()
        assert "\x1b" not in session.rest()


def test_quiet_says_nothing_but_errors() -> None:
    with parl("compile", "-q", "--", "true") as session:
        assert session.wait() == 0
        assert session.rest() == ""
    with parl("compile", "-q", "--", "no-such-command") as session:
        assert session.wait() == 127
        assert session.rest() == "parl: no-such-command: command not found\r\n"


def test_a_projects_file_names_what_the_bare_command_runs(tmp_path: Path) -> None:
    (tmp_path / "parl.toml").write_text('[compile]\ncommand = ["sh", "-c", "pwd; exit 6"]\n')
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    done = subprocess.run(
        [PARL, "compile"],
        cwd=below,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        start_new_session=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 6
    assert done.stdout == f"{tmp_path.resolve()}\n"
    assert done.stderr == "parl: running sh -c 'pwd; exit 6' (from ../../parl.toml)\n"


def test_a_ctrl_c_during_the_imports_leaves_no_traceback() -> None:
    # The moment cannot be hit from outside: raise it at the first import of ours instead.
    script = (
        "import signal, sys, importlib.abc\n"
        "class Hook(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'parl.cli.main': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Hook())\n"
        "from parl.__main__ import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == -2
    assert done.stderr == b""
