"""The installed ``parl timer``, in a real pseudo-terminal and without any."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

import fcntl
import termios

import pyte

from tests.piped import PARL, plain_environment
from tests.processes import catches, name_of
from tests.terminal import SECONDS, Session, wait_until

WOKE_UP = b"Oops, woke up!\n"
PROMPT = "Press any key to cancel!"
HINT = "any other key cancels"
CLEAR = "\x1b]9;4;0\x1b\\"

# Whoever runs the tests may sit at a terminal that takes progress.
PLAIN_TERMINAL = dict.fromkeys(
    ("WT_SESSION", "ConEmuANSI", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "VTE_VERSION", "TMUX", "STY"), ""
)


def timer(*words: str, env: dict[str, str] | None = None, **options: Any) -> Session:
    """Start ``parl timer`` in a new terminal."""
    return Session([PARL, "timer", *words], env=PLAIN_TERMINAL | (env or {}), **options)


def piped(session: Session) -> bytes:
    """Return what came on stdout, which is a pipe, until its end."""
    assert session.process.stdout is not None
    with session.process.stdout as stdout:
        return bytes(stdout.read())


def screen_of(session: Session) -> list[str]:
    """What a person reads on the terminal, line by line; only where nothing was expected before."""
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(session.rest())
    return [line.rstrip() for line in screen.display if line.strip()]


def wait_for(session: Session, words: str) -> None:
    wait_until(lambda: words in session.rest(), repr(words))


def listening(session: Session) -> None:
    """Wait until the countdown is shown, and keys count."""
    wait_for(session, "cancels")
    wait_until(session.is_listening, "the keyboard")


def left_as_found(session: Session) -> None:
    """The terminal's settings, not one byte for the shell, no process."""
    assert session.settings() == session.found_settings
    assert not fcntl.fcntl(session.slave, fcntl.F_GETFL) & os.O_NONBLOCK
    assert session.unread() == b""
    assert session.survivors() == []


def without_terminal(*words: str | bytes, env: dict[str, str] | None = None, **options: Any) -> Any:
    """Run ``parl timer`` where there is no terminal at all."""
    keywords = {"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": SECONDS, "start_new_session": True}
    if "input" in options:
        del keywords["stdin"]
    return subprocess.run(
        [PARL, "timer", *words],
        check=False,
        env=plain_environment(**PLAIN_TERMINAL | (env or {})),
        **keywords | options,
    )


def in_shell(line: str, **options: Any) -> Any:
    """Run *line*, in which $0 is parl, where there is no terminal at all."""
    keywords = {"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": SECONDS, "start_new_session": True}
    if "input" in options:
        del keywords["stdin"]
    return subprocess.run(["bash", "-c", line, PARL], check=False, env=plain_environment(), **keywords | options)


# The countdown


def test_the_countdown_is_on_stderr_and_the_line_on_stdout() -> None:
    with timer("0.9", stdout=subprocess.PIPE) as session:
        wait_for(session, f"0:01 left  [{'-' * 24}]  Space pauses, {HINT}")
        assert piped(session) == WOKE_UP
        assert session.wait() == 0
        assert screen_of(session) == []
        left_as_found(session)


def test_each_second_a_frame_is_shown() -> None:
    with timer("1.9") as session:
        for left in ("0:02 left", "0:01 left"):
            wait_for(session, left)
        assert session.wait() == 0
        assert screen_of(session) == ["Oops, woke up!"]


def test_ticks_stand_in_lines_of_their_own() -> None:
    with timer("--every", "150ms", "--count", "3") as session:
        assert session.wait() == 0
        assert "to tick 1 of 3" in session.rest()
        assert "to tick 3 of 3" in session.rest()
        assert [line for line in screen_of(session) if "skipped" not in line] == ["Oops, woke up!"] * 3
        left_as_found(session)


def test_a_time_of_day_is_shown() -> None:
    with timer("--at", (datetime.now() + timedelta(days=3)).isoformat(timespec="minutes")) as session:
        wait_for(session, "left until 20")
        listening(session)
        assert "Space" not in session.rest()
        session.press("x")
        assert session.wait() == 130


# Keys


@pytest.mark.parametrize("typed", [b"x", b"\r", b"\x1b", b"\x1b[A", b"abc", b"xls -l\n", "à".encode()])
def test_a_key_cancels_and_leaves_nothing_behind(typed: bytes, tmp_path: Path) -> None:
    with timer("1h", "--", "touch", "ran", cwd=str(tmp_path), stdout=subprocess.PIPE) as session:
        listening(session)
        session.press(typed)
        assert session.wait() == 130
        assert piped(session) == b""
        assert screen_of(session) == ["Aborted by user!"]
        left_as_found(session)
        assert list(tmp_path.iterdir()) == []


def test_space_pauses_and_resumes() -> None:
    with timer("1.5", stdout=subprocess.PIPE) as session:
        listening(session)
        session.press(" ")
        wait_for(session, f"paused; Space goes on, {HINT}")
        time.sleep(1.7)  # the time in which it would fire
        assert session.process.poll() is None
        assert "paused; Space goes on" in screen_of(session)[0]
        session.press(" ")
        wait_until(lambda: "Space pauses" in screen_of(session)[0], "the countdown to go on")
        assert piped(session) == WOKE_UP
        assert session.wait() == 0
        left_as_found(session)


def test_a_paused_timer_is_cancelled_by_any_other_key() -> None:
    with timer("1h") as session:
        listening(session)
        session.press(" ")
        wait_for(session, "paused; Space goes on")
        session.press("x")
        assert session.wait() == 130
        assert screen_of(session) == ["Aborted by user!"]
        left_as_found(session)


def test_a_time_of_day_cannot_be_paused_and_says_so() -> None:
    when = datetime.now() + timedelta(seconds=1.5)
    with timer("--at", when.isoformat(), stdout=subprocess.PIPE) as session:
        listening(session)
        session.press(" ")
        wait_for(session, "--at cannot be paused; any other key cancels")
        assert piped(session) == WOKE_UP
        assert session.wait() == 0
        assert datetime.now() >= when
        assert screen_of(session) == []


def test_what_was_typed_before_is_left_for_the_shell() -> None:
    with timer("0.4", type_ahead=b"ls -l\n") as session:
        assert session.wait() == 0
        if sys.platform == "linux":
            assert session.unread() == b"ls -l\n"


def test_without_keys_they_do_nothing_and_stay_unread() -> None:
    with timer("--no-key", "0.9") as session:
        wait_for(session, "0:01 left")
        assert not session.is_listening()
        session.press("x \n")
        assert session.wait() == 0
        assert session.unread() == b"x \n"
        assert "cancels" not in session.rest()
        assert "pause" not in session.rest()


@pytest.mark.parametrize("way", ["dumb", "stderr in a file"])
def test_a_key_that_is_promised_to_cancel_does_not_pause_in_silence(way: str) -> None:
    # "Press any key to cancel!" is all one is told there: Space must cancel, or say what it does.
    dumb = {"env": {"TERM": "dumb"}} if way == "dumb" else {"stderr": subprocess.DEVNULL}
    with timer("1h", **dumb) as session:
        wait_for(session, PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press(" ")
        with suppress(AssertionError):
            wait_until(lambda: session.process.poll() is not None or "paus" in session.rest(), "an answer", 1.5)
        assert session.process.poll() == 130 or "paus" in session.rest()


# Signals


@pytest.mark.parametrize(
    ("ends", "number", "words"),
    [
        ("\x03", signal.SIGINT, "Aborted by user!"),
        (signal.SIGINT, signal.SIGINT, "Aborted by user!"),
        (signal.SIGTERM, signal.SIGTERM, "parl: ended by SIGTERM"),
        (signal.SIGHUP, signal.SIGHUP, "parl: ended by SIGHUP"),
    ],
    ids=["typed", "INT", "TERM", "HUP"],
)
def test_of_a_signal_it_dies_and_the_line_is_cleared(
    ends: str | signal.Signals, number: signal.Signals, words: str
) -> None:
    with timer("1h", "--", "echo", "ran", stdout=subprocess.PIPE) as session:
        listening(session)
        if isinstance(ends, str):
            session.press(ends)
        else:
            session.process.send_signal(ends)
        assert session.wait() == -number
        assert piped(session) == b""
        assert screen_of(session)[-1] == words
        assert "left" not in " ".join(screen_of(session))
        left_as_found(session)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see who is ready")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [("1h",), ("--every", "1h", "--", "true")], ids=["once", "every"])
def test_without_a_terminal_it_dies_of_a_signal_in_silence(number: signal.Signals, words: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [PARL, "timer", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=plain_environment(),
    )
    # Python has a handler for INT from the start, parl alone has one for the others.
    wait_until(
        lambda: all(catches(process.pid, each) for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)),
        "parl to be ready",
    )
    process.send_signal(number)
    assert process.communicate(timeout=SECONDS) == (b"", b"")
    assert process.returncode == -number


def test_a_closed_window_ends_it() -> None:
    with timer("1h") as session:
        listening(session)
        session.hang_up()
        assert session.process.wait(SECONDS) == -signal.SIGHUP
        assert session.survivors() == []


def test_told_to_live_on_it_fires_after_its_window_was_closed(tmp_path: Path) -> None:
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    with (
        open(tmp_path / "out", "wb") as file,
        timer("1.5", "--message", "Tea!", before=ignore, stdout=file) as session,
    ):
        listening(session)
        session.hang_up()
        assert session.process.wait(SECONDS) == 0
    assert (tmp_path / "out").read_text() == "Tea!\n"


# Commands


def test_the_last_command_has_the_terminal_and_its_keys() -> None:
    with timer("0.3", "--", "sh", "-c", "test -t 0 && echo terminal; read word; echo got $word") as session:
        wait_for(session, "terminal")
        assert session.settings() == session.found_settings
        session.press("hello\n")
        wait_for(session, "got hello")
        assert session.wait() == 0
        assert screen_of(session) == ["terminal", "hello", "got hello"]


def test_a_ctrl_c_ends_the_last_command_and_parl() -> None:
    with timer("0", "--", "sh", "-c", "sleep 61 & echo began; sleep 62") as session:
        wait_for(session, "began")
        session.press("\x03")
        assert session.wait() == -signal.SIGINT
        left_as_found(session)


def test_a_ticks_command_reads_nothing_where_the_keys_are_the_timers() -> None:
    with timer("--every", "100ms", "--count", "2", "--", "sh", "-c", "cat; echo end") as session:
        assert session.wait() == 0
        assert [line for line in screen_of(session) if "skipped" not in line] == ["end"] * 2


@pytest.mark.parametrize(
    "options",
    # At the last tick too: that was the last one of two things to come, and a key came first.
    [(), ("--count", "2"), ("--count", "1")],
    ids=["endless", "first of two", "last"],
)
def test_a_key_during_a_ticks_command_ends_it_and_all_that_it_started(options: tuple[str, ...]) -> None:
    script = "sleep 61 & (setsid sleep 62 &) ; echo began; sleep 63"
    with timer("--every", "100ms", *options, "--", "sh", "-c", script) as session:
        wait_for(session, "began")
        wait_until(lambda: len(_named(session, "sleep")) == 3, "its processes")
        session.press("x")
        code = session.wait()
        left_as_found(session)
        assert code == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_ticks_command_ends_it_and_all_that_it_started(number: signal.Signals) -> None:
    script = "sleep 61 & (setsid sleep 62 &) ; echo began; sleep 63"
    with timer("--every", "100ms", "--count", "1", "--", "sh", "-c", script) as session:
        wait_for(session, "began")
        wait_until(lambda: len(_named(session, "sleep")) == 3, "its processes")
        session.process.send_signal(number)
        assert session.wait() == -number
        left_as_found(session)


def test_space_during_a_ticks_command_does_not_write_into_its_lines(tmp_path: Path) -> None:
    script = "echo began; until [ -e go ]; do sleep 0.01; done; echo after"
    with timer("--every", "100ms", "--count", "1", "--", "sh", "-c", script, cwd=str(tmp_path)) as session:
        wait_for(session, "began")
        session.press(" ")
        with suppress(AssertionError):
            wait_until(lambda: "paused" in session.rest(), "what must not be there", 0.5)
        (tmp_path / "go").touch()
        wait_for(session, "after")
        assert screen_of(session)[:2] == ["began", "after"]


def test_a_command_that_fails_is_reported_and_the_ticks_go_on() -> None:
    with timer("--every", "100ms", "--count", "2", "--", "sh", "-c", "echo tick; exit 5") as session:
        assert session.wait() == 5
        assert [line for line in screen_of(session) if "skipped" not in line] == [
            "tick",
            "parl: tick 1: exit 5",
            "tick",
            "parl: tick 2: exit 5",
        ]


# Time


@pytest.mark.parametrize("words", [["0.2"], ["--seconds", "200ms"], ["PT0.2S"], ["--every", "0.1", "--count", "2"]])
def test_it_is_never_early(words: list[str]) -> None:
    began = time.monotonic()
    done = without_terminal(*words)
    assert time.monotonic() - began >= 0.2
    assert done.returncode == 0


def test_a_script_that_turns_into_parl_does_not_make_it_early() -> None:
    began = time.monotonic()
    done = in_shell('sleep 0.3; exec "$0" timer 0.2')
    assert time.monotonic() - began >= 0.5
    assert done.stdout == WOKE_UP


def test_ticks_keep_to_the_grid_whatever_the_command_takes() -> None:
    period, ticks = 0.2, 6
    look = "import time; print(time.monotonic(), flush=True); time.sleep(0.12)"
    began = time.monotonic()
    done = without_terminal("--every", str(period), "--count", str(ticks), "--", sys.executable, "-ISc", look)
    moments = [float(line) - began for line in done.stdout.split()]
    assert len(moments) == ticks
    for number, moment in enumerate(moments, 1):
        assert moment >= number * period, "early"
    skipped = sum(int(line.split()[1]) for line in done.stderr.decode().splitlines())
    # Where the command's time was added, the last would be six times 0.12 s late.
    assert moments[-1] - moments[0] < (ticks - 1 + skipped) * period + 0.4


def test_an_overrun_is_skipped_and_said() -> None:
    with timer("--every", "100ms", "--count", "2", "--message", "tick", "--", "sleep", "0.25") as session:
        assert session.wait() == 0
        lines = [line for line in screen_of(session) if "tick 1 is late" not in line]
        assert [lines[0], lines[2]] == ["tick", "tick"]
        assert lines[1].startswith("parl: ")
        assert "skipped: tick 2 is late" in lines[1]


# Shells


def _bash() -> Session:
    """Start an interactive bash with a prompt one can wait for."""
    session = Session(
        ["bash", "--norc", "--noprofile", "-i"], env=PLAIN_TERMINAL | {"PS1": "<READY>", "PARL_BIN": PARL}
    )
    wait_for(session, "<READY>")
    session.press("bind 'set enable-bracketed-paste off'\n")
    wait_until(lambda: session.rest().count("<READY>") == 2, "the prompt")
    return session


def test_ctrl_z_clears_the_line_and_fg_paints_it_again() -> None:
    with _bash() as session:
        session.press('"$PARL_BIN" timer 1h\n')
        wait_for(session, HINT)
        wait_until(session.is_listening, "the keyboard")
        session.press("\x1a")
        wait_until(lambda: session.rest().count("<READY>") == 3, "the prompt")
        assert "Stopped" in session.rest()
        assert HINT not in " ".join(screen_of(session))
        painted = session.rest().count(HINT)
        session.press("fg\n")
        wait_until(lambda: session.rest().count(HINT) > painted, "the line")
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        wait_until(lambda: session.rest().count("<READY>") == 4, "the prompt")
        assert HINT not in " ".join(screen_of(session))
        session.press("echo code=$?\n")
        wait_for(session, "code=130")


def test_in_the_background_nothing_is_painted_and_it_fires() -> None:
    with _bash() as session:
        session.press('"$PARL_BIN" timer 1.2 & wait; echo code=$?\n')
        wait_for(session, "code=0")
        assert "Oops, woke up!" in session.rest()
        for words in ("left", "cancel", "Stopped", "\x1b[K"):
            assert words not in session.rest()


def test_brought_to_the_foreground_it_listens_and_paints() -> None:
    with _bash() as session:
        session.press('"$PARL_BIN" timer 1h &\n')
        wait_until(lambda: session.rest().count("<READY>") == 3, "the prompt")
        wait_until(lambda: _named(session, "parl") != [], "parl")
        session.press("fg\n")
        listening(session)
        session.press("x")
        wait_for(session, "Aborted by user!")


def test_a_stdout_that_nobody_reads_ends_it_quietly() -> None:
    done = in_shell('"$0" timer --every 20ms | head -1; echo "${PIPESTATUS[0]}"')
    assert done.stdout == WOKE_UP + b"141\n"
    assert [line for line in done.stderr.splitlines() if b"skipped" not in line] == []


def test_a_stdout_that_nobody_reads_leaves_the_screen_clean() -> None:
    line = '"$0" timer --every 200ms | head -1; echo "code=${PIPESTATUS[0]}"'
    with Session(["bash", "-c", line, PARL], env=PLAIN_TERMINAL) as session:
        assert session.wait() == 0
        # What head writes may land behind the countdown: nobody can know of it.
        assert screen_of(session)[-1] == "code=141"
        left_as_found(session)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["0", "0 -- true", "--every 200ms --count 2 --bell"])
def test_a_closed_stream_is_no_error(closed: str, words: str) -> None:
    done = in_shell(f'"$0" timer {words} {closed}; echo code=$?')
    assert done.stdout.endswith(b"code=0\n")
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("ends", "code"),
    [("x", 130), ("\x03", -signal.SIGINT), (signal.SIGTERM, -signal.SIGTERM)],
    ids=["key", "INT", "TERM"],
)
def test_a_stdout_that_is_full_keeps_nobody_from_ending_it(ends: str | signal.Signals, code: int) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    try:
        with timer("--every", "300ms", "--bell", stdout=writer) as session:
            wait_for(session, PROMPT)
            wait_for(session, "\a")  # the first tick: what it prints goes nowhere
            if isinstance(ends, str):
                session.press(ends)
            else:
                session.process.send_signal(ends)
            assert session.wait() == code
            left_as_found(session)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said() -> None:
    done = in_shell('"$0" timer 0 >/dev/full')
    assert done.returncode == 125
    assert done.stderr == b"parl: standard output: no space left on device\n"


# The bell and the indicator


@pytest.mark.parametrize("stderr", [None, subprocess.DEVNULL], ids=["stderr", "no stderr"])
def test_the_bell_reaches_the_terminal(stderr: int | None) -> None:
    with timer("0.1", "--bell", **({} if stderr is None else {"stderr": stderr})) as session:
        assert session.wait() == 0
        assert session.rest().count("\a") == 1
    with timer("0.1", **({} if stderr is None else {"stderr": stderr})) as session:
        assert session.wait() == 0
        assert "\a" not in session.rest()


def test_the_bell_rings_at_each_tick_and_not_for_a_cancelled_timer() -> None:
    with timer("--every", "50ms", "--count", "3", "--bell") as session:
        assert session.wait() == 0
        assert session.rest().count("\a") == 3
    with timer("1h", "--bell") as session:
        listening(session)
        session.press("x")
        assert session.wait() == 130
        assert "\a" not in session.rest()


def test_without_a_terminal_there_is_no_bell() -> None:
    done = without_terminal("0", "--bell")
    assert (done.returncode, done.stdout, done.stderr) == (0, WOKE_UP, b"")


@pytest.mark.parametrize(
    ("seconds", "ends", "code"),
    [("0.9", None, 0), ("1h", "x", 130), ("1h", "\x03", -signal.SIGINT), ("1h", signal.SIGTERM, -signal.SIGTERM)],
    ids=["fired", "key", "INT", "TERM"],
)
def test_the_terminals_indicator_is_shown_where_it_is_known_and_cleared(
    seconds: str, ends: str | signal.Signals | None, code: int
) -> None:
    with timer(seconds, env={"WT_SESSION": "1"}) as session:
        wait_for(session, "\x1b]9;4;1;0\x1b\\")
        listening(session)
        if isinstance(ends, signal.Signals):
            session.process.send_signal(ends)
        elif ends is not None:
            session.press(ends)
        assert session.wait() == code
        assert session.rest().count(CLEAR) == 1
        assert "\x1b]" not in session.rest().partition(CLEAR)[2]


@pytest.mark.parametrize("environment", [{}, {"WT_SESSION": "1", "TMUX": "x"}, {"WT_SESSION": "1", "TERM": "dumb"}])
def test_elsewhere_it_is_never_shown(environment: dict[str, str]) -> None:
    with timer("0.3", env=environment) as session:
        assert session.wait() == 0
        assert "\x1b]" not in session.rest()


# Terminals that cannot, and none


@pytest.mark.parametrize("words", [("0.3",), ("--every", "100ms", "--count", "2"), ("0.1", "--", "true")], ids=str)
def test_a_dumb_terminal_gets_not_one_escape(words: tuple[str, ...]) -> None:
    with timer(*words, env={"TERM": "dumb"}) as session:
        assert session.wait() == 0
        assert PROMPT in session.rest()
        assert "\x1b" not in session.rest()
        assert "left" not in session.rest()
        left_as_found(session)


def test_at_a_dumb_terminal_a_key_cancels() -> None:
    with timer("1h", env={"TERM": "dumb"}) as session:
        wait_for(session, PROMPT)
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        assert session.rest().split("\r\n") == [PROMPT, "Aborted by user!", ""]


def test_a_stderr_that_is_no_terminal_gets_nothing_and_the_terminal_no_escape(tmp_path: Path) -> None:
    with open(tmp_path / "err", "wb") as file, timer("0.3", env={"WT_SESSION": "1"}, stderr=file) as session:
        assert session.wait() == 0
        assert session.rest().split("\r\n") == [PROMPT, "Oops, woke up!", ""]
    assert (tmp_path / "err").read_bytes() == b""


def test_quietly_it_waits_and_a_key_cancels() -> None:
    with timer("-q", "0.2") as session:
        assert session.wait() == 0
        assert session.rest() == ""
    with timer("-q", "1h") as session:
        wait_until(session.is_listening, "the keyboard")
        session.press("x")
        assert session.wait() == 130
        assert session.rest() == ""
        left_as_found(session)


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["0.05"], WOKE_UP),
        (["0", "--message", "Tea!", "--bell"], b"Tea!\n"),
        (["0", "-q"], b""),
        (["0", "--", "echo", "tea"], b"tea\n"),
        (["--every", "200ms", "--count", "2"], WOKE_UP * 2),
        (["--every", "200ms", "--count", "2", "--", "echo", "tick"], b"tick\n" * 2),
    ],
    ids=str,
)
def test_without_a_terminal_there_is_nothing_but_the_result(words: list[str], out: bytes) -> None:
    done = without_terminal(*words, env={"WT_SESSION": "1"})
    assert (done.returncode, done.stdout) == (0, out)
    assert [line for line in done.stderr.splitlines() if b"skipped" not in line] == []


@pytest.mark.parametrize("words", ["0", "0.05", "--every 10ms --count 2 -- true", "0 -- true", "-q 0"])
def test_stdin_stays_unread(words: str) -> None:
    data = bytes(range(256)) * 16
    done = in_shell(f'"$0" timer {words} >/dev/null; cat', input=data)
    assert done.stdout == data


def test_stdin_stays_unread_also_on_a_terminal() -> None:
    data = b"for the next one\n" * 100
    with Session(
        ["sh", "-c", '"$0" timer 0.3 >/dev/null; cat', PARL], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as session:
        out, _ = session.process.communicate(data, timeout=SECONDS)
        assert out == data


@pytest.mark.parametrize(
    ("encoding", "message"), [("ascii", "é ☕".encode()), ("cp1252", "☕".encode()), ("utf-8:strict", b"\xff tea")]
)
def test_a_message_that_stdout_cannot_take_is_no_traceback(encoding: str, message: bytes) -> None:
    # A pipe on Windows is cp1252; in a UTF-8 locale other than C a stray byte cannot be written back.
    done = without_terminal("0", "--message", message, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stdout, done.stderr) == (0, message + b"\n", b"")


def _named(session: Session, name: str) -> list[int]:
    """Return the session's processes of that name."""
    return [pid for pid in session.survivors() if name_of(pid) == name]


# A terminal that takes nothing


def frozen(session: Session) -> Session:
    """Do what Ctrl-S does, or a link that is dead."""
    termios.tcflow(session.slave, termios.TCOOFF)
    return session


def test_on_a_frozen_terminal_the_command_runs_in_time(tmp_path: Path) -> None:
    fired = tmp_path / "fired"
    with timer("0.8", "--", "touch", str(fired)) as session:
        listening(session)
        frozen(session)
        wait_until(fired.exists, "the command")
        assert session.wait() == 0


@pytest.mark.parametrize(
    ("ends", "code"), [("x", 130), (signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, -signal.SIGTERM)]
)
def test_on_a_frozen_terminal_it_ends_as_ever(ends: str | signal.Signals, code: int) -> None:
    with timer("1h") as session:
        listening(session)
        frozen(session)
        if isinstance(ends, str):
            session.press(ends)
        else:
            session.process.send_signal(ends)
        assert session.wait() == code


# What others write on the screen


def test_output_without_a_last_newline_stays_on_the_screen() -> None:
    with timer("--every", "300ms", "--count", "3", "--", "printf", "no newline") as session:
        assert session.wait() == 0
        assert [line for line in screen_of(session) if line] == ["no newline"] * 3


def test_where_a_reader_may_write_to_the_screen_there_is_no_countdown() -> None:
    line = '"$0" timer --every 200ms --count 3 --message tick | while read -r word; do echo "got $word"; done'
    with Session(["bash", "-c", line, PARL], env=PLAIN_TERMINAL) as session:
        assert session.wait() == 0
        shown = [line for line in screen_of(session) if line and "skipped" not in line]  # a slow machine's ticks
        assert shown == [PROMPT, *["got tick"] * 3]


def test_a_command_that_dies_of_a_broken_pipe_of_its_own_is_a_failing_one() -> None:
    done = without_terminal("--every", "10ms", "--count", "2", "--", "sh", "-c", "kill -PIPE $$")
    assert done.returncode == 128 + signal.SIGPIPE
    reports = [line for line in done.stderr.splitlines() if b"skipped" not in line]
    assert reports == [b"parl: tick 1: SIGPIPE", b"parl: tick 2: SIGPIPE"]


def test_a_command_that_nobody_reads_ends_the_timer() -> None:
    done = in_shell('"$0" timer --every 200ms -- echo x | head -1')
    assert done.stdout == b"x\n"
    assert done.stderr == b""


def test_a_typed_ctrl_c_is_no_failure_of_the_command() -> None:
    with timer("--every", "100ms", "--", "sh", "-c", "echo begun; sleep 60") as session:
        wait_for(session, "begun")
        session.press("\x03")
        assert session.wait() == -signal.SIGINT
        assert "tick 1:" not in session.rest()
