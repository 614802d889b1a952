"""When this process began: a timer's interval runs from there, so that parl's own start is not added to it.

As far as can be known: what Python itself takes before our first line (7 ms) is in no clock. The
system's record of a process tells when it was forked, in hundredths of a second, and after
``exec parl timer 5`` at the end of a script that is long ago: nothing may come early.
"""

from __future__ import annotations

from time import monotonic

_began: float | None = None


def mark() -> None:
    """Take this moment for the start."""
    global _began
    _began = monotonic()


def seconds_since_start() -> float:
    """Return what has passed since the start; 0 where it was not marked, in a program that calls us."""
    return 0.0 if _began is None else monotonic() - _began
