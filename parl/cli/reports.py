"""What a compilation of sources says: to people and editors, or to programs."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from parl.cli.printable import printable
from parl.cli.speech import say_lines
from parl.cli.stdout import write_result
from parl.cli.verdict import write_verdict
from parl.core.diagnostic import ERROR, Diagnostic
from parl.core.events import KeyPressed, SignalReceived, TimedOut
from parl.core.job import Outcome
from parl.core.signals import signal_name
from parl.core.tree_compiler import TreeResult

# Of a longer line only what is around the caret is shown.
_MOST_COLUMNS = 100
_BEFORE_CARET = 60


class Report(ABC):
    """Shows diagnostics as they come, and the verdict."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def show(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show what has been found, by paths that lead there from here."""
        for diagnostic in diagnostics:
            self._show(diagnostic._replace(path=os.path.join(self._folder, diagnostic.path)))

    @abstractmethod
    def close(self, outcome: Outcome[TreeResult], seconds: float) -> None:
        """Say how it ended, after how many *seconds*."""

    @abstractmethod
    def _show(self, diagnostic: Diagnostic) -> None:
        """Show one."""


class TextReport(Report):
    """Diagnostics on stderr, as compilers write them; the verdict on stdout."""

    def __init__(self, folder: str, *, quiet: bool) -> None:
        super().__init__(folder)
        self._quiet = quiet

    def _show(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity == ERROR:
            say_lines([(str(diagnostic), "red"), *_quotation(diagnostic)])
        elif not self._quiet:
            say_lines([(str(diagnostic), "yellow"), *_quotation(diagnostic)])

    def close(self, outcome: Outcome[TreeResult], seconds: float) -> None:
        result = outcome.value
        if result is not None and not outcome.is_aborted and not self._quiet:
            write_verdict(
                compiled=result.compiled,
                up_to_date=result.up_to_date,
                failed=result.failed,
                warnings=result.warnings,
                seconds=seconds,
            )


class JsonReport(Report):
    """One object a line, all on stdout: the diagnostics, and last a summary, also after an abort."""

    def _show(self, diagnostic: Diagnostic) -> None:
        values = diagnostic._asdict() | {"end_column": diagnostic.end_column or None}
        self._write({"type": "diagnostic"} | values)

    def close(self, outcome: Outcome[TreeResult], seconds: float) -> None:
        result = outcome.value
        if result is not None:
            self._write(
                {
                    "type": "summary",
                    "success": outcome.is_success,
                    "aborted_by": _name_of(outcome.aborted_by),
                    "compiled": result.compiled,
                    "up_to_date": result.up_to_date,
                    "failed": result.failed,
                    "warnings": result.warnings,
                    "seconds": round(seconds, 6),
                }
            )

    @staticmethod
    def _write(values: Mapping[str, object]) -> None:
        import json  # only here: most reports are text

        write_result(f"{json.dumps(values)}\n")


def report_for(name: str, *, quiet: bool, folder: str = "") -> Report:
    """Return the report of this format; *folder*: where the paths are meant from, if not from here."""
    return JsonReport(folder) if name == "json" else TextReport(folder, quiet=quiet)


def _name_of(reason: object) -> str | None:
    if isinstance(reason, KeyPressed):
        return "key"
    if isinstance(reason, TimedOut):
        return "timeout"
    if isinstance(reason, SignalReceived):
        return signal_name(reason.number)
    return None if reason is None else str(reason)


def _quotation(diagnostic: Diagnostic) -> list[tuple[str, str | None]]:
    """Return the source line, and a caret under what is meant."""
    text = diagnostic.source_line.rstrip()
    start = diagnostic.column - 1
    if not text or start > len(text):
        return []
    end = max(start + 1, min(len(text), diagnostic.end_column - 1))
    cut = max(0, start - _BEFORE_CARET) if len(text) > _MOST_COLUMNS else 0
    shown = _plain(text[cut : cut + _MOST_COLUMNS])
    blank, marked = shown[: start - cut], shown[start - cut : end - cut]
    carets = "^" * max(1, _width(marked))
    return [(f"    {shown}", None), (" " * (4 + _width(blank)) + carets, "green")]


def _plain(text: str) -> str:
    """Return *text* so that each character keeps its width: a tab, and what a terminal obeys, is one blank."""
    return "".join(sign if printable(sign) == sign else " " for sign in text)


def _width(text: str) -> int:
    """Return how many columns *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)
