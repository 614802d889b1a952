"""The installed ``parl menu --choose``, in a real pseudo-terminal whose screen is read back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.conftest import wait_until
from tests.piped import PARL
from tests.screen import ScreenSession, bash, menu
from tests.terminal import SECONDS

COLORS = ("red", "green", "blue")
SHOWN = "enter takes"


def choose(*words: str, **options: Any) -> ScreenSession:
    """Start the chooser, its stdout captured as ``$(...)`` does."""
    return menu("--choose", *words, **{"stdout": subprocess.PIPE} | options)


def out_of(session: ScreenSession) -> bytes:
    """Return what came on stdout, until its end."""
    assert session.process.stdout is not None
    with session.process.stdout as stdout:
        return bytes(stdout.read())  # type: ignore[arg-type]  # whatever mypy takes a pipe for, it gives bytes


Fed = Callable[[bytes], int]


@pytest.fixture
def fed() -> Iterator[Fed]:
    """Return a descriptor to read the bytes from, however many."""
    with ExitStack() as stack:

        def feed(data: bytes) -> int:
            file = stack.enter_context(TemporaryFile())
            file.write(data)
            file.seek(0)
            return file.fileno()

        yield feed


def result(session: ScreenSession) -> tuple[int, bytes]:
    """Return how it ended and what it wrote; the screen is empty and the terminal as it was."""
    code = session.wait()
    out = out_of(session)
    session.left_as_found()
    assert session.unread() == b""
    return code, out


# What is chosen


@pytest.mark.parametrize(
    ("keys", "out"),
    [("\r", b"red\n"), ("\x1b[B\r", b"green\n"), ("\x1bOB\r", b"green\n"), ("bl\r", b"blue\n")],
    ids=ascii,
)
def test_the_choice_is_on_stdout_and_the_list_was_on_the_terminal(keys: str, out: bytes) -> None:
    with choose(*COLORS) as session:
        assert session.wait_for(SHOWN).splitlines() == [
            *[">", "> red", "  green", "  blue"],
            "  3/3  enter takes  esc leaves",
        ]
        session.press(keys)
        assert result(session) == (0, out)
        assert session.text == ""


@pytest.mark.parametrize("stderr", [None, subprocess.DEVNULL], ids=["stderr", "2>/dev/null"])
@pytest.mark.parametrize("items", [COLORS, ()], ids=["typed", "piped"])
def test_it_is_visible_wherever_the_streams_go(fed: Fed, stderr: int | None, items: tuple[str, ...]) -> None:
    streams: dict[str, Any] = {} if stderr is None else {"stderr": stderr}
    if not items:
        streams["stdin"] = fed("".join(f"{color}\n" for color in COLORS).encode())
    with choose(*items, **streams) as session:
        session.wait_for("  blue")
        session.press("gre\r")
        assert result(session) == (0, b"green\n")


def test_several_are_marked_with_tab() -> None:
    with choose("--multi", *COLORS) as session:
        session.wait_for("tab marks")
        session.press("\x1b[F\t\x1b[H\t")
        session.wait_for("2 marked")
        assert session.lines[1:4] == ["  * red", ">   green", "  * blue"]
        session.press("\r")
        assert result(session) == (0, b"red\nblue\n")


def test_the_only_match_is_not_asked_for() -> None:
    with choose("--select-1", "--query", "bl", *COLORS) as session:
        assert result(session) == (0, b"blue\n")
        assert session.sent == ""


def test_numbered_on_a_terminal() -> None:
    with choose("--numbered", *COLORS) as session:
        session.wait_for("99. exit\n>")
        session.press("2\n")
        assert session.wait() == 0
        assert out_of(session) == b"green\n"
        assert "\x1b" not in session.sent
        session.left_as_found()


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}], ids=str)
@pytest.mark.parametrize("stderr", [None, subprocess.DEVNULL], ids=["stderr", "2>/dev/null"])
def test_plain_lines_where_a_screen_is_not_wanted_and_the_items_come_by_pipe(
    fed: Fed, variables: dict[str, str], stderr: int | None
) -> None:
    streams = {} if stderr is None else {"stderr": stderr}
    with choose(stdin=fed(b"red\ngreen\n"), env=variables, **streams) as session:
        session.wait_for("99. exit\n>")
        session.press("2\n")
        assert session.wait() == 0
        assert out_of(session) == b"green\n"
        assert "\x1b" not in session.sent


@pytest.mark.parametrize(
    "item",
    [
        b"\x1b]52;c;aGk=\x07",
        b"\x1b[2Jx",
        b"a\tb",
        b"\xff\xfe",
        b"\x1b[?1049h",
        b"\xc2\x9b2J",
        b"two\nlines",
        b"\x1b[6n",
    ],
    ids=ascii,
)
def test_labels_are_harmless_on_the_screen_and_come_back_unchanged(fed: Fed, item: bytes) -> None:
    with choose("-0", stdin=fed(b"first\0" + item + b"\0last\0")) as session:
        session.wait_for(SHOWN)
        assert len(session.lines) == 5
        for sequence in (b"\x1b]52", b"\x1b[2J", b"\x1b[?1049h", b"\xc2\x9b", b"\x1b[6n", b"\t", b"\xff", b"\x07"):
            assert sequence not in session.raw
        session.press("\x1b[B\r")
        assert result(session) == (0, item + b"\0")


def test_a_hundred_thousand_lines_from_a_pipe_are_filtered(fed: Fed) -> None:
    data = "".join(f"src/{n % 97}/file_{n}.py\n" for n in range(100_000)).encode()
    with choose(stdin=fed(data)) as session:
        session.wait_for("100000/100000  ")
        session.press("file_98765.py")
        session.wait_for(lambda text: " 1/100000  " in text)
        session.press("\r")
        assert result(session) == (0, b"src/19/file_98765.py\n")


# How it ends


@pytest.mark.parametrize("keys", ["\x1b", "gr\x1b", "\x04"], ids=ascii)
def test_esc_leaves_with_130_at_once(keys: str) -> None:
    with choose(*COLORS) as session:
        session.wait_for(SHOWN)
        began = time.monotonic()
        session.press(keys)
        assert session.wait() == 130
        assert time.monotonic() - began < 1.0
        assert result(session) == (130, b"")
        assert session.text == ""


@pytest.mark.parametrize("ends", ["\x03", signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
@pytest.mark.parametrize("words", [COLORS, ()], ids=["typed", "still coming"])
def test_of_a_signal_it_dies_and_the_terminal_is_left_as_found(
    ends: str | signal.Signals, words: tuple[str, ...]
) -> None:
    streams: dict[str, Any] = {} if words else {"stdin": subprocess.PIPE}
    with choose(*words, **streams) as session:
        session.wait_for(SHOWN)
        if isinstance(ends, str):
            session.press(ends)
            assert result(session) == (-signal.SIGINT, b"")
        else:
            session.process.send_signal(ends)
            assert result(session) == (-ends, b"")
        assert session.text == ""
        if session.process.stdin:
            session.process.stdin.close()


def test_no_match_and_enter_is_1() -> None:
    with choose(*COLORS) as session:
        session.wait_for(SHOWN)
        session.press("xyz\r")
        assert result(session) == (1, b"")


def test_when_the_time_is_out() -> None:
    with choose("--timeout", "0.3", *COLORS) as session:
        assert result(session) == (124, b"")
        assert session.lines == ["parl: timed out after 0.3 s"]
    with choose("--timeout", "0.3", "--default", "blue", *COLORS) as session:
        assert result(session) == (0, b"blue\n")
        assert session.text == ""


def test_the_time_that_is_left_is_on_the_screen() -> None:
    with choose("--timeout", "9", "--default", "blue", *COLORS) as session:
        session.wait_for("  9 s")
        session.wait_for("  8 s")
        assert session.lines[3] == "> blue"
        session.press("\x1b")
        assert result(session) == (130, b"")


def test_a_closed_window_ends_it() -> None:
    with choose(*COLORS, stderr=subprocess.PIPE) as session:
        session.wait_for(SHOWN)
        session.hang_up()
        out, said = session.process.communicate(timeout=SECONDS)
        assert (session.process.returncode, len(out), len(said)) == (-signal.SIGHUP, 0, 0), said


def test_a_stdout_that_nobody_reads_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with choose(*COLORS, stdout=writer) as session:
        os.close(writer)
        session.wait_for(SHOWN)
        session.press("\r")
        assert session.wait() == -signal.SIGPIPE
        session.left_as_found()
        assert session.text == ""


def test_a_source_that_never_ends_is_chosen_from_without_a_traceback() -> None:
    with ScreenSession("bash", "-c", 'yes | "$0" menu --choose; echo code=$?', PARL) as session:
        session.wait_for(SHOWN)
        session.press("\r")
        assert session.wait() == 0
        assert session.lines == ["y", "code=0"]


# On the screen


def test_enter_typed_before_the_list_was_up_counts() -> None:
    with choose(*COLORS, type_ahead=b"\x1b[B\n") as session:
        assert session.wait() == 0
        assert out_of(session) == b"green\n"


@pytest.mark.parametrize("words", [("--color", "never"), ()], ids=["--color never", "NO_COLOR"])
def test_colours_are_not_used_where_they_are_not_wanted(words: tuple[str, ...]) -> None:
    env = {} if words else {"NO_COLOR": "1"}
    with ScreenSession(PARL, *words, "menu", "--choose", *COLORS, stdout=subprocess.PIPE, env=env) as session:
        session.wait_for(SHOWN)
        session.press("re")
        session.wait_for("2/3")
        session.press("\r")
        assert result(session)[0] == 0
        assert coloured(session) == []


def test_colours_are_used_elsewhere() -> None:
    with choose(*COLORS) as session:
        session.wait_for(SHOWN)
        session.press("re\r")
        assert result(session)[0] == 0
        assert coloured(session) != []


def coloured(session: ScreenSession) -> list[str]:
    """Return the sequences that choose a colour."""
    import re

    found = re.findall(r"\x1b\[([0-9;]*)m", session.sent)
    return [codes for codes in found if any(30 <= int(code or 0) <= 107 for code in codes.split(";"))]


def test_wide_and_combining_characters_stand_in_line() -> None:
    items = ("テスト|", "e\u0301e\u0301|", "☕|", "ab|")
    with choose("--multi", *items) as session:
        session.wait_for(SHOWN)
        session.press("\t\t\t\t")
        session.wait_for("4 marked")
        ends = [line.rstrip()[-1] for line in session.lines[1:5]]
        assert ends == ["|"] * 4
        assert [_column_of(session, "|", row) for row in range(1, 5)] == [10, 6, 6, 6]
        session.press("\r")
        assert result(session) == (0, "".join(f"{item}\n" for item in items).encode())


def _column_of(session: ScreenSession, sign: str, row: int) -> int:
    cells = session.emulator.buffer[row]
    return next(column for column in range(80) if cells[column].data == sign)


def test_a_resize_to_small_and_back_leaves_one_copy() -> None:
    items = [f"item-{number:02}" for number in range(8)]
    with choose(*items) as session:
        session.wait_for(SHOWN)
        for rows, columns in ((10, 40), (24, 80), (10, 40), (24, 80)):
            session.resize(rows, columns)
            os.kill(session.process.pid, signal.SIGWINCH)
            session.press("\x1b[B")
            time_of = session.raw
            wait_until(lambda now=time_of: session.sent.encode() != now, "a painting")  # type: ignore[misc]
        session.press("\x1b[H")
        session.wait_for("> item-00")
        for item in items:
            assert session.text.count(item) == 1, session.text
        session.press("\r")
        assert result(session) == (0, b"item-00\n")


@pytest.mark.parametrize(("rows", "columns"), [(1, 80), (2, 10), (3, 5), (24, 1)])
def test_a_tiny_window_is_no_error(rows: int, columns: int) -> None:
    with choose(*COLORS, rows=rows, columns=columns) as session:
        wait_until(session.is_listening, "the keyboard")
        session.press("\x1b[B\r")
        assert session.wait() == 0
        assert out_of(session) == b"green\n"
        assert "Traceback" not in session.sent


def test_in_a_shells_substitution() -> None:
    with bash() as session:
        session.press('echo before; c=$("$PARL_BIN" menu --choose red green); echo "got $c $?"\n')
        session.wait_for(SHOWN)
        assert "before" in session.text
        session.press("gre\r")
        session.wait_for("got green 0\n<READY>")
        assert SHOWN not in session.text
        assert "before\ngot" in session.text


def test_ctrl_z_and_fg() -> None:
    with bash() as session:
        session.press('"$PARL_BIN" menu --choose red green\n')
        session.wait_for(SHOWN)
        session.press("\x1a")
        session.wait_for_shell("Stopped")
        assert SHOWN not in session.text
        session.press("echo still $((20 + 3)) here\n")
        session.wait_for_shell("\nstill 23 here")
        session.press("fg\n")
        session.wait_for(SHOWN)
        session.press("gre\r")
        session.wait_for_shell("\ngreen")
        session.press("stty -a\n")
        session.wait_for(" icanon")


def test_in_the_background_it_waits_for_fg() -> None:
    with bash() as session:
        session.press('"$PARL_BIN" menu --choose red green &\n')
        session.wait_for_shell("[1]")
        session.press("jobs\n")
        session.wait_for(lambda text: "Stopped" in text or "Running" in text)
        session.wait_for_shell("jobs")
        session.press("echo untouched\n")
        session.wait_for_shell("\nuntouched")
        session.press("fg\n")
        session.wait_for(SHOWN)
        session.press("gre\r")
        session.wait_for_shell("\ngreen")
