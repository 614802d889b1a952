"""Jobs, timers and menus by the thousand in one process: no descriptor, thread, process or memory stays behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

if sys.platform != "linux":
    pytest.skip("counts in /proc", allow_module_level=True)

from parl.cli.choose_screen import ChooseScreen
from parl.cli.menu_screen import MenuScreen
from parl.cli.screen_terminal import ScreenTerminal
from parl.core.abort import AbortFlag
from parl.core.child import ChildJob
from parl.core.command import CommandJob
from parl.core.items import Items
from parl.core.job import FunctionJob
from parl.core.menu import Menu
from parl.core.pick_list import PickList
from parl.core.scheduler import Scheduler
from parl.core.terminator import Observer, run_abortable
from parl.core.timer import Timer
from parl.core.tree_compiler import compile_tree
from parl.platform.base import NoKeyboard
from parl.platform.procfs import children_of
from parl.platform.unix_keyboard import UnixKeyboard
from tests import child_functions
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.torture import few_or_many
from tests.typist import ENTER, ESCAPE, Keys, SizedOutput

_WARM_UP = 10
_BATCHES = 4
# In fewer turns than that, Python's own caches of numbers and free memory are still filling.
_MANY = 400
# Of memory, what the system gives in pages and Python's threads keep for the next one.
_SLACK_BYTES, _SLACK_BYTES_A_TURN = 1 << 20, 100


class Turn(NamedTuple):
    """Something done again and again, given a number. *cost*: so many times rarer than the cheapest."""

    do: Callable[[int], object]
    cost: int = 1


class Census(NamedTuple):
    """What this process has of the system."""

    descriptors: list[str]
    threads: list[str]
    tasks: int
    children: list[int]
    handlers: dict[int, object]
    blocked: set[signal.Signals]


def census() -> Census:
    return Census(
        sorted(_descriptors()),
        sorted(thread.name for thread in threading.enumerate()),
        len(os.listdir("/proc/self/task")),
        sorted(children_of(os.getpid())),  # zombies, too
        {number: signal.getsignal(number) for number in signal.valid_signals()},
        signal.pthread_sigmask(signal.SIG_BLOCK, []),
    )


def gained(before: Census) -> dict[str, object]:
    """Return what is there now and was not before."""
    pairs = zip(Census._fields, before, census(), strict=True)
    return {name: now for name, was, now in pairs if (now > was if isinstance(now, int) else now != was)}


def _descriptors() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:  # the one that lists them
            continue
    return found


class Kept:
    """What of Python's is kept: *objects* that may hold others, and *pieces* of memory, for all kinds of objects."""

    def __init__(self) -> None:
        self.objects: list[int] = []
        self.pieces: list[int] = []

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Note what a batch of turns adds to it."""
        gc.collect()
        objects, pieces = len(gc.get_objects()), sys.getallocatedblocks()
        yield
        gc.collect()
        self.objects.append(len(gc.get_objects()) - objects)
        self.pieces.append(sys.getallocatedblocks() - pieces)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def nothing() -> None:
    pass


# What is done


def function(number: int) -> None:
    assert run_abortable(FunctionJob(lambda _: number), NoKeyboard()).value == number


def aborted_function(_: int) -> None:
    def work(abort: AbortFlag) -> None:
        abort.set("enough")
        abort.check()

    assert run_abortable(FunctionJob(work), NoKeyboard()).aborted_by == "enough"


def command(_: int) -> None:
    assert run_abortable(CommandJob(["true"]), NoKeyboard()).exit_code == 0


def aborted_command(_: int) -> None:
    flag = AbortFlag()
    flag.set("at once")
    assert run_abortable(CommandJob(["sleep", "60"]), NoKeyboard(), abort=flag).aborted_by == "at once"


def child(number: int) -> None:
    assert run_abortable(ChildJob(child_functions.add, number, 1), NoKeyboard()).value == number + 1


def key_press(_: int) -> None:
    """A keyboard on a terminal of its own, opened, used and closed."""
    ours, theirs = os.openpty()

    class Typing(Observer):
        def listening(self) -> None:
            os.write(ours, b"x")

    try:
        keyboard = UnixKeyboard(os.open(os.ttyname(theirs), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        job = FunctionJob(lambda abort: abort.wait(PATIENCE_SECONDS))
        assert run_abortable(job, keyboard, observer=Typing()).is_aborted
    finally:
        os.close(ours)
        os.close(theirs)


def timers(_: int) -> None:
    """A scheduler of each kind of timer, opened and closed."""
    fired = threading.Event()
    with Scheduler() as scheduler:
        scheduler.every(3600, nothing)
        scheduler.at(time.time() + 3600, nothing)
        paused, cancelled = (scheduler.after(3600, nothing) for _ in range(2))
        paused.pause()
        cancelled.cancel()
        scheduler.after(0, fired.set)
        assert fired.wait(PATIENCE_SECONDS)


def shared_timers(_: int) -> None:
    fired = threading.Event()
    Timer(3600, nothing).start().cancel()
    Timer(0, fired.set).start()
    assert fired.wait(PATIENCE_SECONDS)


def menu(_: int) -> None:
    answers = iter(("1", "no", "99"))
    Menu([nothing, Menu([nothing], "inner")], "outer").run(lambda _: next(answers), lambda _: None)


def painted_menu(_: int) -> None:
    screen = MenuScreen(Menu([nothing, nothing]), _terminal("2" + ENTER), confirms=True, is_submenu=False)
    assert screen.show() is not None


def chooser(_: int) -> None:
    items = Items(["red", "green", "blue"])
    assert ChooseScreen(PickList(items.labels), items, _terminal("gr" + ESCAPE)).show() is not None


class OneKeyboard(Keys):
    """prompt_toolkit keeps a little for each keyboard that it has seen; by this it knows one from another."""

    def typeahead_hash(self) -> str:
        return "one"  # a terminal's is the number of its descriptor


def _terminal(keys: str) -> ScreenTerminal:
    typed = OneKeyboard()
    typed.press(keys)
    return ScreenTerminal(typed, SizedOutput(24, 80))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree to compile, where one is; by forked workers, although pytest may have threads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("parl.core.tree_compiler.may_fork", lambda: True)
    for name in "abc":
        Path(f"{name}.py").write_text("x = 1\n")


def tree(_: int) -> None:
    assert compile_tree(["."], force=True, jobs=2).compiled == 3


@pytest.fixture
def light_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spawned child imports the main module: let it not be pytest."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


TURNS = [
    Turn(function),
    Turn(aborted_function),
    Turn(command),
    Turn(aborted_command),
    Turn(child, cost=20),
    Turn(key_press, cost=2),
    Turn(timers),
    Turn(shared_timers),
    Turn(menu),
    Turn(painted_menu, cost=5),
    Turn(chooser, cost=5),
    Turn(tree, cost=5),
]


@pytest.fixture
def others_set_aside() -> Iterator[None]:
    """What there was before is not looked through each time: in a process that has run many tests that is much."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.skipif("COVERAGE_PROCESS_START" in os.environ, reason="coverage.py keeps something for each thread")
@few_or_many(40, 10_000)
@pytest.mark.usefixtures("sources", "light_main_module", "others_set_aside")
@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.do.__name__)
def test_nothing_stays_behind(turn: Turn, seeds: range) -> None:
    for number in range(max(2, _WARM_UP // turn.cost)):
        turn.do(number)
    before = census()
    batch = max(1, len(seeds) // turn.cost // _BATCHES)
    kept = Kept()
    resident = []
    for _ in range(_BATCHES):
        with kept.batch():
            for number in range(batch):
                turn.do(number)
        resident.append(resident_bytes())
    wait_until(lambda: gained(before) == {}, f"the end of {gained(before)}")
    # What is kept for the next time is kept once, so one of the batches shows none of it.
    assert min(kept.objects) < max(1, batch // 2), f"objects kept by {batch} turns each: {kept.objects}"
    if batch >= _MANY:
        assert min(kept.pieces) < batch // 2, f"pieces of memory kept by {batch} turns each: {kept.pieces}"
    # The first batch has had as much garbage as any, so the memory for that is there after it.
    grown = resident[-1] - resident[0]
    assert grown < _SLACK_BYTES + _SLACK_BYTES_A_TURN * batch * (_BATCHES - 1), f"memory of the process: {resident}"
