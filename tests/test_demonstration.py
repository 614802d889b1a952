"""The lesson's dummy compiler, word by word and dot by dot."""

from __future__ import annotations

from parl.core.abort import AbortFlag
from parl.core.demonstration import DummyCompiler
from parl.core.events import KeyPressed
from parl.core.job import Outcome
from parl.core.terminator import run_abortable
from parl.testing import FakeClock, FakeKeyboard

SCREEN = """\
Dummy Compiler v1.0
building memory database.....
checking dependencies.....
generating code.....
"""


class Screen:
    """What was written, and when."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.writes: list[tuple[float, str]] = []

    def write(self, text: str) -> None:
        self.writes.append((self.clock.now(), text))

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.writes)


def test_the_screen_reads_as_in_the_lesson(clock: FakeClock) -> None:
    screen = Screen(clock)
    assert DummyCompiler(screen.write).run(AbortFlag(clock)) == Outcome()
    assert screen.text == SCREEN


def test_the_dots_come_one_by_one_one_a_second(clock: FakeClock) -> None:
    screen = Screen(clock)
    DummyCompiler(screen.write).run(AbortFlag(clock))
    assert [write for write in screen.writes if write[1] == "."] == [(second, ".") for second in range(1, 16)]


def test_what_is_being_done_is_written_before_its_first_dot(clock: FakeClock) -> None:
    screen = Screen(clock)
    DummyCompiler(screen.write).run(AbortFlag(clock))
    assert (0, "building memory database") in screen.writes
    assert (5, "checking dependencies") in screen.writes
    assert (10, "generating code") in screen.writes


def test_an_abort_in_the_middle_ends_the_line_and_the_rest_is_left_out() -> None:
    clock = FakeClock(threads=2)  # the job and the keyboard's reader
    screen = Screen(clock)
    keyboard = FakeKeyboard(clock, (7.5, "x"))
    outcome = run_abortable(DummyCompiler(screen.write), keyboard, clock=clock)
    assert outcome == Outcome(aborted_by=KeyPressed("x"), seconds=7.5)
    assert screen.text == "Dummy Compiler v1.0\nbuilding memory database.....\nchecking dependencies..\n"


def test_an_abort_between_two_activities_begins_no_other(clock: FakeClock) -> None:
    screen = Screen(clock)
    flag = AbortFlag(clock)

    def write(text: str) -> None:
        screen.write(text)
        if text == "\n":
            flag.set("now")

    assert DummyCompiler(write).run(flag) == Outcome(aborted_by="now")
    assert screen.text == "Dummy Compiler v1.0\nbuilding memory database.....\n"


def test_aborted_before_it_begins_it_only_says_its_name(clock: FakeClock) -> None:
    screen = Screen(clock)
    flag = AbortFlag(clock)
    flag.set("before")
    assert DummyCompiler(screen.write).run(flag) == Outcome(aborted_by="before")
    assert screen.text == "Dummy Compiler v1.0\n"
