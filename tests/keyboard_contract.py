"""What every Keyboard must do, whatever the system: tests to inherit, one driver to write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from time import monotonic
from typing import Protocol

import pytest

from parl.platform.base import Keyboard

# Within this everything happens that is to happen; only a failure lasts so long.
PATIENCE_SECONDS = 10.0
# For what must not happen there is no event to wait for.
_NOTHING_SECONDS = 0.05
# Windows counts time in steps of a 64th of a second and may be early by one.
_CLOCK_STEP_SECONDS = 1 / 64
_BURST = [*"the quick brown fox jumps over the lazy dog 0123456789 and more".replace(" ", "")] + ["up", "a"] * 5


class Driver(Protocol):
    """A keyboard under test (not yet open), and the fingers on it."""

    keyboard: Keyboard

    def press(self, *names: str) -> None:
        """Press keys by their names, in one go: single characters, "up", "esc", "enter"."""

    def press_before_open(self, *characters: str) -> None:
        """Press plain characters, and return when the terminal holds them."""

    def close(self) -> None:
        """Close the keyboard, and whatever the driver opened."""


class WaitingContract:
    """What a Keyboard does even where nothing can be pressed. Subclasses have a ``driver`` fixture."""

    @pytest.fixture
    def driver(self) -> Iterator[Driver]:
        raise NotImplementedError

    @pytest.fixture
    def keyboard(self, driver: Driver) -> Keyboard:
        return driver.keyboard

    def test_a_time_out_gives_none(self, keyboard: Keyboard) -> None:
        with keyboard:
            began = monotonic()
            assert keyboard.read_key(0.05) is None
            assert monotonic() - began > 0.05 - _CLOCK_STEP_SECONDS

    def test_no_time_at_all_is_a_time_out_too(self, keyboard: Keyboard) -> None:
        with keyboard:
            assert keyboard.read_key(0) is None

    def test_wake_ends_a_blocked_read_from_another_thread(self, keyboard: Keyboard) -> None:
        with keyboard:
            reader = Reader(keyboard)
            reader.assert_blocked()
            keyboard.wake()
            assert reader.result() is None

    def test_a_wake_before_the_read_is_not_lost(self, keyboard: Keyboard) -> None:
        with keyboard:
            keyboard.wake()
            assert Reader(keyboard).result() is None

    def test_a_wake_ends_one_read(self, keyboard: Keyboard) -> None:
        with keyboard:
            keyboard.wake()
            assert Reader(keyboard).result() is None
            reader = Reader(keyboard)
            reader.assert_blocked()
            keyboard.wake()
            assert reader.result() is None

    def test_close_twice_is_close_once(self, keyboard: Keyboard) -> None:
        keyboard.open()
        keyboard.close()
        keyboard.close()
        assert not keyboard.listening

    def test_a_closed_keyboard_need_not_have_been_open(self, keyboard: Keyboard) -> None:
        keyboard.close()
        assert not keyboard.listening

    def test_drain_without_keys_returns(self, keyboard: Keyboard) -> None:
        with keyboard:
            keyboard.drain()

    def test_a_wake_outlives_drain(self, keyboard: Keyboard) -> None:
        with keyboard:
            keyboard.wake()
            keyboard.drain()
            assert Reader(keyboard).result() is None


class KeyboardContract(WaitingContract):
    """What a Keyboard does where keys can be pressed."""

    def test_one_key_is_one_read(self, driver: Driver, keyboard: Keyboard) -> None:
        with keyboard:
            driver.press("x")
            assert keyboard.read_key(PATIENCE_SECONDS) == "x"
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    @pytest.mark.parametrize("name", ["up", "left", "home", "delete", "f1", "f5", "ctrl-left", "esc"])
    def test_a_key_of_several_parts_is_one_read(self, driver: Driver, keyboard: Keyboard, name: str) -> None:
        with keyboard:
            driver.press(name)
            assert keyboard.read_key(PATIENCE_SECONDS) == name
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    @pytest.mark.parametrize("name", ["a", "A", "7", "%", "enter", "space", "tab", "backspace", "ctrl-a"])
    def test_plain_keys_have_one_name_on_every_system(self, driver: Driver, keyboard: Keyboard, name: str) -> None:
        with keyboard:
            driver.press(name)
            assert keyboard.read_key(PATIENCE_SECONDS) == name

    @pytest.mark.parametrize("name", ["é", "à", "€", "一", "Ā", "\N{PERSONAL COMPUTER}", "\N{RAT}"])
    def test_a_character_of_several_units_is_one_read(self, driver: Driver, keyboard: Keyboard, name: str) -> None:
        with keyboard:
            driver.press(name)
            assert keyboard.read_key(PATIENCE_SECONDS) == name
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    def test_a_key_ends_a_blocked_read(self, driver: Driver, keyboard: Keyboard) -> None:
        with keyboard:
            reader = Reader(keyboard)
            reader.assert_blocked()
            driver.press("x")
            assert reader.result() == "x"

    def test_what_was_typed_before_is_no_key_and_what_comes_after_is(self, driver: Driver, keyboard: Keyboard) -> None:
        driver.press_before_open("m", "a", "k", "e")
        with keyboard:
            assert keyboard.read_key(_NOTHING_SECONDS) is None
            driver.press("x", "y")
            assert [keyboard.read_key(PATIENCE_SECONDS) for _ in "xy"] == ["x", "y"]
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    def test_a_burst_arrives_whole_and_in_order(self, driver: Driver, keyboard: Keyboard) -> None:
        with keyboard:
            driver.press(*_BURST)
            assert [keyboard.read_key(PATIENCE_SECONDS) for _ in _BURST] == _BURST
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    def test_drain_leaves_nothing_of_a_burst(self, driver: Driver, keyboard: Keyboard) -> None:
        with keyboard:
            driver.press(*_BURST)
            assert keyboard.read_key(PATIENCE_SECONDS) == _BURST[0]
            keyboard.drain()
            assert keyboard.read_key(_NOTHING_SECONDS) is None

    def test_after_drain_keys_count_again(self, driver: Driver, keyboard: Keyboard) -> None:
        with keyboard:
            driver.press("x")
            assert keyboard.read_key(PATIENCE_SECONDS) == "x"
            keyboard.drain()
            driver.press("up")
            assert keyboard.read_key(PATIENCE_SECONDS) == "up"

    def test_it_listens_from_open_to_close_and_says_so(self, keyboard: Keyboard) -> None:
        heard: list[bool] = []
        keyboard.on_listening = lambda: heard.append(keyboard.listening)
        assert not keyboard.listening
        with keyboard:
            assert keyboard.listening
            assert heard == [True]
        assert not keyboard.listening

    def test_a_rival_gets_the_keys(self, driver: Driver, keyboard: Keyboard) -> None:
        lent: list[bool] = []
        keyboard.on_lending = lambda: lent.append(keyboard.listening)
        keyboard.has_rival = lambda: True
        with keyboard:
            driver.press("x")
            reader = Reader(keyboard)
            reader.assert_blocked()
            keyboard.wake()
            assert reader.result() is None
            assert lent == [False]


class Reader:
    """A thread inside ``read_key`` without a time-out."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._results: SimpleQueue[str | None] = SimpleQueue()
        self._entering = threading.Event()
        self._keyboard = keyboard
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self._entering.set()
        self._results.put(self._keyboard.read_key(None))

    def assert_blocked(self) -> None:
        """Fail if the read returns by itself."""
        assert self._entering.wait(PATIENCE_SECONDS)
        self._thread.join(_NOTHING_SECONDS)
        assert self._thread.is_alive()

    def result(self) -> str | None:
        """Return what was read."""
        result = self._results.get(timeout=PATIENCE_SECONDS)
        self._thread.join(PATIENCE_SECONDS)
        return result
