"""The pause between what was chosen and the menu, so that one can read."""

from __future__ import annotations

from parl.cli.runner import Settings, die_if_told, run_job
from parl.cli.status_line import StatusLine
from parl.cli.voice import Voice
from parl.core.abort import AbortFlag
from parl.core.job import FunctionJob


class _GoOnVoice(Voice):
    """Asks for a key in a line that is erased then."""

    purpose = "go on"

    def __init__(self) -> None:
        super().__init__(quiet=False, abort_keys=None)
        self.line = StatusLine()
        self.line.leave_line()  # what was written may not end its line

    def listening(self) -> None:
        """Show the line; where it cannot be erased, say it."""
        if self.may_paint:
            self.line.paint(lambda columns: self.invitation[:columns])
        else:
            super().listening()

    def suspending(self) -> None:
        """Leave the screen to the shell."""
        self.line.erase()


def wait_for_key() -> None:
    """Return when a key is pressed; a signal that asks parl to end does so."""
    voice = _GoOnVoice()
    try:
        outcome = run_job(FunctionJob(_wait_for_abort), voice, Settings())
    finally:
        voice.line.close()
    die_if_told(outcome)


def _wait_for_abort(abort: AbortFlag) -> None:
    abort.wait(None)
