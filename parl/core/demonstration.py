"""The lesson's dummy compiler."""

from __future__ import annotations

from collections.abc import Callable

from parl.core.abort import AbortFlag
from parl.core.job import Job, Outcome

ACTIVITIES = ("building memory database", "checking dependencies", "generating code")
DOTS = 5


class DummyCompiler(Job[None]):
    """Does nothing, one dot a second, and looks at the flag (the lesson's notes 9 to 13).

    *write* takes text that is to be on the screen at once (note 10). *abort*, the flag of its run, is
    looked at before each activity and ends a dot's second at once.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def run(self, abort: AbortFlag) -> Outcome[None]:
        """Go through the activities, guarded by the flag."""
        self._write("Dummy Compiler v1.0\n")
        for activity in ACTIVITIES:
            if abort.is_set():
                break
            self._do_nothing(activity, abort)
        if abort.is_set():
            return Outcome(aborted_by=abort.reason)
        return Outcome()

    def _do_nothing(self, activity: str, abort: AbortFlag) -> None:
        self._write(activity)
        for _ in range(DOTS):
            if abort.wait(1.0):
                break
            self._write(".")
        self._write("\n")
