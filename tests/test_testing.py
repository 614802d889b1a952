"""The fake clock and the fake keyboard keep what they promise."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from parl.testing import FakeClock, FakeKeyboard
from tests.conftest import PATIENCE_SECONDS


def test_waiting_takes_the_time_it_was_given(clock: FakeClock) -> None:
    assert not clock.wait(threading.Event(), 90)
    assert not clock.wait(threading.Event(), 0.5)
    assert clock.now() == 90.5


def test_waiting_for_what_has_happened_takes_no_time(clock: FakeClock) -> None:
    event = threading.Event()
    event.set()
    assert clock.wait(event, 90)
    assert clock.wait(event, None)
    assert clock.now() == 0


def test_no_time_at_all_or_less_ends_at_once_even_alone() -> None:
    clock = FakeClock(threads=2)
    assert not clock.wait(threading.Event(), 0)
    assert not clock.wait(threading.Event(), -1)
    assert clock.now() == 0


def test_a_wait_without_end_ends_with_its_event(clock: FakeClock) -> None:
    event = threading.Event()
    with ThreadPoolExecutor(1) as side:
        waiting = side.submit(clock.wait, event, None)
        event.set()
        assert waiting.result(PATIENCE_SECONDS)
    assert clock.now() == 0


def test_advance_moves_the_time_when_nobody_else_waits(clock: FakeClock) -> None:
    clock.advance(3600)
    assert clock.now() == 3600


def test_advance_lets_what_is_due_happen_first_and_in_order() -> None:
    clock = FakeClock(threads=2)
    heard = []

    def tick() -> None:
        never = threading.Event()
        for _ in range(1000):
            clock.wait(never, 0.5)
            heard.append(clock.now())
        clock.wait(finished, None)

    finished = threading.Event()
    with ThreadPoolExecutor(1) as side:
        ticking = side.submit(tick)
        clock.advance(2.5)
        assert heard == [0.5, 1.0, 1.5, 2.0, 2.5], "also what is due at the very end"
        clock.advance(0.25)
        assert (len(heard), clock.now()) == (5, 2.75)
        clock.advance(3600)
        assert (len(heard), heard[-1], clock.now()) == (1000, 500.0, 3602.75)
        finished.set()
        ticking.result(PATIENCE_SECONDS)


def test_two_threads_take_turns_the_same_way_every_time() -> None:
    def runs() -> list[tuple[float, str]]:
        clock = FakeClock(threads=2)
        heard: list[tuple[float, str]] = []

        def wait(name: str, seconds: float) -> None:
            for _ in range(3):
                clock.wait(threading.Event(), seconds)
                heard.append((clock.now(), name))
            clock.wait(finished, None)

        finished = threading.Event()
        side = threading.Thread(target=wait, args=("side", 2))
        side.start()
        for _ in range(2):
            clock.wait(threading.Event(), 3)
            heard.append((clock.now(), "main"))
        clock.wait(threading.Event(), 1)
        finished.set()
        side.join(PATIENCE_SECONDS)
        return heard

    turns = [(2, "side"), (3, "main"), (4, "side"), (6, "main"), (6, "side")]
    assert [runs() for _ in range(20)] == [turns] * 20


def test_time_stands_still_while_a_thread_has_not_noticed_yet_that_it_may_go_on() -> None:
    clock = FakeClock(threads=2)
    told = threading.Event()
    seen: list[float] = []

    def work() -> None:
        clock.wait(told, None)
        seen.append(clock.now())
        clock.wait(threading.Event(), 1)

    side = threading.Thread(target=work)
    side.start()
    clock.advance(5)
    told.set()
    clock.advance(1)
    assert seen == [5]
    assert clock.now() == 6
    side.join(PATIENCE_SECONDS)


def test_a_thread_that_has_ended_holds_no_time_up() -> None:
    clock = FakeClock(threads=2)
    side = threading.Thread(target=clock.wait, args=(threading.Event(), 3))
    side.start()
    clock.advance(10)
    assert clock.now() == 10
    assert not side.is_alive()


def test_the_time_of_day_goes_on_with_the_clock() -> None:
    clock = FakeClock(time=1_700_000_000.5)
    assert (clock.now(), clock.time()) == (0, 1_700_000_000.5)
    clock.advance(3600)
    assert (clock.now(), clock.time()) == (3600, 1_700_003_600.5)
    assert FakeClock().time() == 0


def test_the_time_of_day_can_be_set_and_nothing_else_moves() -> None:
    clock = FakeClock(time=1000)
    clock.advance(50)
    for moment in (2000, 10.5, 0):
        clock.set_time(moment)
        assert (clock.now(), clock.time()) == (50, moment)
    clock.advance(5)
    assert (clock.now(), clock.time()) == (55, 5)


def test_who_waits_does_not_notice_that_the_time_of_day_was_set() -> None:
    clock = FakeClock(threads=2, time=1000)
    woken: list[tuple[float, float]] = []

    def wait() -> None:
        clock.wait(threading.Event(), 10)
        woken.append((clock.now(), clock.time()))

    side = threading.Thread(target=wait)
    side.start()
    clock.advance(4)
    clock.set_time(5000)
    clock.advance(20)
    side.join(PATIENCE_SECONDS)
    assert woken == [(10, 5006)]


def test_keys_come_when_the_script_says(clock: FakeClock) -> None:
    with FakeKeyboard(clock, (0, "a"), (1.5, "up"), (10, "b")) as keyboard:
        assert (keyboard.read_key(5), clock.now()) == ("a", 0)
        assert (keyboard.read_key(None), clock.now()) == ("up", 1.5)
        assert (keyboard.read_key(5), clock.now()) == (None, 6.5)
        assert (keyboard.read_key(3.5), clock.now()) == ("b", 10)
        assert (keyboard.read_key(2), clock.now()) == (None, 12)


def test_the_script_begins_when_the_keyboard_opens(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock, (1, "a"))
    assert (keyboard.read_key(3), clock.now()) == (None, 3)
    with keyboard:
        assert (keyboard.read_key(3), clock.now()) == ("a", 4)


def test_what_is_pressed_while_nobody_listens_is_lost(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    keyboard.press("a")
    with keyboard:
        assert keyboard.listening
        assert keyboard.read_key(1) is None
    assert not keyboard.listening
    keyboard.press("b")
    assert keyboard.read_key(1) is None


def test_pressed_keys_come_in_order(clock: FakeClock) -> None:
    with FakeKeyboard(clock) as keyboard:
        keyboard.press("a", "up")
        keyboard.press("b")
        assert [keyboard.read_key(None) for _ in range(3)] == ["a", "up", "b"]
        assert keyboard.read_key(0) is None


def test_a_key_ends_a_blocked_read_from_another_thread(clock: FakeClock) -> None:
    with FakeKeyboard(clock) as keyboard, ThreadPoolExecutor(1) as side:
        reading = side.submit(keyboard.read_key, None)
        keyboard.press("a")
        assert reading.result(PATIENCE_SECONDS) == "a"


def test_a_wake_ends_a_blocked_read_from_another_thread(clock: FakeClock) -> None:
    with FakeKeyboard(clock) as keyboard, ThreadPoolExecutor(1) as side:
        for _ in range(500):  # before, while and after it begins to block
            reading = side.submit(keyboard.read_key, None)
            keyboard.wake()
            assert reading.result(PATIENCE_SECONDS) is None


def test_a_wake_before_the_read_is_kept_for_it(clock: FakeClock) -> None:
    with FakeKeyboard(clock, (1, "a")) as keyboard:
        keyboard.wake()
        assert (keyboard.read_key(None), clock.now()) == (None, 0)
        assert (keyboard.read_key(None), clock.now()) == ("a", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pthread_kill")
def test_a_wake_from_a_signal_handler_ends_a_blocked_read(clock: FakeClock) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with FakeKeyboard(clock) as keyboard:
        before = signal.signal(signal.SIGUSR1, lambda *_: keyboard.wake())
        try:
            for _ in range(200):
                threading.Thread(target=signal.pthread_kill, args=(main, signal.SIGUSR1)).start()
                assert keyboard.read_key(None) is None
        finally:
            signal.signal(signal.SIGUSR1, before)


def test_drain_drops_the_burst_and_keeps_the_wake_and_what_comes_later(clock: FakeClock) -> None:
    with FakeKeyboard(clock, (1, "a"), (1, "b"), (2, "c")) as keyboard:
        assert keyboard.read_key(None) == "a"
        keyboard.press("x", "y")
        keyboard.wake()
        keyboard.drain()
        assert (keyboard.read_key(None), clock.now()) == (None, 1)
        assert (keyboard.read_key(None), clock.now()) == ("c", 2)


def test_a_rival_gets_the_key_and_the_lending_is_told(clock: FakeClock) -> None:
    lent = []
    with FakeKeyboard(clock, (1, "a"), (2, "b")) as keyboard:
        keyboard.on_lending = lambda: lent.append(clock.now())
        keyboard.has_rival = lambda: clock.now() < 2
        assert keyboard.read_key(None) == "b"
    assert lent == [1]


def test_opening_says_that_keys_count(clock: FakeClock) -> None:
    said = []
    keyboard = FakeKeyboard(clock)
    keyboard.on_listening = lambda: said.append("listening")
    with keyboard:
        assert said == ["listening"]


def test_suspend_stops_nothing_and_is_counted(clock: FakeClock) -> None:
    keyboard = FakeKeyboard(clock)
    keyboard.suspend()
    assert keyboard.suspensions == 1
