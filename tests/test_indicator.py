"""The terminal's own indicator of progress: only where it is understood, nothing twice, gone at the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.cli.indicator import Indicator, takes_progress

CLEAR = "\x1b]9;4;0\x1b\\"
KNOWN = {"WT_SESSION": "01234567-89ab-cdef-0123-456789abcdef"}


@pytest.mark.parametrize(
    ("environment", "takes"),
    [
        ({}, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, False),
        ({"TERM": "linux"}, False),
        # Windows Terminal, ConEmu
        (KNOWN, True),
        ({"WT_SESSION": ""}, False),
        ({"ConEmuANSI": "ON"}, True),
        ({"ConEmuANSI": "OFF"}, False),
        ({"ConEmuANSI": ""}, False),
        # By version
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}, True),
        ({"TERM_PROGRAM": "ghostty"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.10"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.10.0"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "4"}, True),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.5"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.5.14"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "beta"}, False),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": ""}, False),
        ({"TERM_PROGRAM": "iTerm.app"}, False),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20250209-182623-44866cc1"}, True),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, False),
        ({"TERM_PROGRAM": "WezTerm"}, False),
        ({"VTE_VERSION": "8000"}, True),
        ({"VTE_VERSION": "8203"}, True),
        ({"VTE_VERSION": "7999"}, False),
        ({"VTE_VERSION": "0"}, False),
        ({"VTE_VERSION": ""}, False),
        ({"VTE_VERSION": "8000.1"}, False),
        ({"VTE_VERSION": "new"}, False),
        # Others that call OSC 9 a notification, or know nothing of it
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({"TERM_PROGRAM": "mintty", "TERM_PROGRAM_VERSION": "3.7.0"}, False),
        # What is said of the outer terminal is not said of the multiplexer
        (KNOWN | {"TMUX": "/tmp/tmux-1000/default,1,0"}, False),
        (KNOWN | {"TMUX": ""}, True),
        (KNOWN | {"STY": "123.pts-0.host"}, False),
        (KNOWN | {"TERM": "tmux-256color"}, False),
        (KNOWN | {"TERM": "screen"}, False),
        (KNOWN | {"TERM": "screen-256color"}, False),
        (KNOWN | {"TERM": "xterm-256color"}, True),
        ({"VTE_VERSION": "8000", "TMUX": "x"}, False),
        ({"ConEmuANSI": "ON", "STY": "x"}, False),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0", "TERM": "tmux-256color"}, False),
        ({"TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4", "TMUX": "x"}, False),
    ],
    ids=str,
)
def test_only_a_terminal_known_to_show_progress_takes_it(environment: dict[str, str], takes: bool) -> None:
    assert takes_progress(environment) is takes
    shown = Indicator(environment).show(0.5, is_paused=False)
    assert shown == ("\x1b]9;4;1;50\x1b\\" if takes else "")


@given(
    st.dictionaries(
        st.sampled_from(["TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "VTE_VERSION", "WT_SESSION", "TMUX", "STY"]),
        st.text() | st.sampled_from(["iTerm.app", "WezTerm", "ghostty", "8000", "3.6.6"]),
    )
)
def test_no_environment_is_an_error(environment: dict[str, str]) -> None:
    takes_progress(environment)


@pytest.mark.parametrize(
    ("share", "percent"), [(0.0, 0), (0.004, 0), (0.006, 1), (0.5, 50), (0.994, 99), (0.996, 100), (1.0, 100)]
)
def test_a_share_is_a_percentage(share: float, percent: int) -> None:
    assert Indicator(KNOWN).show(share, is_paused=False) == f"\x1b]9;4;1;{percent}\x1b\\"


@given(st.floats(0, 1), st.booleans())
def test_no_share_is_outside_of_what_terminals_take(share: float, is_paused: bool) -> None:
    sequence = Indicator(KNOWN).show(share, is_paused=is_paused)
    assert sequence.startswith("\x1b]9;4;4;" if is_paused else "\x1b]9;4;1;")
    assert 0 <= int(sequence.split(";")[-1].removesuffix("\x1b\\")) <= 100


def test_nothing_is_sent_twice() -> None:
    indicator = Indicator(KNOWN)
    assert indicator.show(0.5, is_paused=False)
    assert indicator.show(0.5, is_paused=False) == ""
    assert indicator.show(0.501, is_paused=False) == "", "the same percentage"
    assert indicator.show(0.51, is_paused=False)
    assert indicator.show(0.51, is_paused=True), "another state"
    assert indicator.show(0.51, is_paused=True) == ""
    assert indicator.show(0.51, is_paused=False)


def test_it_is_taken_away_once() -> None:
    indicator = Indicator(KNOWN)
    indicator.show(0.5, is_paused=False)
    assert indicator.clear() == CLEAR
    assert indicator.clear() == ""


def test_what_was_never_shown_is_not_taken_away() -> None:
    assert Indicator(KNOWN).clear() == ""
    ignorant = Indicator({})
    ignorant.show(0.5, is_paused=False)
    assert ignorant.clear() == ""


def test_after_it_was_taken_away_the_same_is_new() -> None:
    indicator = Indicator(KNOWN)
    first = indicator.show(0.5, is_paused=False)
    indicator.clear()
    assert indicator.show(0.5, is_paused=False) == first
    assert indicator.clear() == CLEAR
