"""The contract of Keyboard, kept by each of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count

import pytest

from parl.platform.base import NoKeyboard
from tests.conftest import wait_until
from tests.fake_msvcrt import FakeMsvcrt, import_keyboard_for_windows
from tests.keyboard_contract import PATIENCE_SECONDS, Driver, KeyboardContract, WaitingContract

# Of what is pasted; and each terminal can hold it.
_MUCH = 900
_WINDOWS_HALVES = {
    "up": "H",
    "left": "K",
    "home": "G",
    "delete": "S",
    "f1": ";",
    "f5": "?",
    "ctrl-left": "s",
}
_CONTROLS = {"enter": "\r", "space": " ", "tab": "\t", "esc": "\x1b", "ctrl-a": "\x01"}


class NoDriver:
    """No keyboard, and no fingers."""

    def __init__(self) -> None:
        self.keyboard = NoKeyboard()

    def press(self, *names: str) -> None:
        raise NotImplementedError

    press_before_open = press

    def close(self) -> None:
        self.keyboard.close()


class TestNoKeyboard(WaitingContract):
    @pytest.fixture
    def driver(self) -> Iterator[Driver]:
        with closing(NoDriver()) as driver:
            yield driver


class FakeWindowsDriver:
    """WindowsKeyboard on a fake msvcrt."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
        self._console = FakeMsvcrt()
        self._prefix = prefix
        self.keyboard = import_keyboard_for_windows(monkeypatch, self._console).WindowsKeyboard()

    def press(self, *names: str) -> None:
        self._console.press(*map(self._event, names))

    press_before_open = press

    def close(self) -> None:
        self.keyboard.close()

    def _event(self, name: str) -> str | tuple[str, str]:
        if name in _WINDOWS_HALVES:
            return self._prefix, _WINDOWS_HALVES[name]
        return (_CONTROLS | {"backspace": "\b"}).get(name, name)


class TestWindowsKeyboard(KeyboardContract):
    @pytest.fixture(params=["\x00", "\xe0"], ids=["prefix-00", "prefix-e0"])
    def driver(self, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Driver]:
        with closing(FakeWindowsDriver(monkeypatch, request.param)) as driver:
            yield driver


if sys.platform != "win32":
    import os
    import termios

    from parl.platform.unix_keyboard import UnixKeyboard
    from parl.platform.watch import SelectWatch, Watch

    _SEQUENCES = {
        "up": "\x1b[A",
        "left": "\x1b[D",
        "home": "\x1b[H",
        "delete": "\x1b[3~",
        "f1": "\x1bOP",
        "f5": "\x1b[15~",
        "ctrl-left": "\x1b[1;5D",
        "backspace": "\x7f",
    }

    class UnixDriver:
        """UnixKeyboard on a pseudo-terminal."""

        def __init__(self, watch: Watch) -> None:
            self._fingers, self._theirs = os.openpty()
            terminal = os.open(os.ttyname(self._theirs), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            self.keyboard = UnixKeyboard(terminal, watch=watch)

        def press(self, *names: str) -> None:
            text = "".join((_CONTROLS | _SEQUENCES).get(name, name) for name in names)
            os.write(self._fingers, text.encode())

        def press_before_open(self, *characters: str) -> None:
            self.press(*characters)
            self._read_echo(len(characters))

        def _read_echo(self, count: int) -> None:
            """Wait until the terminal has taken so much: it echoes that."""
            echoed = 0
            while echoed < count:
                echoed += len(os.read(self._fingers, 1024))

        def fill_before_open(self, text: str) -> None:
            """Type *text* as far as it fits in."""
            os.set_blocking(self._fingers, False)
            with suppress(BlockingIOError):
                for _ in range(1000):
                    os.write(self._fingers, text.encode())
            os.set_blocking(self._fingers, True)
            self._read_echo(_MUCH)

        def hang_up(self) -> None:
            """Have nobody at the other side of the terminal."""
            os.close(self._fingers)
            self._fingers = os.open(os.devnull, os.O_RDONLY)

        def close(self) -> None:
            self.keyboard.close()
            os.close(self._fingers)
            os.close(self._theirs)

    class UnixKeyboardContract(KeyboardContract):
        """What only a stream of bytes can do."""

        def test_a_report_that_had_half_come_before_is_no_key(self, driver: UnixDriver) -> None:
            driver.press_before_open("\x1b", *"[12;")
            with driver.keyboard:
                driver.press(*"40R", "x")
                assert driver.keyboard.read_key(PATIENCE_SECONDS) == "x"

        @pytest.mark.parametrize("line", ["make all\r", "make all "])
        def test_a_terminal_that_was_full_before_hears_keys_all_the_same(self, driver: UnixDriver, line: str) -> None:
            driver.fill_before_open(line)
            with driver.keyboard:
                assert driver.keyboard.read_key(0) is None, "it was all typed before"
                driver.press("x")
                assert driver.keyboard.read_key(PATIENCE_SECONDS) == "x"

        def test_a_string_that_had_half_come_before_is_given_its_second(self, driver: UnixDriver) -> None:
            driver.press_before_open("\x1b", *"]11;rgb:")
            with driver.keyboard:
                driver.keyboard._type_ahead._noted_at -= 0.5
                driver.press(*"ff/00\x07", "x")
                assert driver.keyboard.read_key(PATIENCE_SECONDS) == "x"

        def test_half_a_report_is_not_forgotten_where_somebody_else_reads_what_comes_next(
            self, driver: UnixDriver, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            driver.press_before_open("\x1b", *"[12;")
            with driver.keyboard:
                with monkeypatch.context() as more_than_there_is:
                    more_than_there_is.setattr(driver.keyboard._terminal, "pending_bytes", lambda: 5)
                    driver.keyboard._take()
                driver.press(*"40R", "x")
                assert driver.keyboard.read_key(PATIENCE_SECONDS) == "x"

        def test_what_the_system_passes_on_in_pieces_is_waited_for(
            self, driver: UnixDriver, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            counts = iter([1500, 3000, 3000])
            monkeypatch.setattr(driver.keyboard._terminal, "pending_bytes", lambda: next(counts))
            assert driver.keyboard._type_ahead._settled_bytes() == 3000

        def test_what_comes_for_ever_is_not_waited_for(
            self, driver: UnixDriver, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            counts = count(1500)
            monkeypatch.setattr(driver.keyboard._terminal, "pending_bytes", lambda: next(counts))
            monkeypatch.setattr("parl.platform.type_ahead._LONGEST_PASTE_SECONDS", 0.05)
            assert driver.keyboard._type_ahead._settled_bytes() > 1500

        def test_hung_up_it_listens_no_more(self, driver: UnixDriver) -> None:
            with driver.keyboard:
                driver.hang_up()
                wait_until(lambda: driver.keyboard.read_key(0) is None and not driver.keyboard.listening, "the end")

        def test_hung_up_while_it_begins_to_listen_it_does_not(
            self, driver: UnixDriver, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            terminal = driver.keyboard._terminal
            monkeypatch.setattr(driver.keyboard._type_ahead, "note", lambda: setattr(terminal, "is_usable", False))
            with driver.keyboard:
                assert not driver.keyboard.listening
                assert driver.keyboard.read_key(0) is None

    class TestUnixKeyboardWithSelect(UnixKeyboardContract):
        @pytest.fixture
        def driver(self) -> Iterator[Driver]:
            with closing(UnixDriver(SelectWatch())) as driver:
                yield driver


if sys.platform == "linux":
    from parl.platform.watch import EpollWatch

    class TestUnixKeyboardWithEpoll(UnixKeyboardContract):
        @pytest.fixture
        def driver(self) -> Iterator[Driver]:
            with closing(UnixDriver(EpollWatch())) as driver:
                yield driver

        def test_what_was_typed_before_stays_for_the_shell(self, driver: UnixDriver) -> None:
            driver.press_before_open("m", "a", "k", "e")
            with driver.keyboard:
                assert driver.keyboard.read_key(0) is None
            assert os.read(driver._theirs, 64) == b"make"

        def test_a_key_after_type_ahead_that_somebody_has_flushed_is_one(self, driver: UnixDriver) -> None:
            driver.press_before_open("m", "a", "k", "e")
            with driver.keyboard:
                termios.tcflush(driver._theirs, termios.TCIFLUSH)
                driver.press("x")
                assert driver.keyboard.read_key(PATIENCE_SECONDS) == "x"
