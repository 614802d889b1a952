"""``parl menu`` and the signals it gets, in a real pseudo-terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

import termios

from tests.conftest import wait_until
from tests.fork_server import ForkServer, fork_server
from tests.keyboard_run import KeyboardRun
from tests.keyboard_script import Script, Step
from tests.screen import bash
from tests.terminal import SECONDS
from tests.test_end_to_end_menu import ANY_KEY, HINT, ended, folder, go_on, ops

__all__ = ["folder", "fork_server"]


@pytest.mark.parametrize("ends", ["\x03", signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
@pytest.mark.parametrize("keys", ["", "/lo", "d"], ids=["menu", "filter", "question"])
def test_of_a_signal_it_dies_and_the_terminal_is_left_as_found(
    folder: str, ends: str | signal.Signals, keys: str
) -> None:
    with ops(folder) as session:
        before = len(session.sent)
        session.press(keys)
        wait_until(lambda: not keys or len(session.sent) > before, "the painting")
        if isinstance(ends, str):
            session.press(ends)
            assert ended(session) == -signal.SIGINT
        else:
            session.process.send_signal(ends)
            assert ended(session) == -ends
        assert session.text == ""


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGHUP], ids=str)
def test_of_a_signal_it_dies_while_it_waits_for_a_key(folder: str, ends: signal.Signals) -> None:
    with ops(folder) as session:
        session.press("\r")
        session.wait_for(ANY_KEY)
        wait_until(session.is_listening, "the keyboard")
        session.process.send_signal(ends)
        assert ended(session) == -ends
        assert ANY_KEY not in session.text


def test_ctrl_c_while_it_waits_for_a_key_ends_it_as_everywhere(folder: str) -> None:
    with ops(folder) as session:
        session.press("\r")
        session.wait_for(ANY_KEY)
        wait_until(session.is_listening, "the keyboard")
        session.press("\x03")
        assert ended(session) == -signal.SIGINT


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_on_a_frozen_terminal_it_ends_as_ever(folder: str, ends: signal.Signals) -> None:
    with ops(folder) as session:
        termios.tcflow(session.slave, termios.TCOOFF)  # what Ctrl-S does, or a link that is dead
        session.process.send_signal(ends)
        wait_until(lambda: session.process.poll() is not None, "the end", 5.0)
        assert session.process.returncode == -ends


def test_of_a_sigterm_it_dies_with_the_command(folder: str) -> None:
    with ops(folder) as session:
        session.press("4\r")
        session.wait_for("\nasleep")
        session.process.send_signal(signal.SIGTERM)
        assert ended(session) == -signal.SIGTERM


def test_a_closed_window_ends_it(folder: str) -> None:
    with ops(folder, stderr=subprocess.PIPE) as session:
        session.hang_up()
        _, said = session.process.communicate(timeout=SECONDS)
        assert (session.process.returncode, len(said)) == (-signal.SIGHUP, 0), said


def test_ctrl_z_and_fg(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press('"$PARL_BIN" menu\n')
        session.wait_for(HINT)
        session.press("j")
        session.wait_for(">  2. Fail")
        session.press("\x1a")  # which throws away what was not read
        session.wait_for_shell("Stopped")
        session.press("stty -a | grep -o icanon; echo $((40 + 2))\n")
        session.wait_for_shell("\nicanon\n42")
        assert HINT not in session.text
        session.press("fg\n")
        session.wait_for(">  2. Fail")
        session.press("1\r")
        session.wait_for("\nlooked")
        go_on(session)
        session.press("q")
        session.wait_for_shell()
        session.press("echo code=$?\n")
        session.wait_for("\ncode=0")


def test_ctrl_z_stops_a_command_and_fg_goes_on_with_it(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press('"$PARL_BIN" menu\n')
        session.wait_for(HINT)
        session.press("4\r")
        session.wait_for("\nasleep")
        session.press("\x1a")
        session.wait_for_shell("Stopped")
        session.press("fg\n")
        session.wait_for(lambda text: text.rstrip().endswith("menu"))
        session.press("\x03")
        session.wait_for(ANY_KEY)
        go_on(session)
        session.press("q")
        session.wait_for_shell()


def test_in_the_background_it_waits_for_fg(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press('"$PARL_BIN" menu &\n')
        session.wait_for_shell("[1]")
        session.press("echo $((40 + 2))\n")
        session.wait_for_shell("\n42")
        session.press("fg\n")
        session.wait_for(HINT)
        session.press("q")
        session.wait_for_shell()
        session.press("stty -a | grep -o icanon\n")
        session.wait_for("\nicanon")


@pytest.mark.parametrize("bg", ["", "bg; "], ids=["stopped", "in-the-background"])
def test_killed_while_the_shell_has_the_terminal_it_dies_at_once(folder: str, bg: str) -> None:
    with bash(cwd=folder) as session:
        session.press('"$PARL_BIN" menu\n')
        session.wait_for(HINT)
        session.press("\x1a")
        session.wait_for_shell("Stopped")
        ended = "while kill -0 %1 2>/dev/null; do sleep 0.02; done"  # not wait: to the shell it may still be stopped
        session.press(f"clear; {bg}kill %1; {ended}; stty -a | grep -o icanon\n")
        session.wait_for("\nicanon")
        session.wait_for("Terminated")


def test_stopped_without_being_asked_it_is_painted_again(folder: str) -> None:
    with bash(cwd=folder) as session:
        session.press('"$PARL_BIN" menu\n')
        session.wait_for(HINT)
        (menu,) = (pid for pid in session.survivors() if pid != session.process.pid)
        os.kill(menu, signal.SIGSTOP)
        session.wait_for("Stopped")
        session.press("clear; echo what the shell has written\n")
        session.wait_for_shell("what the shell has written")
        session.press("fg\n")
        session.wait_for(HINT)
        assert "what the shell has written" in session.text
        session.press("q")
        session.wait_for_shell()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "steps",
    [
        [Step("hang up")],  # which the shell hears first
        [Step("background", 0.03), Step("signal", 0.001, number=signal.SIGTERM)],
    ],
    ids=["hang-up", "background"],
)
@pytest.mark.parametrize("words", [("menu",), ("menu", "--choose", "alpha", "beta")], ids=["menu", "choose"])
def test_below_a_shell_it_dies_of_the_signal_and_the_terminal_is_left_as_found(
    fork_server: ForkServer, words: tuple[str, ...], steps: list[Step]
) -> None:
    with KeyboardRun(fork_server, Script(words, steps, installed=True)) as run:
        run.play()
