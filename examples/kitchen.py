"""Several timers on one thread: a repeated one, one that is put off, one that is cancelled, one that fails.

python examples/kitchen.py
"""

from __future__ import annotations

import threading

from parl import Scheduler

SECONDS_A_MINUTE = 0.5  # for an example


def cook(minute: float = SECONDS_A_MINUTE) -> None:
    """Bake bread, and look after it."""
    baked = threading.Event()
    with Scheduler(on_error=lambda error: print(f"something broke: {error!r}")) as kitchen:
        bread = kitchen.after(7 * minute, baked.set)
        milk = kitchen.after(3 * minute, lambda: print("the milk boils over"))
        kitchen.every(2 * minute, lambda: print(f"{bread.remaining / minute:.0f} minutes to go"))
        kitchen.after(1 * minute, lambda: print("the milk is off the stove:", milk.cancel()))
        kitchen.after(5 * minute, lambda: {}["salt"])
        kitchen.after(5 * minute, lambda: print("a little longer:", bread.reschedule(4 * minute)))
        baked.wait()
    print("the bread is ready")


if __name__ == "__main__":
    cook()
