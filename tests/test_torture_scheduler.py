"""The scheduler, asked for whatever comes to mind by one thread and by sixteen, against models of what it promises."""

from __future__ import annotations

import faulthandler
import gc
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from parl.core.scheduler import Scheduler
from parl.platform import boot_seconds
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.scheduler_machine import Asking
from tests.scheduler_model import CallbackError
from tests.timer_history import TimerHistory
from tests.torture import few_or_many

_THREADS = 16
_TIMERS_AT_ONCE = 20
_SECONDS_FOR_A_SEED = 1.0
_JUDGED_FOR_A_SEED = 200
# As much again as can be asked for at a time, and a few.
_MOST_KEPT = _THREADS * _TIMERS_AT_ONCE + 100
_LONGEST_SECONDS = 0.05


@few_or_many(1, 60)
def test_whatever_is_asked_in_whatever_order_happens_as_promised(seeds: range) -> None:
    # To find the shortest way to a failure takes minutes.
    phases = [Phase.generate] if len(seeds) == 1 else [Phase.generate, Phase.shrink]
    for number in seeds:
        asking = seed(number)(type(f"AskingOfSeed{number}", (Asking,), {}))
        wanted = settings(max_examples=100, stateful_step_count=40, database=None, print_blob=False, phases=phases)
        run_state_machine_as_test(asking, settings=wanted)


@few_or_many(1, 60)
def test_whatever_sixteen_threads_ask_happens_as_promised(seeds: range) -> None:
    errors: list[BaseException] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with Scheduler(on_error=errors.append) as scheduler:
            owners = [_Owner(scheduler, f"{seeds[0]}.{number}") for number in range(_THREADS)]
            _run(owners, len(seeds))
            thread = scheduler._thread
            assert thread is not None
            assert thread.is_alive()
            assert not scheduler._intervals.queue
            assert not scheduler._times.queue
            assert len(scheduler._intervals.queue._heap) < _MOST_KEPT, "what was taken out is forgotten"
        assert not thread.is_alive()
    finally:
        sys.setswitchinterval(before)
    assert [fault for owner in owners for fault in owner.faults] == [], f"TORTURE_SEED={seeds[0]}"
    assert all(isinstance(error, CallbackError) for error in errors)
    errors.clear()  # their tracebacks hold the callbacks
    gc.collect()
    assert not [timer for owner in owners for timer in owner.alive], "nobody holds what is over"


def _run(owners: list[_Owner], seeds: int) -> None:
    """Have each owner in a thread of its own ask for a while, until there was enough to judge.

    All stacks are shown where they do not end.
    """
    enough = threading.Event()
    threads = [threading.Thread(target=owner.run, args=(enough,), daemon=True) for owner in owners]
    for thread in threads:
        thread.start()
    enough.wait(seeds * _SECONDS_FOR_A_SEED)

    def is_enough() -> bool:
        judged = sum(owner.judged for owner in owners)
        return judged > seeds * _JUDGED_FOR_A_SEED or any(owner.faults for owner in owners)

    try:
        wait_until(is_enough, "enough to judge")
    finally:
        enough.set()
    give_up = time.monotonic() + PATIENCE_SECONDS
    for thread in threads:
        thread.join(max(0.0, give_up - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        faulthandler.dump_traceback()
        raise AssertionError("a thread is stuck")


class _Owner:
    """Makes timers and asks them things at random; judges each when it is over."""

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self.faults: list[str] = []
        self.judged = 0
        self.alive: WeakSet[TimerHistory] = WeakSet()
        self._scheduler = scheduler
        self._random = random.Random(name)
        self._timers: list[TimerHistory] = []
        self._buried: deque[TimerHistory] = deque()

    def run(self, enough: threading.Event) -> None:
        try:
            while not enough.is_set():
                if len(self._timers) < _TIMERS_AT_ONCE:
                    self._make()
                else:
                    self._go_on(self._random.choice(self._timers))
                enough.wait(self._random.random() * 0.001)
            while self._timers:
                self._bury(self._timers[-1])
            while self._buried:
                self._judge()
        except BaseException as error:
            self.faults.append(repr(error))

    def _make(self) -> None:
        seconds = self._seconds()
        kind = self._random.randrange(4)
        if kind == 0:
            timer = TimerHistory(time.time)
            timer.begin(seconds, lambda now: self._scheduler.at(now + seconds, self._callback(timer)))
        elif kind == 1:
            period = 0.005 + self._random.random() * _LONGEST_SECONDS
            timer = TimerHistory(boot_seconds, period)
            callback = self._callback(timer)
            timer.begin(seconds, lambda _: self._scheduler.every(period, callback, missed="all", first=seconds))
        else:
            timer = TimerHistory(boot_seconds)
            timer.begin(seconds, lambda _: self._scheduler.after(seconds, self._callback(timer)))
        self._timers.append(timer)
        self.alive.add(timer)

    def _callback(self, timer: TimerHistory) -> Callable[[], None]:
        what = self._random.choice(["nothing", "nothing", "raise", "ask for more"])

        def callback() -> None:
            timer.note_call()
            if what == "raise":
                raise CallbackError
            if what == "ask for more":
                self._scheduler.after(3600, bool).cancel()

        return callback

    def _go_on(self, timer: TimerHistory) -> None:
        if self._random.random() < 0.2:
            self._bury(timer)
        else:
            timer.ask(self._random.choice(timer.questions), self._seconds())

    def _seconds(self) -> float:
        return self._random.choice([0.0, 0.001, _LONGEST_SECONDS]) * self._random.random()

    def _bury(self, timer: TimerHistory) -> None:
        """Bring it to its end; it is judged when a call too many has had the time to come."""
        self._timers.remove(timer)
        timer.finish(cancel=self._random.random() < 0.3)
        self._buried.append(timer)
        if len(self._buried) > _TIMERS_AT_ONCE:
            self._judge()

    def _judge(self) -> None:
        self.judged += 1
        if fault := self._buried.popleft().fault():
            self.faults.append(fault)
