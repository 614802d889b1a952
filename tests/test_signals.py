"""Signals arrive, whatever the moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from parl.core.events import SignalReceived
from parl.core.signals import signals_posted, signals_wake
from parl.platform.base import NoKeyboard
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.piped import PARL
from tests.processes import catches

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)


@pytest.fixture
def handled() -> Iterator[list[int]]:
    """The numbers of the SIGUSR1 that came."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGUSR1, before)


def test_a_signal_ends_the_wait_without_the_help_of_its_handler(handled: list[int]) -> None:
    keyboard = NoKeyboard()
    with keyboard, signals_wake(keyboard.signal_descriptor):
        # As where the signal comes when Python has just looked for one: nothing but the byte is left of it.
        os.kill(os.getpid(), signal.SIGUSR1)
        assert handled
        assert keyboard._waiting.wait(PATIENCE_SECONDS) == (False, True)


def test_a_signal_that_somebody_has_given_a_meaning_keeps_it(handled: list[int]) -> None:
    posted: list[object] = []
    with signals_posted(posted.append):
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)
    assert handled == [signal.SIGUSR1]
    assert posted == [SignalReceived(signal.SIGUSR2)]


def test_whose_descriptor_it_was_before_it_is_again(handled: list[int]) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    try:
        keyboard = NoKeyboard()
        with keyboard, signals_wake(keyboard.signal_descriptor):
            pass
        assert signal.set_wakeup_fd(before) == writer
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def test_outside_the_main_thread_nothing_is_changed() -> None:
    def use() -> None:
        keyboard = NoKeyboard()
        with keyboard, signals_wake(keyboard.signal_descriptor):
            pass

    with ThreadPoolExecutor(1) as side:
        side.submit(use).result(PATIENCE_SECONDS)


@pytest.mark.torture
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_no_signal_is_lost_in_the_first_moments_of_a_wait(number: int) -> None:
    def signalled() -> int:
        timer = subprocess.Popen([PARL, "timer", "1h"], stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: catches(timer.pid, number), "its handler")
        timer.send_signal(number)
        try:
            return timer.wait(PATIENCE_SECONDS)
        finally:
            timer.kill()

    # Side by side, so that they are interrupted in all moments.
    with ThreadPoolExecutor(4) as side:
        assert set(side.map(lambda _: signalled(), range(400))) == {-number}
