"""The lesson's sleeper: a timer thread wakes it; it snores meanwhile, and looks at no clock.

python examples/sleeper.py
"""

from __future__ import annotations

import threading

from parl import Timer

SECONDS = 3.0
SECONDS_A_SNORE = 0.5


def sleep_and_snore(seconds: float = SECONDS) -> None:
    """Turn the alarm clock on, and snore until it rings."""
    woken = threading.Event()
    Timer(seconds, woken.set).start()
    while not woken.wait(SECONDS_A_SNORE):
        print("Zzz...", flush=True)
    print("Oops, woke up!")


if __name__ == "__main__":
    sleep_and_snore()
