"""The installed parl in a real pseudo-terminal: which bytes abort, and that none is left over."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

import fcntl

from tests.terminal import PROMPT, Session, parl, wait_until

SLEEP = ("compile", "--", "sleep", "60")


def _listening(session: Session) -> None:
    session.expect(PROMPT)
    wait_until(session.is_listening, "the keyboard")


def _aborted(session: Session) -> None:
    """One abort, the terminal as found, not one byte for the shell, no process."""
    assert session.wait() == 130
    assert session.rest().count("Aborted by user!") == 1
    assert session.settings() == session.found_settings
    assert session.unread() == b""
    assert session.survivors() == []


@pytest.mark.parametrize(
    "typed",
    [b"x", b" ", b"\r", b"\x1b", b"\x1b[A", b"\x1bOP", b"\x1b[1;5C", b"abc", b"xls\n", "à".encode(), "日本".encode()],
)
def test_any_key_aborts_and_leaves_nothing_for_the_shell(typed: bytes) -> None:
    with parl(*SLEEP) as session:
        _listening(session)
        session.press(typed)
        _aborted(session)


def test_a_character_that_arrives_in_two_writes_is_one_key() -> None:
    with parl(*SLEEP) as session:
        _listening(session)
        first, second = "é".encode()[:1], "é".encode()[1:]
        session.press(first)
        time.sleep(0.06)  # the gap is the subject
        session.press(second)
        _aborted(session)


def test_a_sequence_that_arrives_in_two_writes_leaves_nothing() -> None:
    with parl(*SLEEP) as session:
        _listening(session)
        session.press(b"\x1b")
        time.sleep(0.06)  # longer than a lone Esc is waited for: its rest must be eaten all the same
        session.press(b"[A")
        _aborted(session)


@pytest.mark.parametrize("frame", [(b"", b""), (b"\x1b[200~", b"\x1b[201~")], ids=["bare", "bracketed"])
def test_a_paste_is_one_abort_and_eaten_whole(frame: tuple[bytes, bytes]) -> None:
    with parl(*SLEEP) as session:
        _listening(session)
        paste = frame[0] + b"echo pasted text\r" * 300 + frame[1]
        os.set_blocking(session.master, False)
        while paste:
            try:
                paste = paste[os.write(session.master, paste) :]
            except BlockingIOError:
                time.sleep(0.001)  # the terminal is full until parl reads
        os.set_blocking(session.master, True)
        _aborted(session)


def test_what_was_typed_before_the_prompt_does_not_abort_and_reaches_the_shell() -> None:
    with parl("compile", "--", "sh", "-c", "sleep 0.3; exit 5", type_ahead=b"ls -l\n") as session:
        _listening(session)
        assert session.wait() == 5
        assert "Aborted" not in session.rest()
        if sys.platform == "linux":
            assert session.unread() == b"ls -l\n"


def test_a_key_after_type_ahead_aborts() -> None:
    with parl(*SLEEP, type_ahead=b"typed early") as session:
        _listening(session)
        session.press("x")
        _aborted(session)


REPORTS = {
    "focus": b"\x1b[I\x1b[O",
    "cursor position": b"\x1b[24;80R",
    "device attributes": b"\x1b[?62;c\x1b[>1;10;0c\x1bP!|00000000\x1b\\",
    "mouse": b"\x1b[<0;10;10M\x1b[<0;10;10m\x1b[M !!\x1b[32;5;5M",
    "colours": b"\x1b]11;rgb:0000/0000/0000\x07\x1b]4;1;rgb:ff/00/00\x1b\\",
    "paste marks": b"\x1b[200~\x1b[201~",
    "modes": b"\x1b[?2004;2$y\x1b[?1u\x1b[8;24;80t",
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_of_the_terminal_is_no_key(report: bytes) -> None:
    with parl("compile", "--", "sh", "-c", "sleep 0.4; exit 9") as session:
        _listening(session)
        session.press(report)
        assert session.wait() == 9
        assert "Aborted" not in session.rest()


def test_window_resizes_are_no_keys() -> None:
    with parl("compile", "--", "sh", "-c", "sleep 0.4; exit 9") as session:
        _listening(session)
        for size in range(30):
            session.resize(20 + size, 60 + size)
        assert session.wait() == 9


def test_only_the_named_key_aborts_and_the_prompt_names_it() -> None:
    with parl("compile", "--abort-key", "q,esc", "--", "sleep", "60") as session:
        session.expect("Press q or esc to abort compilation!")
        session.press("abc\x1b[A")
        session.press("q")
        _aborted(session)


def test_no_key_leaves_the_terminal_alone() -> None:
    with parl("compile", "--no-key", "--", "sh", "-c", "sleep 0.3; exit 4", type_ahead=b"x\n") as session:
        assert session.wait() == 4
        assert "Press" not in session.rest()
        assert session.unread() == b"x\n"


@pytest.mark.parametrize(
    ("command", "ends", "code"),
    [
        ("true", None, 0),
        ("exit 3", None, 3),
        ("sleep 60", "x", 130),
        ("sleep 60", "\x03", -signal.SIGINT),
        ("sleep 60", signal.SIGTERM, -signal.SIGTERM),
        ("sleep 60", signal.SIGHUP, -signal.SIGHUP),
        ("sleep 60", signal.SIGQUIT, -signal.SIGQUIT),
    ],
)
def test_the_terminal_is_left_as_found(command: str, ends: str | signal.Signals | None, code: int) -> None:
    with parl("compile", "--", "sh", "-c", command) as session:
        if ends is not None:
            _listening(session)
        if isinstance(ends, signal.Signals):
            session.process.send_signal(ends)
        elif ends is not None:
            session.press(ends)
        assert session.wait() == code
        assert session.settings() == session.found_settings
        assert not fcntl.fcntl(session.slave, fcntl.F_GETFL) & os.O_NONBLOCK
        assert session.survivors() == []


def test_a_missing_command_leaves_the_terminal_as_found() -> None:
    with parl("compile", "--", "no-such-command") as session:
        assert session.wait() == 127
        assert "parl: no-such-command: command not found" in session.rest()
        assert session.settings() == session.found_settings


def test_after_a_sigkill_of_parl_ctrl_c_still_works_in_the_terminal() -> None:
    import termios

    with parl(*SLEEP) as session:
        _listening(session)
        session.process.kill()
        session.wait()
        assert session.settings()[3] & termios.ISIG
        assert session.settings()[0] & termios.ICRNL == session.found_settings[0] & termios.ICRNL
        if sys.platform == "linux":  # the parent-death signal
            wait_until(lambda: session.survivors() == [], "the command's end")


def test_parl_asks_the_terminal_nothing() -> None:
    with parl("compile", "--", "true") as session:
        assert session.wait() == 0
        assert "\x1b[6n" not in session.rest()
        assert "\x1b[c" not in session.rest()
        assert "\x1b]" not in session.rest()


def test_a_hung_up_terminal_is_no_key_and_no_busy_loop(tmp_path: object) -> None:
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    with parl(*SLEEP, before=ignore) as session:
        _listening(session)
        session.hang_up()
        wait_until(lambda: session.process.poll() is None, "nothing")
        before = _cpu_seconds(session.process.pid)
        time.sleep(0.5)  # the time in which a busy loop would show
        assert session.process.poll() is None, "end-of-file is no key"
        assert _cpu_seconds(session.process.pid) - before < 0.1
        session.process.terminate()
        session.process.wait(10)
        assert session.survivors() == []


def test_a_closed_terminal_ends_the_tree() -> None:
    with parl("compile", "--", "sh", "-c", "trap '' HUP; sleep 60 & wait") as session:
        _listening(session)
        session.hang_up()
        assert session.process.wait(10) == -signal.SIGHUP
        assert session.survivors() == []


def _cpu_seconds(pid: int) -> float:
    import psutil

    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


RAW = "stty raw -echo </dev/tty; echo set; sleep 60"
OF_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see who could read")


@OF_LINUX
def test_a_key_aborts_also_where_a_program_has_left_the_terminal_in_a_mode_of_its_own() -> None:
    with parl("compile", "--", "sh", "-c", RAW) as session:
        _listening(session)
        session.expect("set")
        session.press("x")
        _aborted(session)


@OF_LINUX
@pytest.mark.parametrize(("typed", "number"), [(b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)])
def test_a_signals_character_is_that_signal_also_in_the_mode_a_program_has_left(
    typed: bytes, number: signal.Signals
) -> None:
    with parl("compile", "--abort-key", "q", "--", "sh", "-c", RAW) as session:
        session.expect("set")
        session.press(typed)
        assert session.wait() == -number
        assert session.settings() == session.found_settings
        assert session.survivors() == []


BUSY_READER = """
import os, sys, termios, time, tty
{opens}
tty.setraw(terminal)
print('busy', end='', flush=True)
time.sleep(1.2)  # parl looks twice meanwhile
print('got', os.read(terminal, 10), flush=True)
"""


@OF_LINUX
@pytest.mark.parametrize(
    "opens", ["terminal = os.open('/dev/tty', os.O_RDONLY)", "terminal = os.dup2(2, 0)"], ids=["as less", "as vim"]
)
def test_a_program_that_is_too_busy_to_read_keeps_its_keys(opens: str) -> None:
    with parl("compile", "--", sys.executable, "-c", BUSY_READER.format(opens=opens)) as session:
        session.expect("busy")
        session.press("x")
        session.expect("got b'x'")
        assert session.wait() == 0


@OF_LINUX
def test_after_stty_sane_in_a_build_a_key_aborts_without_enter() -> None:
    with parl("compile", "--", "sh", "-c", "sleep 0.1; stty sane </dev/tty; echo sane; sleep 60") as session:
        _listening(session)
        session.expect("sane")
        wait_until(session.is_listening, "the keyboard again")
        session.press("x")
        assert session.wait() == 130
        assert session.unread() == b""
        assert session.survivors() == []
