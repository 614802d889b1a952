"""How the Windows keyboard waits: parl's wait on the console's handle beside polling msvcrt. Windows only.

From a key put into the console to its being read; and what waiting without a key costs. Run it in a console of its
own; on Linux: python -m tools.wine_lane --run -m benchmarks.windows_keyboard
"""

from __future__ import annotations

import sys
import threading
from time import perf_counter, process_time, sleep
from typing import TYPE_CHECKING

from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "The Windows keyboard"
RUNS = 200
QUICK_RUNS = 20
CHARTS = ()

_IDLE_RUNS = 1
# Long, since Windows counts processor time in steps of a 64th of a second.
_IDLE_SECONDS = 40.0
# The key comes at another place of a poll's interval each time.
_STEP_SECONDS = 0.0013
_STEPS = 31
_PEER = "kbhit every 10 ms"
_KEY_TARGET = Target(p95=20)
_IDLE_TARGET = Target(median=0.1)

Contestants = dict[str, "Callable[[float], str | None]"]
"""By name, what waits so many seconds for a key."""


def measure(effort: Effort) -> list[Figure]:
    """Return latencies in milliseconds and idle costs in per cent of a processor."""
    if sys.platform == "win32":
        return _measure(effort)
    else:
        raise MeasurementError("windows_keyboard: needs Windows and its console")


if sys.platform == "win32":
    import msvcrt

    def _poll(interval_seconds: float) -> Callable[[float], str | None]:
        """Return what polls as the lesson does, at another interval."""

        def wait(seconds: float) -> str | None:
            give_up = perf_counter() + seconds
            while not msvcrt.kbhit():
                if perf_counter() > give_up:
                    return None
                sleep(interval_seconds)
            return msvcrt.getwch()

        return wait

    def _measure(effort: Effort) -> list[Figure]:
        """Return latencies in milliseconds and idle costs in per cent of a processor."""
        from parl.platform.windows_keyboard import WindowsKeyboard
        from tests.console import key
        from tests.console_typist import Console

        console, turn = Console(), iter(range(10**6))
        with WindowsKeyboard() as keyboard:
            contestants: Contestants = {
                "parl": keyboard.read_key,
                _PEER: _poll(0.01),
                "kbhit every 1 ms": _poll(0.001),
            }

            def latency(wait: Callable[[float], str | None]) -> float:
                pressed: list[float] = []

                def press() -> None:
                    sleep(0.02 + next(turn) % _STEPS * _STEP_SECONDS)
                    pressed.append(perf_counter())
                    console.put([key("x")])

                fingers = threading.Thread(target=press)
                fingers.start()
                name = wait(10.0)
                read = perf_counter()
                fingers.join()
                if name != "x":
                    raise MeasurementError(f"pressed x, and read {name!r}")
                return read - pressed[0]

            def idle(wait: Callable[[float], str | None]) -> float:
                before = process_time()
                wait(_IDLE_SECONDS)
                return (process_time() - before) / _IDLE_SECONDS

            latencies = alternate(
                {name: lambda wait=wait: latency(wait) for name, wait in contestants.items()}, effort.runs
            )
            costs = alternate(
                {name: lambda wait=wait: idle(wait) for name, wait in contestants.items()}, _IDLE_RUNS, warm_ups=0
            )
        return [
            *beside(
                "key to reaction",
                _PEER,
                {name: milliseconds(values) for name, values in latencies.items()},
                {"parl": _KEY_TARGET},
            ),
            *beside(
                "idle, CPU",
                _PEER,
                {name: [100 * value for value in values] for name, values in costs.items()},
                {"parl": _IDLE_TARGET},
                unit="%",
            ),
        ]


if __name__ == "__main__":
    run_as_script("benchmarks.windows_keyboard")
