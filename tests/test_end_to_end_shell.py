"""parl inside shells: job control, loops, pipes, no terminal at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.piped import PARL, plain_environment
from tests.processes import name_of, state_of
from tests.terminal import PROMPT, SECONDS, Session, parl, wait_until


def _bash(*, setup: str = "") -> Session:
    """Start an interactive bash with a prompt one can wait for."""
    session = Session(["bash", "--norc", "--noprofile", "-i"], env={"PS1": "<READY>", "PARL_BIN": PARL})
    session.expect("<READY>")
    session.press(f"bind 'set enable-bracketed-paste off'; {setup}\n")
    session.expect("<READY>")
    return session


def test_ctrl_c_stops_an_interactive_loop() -> None:
    with _bash() as session:
        session.press('while :; do "$PARL_BIN" compile -- sleep 60; done; echo loop-over\n')
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("\x03")
        session.expect("<READY>")
        session.press("echo code=$?\n")
        session.expect("code=130")


def test_ctrl_c_stops_a_loop_in_a_script() -> None:
    script = 'while :; do "$0" compile -- sleep 60; done'
    with Session(["bash", "-c", script, PARL]) as session:
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("\x03")
        assert session.wait() == -signal.SIGINT
        assert session.survivors() == []


def test_a_key_does_not_stop_the_loop() -> None:
    script = 'for i in 1 2; do "$0" compile -- sleep 60; echo "turn $i: $?"; done'
    with Session(["bash", "-c", script, PARL]) as session:
        for turn in (1, 2):
            session.expect(PROMPT)
            wait_until(session.is_listening, "the keyboard")
            session.press("x")
            session.expect(f"turn {turn}: 130")
        assert session.wait() == 0


def test_ctrl_z_stops_both_and_fg_resumes_both() -> None:
    with _bash() as session:
        session.press('"$PARL_BIN" compile -- sh -c "while :; do sleep 0.1; done"\n')
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        wait_until(lambda: any(name_of(pid) == "sleep" for pid in session.survivors()), "the command")
        session.press("\x1a")
        session.expect("Stopped")
        session.expect("<READY>")
        session.press("stty -a\n")
        settings = session.expect("<READY>")
        assert " icanon" in settings
        stopped = [pid for pid in session.survivors() if name_of(pid) in ("parl", "sh")]
        assert {name_of(pid) for pid in stopped} == {"parl", "sh"}  # of sh perhaps two, the second about to be sleep
        wait_until(lambda: {state_of(pid) for pid in stopped} == {"T"}, "both to stop")
        session.press("fg\n")
        session.expect(PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("Aborted by user!")
        session.expect("<READY>")
        session.press("echo code=$?\n")
        session.expect("code=130")
        session.press("exit\n")
        session.wait()
        assert session.survivors() == []


def test_in_the_background_the_terminal_is_untouched_until_fg() -> None:
    with _bash() as session:
        session.press('"$PARL_BIN" compile -- sleep 60 &\n')
        session.expect("<READY>")
        wait_until(lambda: any(name_of(pid) == "sleep" for pid in session.survivors()), "the command")
        session.press("sleep 0.8; jobs\n")  # longer than parl looks again
        jobs = session.expect("<READY>")
        assert "Running" in jobs
        assert PROMPT not in jobs
        session.press("fg\n")
        began = time.monotonic()
        session.expect(PROMPT)
        assert time.monotonic() - began < 1.0
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("Aborted by user!")


@pytest.mark.parametrize("stdin", ["pipe", "null", "closed"])
def test_keys_come_from_the_terminal_whatever_stdin_is(stdin: str) -> None:
    line = {
        "pipe": '(echo data; sleep 60) | "$0" compile -- sh -c "cat; sleep 60"',
        "null": '"$0" compile -- sh -c "cat; echo data; sleep 60" </dev/null',
        "closed": '"$0" compile -- sh -c "echo data; sleep 60" <&-',
    }[stdin]
    with Session(["bash", "-c", line + "; echo code=$?", PARL]) as session:
        session.expect("data")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        session.expect("Aborted by user!")
        if stdin != "pipe":
            session.expect("code=130")


def test_stdin_reaches_the_command_unread() -> None:
    data = bytes(range(256)) * 4096
    with parl("compile", "--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
        out, _ = session.process.communicate(data, timeout=SECONDS)
        assert out == data
        assert session.process.returncode == 0


def test_a_terminal_as_stdin_becomes_null() -> None:
    with parl("compile", "--", "cat") as session:
        assert session.wait() == 0


def test_stdin_inherit_gives_the_command_the_terminal_and_its_keys() -> None:
    with parl("compile", "--stdin", "inherit", "--", "sh", "-c", "read answer; echo got $answer") as session:
        wait_until(lambda: any(name_of(pid) == "sh" for pid in session.survivors()), "the command")
        session.press("hello\n")
        session.expect("got hello")
        assert session.wait() == 0
        assert "Press" not in session.rest()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see who reads")
def test_a_command_that_reads_the_terminal_gets_the_keys() -> None:
    script = "read answer </dev/tty; echo got $answer; sleep 60"
    with parl("compile", "--", "sh", "-c", script) as session:
        session.expect(PROMPT)
        wait_until(lambda: _reads_terminal(session), "the read")
        for key in "hello\n":
            session.press(key)
            time.sleep(0.02)  # as a person types: each key is a race between parl and the reader
        session.expect("got hello")
        wait_until(session.is_listening, "parl to listen again")
        session.press("x")
        assert session.wait() == 130


@pytest.mark.skipif(sys.platform != "linux", reason="needs ECHONL without a meaning")
def test_a_prompt_for_a_password_is_left_alone() -> None:
    # As sudo and ssh do it: change the terminal, read, restore.
    script = (
        "import os, termios\n"
        "tty = os.open('/dev/tty', os.O_RDWR)\n"
        "old = termios.tcgetattr(tty)\n"
        "new = termios.tcgetattr(tty)\n"
        "new[3] &= ~(termios.ECHO | termios.ECHONL); new[3] |= termios.ICANON\n"
        "termios.tcsetattr(tty, termios.TCSAFLUSH, new)\n"
        "print('Password:', flush=True)\n"
        "word = os.read(tty, 100)\n"
        "termios.tcsetattr(tty, termios.TCSAFLUSH, old)\n"
        "print('got', word, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    with parl("compile", "--", sys.executable, "-c", script) as session:
        session.expect("Password:")
        session.press("se")
        time.sleep(0.05)  # as a person types
        session.press("cret\n")
        session.expect("got b'secret\\n'")
        wait_until(session.is_listening, "parl to listen again")
        time.sleep(0.6)  # parl looks again at most that much later
        session.press("x")
        assert session.wait() == 130
        assert session.settings() == session.found_settings


def _without_terminal(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PARL, *words],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
        timeout=SECONDS,
        start_new_session=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def test_without_a_terminal_the_job_runs_and_parl_is_silent() -> None:
    done = _without_terminal("compile", "--", "sh", "-c", "echo work; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"work\n", b"")


def test_without_a_terminal_parl_speaks_of_what_it_did_itself() -> None:
    done = _without_terminal("compile", "--timeout", "50ms", "--", "sleep", "60")
    assert done.returncode == 124
    assert done.stderr == b"parl: timed out after 0.05 s\n"
    done = _without_terminal("compile", "--", "./no-such-file")
    assert done.returncode == 127
    assert done.stderr == b"parl: ./no-such-file: no such file\n"


def test_with_closed_streams_the_command_finds_them_closed() -> None:
    script = "for i in 0 1 2; do if [ -e /proc/self/fd/$i ]; then exit 1$i; fi; done; exit 42"
    if sys.platform != "linux":
        pytest.skip("needs /proc")
    command = f"exec \"$0\" compile -- sh -c '{script}' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command, PARL], check=False, timeout=SECONDS).returncode in (42,)


def test_the_command_sees_the_same_terminals_as_without_parl() -> None:
    look = "for i in 1 2; do [ -t $i ] && echo $i; done; tput colors"
    with parl("compile", "--", "sh", "-c", look) as session:
        assert session.wait() == 0
        assert "1\r\n2\r\n256\r\n" in session.rest()
    with Session(["bash", "-c", '"$0" compile -- sh -c "[ -t 1 ] || echo piped" | cat', PARL]) as session:
        session.expect("piped")


def test_stdout_that_nobody_reads_ends_the_demonstration_quietly() -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" compile --timeout 5s | head -1; echo "${PIPESTATUS[0]}"', PARL],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.stdout == b"Dummy Compiler v1.0\n141\n"
    assert done.stderr == b""


def _reads_terminal(session: Session) -> bool:
    from parl.platform.procfs import blocks_in_terminal_read

    return any(blocks_in_terminal_read(pid) for pid in session.survivors() if name_of(pid) == "sh")


def test_exit_codes_arrive_also_below_a_parent_that_ignored_its_children() -> None:
    done = subprocess.run(
        [PARL, "compile", "--", "sh", "-c", "exit 7"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=plain_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        start_new_session=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 7
