"""Terminal settings while a screen is painted, and after."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

if sys.platform == "win32":
    pytest.skip("the terminal settings of POSIX", allow_module_level=True)

import signal
import termios

from parl.platform.unix_modes import CC, CbreakMode, is_cooked, signals_typed


@pytest.fixture
def terminal() -> Iterator[int]:
    ours, theirs = os.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def test_keys_come_at_once_inside_and_released_as_found(terminal: int) -> None:
    found = termios.tcgetattr(terminal)
    mode = CbreakMode(terminal)
    with mode:
        assert not is_cooked(termios.tcgetattr(terminal))
        assert termios.tcgetattr(terminal)[3] & termios.ISIG, "Ctrl-C stays a signal"
        with mode.released():
            assert termios.tcgetattr(terminal) == found
        assert not is_cooked(termios.tcgetattr(terminal))
    assert termios.tcgetattr(terminal) == found


def test_a_signal_that_comes_too_late_does_not_bring_it_back(terminal: int) -> None:
    found = termios.tcgetattr(terminal)
    mode = CbreakMode(terminal)
    with mode:
        pass
    with mode.released():
        pass
    assert termios.tcgetattr(terminal) == found


def test_what_a_program_has_left_is_mended_and_what_it_wants_is_left(terminal: int) -> None:
    mode = CbreakMode(terminal)
    with mode:
        pass
    found = termios.tcgetattr(terminal)
    spoilt = termios.tcgetattr(terminal)
    spoilt[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    termios.tcsetattr(terminal, termios.TCSANOW, spoilt)
    mode.tidy()
    assert termios.tcgetattr(terminal) == found
    wanted = termios.tcgetattr(terminal)
    wanted[0] &= ~termios.IXON
    termios.tcsetattr(terminal, termios.TCSANOW, wanted)
    mode.tidy()
    assert termios.tcgetattr(terminal) == wanted


def test_what_would_have_been_a_signal_is_told_by_the_terminals_own_characters(terminal: int) -> None:
    settings = termios.tcgetattr(terminal)
    assert signals_typed(b"ab\x00c", settings) == []
    assert signals_typed(b"a\x03", settings) == [signal.SIGINT]
    assert signals_typed(b"\x1a\x1c", settings) == [signal.SIGQUIT, signal.SIGTSTP]
    settings[CC][termios.VINTR] = b"\0"  # there is none
    assert signals_typed(b"\x00\x03", settings) == []
    settings[3] &= ~termios.ISIG
    assert signals_typed(b"\x1a", settings) == []
