"""Aborting real trees of processes: nothing survives, whatever it tries; nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("POSIX processes", allow_module_level=True)
if not os.path.isdir("/proc/self"):
    pytest.skip("survivors are looked for in /proc", allow_module_level=True)

from tests.piped import PARL, plain_environment
from tests.processes import name_of
from tests.terminal import PROMPT, SECONDS, SHORT_LIMIT, Session, parl, wait_until

# Each tree says "ready" when it stands. What it must survive of is said in its name.
TREES = {
    "make with grandchildren": "exec make -s -j4 -f trees.mk",
    "a grandchild in a session of its own": "setsid sh -c 'echo ready; sleep 60' & wait",
    "a daemon by double fork": "(setsid sh -c 'sleep 60 & echo ready' &) ; sleep 60",
    "a tree that ignores all": "trap '' TERM INT HUP; sh -c 'echo ready; while :; do sleep 1; done'; sleep 60",
    "a leaf that ignores TERM": "sh -c \"trap '' TERM; echo ready; while :; do sleep 1; done\" & wait",
    "a stopped child": "sh -c 'echo ready; kill -STOP $$; sleep 60' & wait",
    "a background child": "sleep 60 & echo ready; wait",
    "a parent that starts anew": "trap 'sleep 60' TERM; sleep 60 & echo ready; wait; sleep 60",
    "a child that blocks all signals": (
        f'{sys.executable} -c "import signal, time; '
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); print('ready', flush=True); time.sleep(60)\""
    ),
}
MAKEFILE = textwrap.dedent("""\
    all: a b c d
    \t@true
    a: ; @sh -c 'sleep 60 & sleep 60'
    b c: ; @sh -c 'sleep 60 & wait'
    d: ; @sh -c 'sleep 0.1; echo ready; sleep 60'
    """)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "trees.mk").write_text(MAKEFILE)
    return str(tmp_path)


@pytest.mark.parametrize("script", TREES.values(), ids=TREES.keys())
@pytest.mark.parametrize("how", ["key", "ctrl-c", "SIGTERM", "timeout"])
def test_an_abort_leaves_no_process(script: str, how: str, folder: str) -> None:
    limit = ["--timeout", SHORT_LIMIT] if how == "timeout" else []
    with parl("compile", "--grace", "200ms", *limit, "--", "sh", "-c", script, cwd=folder) as session:
        session.expect("ready")
        if how == "key":
            wait_until(session.is_listening, "the keyboard")
            session.press("x")
        elif how == "ctrl-c":
            wait_until(session.is_listening, "the keyboard")
            session.press("\x03")
        elif how == "SIGTERM":
            session.process.terminate()
        code = {"key": 130, "ctrl-c": -signal.SIGINT, "SIGTERM": -signal.SIGTERM, "timeout": 124}[how]
        assert session.wait() == code
        assert session.survivors() == []
        assert session.settings() == session.found_settings


def test_a_second_key_ends_the_patience() -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 1; done"
    with parl("compile", "--grace", "1h", "--", "sh", "-c", script) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("once more")
        session.press("x")
        assert session.wait() == 130
        assert session.survivors() == []


@pytest.mark.parametrize("burst", [b"abc", b"x" * 3000])
def test_a_burst_is_no_second_key(burst: bytes) -> None:
    """A willing tree that takes its time must get its grace, however many bytes the key had."""
    script = "trap 'sleep 0.3; echo cleaned up; exit 0' TERM; echo ready; while :; do sleep 0.01; done"
    with parl("compile", "--grace", "10s", "--", "sh", "-c", script) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press(burst)
        session.expect("cleaned up")
        assert session.wait() == 130


def test_ctrl_c_lets_the_command_say_its_last_words() -> None:
    """The terminal has sent it SIGINT already: a SIGTERM on top would cut it short."""
    script = "trap 'sleep 0.2; echo last words; exit 1' INT; echo ready; while :; do sleep 0.01; done"
    with parl("compile", "--", "sh", "-c", script) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press("\x03")
        session.expect("last words")
        assert session.wait() == -signal.SIGINT


def test_a_daemon_of_a_successful_job_is_left_alone(folder: str) -> None:
    script = "setsid sh -c 'touch up; sleep 60' & while ! [ -e up ]; do sleep 0.01; done"
    with parl("compile", "--", "sh", "-c", script, cwd=folder) as session:
        began = time.monotonic()
        assert session.wait() == 0
        assert time.monotonic() - began < 5, "parl does not wait for it, though it holds stdout"
        wait_until(lambda: len(session.survivors()) == 2, "the daemon and its sleep")


def test_orphans_do_not_pile_up_as_zombies_of_an_abort() -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.01 &) ; done; echo ready; sleep 60"
    with parl("compile", "--", "sh", "-c", script) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        assert session.survivors() == []


@pytest.mark.parametrize("turn", range(12))
def test_a_job_that_ends_in_the_moment_of_the_key_says_one_or_the_other(turn: int) -> None:
    delay = 0.05 + turn * 0.001
    with parl("compile", "--", "sleep", str(delay)) as session:
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        time.sleep(max(0.0, delay - 0.01))  # the moment is the subject
        session.press("x")
        code = session.wait()
        words = session.rest()
        assert (code, "Aborted" in words) in [(0, False), (130, True)]
        assert "Traceback" not in words


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_when_parl_is_killed_the_command_gets_a_term() -> None:
    # In a shell: were parl itself the leader of the session, its death would hang the terminal up.
    command = "trap 'echo termed; exit' TERM; echo ready; sleep 60 & wait"
    with Session(["bash", "-c", '"$0" compile -- sh -c "$1"; sleep 60', PARL, command]) as session:
        session.expect("ready")
        [killed] = [pid for pid in session.survivors() if name_of(pid) == "parl"]
        os.kill(killed, signal.SIGKILL)
        session.expect("termed")


def test_a_bystander_is_never_signalled() -> None:
    """A child of parl's parent, in the same process group and session, is none of the tree's."""
    script = (
        'sleep 60 & bystander=$!; "$0" compile -- sh -c "sleep 60 & echo ready; wait"; kill -0 $bystander && echo alive'
    )
    with Session(["bash", "-c", script, PARL]) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("Aborted by user!")
        session.expect("alive")


def test_every_byte_arrives_at_a_slow_reader() -> None:
    reader = (
        "import os, time\n"
        "total = 0\n"
        "while chunk := os.read(0, 65536):\n"
        "    total += len(chunk)\n"
        "    time.sleep(0.0005)\n"
        "print(total)\n"
    )
    size = 20_000_000
    line = f'"$0" compile -- head -c {size} /dev/zero | "{sys.executable}" -c "$1"'
    done = subprocess.run(
        ["bash", "-c", line, PARL, reader],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        timeout=SECONDS * 2,
        check=True,
    )
    assert int(done.stdout) == size


def test_processes_are_found_by_their_mark() -> None:
    """The search for survivors finds what it should: else the tests above could not fail."""
    with Session(["sh", "-c", "setsid sleep 60 & sleep 60"]) as session:
        wait_until(lambda: len(session.survivors()) == 3, "three processes")
