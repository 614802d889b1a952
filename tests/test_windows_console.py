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
import os
from ctypes import wintypes

import colorama.winterm
import psutil

import parl.platform
from parl.cli.speech import write_words
from parl.platform import open_keyboard, windows_api, windows_console, windows_watch
from parl.platform.base import Keyboard
from parl.platform.windows_keyboard import WindowsKeyboard
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.console import Fingers, ctrl_c, key, what_is_no_key
from tests.keyboard_contract import Driver, KeyboardContract
from tests.wine import is_wine

pytestmark = pytest.mark.console

_MOMENT = 0.05


@pytest.fixture(scope="module")
def fingers() -> Iterator[Fingers]:
    with closing(Fingers()) as fingers:
        yield fingers


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    # What does not end a wait would show: the wait's own end is far away.
    monkeypatch.setattr(windows_watch, "_SLICE_SECONDS", 3600.0)
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


# Reads whatever comes to the console, as a pager does that waits for a key.
_RIVAL = """
import ctypes, msvcrt, os
console = ctypes.c_void_p(msvcrt.get_osfhandle(os.open("CONIN$", os.O_RDWR)))
record, count = ctypes.create_string_buffer(20), ctypes.c_ulong()
print("reads", flush=True)
while True:
    ctypes.windll.kernel32.ReadConsoleInputW(console, record, 1, ctypes.byref(count))
"""


def test_another_reader_of_the_console_does_not_hold_us_up(fingers: Fingers, keyboard: Keyboard) -> None:
    with subprocess.Popen([sys.executable, "-c", _RIVAL], stdout=subprocess.PIPE) as rival:
        assert rival.stdout is not None
        rival.stdout.readline()
        try:
            for _ in range(40):
                fingers.put(key("a", down=False))
                assert keyboard.read_key(0.02) is None
        finally:
            rival.kill()
    fingers.put(key("a", down=False))  # for the read that it was in, which Wine finishes all the same


@pytest.mark.parametrize("page", [437, 1252, 65001])
def test_the_code_page_of_the_console_changes_no_key_and_no_word(
    fingers: Fingers, keyboard: Keyboard, page: int
) -> None:
    kernel32 = ctypes.WinDLL("kernel32")
    before = kernel32.GetConsoleCP(), kernel32.GetConsoleOutputCP()
    assert kernel32.SetConsoleCP(page)
    assert kernel32.SetConsoleOutputCP(page)
    try:
        fingers.press("à", "€", "x")
        assert read(keyboard) == ["à", "€", "x"]
        write_words("\rà, €", to_terminal=True)
        assert read_line_before_cursor() == "à, €"
        write_words("\r\n", to_terminal=True)
    finally:
        kernel32.SetConsoleCP(before[0])
        kernel32.SetConsoleOutputCP(before[1])


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

    def __init__(self, *words: str, stdin: str = os.devnull) -> None:
        with open(stdin) as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "parl", *words],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
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


def test_of_nested_parls_the_outermost_has_the_keys(fingers: Fingers) -> None:
    inner = [sys.executable, "-m", "parl", "timer", "--every", "50ms", "--message", "tick"]
    with Listening("compile", "--grace", "0", "--abort-key", "f2", "--", *inner) as listening:
        assert listening.read_line() == "tick"
        fingers.press("x")  # would cancel the timer
        assert [listening.read_line() for _ in range(10)] == ["tick"] * 10
        fingers.press("f2")
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


@contextmanager
def interrupted_by_none() -> Iterator[None]:
    """Ignore Ctrl-C here: it is for all in the console."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_parl_and_the_build(fingers: Fingers) -> None:
    with Listening("compile", "--grace", "0", "--", sys.executable, "-c", _TREE) as listening:
        pids = [int(pid) for pid in listening.read_line().split()]
        with interrupted_by_none():
            fingers.interrupt()
            assert listening.end().code == 130
    wait_until(lambda: not any(map(psutil.pid_exists, pids)), "the end of the tree")


def test_enter_ends_the_pause(fingers: Fingers) -> None:
    with Listening("timer", "0", "--pause") as listening:
        assert listening.read_line() == "Oops, woke up!"
        assert listening.process.stderr is not None
        assert listening.process.stderr.readline() == "Press [enter] to close\n"
        fingers.press("x", "enter")
        assert listening.end().code == 0


@pytest.mark.parametrize("stdin", ["CONIN$", "NUL"])
def test_letters_filter_the_chooser_and_enter_takes(fingers: Fingers, stdin: str) -> None:
    with Listening("menu", "--choose", "red", "green", "blue", stdin=stdin) as listening:
        wait_until(lambda: "enter takes" in read_screen(), "the chooser")
        fingers.press("g", "r", "e", "e")
        wait_until(lambda: "1/3" in read_screen(), "the filter")  # with Enter behind them they would be a paste
        fingers.press("enter")
        assert listening.end()[:2] == (0, "green\n")


@pytest.mark.xfail(
    is_wine(),
    strict=True,
    raises=AssertionError,
    reason="Wine: accepts the mode for keys as sequences, and sends none for the arrows",
)
def test_an_arrow_moves_in_the_chooser(fingers: Fingers) -> None:
    with Listening("menu", "--choose", "red", "green", "blue") as listening:
        wait_until(lambda: "enter takes" in read_screen(), "the chooser")
        fingers.press("down")
        fingers.press("enter")
        assert listening.end()[:2] == (0, "green\n")


# The window


class ScreenInfo(ctypes.Structure):
    """CONSOLE_SCREEN_BUFFER_INFO."""

    _fields_ = (
        ("size", wintypes._COORD),
        ("cursor", wintypes._COORD),
        ("attributes", wintypes.WORD),
        ("window", wintypes.SMALL_RECT),
        ("largest", wintypes._COORD),
    )


def read_line_before_cursor() -> str:
    """Return what stands between the beginning of the line and the cursor."""
    return _read_cells(lambda info: (wintypes._COORD(0, info.cursor.Y), info.cursor.X))


def read_screen() -> str:
    """Return all that the console shows."""
    return _read_cells(lambda info: (wintypes._COORD(0, 0), info.size.X * (info.window.Bottom + 1)))


def _read_cells(choose: Callable[[ScreenInfo], tuple[wintypes._COORD, int]]) -> str:
    with open_screen() as (handle, info):
        start, length = choose(info)
        text, count = ctypes.create_unicode_buffer(length + 1), wintypes.DWORD()
        assert ctypes.windll.kernel32.ReadConsoleOutputCharacterW(handle, text, length, start, ctypes.byref(count))
    return text[: count.value]


@contextmanager
def open_screen() -> Iterator[tuple[wintypes.HANDLE, ScreenInfo]]:
    """Open the console's screen, and look at it."""
    screen = os.open("CONOUT$", os.O_RDWR)
    try:
        handle, info = wintypes.HANDLE(msvcrt.get_osfhandle(screen)), ScreenInfo()
        assert ctypes.windll.kernel32.GetConsoleScreenBufferInfo(handle, ctypes.byref(info))
        yield handle, info
    finally:
        os.close(screen)


@pytest.fixture(autouse=True)
def _empty_screen() -> None:
    """What stands there at the end of a test is its own."""
    with open_screen() as (handle, info):
        start, cells, count = wintypes._COORD(0, 0), info.size.X * info.size.Y, wintypes.DWORD()
        assert ctypes.windll.kernel32.FillConsoleOutputCharacterW(
            handle, ctypes.c_wchar(" "), cells, start, ctypes.byref(count)
        )
        assert ctypes.windll.kernel32.SetConsoleCursorPosition(handle, start)


def test_a_console_with_company_is_not_ours_alone() -> None:
    assert windows_api.console_window()
    with subprocess.Popen(
        ["cmd", "/c", "echo here&set /p x="], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as company:
        assert company.stdout is not None
        company.stdout.readline()
        assert company.pid in (windows_api.console_pids(64) or ())
        assert not windows_console.is_ours_alone()
        company.communicate(b"\r\n")


def test_who_has_a_stream_of_ours_closes_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_console, "is_ours_alone", lambda: True)
    assert not parl.platform.alone_in_console()  # pytest's own stdout
    monkeypatch.setattr(parl.platform, "is_terminal", lambda _: True)
    assert parl.platform.alone_in_console()


@pytest.mark.xfail(
    is_wine(),
    strict=True,
    raises=AssertionError,
    reason="Wine: accepts the mode for terminal sequences, and prints them",
)
def test_the_console_obeys_sequences() -> None:
    screen = os.open("CONOUT$", os.O_RDWR)
    try:
        colorama.winterm.enable_vt_processing(screen)
        os.write(screen, b"\r\x1b[32mgreen\x1b[0m\x1b[K")
        assert read_line_before_cursor() == "green"
    finally:
        os.write(screen, b"\r\n")
        os.close(screen)


# Behind all others: where parl is killed in a read of a line, Wine lets that read have the next test's keys.
def test_a_number_is_typed_at_a_plain_menu(fingers: Fingers) -> None:
    with Listening("menu", "--numbered", stdin="CONIN$") as listening:
        wait_until(lambda: read_line_before_cursor().endswith("> "), "the prompt")
        fingers.press("1", "enter")
        assert listening.read_line() == "Print logic to come here..."
        fingers.press("9", "9", "enter")
        assert listening.end().code == 0


@pytest.mark.xfail(
    is_wine(), strict=True, raises=AssertionError, reason="Wine: a program that a Ctrl-C ends has 0 for its exit code"
)
def test_ctrl_c_at_a_plain_menu_is_no_answer(fingers: Fingers) -> None:
    with Listening("menu", "--numbered", stdin="CONIN$") as listening:
        wait_until(lambda: read_line_before_cursor().endswith("> "), "the prompt")
        with interrupted_by_none():
            fingers.interrupt()
            assert listening.end().code == 0xC000013A
