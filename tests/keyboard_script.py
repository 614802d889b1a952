"""What can happen to a keyboard, as scripts that hypothesis makes: keys, reports, pastes, stops, moves and hang-ups."""

from __future__ import annotations

import signal
import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from typing import NamedTuple

from hypothesis import strategies as st

from tests.test_keys import KEYS, REPORTS

_LONGEST_PASTE = 1 << 20
_PASTED = b"echo pasted text\r"
# Of a paste one byte in the midst is as good as the next.
_TELLING_BYTES = 4 * len(_PASTED)
# What the terminal makes a signal of, or stops at.
_TAKEN = b"\x03\x11\x13\x1a\x1c"


class Step(NamedTuple):
    """One thing that happens, *pause* seconds after the one before."""

    does: str
    pause: float = 0.0
    data: bytes = b""
    """What is typed; of a paste, its marks."""
    number: int = 0
    """A signal, a paste's size, a window's; of a move to the foreground, whether one waits until parl listens."""

    @property
    def typed(self) -> bytes:
        """All the bytes that are typed."""
        if self.does != "paste":
            return self.data
        text = (_PASTED * (self.number // len(_PASTED) + 1))[: self.number]
        return self.data[:6] + text + self.data[6:]

    @property
    def telling(self) -> bytes:
        """As many of them as tell what they come to."""
        if self.does != "paste" or self.number <= _TELLING_BYTES:
            return self.typed
        return self.data[:6] + _PASTED * 4 + self.data[6:]


class Script(NamedTuple):
    """Which parl, and what happens to it."""

    words: tuple[str, ...]
    steps: list[Step]
    installed: bool = False
    """Start the installed command, not a warm one."""

    @property
    def is_painted(self) -> bool:
        """Whether parl paints a list, in which a key may mean anything."""
        return self.words[0] == "menu"


_pauses = st.sampled_from([0.0] * 4 + [0.001] * 3 + [0.03, 0.03, 0.12])
_whole = st.one_of(
    st.sampled_from([key for key in KEYS if not set(key) & set(_TAKEN)]),
    st.sampled_from([*REPORTS.values()]),
    st.sampled_from([*REPORTS.values()]),  # twice as many as keys, which end it all
    st.binary(min_size=1, max_size=3).filter(lambda data: not set(data) & set(_TAKEN)),
)


@st.composite
def _sequences(draw: st.DrawFn) -> list[Step]:
    """A key, a report or a few bytes: whole, or cut somewhere, the rest coming later or never."""
    data = draw(_whole)
    steps = [Step("type", draw(_pauses), data)]
    if draw(st.booleans()):
        cut = draw(st.integers(1, max(1, len(data) - 1)))
        steps = [Step("type", draw(_pauses), data[:cut])]
        if draw(st.booleans()) and data[cut:]:
            steps.append(Step("type", draw(_pauses), data[cut:]))
    return steps


@st.composite
def _pastes(draw: st.DrawFn) -> list[Step]:
    size = draw(st.integers(1, 300) | st.integers(1, 300) | st.integers(3000, 20_000))
    if draw(st.integers(0, 15)) == 15:
        size = draw(st.integers(20_000, _LONGEST_PASTE))
    marks = draw(st.sampled_from([b"", b"\x1b[200~\x1b[201~", b"\x1b[200~"]))
    return [Step("paste", draw(_pauses), marks, size)]


def _single(does: str, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[list[Step]]:
    return st.builds(lambda pause, number: [Step(does, pause, number=number)], _pauses, numbers)


_nothing = st.just(0)
_away = st.one_of(
    _single("ctrl-z", _nothing),
    _single("stop", _nothing),
    _single("background", _nothing),
)
_back = _single("foreground", st.sampled_from([0, 1, 1, 1]))
_while_away = st.builds(
    lambda pause, data: [Step("type", pause, data)],
    _pauses,
    st.sampled_from([b"ls -l", b"make\n", b"x", b"\x1b[I", b"\x1b[12;", b"\x1b"]),
)
_trips = st.builds(
    lambda away, between, back: [*away, *(step for steps in between for step in steps), *back],
    _away,
    st.lists(_while_away | _single("background", _nothing), max_size=2),
    _back,
)
_ends = st.one_of(
    _single("signal", st.sampled_from([signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])),
    _single("ctrl-c", _nothing),
    _single("hang up", _nothing),
)
_moves = st.one_of(
    *[_sequences()] * 6,
    _pastes(),
    _single("resize window", st.integers(1, 300)),
    *[_trips] * 2,
    _away,
    _back,
    _ends,
)


def scripts() -> st.SearchStrategy[Script]:
    """Return scripts of a few moves each; one in twenty is for the installed parl."""
    steps = st.lists(_moves, max_size=6).map(lambda moves: [step for move in moves for step in move])
    words = st.sampled_from(
        [
            *[("compile", "--", "sleep", "600")] * 4,
            *[("timer", "1h")] * 3,
            ("menu",),
            *[("menu", "--choose", "alpha", "beta", "gamma")] * 2,
        ]
    )
    return st.builds(Script, words, steps, st.sampled_from([*[False] * 19, True]))
