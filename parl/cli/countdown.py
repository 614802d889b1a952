"""The line that shows how long the sleeper will still sleep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from math import ceil

from parl.cli.indicator import Indicator
from parl.cli.status_line import StatusLine
from parl.core.countdown import Countdown

_SEPARATOR = "  "
_BAR_COLUMNS = 24
_SHORTEST_BAR = 4
_SNORES = ("z  ", "zZ ", "zZz")
_AWAKE = "   "
_FRAMES_OF_A_REFUSAL = 3


class CountdownLine:
    """One line on stderr: the snoring, the time left, a bar, the keys. Only for a terminal; any thread."""

    def __init__(self, environment: Mapping[str, str], *, until: str = "", times: int | None = 1) -> None:
        self.keys = ""
        """Which keys cancel; empty while none does."""
        self.rings = 0
        """How often the sleeper has been woken."""
        self._until = until
        self._times = times
        self._snores = cycle(_SNORES)
        self._line = StatusLine()
        self._indicator = Indicator(environment)
        self._latest: Countdown | None = None
        self._refusals_to_show = 0

    def paint(self, countdown: Countdown) -> None:
        """Show how far it is."""
        self._latest = countdown
        self._refusals_to_show = _FRAMES_OF_A_REFUSAL if countdown.refuses_pause else self._refusals_to_show - 1
        self._line.paint(lambda columns: self._text(countdown, columns)[:columns] + self._progress(countdown))

    def paint_again(self) -> None:
        """Show what was shown last, unless it was erased."""
        if self._latest is not None:
            self.paint(self._latest)

    def leave_line(self) -> None:
        """Go to a new line for the next painting, if others have left something on this one."""
        self._line.leave_line()

    def hide(self) -> None:
        """Leave the terminal's line empty, and its indicator, for a while."""
        self._line.erase(self._indicator.clear())

    def erase(self) -> None:
        """Do that for good: the next thing to show is another."""
        self._latest = None
        self.hide()

    def close(self) -> None:
        """Leave the line empty, and paint nothing any more, whichever thread may still be about to."""
        self._line.close(self._indicator.clear())

    def _text(self, countdown: Countdown, columns: int) -> str:
        snore = _AWAKE if countdown.is_paused else next(self._snores)
        rows = list(self._rows(countdown, snore))
        # In less than a clock needs, its end is cut off.
        before, after = next((row for row in rows if len(_joined(*row)) <= columns), rows[-1])
        width = min(_BAR_COLUMNS, columns - len(_joined(before, "[]", after)))
        if width < _SHORTEST_BAR:
            return _joined(before, after)
        filled = int(_share(countdown) * width)
        return _joined(before, f"[{'#' * filled}{'-' * (width - filled)}]", after)

    def _rows(self, countdown: Countdown, snore: str) -> Iterator[tuple[str, str]]:
        """Yield what may stand before the bar and after it; each time less, in whole words."""
        lefts = self._lefts(countdown)
        for left in lefts:
            for hint in self._hints(countdown):
                yield _joined(snore, left), hint
                yield left, hint
        for left in lefts:
            yield left, ""

    def _progress(self, countdown: Countdown) -> str:
        return self._indicator.show(_share(countdown), is_paused=countdown.is_paused)

    def _lefts(self, countdown: Countdown) -> tuple[str, ...]:
        """Return how long it still is, in words for wide and for narrow terminals."""
        left = clock_face(countdown.seconds_left)
        if self._until:
            return (f"{left} left until {self._until}", f"{left} left", left)
        if self._times == 1:
            return (f"{left} left", left)
        tick = f"{left} to tick {self.rings + 1}"
        return (f"{tick} of {self._times}", tick, left) if self._times else (tick, left)

    def _hints(self, countdown: Countdown) -> tuple[str, ...]:
        """Return what the keys do, in words for wide and for narrow terminals."""
        if self._refusals_to_show > 0:
            return ("--at cannot be paused; any other key cancels", "--at cannot be paused", "not with --at")
        if not self.keys:
            return ("paused" if countdown.is_paused else "",)
        cancels = f"{self.keys} cancels"
        if self._until:
            return (cancels, "a key cancels")
        if countdown.is_paused:
            return (f"paused; Space goes on, {cancels}", "paused; Space goes on", "paused")
        return (f"Space pauses, {cancels}", "Space pauses, others cancel", cancels, "a key cancels")


def _joined(*segments: str) -> str:
    return _SEPARATOR.join(filter(None, segments))


def clock_face(seconds: float) -> str:
    """Return *seconds* as a clock shows what is left: never less than there is."""
    minutes, rest = divmod(ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if not days and not hours:
        return f"{minutes}:{rest:02}"
    return f"{f'{days}d ' if days else ''}{hours}:{minutes:02}:{rest:02}"


def _share(countdown: Countdown) -> float:
    """Return how much of the time has passed, from 0 to 1."""
    in_all = max(countdown.seconds_in_all, countdown.seconds_left)
    return 1 - countdown.seconds_left / in_all if in_all else 1.0
