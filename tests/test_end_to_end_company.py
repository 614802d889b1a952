"""parl is not alone on the terminal: pagers, other parls, jobs that take the foreground, odd parents."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.piped import PARL, plain_environment
from tests.processes import name_of
from tests.terminal import PROMPT, SECONDS, SHORT_LIMIT, Session, parl, wait_until

# A pager, as far as the terminal is concerned: its own mode, one key to leave, its data from stdin.
PAGER = """\
import os, sys, termios
tty = os.open("/dev/tty", os.O_RDWR)
found = termios.tcgetattr(tty)
mode = termios.tcgetattr(tty)
mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ECHOE | termios.ECHOK)
termios.tcsetattr(tty, termios.TCSADRAIN, mode)
print("pager up", flush=True)
while os.read(tty, 1) != b"q":
    print("paged", flush=True)
termios.tcsetattr(tty, termios.TCSADRAIN, found)
print("pager down", flush=True)
while os.read(0, 4096):
    pass
"""


def test_beside_a_pager_its_keys_are_its_own(tmp_path: Path) -> None:
    # The pager first, so that parl finds the terminal in its hands.
    line = '(sleep 0.3; exec "$0" compile -- sh -c "sleep 1; exit 0") | "$1" -c "$2"; echo "code ${PIPESTATUS[0]}"'
    with Session(["bash", "-c", line, PARL, sys.executable, PAGER], cwd=str(tmp_path)) as session:
        session.expect("pager up")
        wait_until(lambda: _runs(session, "sh"), "the work")
        session.press(" ")
        session.expect("paged")
        session.press("q")
        session.expect("pager down")
        session.expect("code 0")
        assert session.wait() == 0
        assert session.settings() == session.found_settings


def test_after_the_pager_the_keys_are_parls_again(tmp_path: Path) -> None:
    line = '(sleep 0.3; exec "$0" compile -- sleep 60) | "$1" -c "$2"; echo "code ${PIPESTATUS[0]}"'
    with Session(["bash", "-c", line, PARL, sys.executable, PAGER], cwd=str(tmp_path)) as session:
        session.expect("pager up")
        wait_until(lambda: _runs(session, "sleep", "parl"), "the work")
        session.press("q")
        session.expect("pager down")
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("code 130")
        assert session.wait() == 0
        assert session.settings() == session.found_settings


def test_of_two_parls_at_once_the_first_has_the_keys_and_the_terminal_is_left_as_found() -> None:
    line = '"$0" compile -- sleep 0.4 & sleep 0.2; "$0" compile -- sleep 1; wait'
    with Session(["bash", "-c", line, PARL]) as session:
        session.expect(PROMPT)
        assert session.wait() == 0
        assert session.settings() == session.found_settings


def test_of_nested_parls_the_outermost_has_the_keys(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all: ; @\"$(PARL)\" compile -- sh -c 'echo inner; sleep 60'\n")
    with parl("compile", "--", "make", cwd=str(tmp_path), env={"PARL": PARL}) as session:
        session.expect("inner")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        assert "Compilation failed" not in session.rest()
        assert session.survivors() == []
        assert session.settings() == session.found_settings


@pytest.mark.parametrize("limit", [["--timeout", SHORT_LIMIT], []])
def test_a_job_that_takes_the_foreground_does_not_stop_parl(limit: list[str]) -> None:
    command = ["bash", "--norc", "-i", "-c", "set -m; sh -c 'echo mine; sleep 60'"]
    with parl("compile", *limit, "--", *command) as session:
        session.expect("mine")
        if not limit:
            session.press("x")  # not ours to read: it belongs to the job
            session.process.terminate()
        assert session.wait() == (124 if limit else -signal.SIGTERM)
        assert session.survivors() == []
        assert session.settings() == session.found_settings


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM])
def test_a_signal_that_would_kill_parl_ends_it_cleanly(number: signal.Signals) -> None:
    with parl("compile", "--", "sleep", "60") as session:
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.process.send_signal(number)
        assert session.wait() == -number
        assert session.survivors() == []
        assert session.settings() == session.found_settings


@pytest.mark.parametrize("options", [[], ["--no-key"], ["--stdin", "inherit"]])
def test_ctrl_c_leaves_the_command_its_grace(options: list[str]) -> None:
    script = "trap 'sleep 0.8; echo cleaned up; exit 1' INT; echo ready; while :; do sleep 0.01; done"
    with parl("compile", "--grace", "10s", *options, "--", "sh", "-c", script) as session:
        session.expect("ready")
        session.press("\x03")
        session.expect("cleaned up")
        assert session.wait() == -signal.SIGINT


def test_a_second_ctrl_c_is_heard_also_when_the_command_itself_is_dead() -> None:
    script = "(trap '' INT TERM; echo ready; while :; do sleep 0.01; done) & wait"
    with parl("compile", "--grace", "1h", "--", "sh", "-c", script) as session:
        session.expect("ready")
        wait_until(session.is_listening, "the keyboard")
        session.press("\x03")
        session.expect("once more")
        session.press("\x03")
        assert session.wait() == -signal.SIGINT
        assert session.survivors() == []


def test_the_hint_appears_on_the_terminal_wherever_stderr_goes(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log, parl("compile", "--", "sleep", "60", stderr=log) as session:
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
    assert (tmp_path / "log").read_text() == "Aborted by user!\n"


def test_a_very_long_time_limit_is_no_overflow() -> None:
    with parl("compile", "--timeout", "60d", "--grace", "60d", "--", "true") as session:
        assert session.wait() == 0


def test_a_parent_that_ignores_its_childrens_end_costs_no_exit_code() -> None:
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # noqa: E731
    with parl("compile", "--", "sh", "-c", "exit 7", before=ignore) as session:
        assert session.wait() == 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ('"$0" compile >/dev/full', 125, "parl: standard output: no space left on device\n"),
        ('"$0" compile -q . && "$0" compile . >/dev/full', 125, "parl: standard output: no space left on device\n"),
        ('"$0" --version >/dev/full', 125, "parl: no space left on device\n"),
        ('"$0" compile -- no-such-command 2>/dev/full', 127, ""),
        ('"$0" compile --bad-option 2>/dev/full', 2, ""),
    ],
)
def test_a_full_disk_is_said_and_changes_no_exit_code(tmp_path: Path, line: str, code: int, words: str) -> None:
    (tmp_path / "a.py").touch()
    done = subprocess.run(
        ["bash", "-c", line, PARL],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=plain_environment(),
        start_new_session=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, words)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs namespaces")
def test_as_process_one_of_a_container_the_exit_code_says_the_signal() -> None:
    command = [
        "unshare",
        "-pf",
        "--mount-proc",
        PARL,
        "compile",
        "--no-key",
        "--",
        "sh",
        "-c",
        "kill -TERM 1; sleep 60",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    if b"unshare" in done.stderr:
        pytest.skip("namespaces are forbidden here")
    assert done.returncode == 143


def _runs(session: Session, *names: str) -> bool:
    return set(names) <= {name_of(pid) for pid in session.survivors()}
