"""The screen after an abort: nothing stays on, and where nothing was on, nothing moves."""

from __future__ import annotations

import os
import re
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("a POSIX pseudo-terminal", allow_module_level=True)

from parl.cli import screen_mending
from parl.cli.screen_mending import UNDO, mend_screen
from tests.terminal import PROMPT, parl, wait_until

PAINTING = "printf '\\033[?1049h\\033[?25l\\033[?1006h'; echo painted; sleep 60"


@pytest.mark.parametrize("ends", ["x", "\x03", None], ids=["key", "Ctrl-C", "time-out"])
def test_after_an_abort_what_a_command_may_have_left_on_is_undone_before_parl_speaks(ends: str | None) -> None:
    limit = () if ends else ("--timeout", "500ms")
    with parl("compile", *limit, "--", "sh", "-c", PAINTING, env={"TERM": "xterm"}) as session:
        session.expect(PROMPT)
        session.expect("painted")
        wait_until(session.is_listening, "the keyboard")
        if ends:
            session.press(ends)
        session.wait()
        before, undo, after = session.rest().partition(UNDO)
        assert undo
        assert "parl: timed out" in after or "Aborted by user!" in after
        assert "Aborted" not in before


def test_after_the_timers_command_too() -> None:
    with parl("timer", "0.1", "--", "sh", "-c", PAINTING, env={"TERM": "xterm"}) as session:
        session.expect("painted")
        session.press("\x03")
        session.wait()
        assert UNDO in session.rest()


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("compile", "--", "sh", "-c", PAINTING), {"TERM": "dumb"}),
        (("compile", "--", "sh", "-c", PAINTING), {"TERM": ""}),
        (("compile", "--", "sh", "-c", "echo painted; sleep 0.2; exit 1"), {"TERM": "xterm"}),
        (("compile",), {"TERM": "xterm"}),
    ],
    ids=["dumb", "unknown", "no abort", "the lesson"],
)
def test_elsewhere_nothing_is_written(words: tuple[str, ...], environment: dict[str, str]) -> None:
    with parl(*words, env=environment) as session:
        session.expect("painted" if len(words) > 1 else PROMPT)
        if "exit 1" not in words[-1]:
            wait_until(session.is_listening, "the keyboard")
            session.press("x")
        session.wait()
        assert not {"\x1b7", "\x1b[?25h"} & set(re.findall(r"\x1b(?:\[[?0-9;]*)?.", session.rest()))


@pytest.mark.parametrize("owned", [True, False])
def test_the_terminal_on_stderr_gets_it_only_in_the_foreground(monkeypatch: pytest.MonkeyPatch, owned: bool) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(screen_mending, "owns_screen", lambda: owned)
    monkeypatch.setattr(screen_mending, "open_screen", lambda: os.dup(writer))
    mend_screen({"TERM": "xterm"})
    os.close(writer)
    assert os.read(reader, 1000) == (UNDO.encode() if owned else b"")
    os.close(reader)
