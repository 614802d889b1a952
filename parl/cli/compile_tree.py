"""What ``parl compile PATH...`` does with sources."""

from __future__ import annotations

from typing import NoReturn

from parl.cli.progress import ProgressLine
from parl.cli.reports import Report, report_for
from parl.cli.runner import Settings, end, run_job, stdout_failed
from parl.cli.voice import Voice
from parl.core.abort import AbortFlag
from parl.core.survey import Survey
from parl.core.tree_compiler import Progress, TreeCompiler


def compile_sources(survey: Survey, settings: Settings, *, report_format: str = "text") -> NoReturn:
    """Compile what *survey*, perhaps begun already, finds to be stale; say how it ended, and exit as it did."""
    report = report_for(report_format, quiet=settings.quiet)
    abort = AbortFlag()
    voice = _TreeVoice(report, abort, settings)
    outcome = run_job(TreeCompiler(survey.options, survey), voice, settings, abort)
    voice.close()
    try:
        report.close(outcome)
    except OSError as error:
        stdout_failed(error)
    if outcome.is_aborted:
        voice.abort(outcome)
    end(outcome)


class _TreeVoice(Voice):
    """Shows how far the compilation is, and what it finds, as it finds it."""

    def __init__(self, report: Report, abort: AbortFlag, settings: Settings) -> None:
        super().__init__(quiet=settings.quiet, abort_keys=settings.abort_key)
        self._report = report
        self._abort = abort
        self._line = ProgressLine()
        self._error: OSError | None = None

    def listening(self) -> None:
        """Tell which key aborts: in the line of the progress, if there is one."""
        if self.is_chatty:
            self._line.keys = self.keys
        else:
            super().listening()

    def progressed(self, value: object) -> None:
        """Show what is new."""
        assert isinstance(value, Progress), "a TreeCompiler reports nothing else"
        if value.diagnostics:
            self._line.erase()
            self._show(value)
        if self.is_chatty and not self._abort.is_set() and (value.done < value.total or not value.total):
            self._line.paint(value)

    def ending_slowly(self) -> None:
        """Tell that the abort was heard."""
        self._line.erase()
        super().ending_slowly()

    def close(self) -> None:
        """Take the line of the progress away; and end here, if stdout did not take what was found."""
        self._line.erase()
        if self._error is not None:
            stdout_failed(self._error)

    def _show(self, progress: Progress) -> None:
        try:
            if self._error is None:
                self._report.show(progress.diagnostics)
        except OSError as error:
            self._error = error
            self._abort.set(error)
