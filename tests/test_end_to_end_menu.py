"""The installed ``parl menu``, in a real pseudo-terminal whose screen is read back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from tests.conftest import wait_until
from tests.piped import PARL
from tests.screen import ScreenSession, bash, menu

HINT = "enter runs"
ANY_KEY = "Press any key to go on!"
OPS = """
[menu]
title = "Ops"

[[menu.items]]
title = "Look"
command = "echo looked"
help = "what there is"

[[menu.items]]
title = "Fail"
command = "exit 3"

[[menu.items]]
title = "Read"
command = "stty -a | grep 'icanon\\\\| echo '; [ -t 0 ] && [ -t 1 ] && echo a terminal; read line; echo got $line"

[[menu.items]]
title = "Sleep"
command = "echo asleep; exec sleep 60"

[[menu.items]]
title = "Deploy"
command = "echo deployed"
key = "d"
confirm = "Deploy it?"

[[menu.items]]
title = "Database"
[[menu.items.items]]
title = "Backup"
command = "echo saved"
[[menu.items.items]]
title = "Restore"
command = "echo restored"
"""
SHOWN = [
    "Ops",
    ">  1. Look",
    "   2. Fail",
    "   3. Read",
    "   4. Sleep",
    "   5. Deploy  [d]",
    "   6. Database >",
    "  99. exit",
    "  what there is",
    "enter runs  / filters  esc leaves",
]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A folder with a menu."""
    (tmp_path / "parl.toml").write_text(OPS)
    return str(tmp_path)


def ops(folder: str, *words: str, **options: Any) -> ScreenSession:
    """Start the folder's menu; it is on the screen."""
    session = menu(*words, cwd=folder, **options)
    session.wait_for(HINT)
    return session


def ended(session: ScreenSession) -> int:
    """Wait for the end and return the code; the menu is erased and the terminal as it was."""
    code = session.wait()
    session.left_as_found()
    assert HINT not in session.text
    assert session.unread() == b""
    return code


def go_on(session: ScreenSession, key: str = "x") -> None:
    """Press a key when one is asked for, and wait for the menu."""
    session.wait_for(ANY_KEY)
    wait_until(session.is_listening, "the keyboard")
    session.press(key)
    session.wait_for(HINT)


# Up, down and out


def test_the_lessons_menu(tmp_path: Path) -> None:
    with menu(cwd=str(tmp_path)) as session:
        session.wait_for(HINT)
        assert session.lines[:4] == [">  1. Print", "   2. Edit", "   3. Erase", "  99. exit"]
        session.press("\r")
        session.wait_for("Print logic to come here...")
        go_on(session)
        assert session.lines[0] == "Print logic to come here..."
        session.press("99\r")
        assert ended(session) == 0
        assert session.lines == ["Print logic to come here..."]


@pytest.mark.parametrize(
    ("keys", "code"), [("\x1b", 130), ("q", 0), ("99\r", 0), ("\x1b[F\r", 0), ("\x04", 0)], ids=ascii
)
def test_it_is_left_and_erased(folder: str, keys: str, code: int) -> None:
    with ops(folder) as session:
        assert session.lines == SHOWN
        began = time.monotonic()
        session.press(keys)
        assert session.wait() == code
        assert time.monotonic() - began < 1.0
        assert ended(session) == code
        assert session.text == ""


def test_the_shells_earlier_lines_stay(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press("echo earlier\n")
        session.wait_for_shell("\nearlier")
        session.press('"$PARL_BIN" menu\n')
        session.wait_for(SHOWN[-1])
        assert "earlier" in session.lines
        assert session.lines[-len(SHOWN) :] == SHOWN
        session.press("q")
        session.wait_for_shell("menu\n<READY>")
        assert "earlier" in session.lines
        assert HINT not in session.text


def test_at_the_bottom_of_the_screen_it_scrolls_and_leaves_no_copy(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press('for n in $(seq 30); do echo line $n; done; "$PARL_BIN" menu; echo over\n')
        session.wait_for(HINT)
        session.press("jjkj")
        session.press("q")
        session.wait_for("over\n<READY>")
        assert session.lines[-3:] == ["line 30", "over", "<READY>"]
        assert all(line not in session.text for line in SHOWN)


# Commands


def test_what_a_command_writes_stays_and_any_key_comes_back(folder: str) -> None:
    with ops(folder) as session:
        session.press("\r")
        go_on(session)
        assert session.lines == ["parl: running echo looked (from parl.toml)", "looked", *SHOWN]
        session.press("q")
        assert ended(session) == 0
        assert session.lines == ["parl: running echo looked (from parl.toml)", "looked"]


@pytest.mark.parametrize("key", ["x", "\r", "\x1b[A"], ids=ascii)
def test_the_key_that_goes_on_is_used_up(folder: str, key: str) -> None:
    with ops(folder) as session:
        session.press("\r")
        go_on(session, key)
        session.press("2\r")
        session.wait_for("Fail: exit 3")
        go_on(session, key)
        assert session.text.count("looked") == 2  # announced and written, once
        assert any(line.startswith(">  2. Fail") for line in session.lines)
        session.press("\x1b")
        assert ended(session) == 130


def test_a_command_has_the_real_terminal_as_it_was_found(folder: str) -> None:
    with ops(folder) as session:
        session.press("3\r")
        session.wait_for("\na terminal")
        assert session.settings() == session.found_settings
        settings = session.text.split()
        assert "icanon" in settings
        assert "echo" in settings
        session.press("hello\n")
        session.wait_for("got hello")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_output_without_a_last_newline_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "parl.toml").write_text('[[menu.items]]\ntitle = "Bare"\ncommand = "printf bare-output"\n')
    with menu(cwd=str(tmp_path)) as session:
        session.wait_for(HINT)
        session.press("\r")
        session.wait_for(ANY_KEY)
        assert "bare-output" in session.text.splitlines()[1]
        go_on(session)
        assert "bare-output" in session.text.splitlines()[1]


def test_a_python_function_may_ask(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("def ask():\n    print('hello', input('name? '))\n")
    with menu("tasks.py", cwd=str(tmp_path)) as session:
        session.wait_for(HINT)
        session.press("\r")
        session.wait_for("name?")
        session.press("Bob\n")
        session.wait_for("\nhello Bob")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_ctrl_c_during_a_command_ends_that_and_comes_back(folder: str) -> None:
    with ops(folder) as session:
        session.press("4\r")
        session.wait_for("\nasleep")
        session.press("\x03")
        session.wait_for(ANY_KEY)
        assert "Sleep: " in session.text
        go_on(session)
        session.press("1\r")
        session.wait_for("\nlooked")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_ctrl_c_during_a_python_function_comes_back(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("import time\n\n\ndef nap():\n    print('asleep')\n    time.sleep(60)\n")
    with menu("tasks.py", cwd=str(tmp_path)) as session:
        session.wait_for(HINT)
        session.press("\r")
        session.wait_for("asleep")
        session.press("\x03")
        session.wait_for("Nap: interrupted")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


@pytest.mark.parametrize("keys", ["d", "5\r"])
def test_a_question_means_no_unless_it_is_answered(folder: str, keys: str) -> None:
    with ops(folder) as session:
        session.press(keys)
        session.wait_for("Deploy it? [y/N]")
        session.press("\r")
        session.wait_for(HINT)
        session.press(keys)
        session.wait_for("Deploy it? [y/N]")
        session.press("y")
        session.wait_for("\ndeployed")
        go_on(session)
        assert session.text.count("\ndeployed") == 1
        session.press("q")
        assert ended(session) == 0


def test_yes_answers_questions(folder: str) -> None:
    with ops(folder, "--yes") as session:
        session.press("d")
        session.wait_for("\ndeployed")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


# Submenus


@pytest.mark.parametrize(
    ("enter", "back"), [("6\r", "\x1b"), ("\x1b[F\x1b[A\x1b[C", "\x1b[D"), ("6\r", "99\r"), ("/data\r", "q")], ids=ascii
)
def test_a_submenu_is_come_back_from_to_the_remembered_place(folder: str, enter: str, back: str) -> None:
    with ops(folder) as session:
        session.press(enter)
        session.wait_for("Backup")
        assert session.lines == [
            *["Database", ">  1. Backup", "   2. Restore", "  99. back"],
            "enter runs  / filters  esc goes back",
        ]
        session.press("2\r")
        session.wait_for("\nrestored")
        go_on(session)
        assert ">  2. Restore" in session.text
        session.press(back)
        session.wait_for(">  6. Database >")
        session.press("\x1b")
        assert ended(session) == 130


# On the screen


def test_enter_typed_before_the_menu_was_up_counts(folder: str) -> None:
    with menu(cwd=folder, type_ahead=b"\r") as session:
        session.wait_for("\nlooked")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_a_filter(folder: str) -> None:
    with ops(folder) as session:
        session.press("/lo")
        session.wait_for("/lo")
        session.wait_for(lambda text: "Fail" not in text)
        session.press("\r")
        session.wait_for("\nlooked")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_a_long_menu_scrolls_and_a_small_window_has_one_copy(tmp_path: Path) -> None:
    items = "".join(f'[[menu.items]]\ntitle = "item-{n:02}"\ncommand = "true"\n' for n in range(60))
    (tmp_path / "parl.toml").write_text("[menu]\n" + items)
    with menu(cwd=str(tmp_path)) as session:
        session.wait_for(HINT)
        assert len(session.lines) == 24
        session.press("50\x1b[B")
        session.wait_for("> 51. item-50")
        for rows, columns in ((10, 40), (24, 80), (10, 40), (24, 80)):
            session.resize(rows, columns)
            os.kill(session.process.pid, signal.SIGWINCH)
            session.press("k")
            session.wait_for(lambda text: "> 5" in text or "> 4" in text)
        session.press("jjjj")
        session.wait_for("> 51. item-50")
        assert all(session.text.count(f"item-{n:02}") <= 1 for n in range(60)), session.text
        assert session.text.count(HINT) == 1
        session.press("q")
        assert ended(session) == 0


@pytest.mark.parametrize("way", [("--color", "never"), "NO_COLOR"], ids=str)
def test_colours_are_not_used_where_they_are_not_wanted(folder: str, way: str | tuple[str, ...]) -> None:
    import re

    words, env = ((), {"NO_COLOR": "1"}) if isinstance(way, str) else (way, {})
    with ScreenSession(PARL, *words, "menu", cwd=folder, env=env) as session:
        session.wait_for(HINT)
        session.press("/lo")
        session.wait_for("/lo")
        session.press("\x1b")
        session.wait_for("/ filters")
        session.press("\x1b[B2\r")
        session.wait_for("Fail: exit 3")
        go_on(session)
        session.press("q")
        assert ended(session) == 0
        codes = re.findall(r"\x1b\[([0-9;]*)m", session.sent)
        assert [code for code in codes if re.search(r"(^|;)(3[0-8]|4[0-8]|9\d|10\d)", code)] == []


def test_it_is_visible_also_without_stderr(folder: str) -> None:
    with ops(folder, stderr=subprocess.DEVNULL) as session:
        assert session.lines == SHOWN
        session.press("\r")
        session.wait_for("looked")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_into_a_pipe_it_is_plain_lines(folder: str) -> None:
    with ScreenSession("bash", "-c", '"$0" menu | cat', PARL, cwd=folder) as session:
        session.wait_for("99. exit\n>")
        session.press("1\n")
        session.wait_for(lambda text: text.count("looked") == 2)
        session.press("99\n")
        assert session.wait() == 0
        assert "\x1b" not in session.sent


@pytest.mark.parametrize("way", ["dumb", "accessible", "numbered"])
def test_plain_lines_on_a_terminal(folder: str, way: str) -> None:
    env = {"dumb": {"TERM": "dumb"}, "accessible": {"ACCESSIBLE": "1"}}.get(way, {})
    words = ("--numbered",) if way == "numbered" else ()
    with menu(*words, cwd=folder, env=env) as session:
        session.wait_for("99. exit\n>")
        session.press("5\n")
        session.wait_for("Deploy it? [y/N]")
        session.press("\n")
        session.wait_for("Deploy: not run")
        session.press("3\n")
        session.wait_for("\na terminal")
        session.press("hello\n")
        session.wait_for("got hello")
        session.press("4\n")
        session.wait_for("\nasleep")
        session.press("\x03")
        session.wait_for("Sleep: ")
        session.press("99\n")
        assert session.wait() == 0
        session.left_as_found()
        assert "\x1b" not in session.sent


def test_ctrl_c_in_plain_lines_dies_of_it(folder: str) -> None:
    with menu("--numbered", cwd=folder) as session:
        session.wait_for("99. exit\n>")
        session.press("\x03")
        assert session.wait() == -signal.SIGINT
        assert "Traceback" not in session.text


def test_what_is_typed_behind_the_choice_is_the_commands(folder: str) -> None:
    with ops(folder) as session:
        session.wait_for(HINT)
        session.press("3\rfor the command\r")
        session.wait_for("got for the command")
        go_on(session)
        session.press("q")
        assert ended(session) == 0


def test_a_bounced_enter_does_not_run_it_twice(folder: str) -> None:
    with ops(folder) as session:
        session.wait_for(HINT)
        session.press("\r\r\r")
        session.wait_for(ANY_KEY)
        session.press("x")
        session.wait_for(HINT)
        session.press("q")
        assert ended(session) == 0
        assert session.sent.count("looked") == 2, "the command's line, and what it wrote"


def test_a_command_that_leaves_the_terminal_raw_does_not_spoil_the_next(tmp_path: Path) -> None:
    (tmp_path / "parl.toml").write_text(
        '[menu]\n[[menu.items]]\ntitle = "Spoil"\ncommand = "stty raw -echo; echo spoilt"\n'
        '[[menu.items]]\ntitle = "Look"\ncommand = "stty -a | grep -o \'[-]*icanon\\\\|[-]*isig\'; echo looked at"\n'
    )
    with ops(str(tmp_path)) as session:
        session.wait_for(HINT)
        session.press("1\r")
        session.wait_for(ANY_KEY)
        session.press("x")
        session.wait_for(HINT)
        session.press("2\r")
        text = session.wait_for(ANY_KEY)
        assert "-icanon" not in text
        assert "-isig" not in text
        assert "icanon" in text
        session.press("x")
        session.wait_for(HINT)
        session.press("q")
        assert ended(session) == 0


def test_ctrl_s_does_not_stop_it(folder: str) -> None:
    with ops(folder) as session:
        session.wait_for(HINT)
        session.press("\x13")
        session.press("j")
        session.wait_for(">  2. Fail")
        session.press("q")
        assert ended(session) == 0
