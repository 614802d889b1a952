"""Peers for parl's abort, as one writes them in an hour, each on another library.

    python -m benchmarks.abort_wrappers NAME GRACE_SECONDS COMMAND [ARG...]

None has a keyboard: a SIGTERM stands for the key, a second one for the second key.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_ABORTED = 130


def killpg(grace_seconds: float, command: list[str]) -> int:
    """subprocess and os.killpg: a group of its own is ended, and only the command is waited for."""
    asked = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        os.killpg(process.pid, signal.SIGKILL if asked else signal.SIGTERM)
        if not asked:
            signal.setitimer(signal.ITIMER_REAL, grace_seconds)
        asked = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, end)
    process = subprocess.Popen(command, start_new_session=True)
    process.wait()
    return _ABORTED if asked else process.returncode


def psutil(grace_seconds: float, command: list[str]) -> int:
    """psutil's recipe: all descendants are asked, waited for, and killed."""
    import psutil

    class AskedError(Exception):
        pass

    def ask(_number: int, _frame: FrameType | None) -> None:
        raise AskedError

    signal.signal(signal.SIGTERM, ask)
    process = psutil.Popen(command)
    try:
        return int(process.wait())
    except AskedError:
        tree = [*process.children(recursive=True), process]
        for each in tree:
            with suppress(psutil.NoSuchProcess):
                each.terminate()
        for each in psutil.wait_procs(tree, timeout=grace_seconds)[1]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()
        return _ABORTED


def trio(_grace_seconds: float, command: list[str]) -> int:
    """trio.run_process, cancelled: the command is asked, and killed after trio's five seconds."""
    import trio

    async def run() -> int:
        async with trio.open_nursery() as nursery:
            with trio.open_signal_receiver(signal.SIGTERM) as signals:
                await nursery.start(trio.run_process, command)
                async for _ in signals:
                    break
            nursery.cancel_scope.cancel()
        return _ABORTED

    return int(trio.run(run))


def anyio(_grace_seconds: float, command: list[str]) -> int:
    """anyio.run_process, cancelled: the command is killed."""
    import anyio

    async def run() -> int:
        async with anyio.create_task_group() as group:
            with anyio.open_signal_receiver(signal.SIGTERM) as signals:
                group.start_soon(lambda: anyio.run_process(command, stdout=None, stderr=None))
                async for _ in signals:
                    break
            group.cancel_scope.cancel()
        return _ABORTED

    return int(anyio.run(run))


WRAPPERS: dict[str, Callable[[float, list[str]], int]] = {
    wrapper.__name__: wrapper for wrapper in (killpg, psutil, trio, anyio)
}

if __name__ == "__main__":
    os._exit(WRAPPERS[sys.argv[1]](float(sys.argv[2]), sys.argv[3:]))
