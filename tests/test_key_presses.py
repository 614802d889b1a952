"""Keys of a terminal, as a list takes them."""

from __future__ import annotations

import pytest
from prompt_toolkit.keys import Keys

from parl.cli.key_presses import KeyPresses

REPORTS = {
    "focus": b"\x1b[I\x1b[O",
    "cursor position": b"\x1b[5;7R",
    "mouse": b"\x1b[<0;1;1M\x1b[<0;1;1m",
    "old mouse": b"\x1b[M !!",
    "device attributes": b"\x1b[?1;2c",
    "a colour": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    "its name": b"\x1bP>|xterm(390)\x1b\\",
    "Alt and a letter": b"\x1bq",
    "a function key nobody has": b"\x1b[99~",
}


def keys_of(*parts: bytes) -> list[tuple[str, str]]:
    """Return the key presses of *parts*, and what they bring."""
    presses = KeyPresses()
    return [(str(getattr(press.key, "value", press.key)), press.data) for part in parts for press in presses.feed(part)]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_what_a_terminal_says_by_itself_is_no_key(report: bytes) -> None:
    assert keys_of(report, b"x") == [("x", "x")]
    assert keys_of(*(report[at : at + 1] for at in range(len(report))), b"x") == [("x", "x")]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\r", Keys.Enter),
        (b"\n", Keys.Enter),
        (b"\t", Keys.Tab),
        (b"\x1b[Z", Keys.BackTab),
        (b"\x7f", Keys.Backspace),
        (b"\x1b[A", Keys.Up),
        (b"\x1bOB", Keys.Down),
        (b"\x1b[5~", Keys.PageUp),
        (b"\x1b[6~", Keys.PageDown),
        (b"\x1b[H", Keys.Home),
        (b"\x1b[4~", Keys.End),
        (b"\x1b[3~", Keys.Delete),
        (b"\x1b[1;5D", Keys.ControlLeft),
        (b"\x1b[1;5H", Keys.ControlHome),
        (b"\x15", Keys.ControlU),
        (b"\x17", Keys.ControlW),
        (b"\x1bOP", Keys.F1),
    ],
)
def test_keys_have_prompt_toolkits_names(data: bytes, key: Keys) -> None:
    assert keys_of(data) == [(key.value, "")]


def test_characters_bring_themselves() -> None:
    assert keys_of("aé日 ".encode()) == [(sign, sign) for sign in "aé日 "]


@pytest.mark.parametrize("cuts", [1, 3, 100])
def test_a_paste_is_no_enter_however_it_is_cut(cuts: int) -> None:
    data = b"\x1b[200~one\rtwo\t\x1b[201~"
    presses = keys_of(*(data[at : at + cuts] for at in range(0, len(data), cuts)))
    assert {key for key, _ in presses} == {Keys.BracketedPaste.value}
    assert "".join(text for _, text in presses) == "one two "
    assert keys_of(data, b"\r")[-1] == (Keys.Enter.value, "")


def test_a_lone_esc_is_decided_by_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("parl.cli.key_presses.time.monotonic", lambda: now)
    presses = KeyPresses()
    assert presses.feed(b"\x1b") == []
    assert presses.flush() == []
    now += 0.03
    assert [press.key for press in presses.flush()] == [Keys.Escape]


def test_the_beginning_of_an_answer_waits_longer_than_an_esc(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("parl.cli.key_presses.time.monotonic", lambda: now)
    presses = KeyPresses()
    presses.feed(b"\x1b]11;rgb:00")
    now += 0.5
    assert presses.flush() == []
    assert [press.key for press in presses.feed(b"00/0000/0000\x1b\\q")] == ["q"]
