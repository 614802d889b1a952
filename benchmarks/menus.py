"""``parl menu --choose`` beside other ways to choose one of many lines. Linux only.

Each runs in a terminal of 24 lines and 80 columns, with 10 to 1,000,000 lines like paths from a file:
from just before its process is created until the first line is on the screen; then, each time when
it rests, how soon Down moves the mark and nothing more comes, how soon `a` and then `p` show a list
that they filter, and the most memory it had until it first rested, and until the end. Who took
seconds for fewer lines is run once, and with more lines not at all. With a million lines parl and fzf
have the keys also while a pipe still brings the second half. And ``parl menu --numbered``, without a
terminal, beside an interpreter that imports click.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import peers
from benchmarks.charts import Curves
from benchmarks.comparison import Effort, Figure, MeasurementError, Target, alternate, beside, milliseconds
from benchmarks.menu_contestants import BARE, Contestant, parl_and_peers
from benchmarks.menu_lines import first_line, write_lines
from benchmarks.menu_terminal import Answer, MenuTerminal, Row
from benchmarks.pseudo_terminal import ensure_bytecode, parl_command, seconds_of
from benchmarks.script import run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TITLE = "Menus"
RUNS = 9
QUICK_RUNS = 1

_FEW, _MANY, _MOST = 10, 100_000, 1_000_000
_SIZES = (_FEW, 1_000, 10_000, _MANY, _MOST)
_QUICK_SIZES = (_FEW, 10_000)
_QUICK_CONTESTANTS = 3
_SLOW_SECONDS = 2.0
_PAINT, _DOWN, _MEMORY = "first paint", "Down", "memory"
_A, _AP = "filter: `a`", "filter: `ap`"
CHARTS = (Curves(_PAINT, "lines"), Curves(_DOWN, "lines"), Curves(_A, "lines"), Curves(_MEMORY, "lines"))
_TARGETS = {
    (_PAINT, _MANY): Target(median=350),
    (_PAINT, _MOST): Target(median=1000),
    (_DOWN, _MANY): Target(median=10),
    (_A, _MANY): Target(median=50),
    (_AP, _MANY): Target(median=50),
    (_MEMORY, _MANY): Target(median=80),
}
_OURS, _PEER, _BARE = "parl menu --choose", "fzf", "prompt_toolkit, one line"
_LOADING_SECONDS = 0.05
# A file of this size parl has read before it paints; this brings the second half for three seconds.
_FEEDER = """
import sys, time
lines = open(sys.argv[1], "rb").readlines()
half, few = len(lines) // 2, 1000
sys.stdout.buffer.write(b"".join(lines[:half]))
for begin in range(half, len(lines), few):
    sys.stdout.buffer.write(b"".join(lines[begin : begin + few]))
    sys.stdout.buffer.flush()
    time.sleep(0.006)
"""


class Course(NamedTuple):
    """What was seen of one menu: seconds, and megabytes."""

    paint: float
    down: Answer
    filters: Sequence[Answer] = ()
    painted_memory: float = 0.0
    filtered_memory: float = 0.0

    @property
    def slowest_answer(self) -> float:
        """How long the slowest of the keys took, to the end."""
        return max(answer.complete for answer in (self.down, *self.filters))


def measure(effort: Effort) -> list[Figure]:
    """Return the figures of all comparisons."""
    if sys.platform != "linux":
        raise MeasurementError("menus: needs Linux and its /proc")
    if not peers.has("pyte"):
        raise MeasurementError("menus: needs pyte, which reads the screens")
    ensure_bytecode()
    contestants = parl_and_peers()[: _QUICK_CONTESTANTS if effort.quick else None]
    with tempfile.TemporaryDirectory() as folder:
        sizes = _QUICK_SIZES if effort.quick else _SIZES
        figures = _growing(contestants, folder, sizes, effort)
        figures += _least(write_lines(folder, _FEW), effort.runs)
        if not effort.quick:
            figures += _while_loading(contestants, write_lines(folder, _MOST), effort)
    return [*figures, *_numbered(effort.runs)]


# As the lines grow in number


def _growing(contestants: Sequence[Contestant], folder: str, sizes: Sequence[int], effort: Effort) -> list[Figure]:
    """Return the figures by what was measured, then by size; the slow ones drop out."""
    patient = list(contestants)
    by_what: dict[str, list[Figure]] = {}
    for size in sizes:
        courses = _courses(patient, write_lines(folder, size), effort)
        patient = [each for each in patient if _is_fast(courses.get(each.name, []))]
        for figure in _course_figures(courses, size):
            by_what.setdefault(figure.what, []).append(figure)
    return [figure for figures in by_what.values() for figure in figures]


def _courses(contestants: Sequence[Contestant], path: str, effort: Effort) -> dict[str, list[Course]]:
    """Let all run once; then those that are not slow, in turn."""
    ways = {each.name: partial(_course, each, path) for each in contestants}
    first = {name: [course] for name, course in effort.first_samples(ways, [_OURS]).items()}
    fast = {name: ways[name] for name, courses in first.items() if _is_fast(courses)}
    return first | alternate(fast, effort.runs, warm_ups=0)


def _is_fast(courses: Sequence[Course]) -> bool:
    return bool(courses) and max(courses[0].slowest_answer, courses[0].paint) < _SLOW_SECONDS


def _course_figures(courses: Mapping[str, Sequence[Course]], size: int) -> Iterator[Figure]:
    filtering = {name: found for name, found in courses.items() if found[0].filters}
    rows: Sequence[tuple[str, Mapping[str, Sequence[Course]], Callable[[Course], float]]] = (
        (_PAINT, courses, lambda course: 1000 * course.paint),
        (_DOWN, courses, lambda course: 1000 * course.down.complete),
        (_A, filtering, lambda course: 1000 * course.filters[0].seen),
        (f"{_A}, complete", filtering, lambda course: 1000 * course.filters[0].complete),
        (_AP, filtering, lambda course: 1000 * course.filters[1].seen),
        (f"{_AP}, complete", filtering, lambda course: 1000 * course.filters[1].complete),
        (_MEMORY, courses, lambda course: course.painted_memory),
        (f"{_MEMORY}, filtered", filtering, lambda course: course.filtered_memory),
    )
    for what, found, value in rows:
        samples = {name: [value(course) for course in each] for name, each in found.items()}
        target = _TARGETS.get((what, size))
        unit = "MB" if what.startswith(_MEMORY) else "ms"
        figures = beside(what, _PEER, samples, {_OURS: target} if target else {}, unit, size)
        yield from sorted(figures, key=lambda figure: figure.who != _OURS)


def _course(contestant: Contestant, path: str) -> Course:
    """Wait for it to rest before each key."""
    with contestant.on_terminal(path) as terminal:
        paint = terminal.first_paint(first_line(path))
        terminal.rest()
        painted_memory = terminal.peak_megabytes()
        down = terminal.answer_to(terminal.down(), _is_other)
        filters = []
        if contestant.has_filter:
            filters = [terminal.answer_to(b"a", _is_filtered("a")), terminal.answer_to(b"p", _is_filtered("ap"))]
        return Course(paint, down, filters, painted_memory, terminal.peak_megabytes())


def _is_other(before: Sequence[Row], now: Sequence[Row]) -> bool:
    """Whether some item looks other than it did: the mark has moved."""
    return bool(now) and now != before


def _is_filtered(letters: str) -> Callable[[Sequence[Row], Sequence[Row]], bool]:
    """Whether all that is shown has these *letters*, in this order."""

    def has_letters(row: Row) -> bool:
        rest = iter(row.item)
        return all(letter in rest for letter in letters)

    return lambda _, now: bool(now) and all(map(has_letters, now))


# Beside the least


def _least(path: str, runs: int) -> list[Figure]:
    """Ten items on the command line, beside an application of prompt_toolkit that paints one line."""
    first = first_line(path)
    with open(path, encoding="ascii") as file:
        items = file.read().split()
    ways = {
        _OURS: lambda: _paint(MenuTerminal([*parl_command("menu", "--choose"), *items], stdout=os.devnull), first),
        _BARE: lambda: _paint(MenuTerminal([sys.executable, "-c", BARE.format(line=first)]), first),
    }
    samples = {name: milliseconds(seconds) for name, seconds in alternate(ways, runs).items()}
    return beside("first paint of ten arguments", _BARE, samples, {_OURS: Target(ratio=1.2)})


def _paint(terminal: MenuTerminal, first: str) -> float:
    with terminal:
        return terminal.first_paint(first)


# While the lines still come


def _while_loading(contestants: Sequence[Contestant], path: str, effort: Effort) -> list[Figure]:
    """parl and fzf only; each key in a run of its own."""
    hasty = [each for each in contestants if each.prints_on_stdout]
    figures = []
    for name, press in (("Down", _press_down), ("`a`", _press_a)):
        ways = {each.name: partial(_hasty_key, press, each, path) for each in hasty}
        found = alternate(effort.working(ways, [_OURS]), max(3, effort.runs // 3), warm_ups=0)
        samples = {who: milliseconds(seconds) for who, seconds in found.items()}
        figures += beside(f"{name} while the second half of {_MOST:,} lines comes", _PEER, samples, {})
    return figures


def _press_down(terminal: MenuTerminal) -> Answer:
    return terminal.answer_to(terminal.down(), _is_other, until_rest=False)


def _press_a(terminal: MenuTerminal) -> Answer:
    return terminal.answer_to(b"a", _is_filtered("a"), until_rest=False)


def _hasty_key(press: Callable[[MenuTerminal], Answer], contestant: Contestant, path: str) -> float:
    """Return how soon a key is answered that does not wait until everything has come."""
    with Popen([sys.executable, "-c", _FEEDER, path], stdout=PIPE) as feeder:
        assert feeder.stdout is not None
        try:
            with contestant.on_terminal(feeder.stdout.fileno()) as terminal:
                terminal.first_paint(first_line(path))
                terminal.read_for(_LOADING_SECONDS)
                if feeder.poll() is not None:
                    raise MeasurementError(f"{contestant.name}: all lines had come before the key")
                return press(terminal).seen
        finally:
            feeder.kill()


# By number


def _numbered(runs: int) -> list[Figure]:
    ours, peer = "parl menu --numbered", "python: import click"
    ways = {
        ours: partial(seconds_of, parl_command("menu", "--numbered")),
        peer: partial(seconds_of, [sys.executable, "-c", "import click"]),
    }
    samples = {name: milliseconds(seconds) for name, seconds in alternate(ways, runs, warm_ups=3).items()}
    return beside("by number, at the end of stdin", peer, samples, {ours: Target(ratio=1.3)})


if __name__ == "__main__":
    run_as_script("benchmarks.menus")
