"""The Python programs that key_latency times: each echoes every key to descriptor 3.

    python -m benchmarks.key_reactors NAME

Before each key it writes a zero byte: ready.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from parl.core.abort import AbortFlag

_ANSWERS = 3


def _ready() -> None:
    os.write(_ANSWERS, b"\0")


def _answer(key: str) -> None:
    os.write(_ANSWERS, key.encode())


def keyboard() -> None:
    """parl's keyboard alone."""
    from parl.platform import open_keyboard

    with open_keyboard() as keys:
        while True:
            _ready()
            _answer(keys.read_key(None) or "?")


def dispatcher() -> None:
    """parl's event loop: a handler of KeyPressed answers."""
    from parl.core.dispatcher import Dispatcher
    from parl.core.events import KeyPressed
    from parl.platform import open_keyboard

    def answer(event: KeyPressed) -> None:
        _answer(event.key)
        _ready()

    with open_keyboard() as keys:
        loop = Dispatcher(keys)
        loop.on(KeyPressed, answer)
        _ready()
        loop.run()


def run_abortable() -> None:
    """parl's whole reaction: the job, in its thread, sees the flag set, and answers."""
    from parl.core.events import KeyPressed
    from parl.core.job import FunctionJob
    from parl.core.terminator import Observer
    from parl.core.terminator import run_abortable as run

    class Listener(Observer):
        def listening(self) -> None:
            _ready()

    def wait_and_answer(abort: AbortFlag) -> None:
        abort.wait()
        _answer(abort.reason.key if isinstance(abort.reason, KeyPressed) else "?")

    while True:
        run(FunctionJob(wait_and_answer), observer=Listener())


def prompt_toolkit() -> None:
    """prompt_toolkit's vt100 input, attached to an asyncio loop as its applications attach it."""
    import asyncio

    from prompt_toolkit.input import create_input

    async def react() -> None:
        keys = create_input()

        def take() -> None:
            for press in keys.read_keys():
                _answer(press.data)
                _ready()

        with keys.raw_mode(), keys.attach(take):
            _ready()
            await asyncio.Event().wait()

    asyncio.run(react())


def readchar() -> None:
    """readchar: the terminal is changed for each key."""
    from readchar import readkey

    while True:
        _ready()
        _answer(readkey())


def sshkeyboard() -> None:
    """sshkeyboard, as it is by default but for the end by Esc."""
    from sshkeyboard import listen_keyboard

    def press(key: str) -> None:
        _answer(key)
        _ready()

    _ready()
    listen_keyboard(on_press=press, until=None, lower=False)


def blessed() -> None:
    """blessed's inkey, in its cbreak mode."""
    from blessed import Terminal

    terminal = Terminal()
    with terminal.cbreak():
        while True:
            _ready()
            _answer(str(terminal.inkey()))


def lesson() -> None:
    """The lesson's loop: is there a key? If not, sleep a second."""
    import select
    import tty

    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    tty.setcbreak(terminal)

    def kbhit() -> bool:
        return bool(select.select([terminal], [], [], 0)[0])

    while True:
        _ready()
        while not kbhit():
            time.sleep(1)
        _answer(os.read(terminal, 1).decode())


def plain_select() -> None:
    """What one writes by hand: select on the terminal and on a pipe to oneself."""
    import select
    import tty

    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setcbreak(terminal)
    reader, _writer = os.pipe()
    while True:
        _ready()
        ready, _, _ = select.select([terminal, reader], [], [])
        if terminal in ready:
            _answer(os.read(terminal, 1024).decode())


_REACTORS = (
    keyboard,
    dispatcher,
    run_abortable,
    prompt_toolkit,
    readchar,
    sshkeyboard,
    blessed,
    lesson,
    plain_select,
)
REACTORS: dict[str, Callable[[], None]] = {reactor.__name__: reactor for reactor in _REACTORS}

if __name__ == "__main__":
    REACTORS[sys.argv[1]]()
