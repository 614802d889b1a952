"""Keys on the console of a real Windows: the keyboard, and the commands that listen to it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import pytest

if sys.platform != "win32":
    pytest.skip("the console of Windows", allow_module_level=True)

import ctypes
import msvcrt
from ctypes import wintypes

import colorama.winterm
import psutil

import parl.platform
from parl.platform import open_keyboard, windows_console
from parl.platform.base import Keyboard
from parl.platform.windows_keyboard import WindowsKeyboard
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.console import Fingers, ctrl_c, key, what_is_no_key
from tests.wine import is_wine

pytest.register_assert_rewrite("tests.keyboard_contract")

from tests.keyboard_contract import Driver, KeyboardContract

pytestmark = pytest.mark.console

_MOMENT = 0.05


@pytest.fixture(scope="module")
def fingers() -> Iterator[Fingers]:
    with closing(Fingers()) as fingers:
        yield fingers


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    with open_keyboard() as keyboard:
        yield keyboard


def read(keyboard: Keyboard) -> list[str]:
    """Return what is read until nothing more comes."""
    keys = []
    while (name := keyboard.read_key(_MOMENT)) is not None:
        keys.append(name)
    return keys


class ConsoleDriver:
    """WindowsKeyboard on this console."""

    def __init__(self, fingers: Fingers, *, enhanced: bool) -> None:
        self.keyboard = WindowsKeyboard()
        self._fingers = fingers
        self._enhanced = enhanced

    def press(self, *names: str) -> None:
        self._fingers.press(*names, enhanced=self._enhanced)

    press_before_open = press

    def close(self) -> None:
        self.keyboard.close()


class TestConsole(KeyboardContract):
    @pytest.fixture(params=[False, True], ids=["number-pad-00", "arrows-e0"])
    def driver(self, fingers: Fingers, request: pytest.FixtureRequest) -> Iterator[Driver]:
        with closing(ConsoleDriver(fingers, enhanced=request.param)) as driver:
            yield driver


# Keys


def test_there_is_a_console_to_press_keys_on(keyboard: Keyboard) -> None:
    assert isinstance(keyboard, WindowsKeyboard)
    assert keyboard.listening


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize(
    "name", ["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "ctrl-right"]
)
def test_moves_have_their_names_in_both_forms(fingers: Fingers, keyboard: Keyboard, name: str, enhanced: bool) -> None:
    fingers.press(name, enhanced=enhanced)
    assert read(keyboard) == [name]


@pytest.mark.parametrize("number", range(1, 13))
def test_function_keys_have_their_names(fingers: Fingers, keyboard: Keyboard, number: int) -> None:
    fingers.press(f"f{number}")
    assert read(keyboard) == [f"f{number}"]


def test_a_grave_is_no_prefix(fingers: Fingers, keyboard: Keyboard) -> None:
    fingers.press("à", "H", "up", "à", "à", "left")
    assert read(keyboard) == ["à", "H", "up", "à", "à", "left"]


def test_a_burst_of_sixty_keys_is_read_whole(fingers: Fingers, keyboard: Keyboard) -> None:
    burst = [*"abcdefghijklmnopqrst", *["up", "f1", "à", "x"] * 10]
    fingers.press(*burst)
    assert len(burst) == 60
    assert read(keyboard) == burst


def test_what_is_no_key_is_none_and_leaves_the_console_quiet(fingers: Fingers, keyboard: Keyboard) -> None:
    fingers.put(*what_is_no_key() * 5)
    assert read(keyboard) == []
    waits = count_waits(keyboard)
    assert keyboard.read_key(0.6) is None
    assert len(waits) < 6  # a handle that stays signalled would make it thousands


def count_waits(keyboard: Keyboard) -> list[object]:
    """Return a list that gets longer with each wait."""
    watch = keyboard._watch  # type: ignore[attr-defined]
    waits: list[object] = []
    wait_any = watch._wait_any
    watch._wait_any = lambda seconds: (waits.append(seconds), wait_any(seconds))[1]
    return waits


def test_keys_between_what_is_none_are_read(fingers: Fingers, keyboard: Keyboard) -> None:
    fingers.put(*what_is_no_key(), key("x"), *what_is_no_key(), key("y"), *what_is_no_key())
    assert read(keyboard) == ["x", "y"]


def test_a_key_held_down_is_pressed_again_and_again(fingers: Fingers, keyboard: Keyboard) -> None:
    fingers.put(key("x"), key("x"), key("x"), key("x", down=False))
    assert read(keyboard) == ["x", "x", "x"]


def test_nothing_is_left_for_the_shell(fingers: Fingers) -> None:
    with open_keyboard() as keyboard:
        fingers.press("x", "y", "up")
        assert keyboard.read_key(PATIENCE_SECONDS) == "x"
    with open_keyboard() as keyboard:
        assert read(keyboard) == []


# Ctrl-C


class PressedCtrlCError(Exception):
    """What the handler of these tests raises."""


@pytest.fixture
def interrupted() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise PressedCtrlCError

    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def in_another_thread(press: Callable[[], None]) -> Iterator[None]:
    """Press meanwhile: the signal comes to the main thread, which must be in the wait by then."""
    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_as_a_key_is_the_signal(fingers: Fingers, keyboard: Keyboard) -> None:
    with in_another_thread(lambda: fingers.put(ctrl_c())), pytest.raises(PressedCtrlCError):
        keyboard.read_key(PATIENCE_SECONDS)


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_as_the_console_sends_it_ends_a_wait_without_end(fingers: Fingers, keyboard: Keyboard) -> None:
    with in_another_thread(fingers.interrupt), pytest.raises(PressedCtrlCError):
        keyboard.read_key(None)


# The commands


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Listening:
    """A parl that shares this console; what it says goes through pipes."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "parl", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def read_line(self) -> str:
        """Wait for the next line on stdout: that of a command says that the keys count."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> Ended:
        """Wait for the end."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return Ended(self.process.returncode, out, err)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()  # it would read the keys of the next test
        self.process.communicate()


# Starts a child, says both pids, and waits for ever.
_TREE = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; print('x', flush=True); time.sleep(600)"],
                         stdout=subprocess.PIPE)
child.stdout.readline()
print(os.getpid(), child.pid, flush=True)
child.wait()
"""


@pytest.mark.parametrize("name", ["x", "up", "f1", "à", "esc", "enter"])
def test_any_key_aborts_a_build_with_all_that_it_started(fingers: Fingers, name: str) -> None:
    with Listening("compile", "--grace", "0", "--", sys.executable, "-c", _TREE) as listening:
        pids = [int(pid) for pid in listening.read_line().split()]
        fingers.press(name)
        assert listening.end().code == 130
        wait_until(lambda: not any(map(psutil.pid_exists, pids)), "the end of the tree")


# Ends when a file has come.
_WAITING = """
import os, sys, time
print("started", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
sys.exit(7)
"""


def test_what_is_no_key_aborts_nothing(fingers: Fingers, tmp_path: Path) -> None:
    end = tmp_path / "end"
    with Listening("compile", "--", sys.executable, "-c", _WAITING, str(end)) as listening:
        assert listening.read_line() == "started"
        fingers.put(*what_is_no_key())
        end.touch()
        assert listening.end().code == 7


def test_only_the_abort_key_aborts(fingers: Fingers, tmp_path: Path) -> None:
    waiting = [sys.executable, "-c", _WAITING, str(tmp_path / "never")]
    with Listening("compile", "--abort-key", "f2,à", "--", *waiting) as listening:
        assert listening.read_line() == "started"
        fingers.press("a", "up", "f1")
        fingers.press("à")
        assert listening.end().code == 130


def test_a_key_cancels_a_timer(fingers: Fingers) -> None:
    with Listening("timer", "--every", "50ms", "--message", "tick") as listening:
        assert listening.read_line() == "tick"
        fingers.press("down")
        assert listening.end().code == 130


def test_a_key_aborts_a_tree_and_leaves_nothing_half_written(fingers: Fingers, slow: Path) -> None:
    with Listening("compile", "--jobs", "2", str(slow)) as listening:
        wait_until(lambda: any(slow.rglob("*.pyc")), "the first bytecode")
        workers = psutil.Process(listening.process.pid).children(recursive=True)
        fingers.press("x")
        assert listening.end().code == 130
        assert psutil.wait_procs(workers, PATIENCE_SECONDS)[1] == []
        assert [path for path in slow.rglob("*") if path.suffix not in (".py", ".pyc") and path.is_file()] == []


def test_ctrl_c_ends_parl_and_the_build(fingers: Fingers) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for all in the console
    try:
        with Listening("compile", "--grace", "0", "--", sys.executable, "-c", _TREE) as listening:
            pids = [int(pid) for pid in listening.read_line().split()]
            fingers.interrupt()
            assert listening.end().code == 130
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(lambda: not any(map(psutil.pid_exists, pids)), "the end of the tree")


# The window


def read_line_before_cursor(screen: int) -> str:
    """Return what stands between the beginning of the line and the cursor."""

    class ScreenInfo(ctypes.Structure):
        _fields_ = (
            ("size", wintypes._COORD),
            ("cursor", wintypes._COORD),
            ("attributes", wintypes.WORD),
            ("window", wintypes.SMALL_RECT),
            ("largest", wintypes._COORD),
        )

    kernel32, handle = ctypes.WinDLL("kernel32"), wintypes.HANDLE(screen)
    info, count = ScreenInfo(), wintypes.DWORD()
    assert kernel32.GetConsoleScreenBufferInfo(handle, ctypes.byref(info))
    text, start = ctypes.create_unicode_buffer(info.cursor.X + 1), wintypes._COORD(0, info.cursor.Y)
    assert kernel32.ReadConsoleOutputCharacterW(handle, text, info.cursor.X, start, ctypes.byref(count))
    return text[: count.value]


def test_a_console_with_company_is_not_ours_alone(fingers: Fingers, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["cmd", "/c", "set /p x="], stdin=subprocess.PIPE) as company:
        assert windows_console._has_window()
        assert not windows_console.is_ours_alone()
        company.communicate(b"\r\n")


def test_who_has_a_stream_of_ours_closes_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_console, "is_ours_alone", lambda: True)
    assert not parl.platform.alone_in_console()  # pytest's own stdout
    monkeypatch.setattr(parl.platform, "is_terminal", lambda _: True)
    assert parl.platform.alone_in_console()


@pytest.mark.xfail(is_wine(), strict=True, reason="Wine: accepts the mode for terminal sequences, and prints them")
def test_the_console_obeys_sequences() -> None:
    with open("CONOUT$", "r+b", buffering=0) as screen:
        assert colorama.winterm.enable_vt_processing(screen.fileno())
        screen.write(b"\r\n\x1b[32mgreen\x1b[0m\x1b[K")
        line = read_line_before_cursor(msvcrt.get_osfhandle(screen.fileno()))
    assert line == "green"
