"""One blocking wait: no wake is lost, none is heard twice."""

from __future__ import annotations

import sys

import pytest

if sys.platform == "win32":
    pytest.skip("descriptors of POSIX", allow_module_level=True)

import errno
import os
import select
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from parl.platform import open_keyboard
from parl.platform import watch as watches
from parl.platform.self_pipe import SelfPipe
from parl.platform.watch import SelectWatch, Watch, make_watch
from tests.conftest import PATIENCE_SECONDS

KINDS = [SelectWatch, watches.EpollWatch] if sys.platform == "linux" else [SelectWatch]


@pytest.fixture(params=KINDS)
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    watch = request.param()
    yield watch
    watch.close()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The end that types and the end that is watched."""
    ours, theirs = os.openpty()
    os.set_blocking(theirs, False)
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def type_in(terminal: tuple[int, int], data: bytes) -> None:
    """Type, and return when the terminal has something to read."""
    typing, watched = terminal
    os.write(typing, data + b"\n")  # a new terminal gives whole lines
    assert select.select([watched], [], [], PATIENCE_SECONDS)[0]


def test_nothing_happens_until_the_time_is_over(watch: Watch) -> None:
    began = monotonic()
    assert watch.wait(0.01) == (False, False)
    assert 0.009 <= monotonic() - began < PATIENCE_SECONDS / 2
    assert watch.wait(0) == (False, False)


def test_a_wake_before_the_wait_is_not_lost(watch: Watch) -> None:
    watch.wake()
    assert watch.wait(None) == (False, True)


def test_a_wake_is_heard_once(watch: Watch) -> None:
    watch.wake()
    watch.wake()
    assert watch.wait(None) == (False, True)
    assert watch.wait(0) == (False, False)


def test_a_wake_from_another_thread_ends_the_wait(watch: Watch) -> None:
    with ThreadPoolExecutor(1) as side:
        for _ in range(300):  # before, while and after the wait begins
            waiting = side.submit(watch.wait, None)
            watch.wake()
            assert waiting.result(PATIENCE_SECONDS) == (False, True)


def test_a_wake_from_a_signal_handler_ends_the_wait(watch: Watch) -> None:
    main = threading.main_thread().ident
    assert main is not None
    before = signal.signal(signal.SIGUSR1, lambda *_: watch.wake())
    try:
        for _ in range(100):
            threading.Thread(target=signal.pthread_kill, args=(main, signal.SIGUSR1)).start()
            assert watch.wait(None) == (False, True)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_more_wakes_than_a_pipe_holds_block_nobody(watch: Watch) -> None:
    for _ in range(100_000):
        watch.wake()
    assert watch.wait(None) == (False, True)
    assert watch.wait(0) == (False, False)


def test_keys_end_the_wait_while_the_terminal_is_followed(watch: Watch, terminal: tuple[int, int]) -> None:
    _, watched = terminal
    watch.follow(watched)
    type_in(terminal, b"a")
    assert watch.wait(PATIENCE_SECONDS) == (True, False)


def test_keys_and_a_wake_are_told_apart(watch: Watch, terminal: tuple[int, int]) -> None:
    _, watched = terminal
    watch.follow(watched)
    type_in(terminal, b"a")
    watch.wake()
    assert watch.wait(PATIENCE_SECONDS) == (True, True)


def test_a_terminal_that_was_left_ends_no_wait_and_is_followed_again(watch: Watch, terminal: tuple[int, int]) -> None:
    _, watched = terminal
    watch.leave()
    watch.follow(watched)
    watch.leave()
    watch.leave()
    type_in(terminal, b"a")
    assert watch.wait(0) == (False, False)
    watch.wake()
    assert watch.wait(None) == (False, True)
    watch.follow(watched)
    assert watch.wait(PATIENCE_SECONDS) == (True, False)


def test_following_twice_is_following(watch: Watch, terminal: tuple[int, int]) -> None:
    _, watched = terminal
    watch.follow(watched)
    watch.follow(watched)
    type_in(terminal, b"a")
    assert watch.wait(PATIENCE_SECONDS) == (True, False)


def test_what_lies_unread_ends_every_wait_only_where_it_is_said_to(watch: Watch, terminal: tuple[int, int]) -> None:
    _, watched = terminal
    type_in(terminal, b"typed before")
    watch.follow(watched)
    assert watch.wait(PATIENCE_SECONDS) == (True, False)
    for _ in range(3):
        assert watch.wait(0) == (not watch.keeps_type_ahead, False)
    watch.wake()
    assert watch.wait(None) == (not watch.keeps_type_ahead, True)
    type_in(terminal, b"typed now")
    assert watch.wait(PATIENCE_SECONDS) == (True, False), "what is new ends the wait"
    assert os.read(watched, 100) == b"typed before\n"


@pytest.mark.skipif(sys.platform != "linux", reason="epoll tells of it")
def test_a_change_of_the_settings_is_told_and_output_is_not(terminal: tuple[int, int]) -> None:
    _, watched = terminal
    watch = watches.EpollWatch()
    changes: list[bool] = []
    watch.on_change = lambda: changes.append(True)
    watch.follow(watched)
    watch.wait(0)  # what holds at the beginning is told, too
    changes.clear()
    for _ in range(3):
        os.write(watched, b"output")
        os.read(terminal[0], 100)
        assert watch.wait(0.01) == (False, False)
    assert not changes
    settings = termios.tcgetattr(watched)
    termios.tcsetattr(watched, termios.TCSANOW, settings)
    assert watch.wait(PATIENCE_SECONDS) == (False, False)
    assert changes == [True]
    termios.tcsetattr(watched, termios.TCSANOW, settings)
    type_in(terminal, b"a")
    assert watch.wait(PATIENCE_SECONDS) == (True, False), "a key that comes with a change is one"
    watch.close()


def test_closing_gives_every_descriptor_back() -> None:
    for make in KINDS:
        before = os.dup(0)
        os.close(before)
        watch = make()
        watch.close()
        after = os.dup(0)
        os.close(after)
        assert after == before


@pytest.mark.skipif(sys.platform != "linux", reason="epoll, and a look at /proc")
@pytest.mark.parametrize("make", [make_watch, open_keyboard])
def test_what_could_not_be_made_holds_no_descriptor(
    monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, int], make: Callable[[], object]
) -> None:
    def refuse() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("parl.platform.TERMINAL_KEYS", os.ttyname(terminal[1]))
    monkeypatch.setattr(select, "epoll", refuse)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="Too many open files") as refused:
        make()
    assert os.listdir("/proc/self/fd") == before, "also while somebody looks at the error"
    del refused


def test_this_system_has_a_watch() -> None:
    watch = make_watch()
    assert type(watch) is KINDS[-1]
    watch.close()


def test_a_self_pipe_is_readable_from_the_write_to_the_clear() -> None:
    pipe = SelfPipe()
    for _ in range(10_000):
        pipe.write()
    pipe.clear()
    with pytest.raises(BlockingIOError):
        os.read(pipe.reader, 1)
    pipe.write()
    assert os.read(pipe.reader, 100) == b"\0"
    pipe.close()
