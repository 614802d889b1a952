"""The lesson's timer: it waits, calls back and expires; and it can be cancelled."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pytest

from parl.core.errors import ParlError, UsageError
from parl.core.scheduler import Scheduler
from parl.core.timer import Timer
from parl.platform import boot_seconds
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS, no_threads, run_python


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(threads=2)


@pytest.fixture
def scheduler(clock: FakeClock) -> Iterator[Scheduler]:
    with Scheduler(clock=clock) as scheduler:
        yield scheduler


def test_it_calls_back_once_and_expires(clock: FakeClock, scheduler: Scheduler) -> None:
    calls: list[float] = []
    timer = Timer(3, lambda: calls.append(clock.now()), scheduler=scheduler).start()
    assert timer.remaining == 3
    clock.advance(2)
    assert (calls, timer.remaining) == ([], 1)
    clock.advance(60)
    assert (calls, timer.remaining) == ([3], 0)
    assert not timer.cancel()
    assert not timer.pause()
    assert not timer.resume()
    assert not timer.reschedule(1)


def test_its_time_begins_with_start(clock: FakeClock, scheduler: Scheduler) -> None:
    calls: list[float] = []
    timer = Timer(3, lambda: calls.append(clock.now()), scheduler=scheduler)
    scheduler.after(5, timer.start)
    clock.advance(60)
    assert calls == [8]


def test_a_cancelled_timer_does_not_call(clock: FakeClock, scheduler: Scheduler) -> None:
    calls: list[str] = []
    timer = Timer(3, lambda: calls.append("no"), scheduler=scheduler).start()
    clock.advance(2)
    assert timer.cancel()
    assert not timer.cancel()
    clock.advance(60)
    assert (calls, timer.remaining) == ([], 0)


def test_a_paused_timer_keeps_the_time_that_remains(clock: FakeClock, scheduler: Scheduler) -> None:
    calls: list[float] = []
    timer = Timer(3, lambda: calls.append(clock.now()), scheduler=scheduler).start()
    clock.advance(2)
    assert timer.pause()
    assert timer.is_paused
    clock.advance(60)
    assert (calls, timer.remaining) == ([], 1)
    assert timer.resume()
    assert not timer.is_paused
    clock.advance(60)
    assert calls == [63]


def test_a_timer_can_be_moved(clock: FakeClock, scheduler: Scheduler) -> None:
    calls: list[float] = []
    timer = Timer(3, lambda: calls.append(clock.now()), scheduler=scheduler).start()
    clock.advance(2)
    assert timer.reschedule(10)
    clock.advance(60)
    assert calls == [12]


def test_it_starts_once(clock: FakeClock, scheduler: Scheduler) -> None:
    timer = Timer(3, print, scheduler=scheduler).start()
    with pytest.raises(UsageError, match="starts once"):
        timer.start()
    timer.cancel()
    with pytest.raises(UsageError, match="starts once"):
        timer.start()


@pytest.mark.parametrize("ask", [Timer.cancel, Timer.pause, Timer.resume, lambda timer: timer.remaining])
def test_before_it_starts_there_is_nothing_to_ask_for(ask: object) -> None:
    with pytest.raises(UsageError, match="has not been started"):
        ask(Timer(3, print))  # type: ignore[operator]


@pytest.mark.parametrize("seconds", [-1, -1e-9, nan, inf, -inf])
def test_what_is_no_interval_is_refused_at_once(seconds: float) -> None:
    with pytest.raises(UsageError, match="no number of seconds"):
        Timer(seconds, print)


def test_a_timer_that_could_not_start_can_be_started_later() -> None:
    called = threading.Event()
    with Scheduler() as scheduler:
        timer = Timer(0, called.set, scheduler=scheduler)
        with no_threads(), pytest.raises(ParlError, match="no thread"):
            timer.start()
        timer.start()
        assert called.wait(PATIENCE_SECONDS)


def test_all_timers_share_one_thread_that_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.timer._shared", None)
    threads: list[threading.Thread] = []
    done = threading.Event()

    def call() -> None:
        threads.append(threading.current_thread())
        if len(threads) == 1000:
            done.set()

    def start_many() -> None:
        for _ in range(250):
            Timer(0.001, call).start()

    with ThreadPoolExecutor(4) as starters:
        for started in [starters.submit(start_many) for _ in range(4)]:
            started.result(PATIENCE_SECONDS)
    assert done.wait(PATIENCE_SECONDS)
    (thread,) = set(threads)
    assert thread.daemon
    assert thread is not threading.current_thread()


def test_it_is_never_early_while_its_starter_does_something_else() -> None:
    called: list[float] = []
    done = threading.Event()

    def call() -> None:
        called.append(boot_seconds())
        done.set()

    for milliseconds in (0, 1, 5, 20):
        done.clear()
        began = boot_seconds()
        Timer(milliseconds / 1000, call).start()
        assert done.wait(PATIENCE_SECONDS)
        assert called[-1] >= began + milliseconds / 1000


def test_a_timer_holds_up_no_program_that_ends() -> None:
    done = run_python("from parl.core.timer import Timer; Timer(3600, print).start(); print('end')")
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_timer_of_a_forked_child_comes() -> None:
    done = run_python(
        "import os, threading\n"
        "from parl import Timer\n"
        "begun = threading.Event(); Timer(0, begun.set).start(); begun.wait()\n"
        "pid = os.fork()\n"
        "if pid:\n"
        "    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "called = threading.Event()\n"
        "Timer(0.01, called.set).start()\n"
        "os._exit(0 if called.wait(9) else 1)\n"
    )
    assert done.returncode == 0
