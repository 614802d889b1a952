"""The line that shows how far a compilation is: click's bar, on a line of our own."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from parl.cli.status_line import StatusLine
from parl.core.tree_compiler import Progress

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_STEPS = 1_000
_SEPARATOR = "  "
_BAR_COLUMNS = 24
_ENOUGH_SHARE = 0.05
_FACTS_COLUMNS = 58
_NARROW_COLUMNS = 50


class ProgressLine:
    """One line on stderr, erased before anything else is written there. Only for a terminal."""

    def __init__(self) -> None:
        self.keys = ""
        """Which keys stop it; empty while none does."""
        self._line = StatusLine()
        self._bar: ProgressBar[int] | None = None
        self._began = monotonic()

    def begin(self) -> None:
        """Show which keys stop it, before there is anything else to show."""
        if not self._line.is_shown:
            self.paint(Progress(0, 0, 0, 0.0, ()))

    def paint(self, progress: Progress) -> None:
        """Show how far it is."""
        self._line.paint(lambda columns: self._text(progress, columns)[:columns])

    def erase(self) -> None:
        """Leave the terminal's line empty."""
        self._line.erase()

    def _text(self, progress: Progress, columns: int) -> str:
        stop = f"{self.keys} stops it" if self.keys else ""
        if not progress.total:
            looked_at = f"{progress.looked_at} files looked at" if progress.looked_at else ""
            return _SEPARATOR.join(filter(None, (looked_at, stop)))
        bar = self._bar = self._bar or _new_bar()
        bar.make_step(int(progress.share * _STEPS) - bar.pos)
        rate = f"{progress.done / max(monotonic() - self._began, 0.001):.0f}/s"
        # At first a large file may be all there is to go by.
        left = f"{bar.format_eta()} left" if bar.eta_known and progress.share > _ENOUGH_SHARE else ""
        facts = (f"{progress.done}/{progress.total}", "" if columns < _NARROW_COLUMNS else rate, left, stop)
        bar.item_show_func = lambda _: _SEPARATOR.join(filter(None, facts))
        bar.width = max(0, min(_BAR_COLUMNS, columns - _FACTS_COLUMNS))
        bar.bar_template = f"[%(bar)s]{_SEPARATOR}%(info)s" if bar.width else "%(info)s"
        return bar.format_progress_line()


def _new_bar() -> ProgressBar[int]:
    import click  # only here: where nobody watches, its import is spared

    return click.progressbar(length=_STEPS, show_percent=False, show_eta=False)
