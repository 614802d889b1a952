"""WindowsKeyboard on a fake msvcrt: what the contract does not ask."""

from __future__ import annotations

import gc
import signal
import sys
from types import ModuleType

import pytest

from parl.platform.base import Keyboard
from parl.platform.keys import parse_key_names
from parl.platform.windows_keys import _NAMES, name_of_second_half
from tests.fake_msvcrt import FakeMsvcrt, import_keyboard_for_windows

_SOON = 10.0
_MOMENT = 0.03
_UP = ("\xe0", "H")


class PressedCtrlCError(Exception):
    """What the tests' handler of SIGINT raises."""


@pytest.fixture
def console() -> FakeMsvcrt:
    return FakeMsvcrt()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, console: FakeMsvcrt) -> ModuleType:
    return import_keyboard_for_windows(monkeypatch, console)


@pytest.fixture
def keyboard(module: ModuleType):
    with module.WindowsKeyboard() as keyboard:
        yield keyboard


@pytest.fixture
def interrupted():
    def interrupt(*_: object) -> None:
        raise PressedCtrlCError

    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


def keys(keyboard: Keyboard) -> list[str]:
    """Return what is read until nothing more comes."""
    read = []
    while (key := keyboard.read_key(_MOMENT)) is not None:
        read.append(key)
    return read


@pytest.mark.parametrize("prefix", ["\x00", "\xe0"])
def test_the_second_half_is_read_at_once(keyboard: Keyboard, console: FakeMsvcrt, prefix: str) -> None:
    console.press((prefix, "H"))
    assert keyboard.read_key(_SOON) == "up"
    assert console.left == 0


def test_a_typed_a_grave_is_a_character_and_waits_for_nothing(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("à")
    assert keyboard.read_key(_SOON) == "à"
    assert console.left == 0


def test_a_grave_does_not_eat_the_key_after_it(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    # H is the second half of an arrow, and here it is a letter.
    console.press("àH", _UP, "à", "à", ("\x00", "K"), "H")
    assert keys(keyboard) == ["à", "H", "up", "à", "à", "left", "H"]


def test_the_half_of_ctrl_at_is_not_ctrl_c(keyboard: Keyboard, console: FakeMsvcrt, interrupted: None) -> None:
    console.press(("\x00", "\x03"))
    assert keyboard.read_key(_SOON) == "ctrl-space"


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_is_a_signal_and_no_key(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("\x03", "a")
    with pytest.raises(PressedCtrlCError):
        keyboard.read_key(_SOON)
    assert keys(keyboard) == ["a"]


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_counts_while_draining_too(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("ab\x03")
    with pytest.raises(PressedCtrlCError):
        keyboard.drain()


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_of_another_time_is_forgotten_with_the_type_ahead(module: ModuleType, console: FakeMsvcrt) -> None:
    console.press("\x03")
    with module.WindowsKeyboard() as keyboard:
        assert keys(keyboard) == []


def test_a_character_of_two_units_is_one_key(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("a🐀b")
    assert keys(keyboard) == ["a", "🐀", "b"]


def test_half_a_character_holds_nothing_up(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("\ud83d")
    assert keyboard.read_key(_MOMENT) is None
    console.press("a")
    assert keys(keyboard)[-1] == "a"


def test_type_ahead_is_discarded_with_its_second_halves(module: ModuleType, console: FakeMsvcrt) -> None:
    console.press(_UP, "make", _UP)
    with module.WindowsKeyboard() as keyboard:
        assert console.left == 0
        assert keys(keyboard) == []


def test_close_leaves_no_word_for_the_shell(module: ModuleType, console: FakeMsvcrt) -> None:
    with module.WindowsKeyboard():
        console.press("rm", _UP)
    assert console.left == 0


def test_what_comes_after_close_is_not_ours(module: ModuleType, console: FakeMsvcrt) -> None:
    with module.WindowsKeyboard() as keyboard:
        pass
    console.press("ls")
    keyboard.close()
    assert keyboard.read_key(_MOMENT) is None
    assert console.left == 2


def test_a_burst_is_drained_whole(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("pasted " * 1000, _UP)
    assert keyboard.read_key(_SOON) == "p"
    keyboard.drain()
    assert console.left == 0
    assert keys(keyboard) == []


def test_terminal_sequences_are_understood_where_they_are_on(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("\x1b[A\x1b[1;5D\x1b[I\x1b[12;40R", _UP)
    assert keys(keyboard) == ["up", "ctrl-left", "up"]


def test_esc_before_an_arrow_is_esc_and_the_arrow(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("\x1b", _UP)
    assert keys(keyboard) == ["esc", "up"]


def test_a_prefix_without_its_half_is_no_key(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("\x00", "a")
    assert keys(keyboard) == ["a"]


def test_a_console_that_is_gone_is_no_key_and_no_busy_loop(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.press("a")
    console.gone = True
    assert keyboard.read_key(_MOMENT) is None
    assert not keyboard.listening


def test_after_a_rival_the_keys_count_again(
    module: ModuleType, keyboard: Keyboard, console: FakeMsvcrt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.platform.decoding_keyboard._RELOOK_SECONDS", 0.0)
    heard = []
    keyboard.on_listening = lambda: heard.append("listening")
    keyboard.on_lending = lambda: heard.append("lending")
    keyboard.has_rival = lambda: True
    console.press("for the rival")
    assert keyboard.read_key(_MOMENT) is None
    keyboard.has_rival = lambda: False
    assert keyboard.read_key(_MOMENT) is None
    console.press("x")
    assert keyboard.read_key(_SOON) == "x"
    assert heard == ["lending", "listening"]


def test_wake_works_inside_a_signal_handler(keyboard: Keyboard) -> None:
    before = signal.signal(signal.SIGINT, lambda *_: keyboard.wake())
    try:
        signal.raise_signal(signal.SIGINT)
        assert keyboard.read_key(None) is None
    finally:
        signal.signal(signal.SIGINT, before)


# Other parls


def test_of_two_parls_on_one_console_the_first_has_the_keys(
    module: ModuleType, console: FakeMsvcrt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.platform.decoding_keyboard._RELOOK_SECONDS", 0.0)
    with module.WindowsKeyboard() as outer, module.WindowsKeyboard() as inner:
        assert (outer.listening, inner.listening) == (True, False)
        console.press("x")
        assert inner.read_key(_MOMENT) is None
        assert outer.read_key(_SOON) == "x"
        outer.close()
        assert inner.read_key(_MOMENT) is None
        assert inner.listening
        console.press("y")
        assert inner.read_key(_SOON) == "y"


def test_where_no_window_tells_of_the_console_everybody_listens(module: ModuleType, console: FakeMsvcrt) -> None:
    console.api.window = 0
    with module.WindowsKeyboard() as one, module.WindowsKeyboard() as other:
        assert one.listening
        assert other.listening


# Waiting


def test_what_is_no_key_is_taken_away_and_wakes_nobody_twice(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.happen(40)  # the release of Enter, the focus, the mouse
    assert keyboard.read_key(_MOMENT) is None
    assert console.left == 0
    assert console.api.waits < 10


def test_a_key_among_what_is_none_is_read(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.happen()
    console.press("a")
    console.happen()
    console.press(_UP)
    assert keys(keyboard) == ["a", "up"]


def test_of_a_burst_whose_events_come_one_by_one_nothing_is_thrown_away(
    keyboard: Keyboard, console: FakeMsvcrt, monkeypatch: pytest.MonkeyPatch
) -> None:
    burst, pressed = [*"one by one"], []
    kbhit = console.kbhit

    def press_more_after_the_look() -> bool:
        found = kbhit()
        if not found and len(pressed) < len(burst):
            pressed.append(burst[len(pressed)])
            console.press(pressed[-1])
            console.happen()
        return found

    monkeypatch.setattr(console, "kbhit", press_more_after_the_look)
    console.happen()
    assert [key if key != "space" else " " for key in keys(keyboard)] == burst


def test_a_rival_that_is_quicker_does_not_hold_us_up(
    keyboard: Keyboard, console: FakeMsvcrt, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = console.api.count_console_input

    def count_and_lose(handle: int) -> int:
        found = count(handle)
        console._console.clear()  # read by another program on this console
        return found

    monkeypatch.setattr(console.api, "count_console_input", count_and_lose)
    console.happen(3)
    assert keyboard.read_key(_MOMENT) is None
    monkeypatch.undo()
    console.press("x")
    assert keyboard.read_key(_SOON) == "x"


def test_idle_it_wakes_up_seldom(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    before = console.api.waits
    assert keyboard.read_key(0.6) is None
    assert console.api.waits - before <= 5


def test_the_console_is_given_back(module: ModuleType, console: FakeMsvcrt) -> None:
    with module.WindowsKeyboard() as keyboard:
        assert console.api.opened == 1
    assert console.api.opened == 0
    keyboard.wake()  # from another thread, a moment too late
    assert len(console.api.events) == 1  # the watch's own; the claim is given back
    del keyboard
    gc.collect()
    assert console.api.events == set()


def test_a_console_that_vanishes_while_we_wait_is_left(keyboard: Keyboard, console: FakeMsvcrt) -> None:
    console.gone = True
    console.happen()
    assert keyboard.read_key(_MOMENT) is None
    assert console.api.opened == 0


# The names


@pytest.mark.parametrize(
    ("half", "name"),
    [
        ("H", "up"),
        ("P", "down"),
        ("K", "left"),
        ("M", "right"),
        ("G", "home"),
        ("O", "end"),
        ("I", "pageup"),
        ("Q", "pagedown"),
        ("R", "insert"),
        ("S", "delete"),
        (";", "f1"),
        ("D", "f10"),
        ("\x85", "f11"),
        ("\x86", "f12"),
        ("T", "shift-f1"),
        ("^", "ctrl-f1"),
        ("h", "alt-f1"),
        ("\x8c", "alt-f12"),
        ("s", "ctrl-left"),
        ("t", "ctrl-right"),
        ("\x8d", "ctrl-up"),
        ("\x91", "ctrl-down"),
        ("\x93", "ctrl-delete"),
        ("\x98", "alt-up"),
        ("\x0f", "shift-tab"),
        ("\x94", "ctrl-tab"),
        ("\x10", "alt-q"),
        ("\x32", "alt-m"),
        ("\x81", "alt-0"),
        ("\xff", "key-255"),
    ],
)
def test_second_halves_have_the_names_of_the_posix_decoder(half: str, name: str) -> None:
    assert name_of_second_half(half) == name


def test_every_name_can_be_given_as_an_abort_key() -> None:
    for name in set(_NAMES.values()) - {"alt-,"}:  # a comma separates names
        assert parse_key_names(name) == (name,)


# Whether there is a console


@pytest.mark.parametrize(
    ("opens", "mintty", "expected"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_console_is_one_that_opens_and_is_not_minttys(
    module: ModuleType, console: FakeMsvcrt, opens: bool, mintty: bool, expected: bool
) -> None:
    console.gone, console.api.is_mintty = not opens, mintty
    assert module.has_console() is expected
    assert console.api.opened == 0


def test_the_fakes_are_gone_afterwards() -> None:
    assert "parl.platform.windows_keyboard" not in sys.modules or sys.platform == "win32"
