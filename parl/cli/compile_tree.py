"""What ``parl compile PATH...`` does with sources."""

from __future__ import annotations

from time import monotonic
from typing import NoReturn

from parl.cli.progress import ProgressLine
from parl.cli.reports import Report, report_for
from parl.cli.runner import Settings, end, run_job
from parl.cli.speech import say
from parl.cli.stdout import StdoutError
from parl.cli.voice import Voice
from parl.core.abort import AbortFlag
from parl.core.survey import Survey
from parl.core.tree_compiler import Progress, TreeCompiler, TreeResult


def compile_stale(survey: Survey, settings: Settings, *, report_format: str = "text", folder: str = "") -> NoReturn:
    """Compile what *survey*, perhaps begun already, finds to be stale; say how it ended, and exit as it did.

    *folder*: where the survey's paths are meant from, if not from here.
    """
    report = report_for(report_format, quiet=settings.quiet, folder=folder)
    abort = AbortFlag()
    voice = _TreeVoice(report, abort, settings)
    try:
        outcome = run_job(TreeCompiler(survey.options, survey), voice, settings, abort)
    finally:
        voice.close()
    voice.raise_error()
    report.close(outcome, monotonic() - survey.began)
    if outcome.is_aborted:
        voice.abort(outcome)
        voice.say_how_far(outcome.value)
    end(outcome)


class _TreeVoice(Voice):
    """Shows how far the compilation is, and what it finds, as it finds it."""

    def __init__(self, report: Report, abort: AbortFlag, settings: Settings) -> None:
        super().__init__(quiet=settings.quiet, abort_keys=settings.abort_key)
        self._report = report
        self._abort = abort
        self._line = ProgressLine()
        self._error: StdoutError | None = None

    def listening(self) -> None:
        """Tell which key aborts: in the line of the progress, if there is one."""
        if self.may_paint:
            self._line.keys = self.keys
            self._line.begin()
        else:
            super().listening()

    def progressed(self, value: object) -> None:
        """Show what is new."""
        assert isinstance(value, Progress), "a TreeCompiler reports nothing else"
        if value.diagnostics:
            self._line.erase()
            self._show(value)
        if self.may_paint and not self._abort.is_set() and (value.done < value.total or not value.total):
            self._line.paint(value)

    def suspending(self) -> None:
        """Leave the screen to the shell; what comes next paints the line again."""
        self._line.erase()

    def ending_slowly(self) -> None:
        """Tell that the abort was heard."""
        self._line.erase()
        super().ending_slowly()

    def close(self) -> None:
        """Take the line of the progress away."""
        self._line.erase()

    def raise_error(self) -> None:
        """End here, if stdout did not take what was found."""
        if self._error is not None:
            raise self._error

    def say_how_far(self, result: TreeResult | None) -> None:
        """Tell what was done before an abort: that will not be done again."""
        if self.is_chatty and result is not None:
            say(f"{result.compiled} compiled, {result.up_to_date} up to date, {result.failed} failed before that")

    def _show(self, progress: Progress) -> None:
        try:
            if self._error is None:
                self._report.show(progress.diagnostics)
        except StdoutError as error:
            self._error = error
            self._abort.set(error)
