"""The event loop: handlers come and go while it runs, and there is one blocking wait for everything."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from parl.core.dispatcher import Dispatcher
from parl.core.events import HandlerFailed, KeyPressed
from parl.platform.base import NoKeyboard
from parl.testing import FakeClock, FakeKeyboard


@dataclass(frozen=True)
class Ticked:
    number: int


@dataclass(frozen=True)
class SpeciallyTicked(Ticked):
    pass


class Ended:
    pass


class WatchedKeyboard(FakeKeyboard):
    """Remembers every wait it was asked for."""

    def __init__(self, clock: FakeClock, *script: tuple[float, str]) -> None:
        super().__init__(clock, *script)
        self.waits: list[float | None] = []

    def read_key(self, timeout_seconds: float | None) -> str | None:
        self.waits.append(timeout_seconds)
        return super().read_key(timeout_seconds)


@pytest.fixture
def keyboard(clock: FakeClock) -> Iterator[WatchedKeyboard]:
    with WatchedKeyboard(clock) as keyboard:
        yield keyboard


@pytest.fixture
def dispatcher(keyboard: WatchedKeyboard, clock: FakeClock) -> Dispatcher:
    """One that stops when it hears Ended."""
    dispatcher = Dispatcher(keyboard, clock)
    dispatcher.on(Ended, lambda _: dispatcher.stop())
    return dispatcher


def divide_by_zero(_event: Ticked) -> None:
    _ = 1 / 0


def run(dispatcher: Dispatcher, *events: object) -> None:
    for event in events:
        dispatcher.post(event)
    dispatcher.post(Ended())
    dispatcher.run()


def test_handlers_hear_events_in_the_order_both_were_added(dispatcher: Dispatcher) -> None:
    heard: list[tuple[str, int]] = []
    dispatcher.on(Ticked, lambda event: heard.append(("one", event.number)))
    dispatcher.on(Ticked, lambda event: heard.append(("two", event.number)))
    run(dispatcher, Ticked(1), Ticked(2))
    assert heard == [("one", 1), ("two", 1), ("one", 2), ("two", 2)]


def test_an_event_without_handlers_is_ignored(dispatcher: Dispatcher) -> None:
    heard: list[Ticked] = []
    dispatcher.on(Ticked, heard.append)
    run(dispatcher, "nobody asked", object(), Ticked(1))
    assert heard == [Ticked(1)]


def test_only_the_exact_kind_is_heard(dispatcher: Dispatcher) -> None:
    heard: list[Ticked] = []
    dispatcher.on(Ticked, heard.append)
    run(dispatcher, SpeciallyTicked(1))
    assert heard == []


def test_an_unregistered_handler_hears_no_more(dispatcher: Dispatcher) -> None:
    heard: list[Ticked] = []
    unregister = dispatcher.on(Ticked, heard.append)
    dispatcher.on(Ticked, heard.append)
    unregister()
    unregister()
    run(dispatcher, Ticked(1))
    assert heard == [Ticked(1)], "the other registration stays"


def test_a_handler_may_leave_while_it_runs(dispatcher: Dispatcher) -> None:
    heard: list[int] = []

    def once(event: Ticked) -> None:
        heard.append(event.number)
        leave()

    leave = dispatcher.on(Ticked, once)
    run(dispatcher, Ticked(1), Ticked(2))
    assert heard == [1]


def test_a_handler_that_another_removes_hears_not_even_the_present_event(dispatcher: Dispatcher) -> None:
    heard: list[str] = []
    dispatcher.on(Ticked, lambda _: remove())
    remove = dispatcher.on(Ticked, lambda _: heard.append("removed"))
    dispatcher.on(Ticked, lambda _: heard.append("kept"))
    run(dispatcher, Ticked(1), Ticked(2))
    assert heard == ["kept", "kept"]


def test_a_handler_that_joins_hears_the_next_event(dispatcher: Dispatcher) -> None:
    heard: list[int] = []

    def join(event: Ticked) -> None:
        if event.number == 1:
            dispatcher.on(Ticked, lambda event: heard.append(event.number))

    dispatcher.on(Ticked, join)
    run(dispatcher, Ticked(1), Ticked(2))
    assert heard == [2]


def test_an_event_posted_by_a_handler_comes_after_those_that_wait(dispatcher: Dispatcher) -> None:
    heard: list[int] = []

    def hear(event: Ticked) -> None:
        heard.append(event.number)
        if event.number == 1:
            dispatcher.post(Ticked(3))
            dispatcher.on(Ticked, lambda event: dispatcher.post(Ended()) if event.number == 3 else None)

    dispatcher.on(Ticked, hear)
    dispatcher.post(Ticked(1))
    dispatcher.post(Ticked(2))
    dispatcher.run()
    assert heard == [1, 2, 3]


def test_keys_are_events(keyboard: WatchedKeyboard, dispatcher: Dispatcher) -> None:
    heard: list[KeyPressed] = []
    dispatcher.on(KeyPressed, heard.append)
    dispatcher.on(KeyPressed, lambda event: dispatcher.post(Ended()) if event.key == "up" else None)
    keyboard.press("a", "up")
    dispatcher.run()
    assert heard == [KeyPressed("a"), KeyPressed("up")]


def test_stop_leaves_the_rest_for_the_next_run(dispatcher: Dispatcher) -> None:
    heard: list[Ticked] = []
    dispatcher.on(Ticked, heard.append)
    run(dispatcher, Ticked(1), Ended(), Ticked(2))
    assert heard == [Ticked(1)]
    dispatcher.run()
    assert heard == [Ticked(1), Ticked(2)]


def test_a_raising_handler_does_not_stop_the_others(dispatcher: Dispatcher) -> None:
    heard: list[object] = []
    error = ZeroDivisionError("a bug")

    def fail(_event: Ticked) -> None:
        raise error

    dispatcher.on(Ticked, fail)
    dispatcher.on(Ticked, heard.append)
    dispatcher.on(HandlerFailed, heard.append)
    run(dispatcher, Ticked(1), Ticked(2))
    failures = [HandlerFailed(Ticked(number), error) for number in (1, 2)]
    assert heard == [failures[0], Ticked(1), failures[1], Ticked(2)]


def test_a_failure_that_nobody_asked_for_is_shown(dispatcher: Dispatcher, capsys: pytest.CaptureFixture[str]) -> None:
    dispatcher.on(Ticked, divide_by_zero)
    run(dispatcher, Ticked(1))
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert shown.endswith("ZeroDivisionError: division by zero\n")


def test_a_failure_is_shown_by_pythons_own_hook(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[object, ...]] = []
    monkeypatch.setattr(sys, "excepthook", lambda *failure: shown.append(failure))
    dispatcher.on(Ticked, divide_by_zero)
    run(dispatcher, Ticked(1))
    [(kind, error, traceback)] = shown
    assert isinstance(error, ZeroDivisionError)
    assert (kind, traceback) == (ZeroDivisionError, error.__traceback__)


def test_a_failing_handler_of_failures_is_shown_and_not_asked_again(
    dispatcher: Dispatcher, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []

    def fail_too(failure: HandlerFailed) -> None:
        asked.append(failure.event)
        raise KeyError("another bug")

    dispatcher.on(Ticked, divide_by_zero)
    dispatcher.on(HandlerFailed, fail_too)
    run(dispatcher, Ticked(1))
    assert asked == [Ticked(1)]
    assert capsys.readouterr().err.endswith("KeyError: 'another bug'\n")


def test_what_is_no_exception_leaves_the_loop(dispatcher: Dispatcher) -> None:
    def interrupt(_event: Ticked) -> None:
        raise KeyboardInterrupt

    dispatcher.on(Ticked, interrupt)
    dispatcher.post(Ticked(1))
    with pytest.raises(KeyboardInterrupt):
        dispatcher.run()


@pytest.mark.parametrize("make_keyboard", [lambda: FakeKeyboard(FakeClock()), NoKeyboard])
def test_posts_from_many_threads_all_arrive_each_threads_in_order(
    make_keyboard: Callable[[], FakeKeyboard | NoKeyboard],
) -> None:
    dispatcher = Dispatcher(make_keyboard())
    heard: dict[int, list[int]] = {thread: [] for thread in range(4)}
    ended = []

    def post(thread: int) -> None:
        for number in range(500):
            dispatcher.post((thread, number))
        dispatcher.post(Ended())

    def end(_event: Ended) -> None:
        ended.append(True)
        if len(ended) == 4:
            dispatcher.stop()

    dispatcher.on(tuple, lambda event: heard[event[0]].append(event[1]))
    dispatcher.on(Ended, end)
    threads = [threading.Thread(target=post, args=(thread,)) for thread in heard]
    for thread in threads:
        thread.start()
    dispatcher.run()
    for thread in threads:
        thread.join()
    assert heard == {thread: list(range(500)) for thread in range(4)}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pthread_kill")
@pytest.mark.parametrize("make_keyboard", [lambda: FakeKeyboard(FakeClock()), NoKeyboard])
def test_a_signal_handler_may_post_while_the_loop_waits(
    make_keyboard: Callable[[], FakeKeyboard | NoKeyboard],
) -> None:
    dispatcher = Dispatcher(make_keyboard())
    heard: list[int] = []
    main = threading.get_ident()

    def hear(event: Ticked) -> None:
        heard.append(event.number)
        if event.number == 200:
            dispatcher.stop()
        else:
            threading.Thread(target=signal.pthread_kill, args=(main, signal.SIGUSR1)).start()

    dispatcher.on(Ticked, hear)
    before = signal.signal(signal.SIGUSR1, lambda *_: dispatcher.post(Ticked(len(heard))))
    try:
        dispatcher.post(Ticked(0))
        dispatcher.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == list(range(201))


def test_later_events_come_at_their_time_in_order(clock: FakeClock, dispatcher: Dispatcher) -> None:
    heard: list[tuple[float, int]] = []
    dispatcher.on(Ticked, lambda event: heard.append((clock.now(), event.number)))
    dispatcher.post_later(3, Ticked(3))
    dispatcher.post_later(1, Ticked(1))
    dispatcher.post_later(2, Ticked(2))
    dispatcher.post_later(2, Ticked(22))
    dispatcher.post_later(5, Ended())
    dispatcher.run()
    assert heard == [(1, 1), (2, 2), (2, 22), (3, 3)]
    assert clock.now() == 5


def test_what_is_posted_comes_before_what_is_later(clock: FakeClock, dispatcher: Dispatcher) -> None:
    heard: list[int] = []
    dispatcher.on(Ticked, lambda event: heard.append(event.number))
    dispatcher.post_later(1, Ticked(2))
    dispatcher.post_later(2, Ended())
    dispatcher.post(Ticked(1))
    dispatcher.run()
    assert heard == [1, 2]


def test_a_handler_may_post_later_for_ever_on_its_grid(clock: FakeClock, dispatcher: Dispatcher) -> None:
    heard: list[float] = []

    def tick(_event: Ticked) -> None:
        heard.append(clock.now())
        dispatcher.post_later(0.25, Ticked(0))

    dispatcher.on(Ticked, tick)
    dispatcher.post_later(0, Ticked(0))
    dispatcher.post_later(1.1, Ended())
    dispatcher.run()
    assert heard == [0, 0.25, 0.5, 0.75, 1.0]


def test_there_is_one_wait_and_no_quantum(keyboard: WatchedKeyboard, dispatcher: Dispatcher) -> None:
    dispatcher.post_later(3600, Ended())
    dispatcher.run()
    assert keyboard.waits == [3600]


def test_without_anything_to_come_it_waits_for_ever(clock: FakeClock) -> None:
    keyboard = WatchedKeyboard(clock, (86400, "a"))
    dispatcher = Dispatcher(keyboard, clock)
    dispatcher.on(KeyPressed, lambda _: dispatcher.stop())
    with keyboard:
        dispatcher.run()
    assert keyboard.waits == [None]


def test_keys_are_looked_at_before_what_a_handler_has_posted_and_not_waited_for(
    keyboard: WatchedKeyboard, dispatcher: Dispatcher
) -> None:
    dispatcher.on(Ticked, lambda _: dispatcher.post(Ended()))
    dispatcher.post(Ticked(1))
    dispatcher.run()
    assert keyboard.waits == [0]


def test_what_was_posted_can_be_taken_away_by_its_kind(dispatcher: Dispatcher) -> None:
    heard: list[object] = []
    dispatcher.on(Ticked, heard.append)
    dispatcher.on(KeyPressed, heard.append)
    for event in (KeyPressed("a"), SpeciallyTicked(1), Ticked(1), Ticked(2)):
        dispatcher.post(event)
    assert dispatcher.take(Ticked) == Ticked(1)
    assert dispatcher.take(HandlerFailed) is None
    run(dispatcher)
    assert heard == [KeyPressed("a"), Ticked(2)]


def test_what_is_posted_already_is_not_waited_for(keyboard: WatchedKeyboard, dispatcher: Dispatcher) -> None:
    run(dispatcher, Ticked(1), Ticked(2))
    assert keyboard.waits == []


def test_an_event_can_be_taken_out_before_it_is_dispatched(dispatcher: Dispatcher) -> None:
    heard: list[Ticked] = []
    dispatcher.on(Ticked, heard.append)
    key = KeyPressed("x")
    for event in (Ticked(1), key, Ticked(2), KeyPressed("y"), Ended()):
        dispatcher.post(event)
    assert dispatcher.take(KeyPressed) == key
    assert dispatcher.take(HandlerFailed) is None
    dispatcher.run()
    assert heard == [Ticked(1), Ticked(2)]
