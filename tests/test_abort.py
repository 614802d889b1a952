"""The abort flag: set once by anyone, with a reason, and whoever waits for it wakes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from parl.core.abort import AbortFlag
from parl.core.clock import SYSTEM_CLOCK
from parl.core.errors import Aborted
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS


def test_a_new_flag_asks_for_nothing(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    assert not flag.is_set()
    assert flag.reason is None
    flag.check()


def test_check_raises_with_the_reason() -> None:
    flag = AbortFlag()
    reason = object()
    flag.set(reason)
    assert flag.is_set()
    with pytest.raises(Aborted) as raised:
        flag.check()
    assert raised.value.reason is reason
    assert str(raised.value) == str(reason)


def test_the_first_reason_wins() -> None:
    flag = AbortFlag()
    flag.set("first")
    flag.set("second")
    assert flag.reason == "first"


@pytest.mark.parametrize("given", [(), (None,)])
def test_there_is_a_reason_even_where_none_was_given(given: tuple[object, ...]) -> None:
    flag = AbortFlag()
    flag.set(*given)
    assert flag.reason == "aborted"


def test_an_exception_handler_does_not_eat_the_abort() -> None:
    assert not issubclass(Aborted, Exception)


def test_waiting_takes_the_time_it_was_given(clock: FakeClock) -> None:
    assert not AbortFlag(clock).wait(90)
    assert clock.now() == 90


def test_waiting_for_a_set_flag_takes_no_time(clock: FakeClock) -> None:
    flag = AbortFlag(clock)
    flag.set()
    assert flag.wait(90)
    assert flag.wait()
    assert clock.now() == 0


@pytest.mark.parametrize("timeout_seconds", [None, PATIENCE_SECONDS])
def test_setting_wakes_whoever_sleeps_on_the_real_clock(timeout_seconds: float | None) -> None:
    flag = AbortFlag()
    began = SYSTEM_CLOCK.now()
    with ThreadPoolExecutor(1) as side:
        sleeping = side.submit(flag.wait, timeout_seconds)
        flag.set()
        assert sleeping.result(PATIENCE_SECONDS) is True
    assert SYSTEM_CLOCK.now() - began < PATIENCE_SECONDS / 2


def test_the_real_clock_is_not_early() -> None:
    began = SYSTEM_CLOCK.now()
    assert SYSTEM_CLOCK.wait(threading.Event(), 0.01) is False
    assert SYSTEM_CLOCK.now() - began >= 0.01 - 1e-6  # floats so large: 72265.442 - 72265.432 is less than 0.01


def test_callbacks_are_called_once_in_order_by_whoever_sets_the_flag() -> None:
    flag = AbortFlag()
    called = []
    flag.on_set(lambda: called.append(("one", flag.reason, threading.current_thread())))
    flag.on_set(lambda: called.append(("two", flag.reason, threading.current_thread())))
    side = threading.Thread(target=flag.set, args=("key",))
    side.start()
    side.join()
    flag.set("again")
    assert called == [("one", "key", side), ("two", "key", side)]


def test_a_callback_for_a_set_flag_is_called_at_once() -> None:
    flag = AbortFlag()
    flag.set()
    called = []
    forget = flag.on_set(lambda: called.append("now"))
    assert called == ["now"]
    forget()
    assert called == ["now"]


def test_an_unregistered_callback_is_not_called() -> None:
    flag = AbortFlag()
    called = []
    forget = flag.on_set(lambda: called.append("forgotten"))
    flag.on_set(lambda: called.append("kept"))
    forget()
    forget()
    flag.set()
    assert called == ["kept"]


def test_unregistering_one_of_two_equal_callbacks_leaves_the_other() -> None:
    flag = AbortFlag()
    called: list[str] = []

    def callback() -> None:
        called.append("called")

    forget = flag.on_set(callback)
    flag.on_set(callback)
    forget()
    flag.set()
    assert called == ["called"]


def test_a_callback_that_raises_keeps_no_other_from_being_called() -> None:
    flag = AbortFlag()
    called = []
    flag.on_set(lambda: called.append("before"))
    flag.on_set(lambda: called.append(1 / 0))
    flag.on_set(lambda: called.append("after"))
    with pytest.raises(ZeroDivisionError):
        flag.set()
    assert called == ["before", "after"]


def test_a_callback_may_look_at_the_flag_and_register_another() -> None:
    flag = AbortFlag()
    called = []

    def callback() -> None:
        called.append(flag.reason)
        flag.on_set(lambda: called.append("inner"))

    flag.on_set(callback)
    flag.set("why")
    assert called == ["why", "inner"]


def race_to_set(flag: AbortFlag) -> list[object]:
    """Set *flag* from four threads at once; return the reasons its callback saw."""
    seen: list[object] = []
    flag.on_set(lambda: seen.append(flag.reason))
    together = threading.Barrier(4)

    def run(number: int) -> None:
        together.wait()
        flag.set(number)

    with ThreadPoolExecutor(4) as side:
        list(side.map(run, range(4)))
    return seen


def test_of_many_that_set_it_at_once_exactly_one_wins() -> None:
    for _ in range(50):
        flag = AbortFlag()
        assert race_to_set(flag) == [flag.reason]
        assert flag.reason in range(4)
