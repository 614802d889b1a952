"""``parl menu --choose`` beside other ways to choose one of many lines. Linux only.

Each runs in a terminal of 24 lines and 80 columns, from just before its process is created. Ten
items: when the first is on the screen, beside an application of prompt_toolkit that paints one
line. 100,000 lines from a file: the same, then how soon Down moves the mark, how soon `a` and then
`p` show a list that they filter and how soon nothing more comes, and the most memory it had.
1,000,000 lines: the first paint from a file, and the keys while a pipe still brings the second half.
And ``parl menu --numbered``, without a terminal, beside an interpreter that imports click. Those
that take seconds are run once.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from itertools import islice
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.comparison import Figure, MeasurementError, Target, alternate, milliseconds, run_as_script, versus
from benchmarks.menu_contestants import BARE, Contestant, parl_and_peers
from benchmarks.menu_terminal import Answer, MenuTerminal, Row
from benchmarks.pseudo_terminal import ensure_bytecode, parl_command, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RUNS = 15
QUICK_RUNS = 5

_FEW, _MANY, _MOST = 10, 100_000, 1_000_000
_LOADING_SECONDS = 0.05
_PEER = "fzf"
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
_WORDS = (
    "action admin agent answer apple audit bridge build cache client clock codec config console core curve debug docs "
    "driver echo engine error event fetch field file filter front garden github hidden index inner input journal "
    "kernel label layer level library linux list local lock logger main manifest map memory merge method mirror model "
    "module mount native network node notes number object offline order other parser patch path people plan plugin "
    "point proxy query queue record remote render report result river schema script search server session shell signal "
    "single socket source stream string style symbol syntax system table target task test text thread time token tools "
    "tree type unit update user value vector version video view virtual volume window worker writer yellow zone"
)


class Course(NamedTuple):
    """What was seen of one menu: seconds, and megabytes."""

    paint: float
    down: Answer
    filters: Sequence[Answer] = ()
    memory: float = 0.0


def measure(runs: int) -> list[Figure]:
    """Return the figures of all four comparisons."""
    if sys.platform != "linux":
        raise MeasurementError("menus: needs Linux and its /proc")
    if importlib.util.find_spec("pyte") is None:
        raise MeasurementError("menus: needs pyte (pip install --group bench)")
    ensure_bytecode()
    contestants = parl_and_peers()
    with tempfile.TemporaryDirectory() as folder:
        few, many, most = (_write(folder, count) for count in (_FEW, _MANY, _MOST))
        return [
            *_ten(contestants, few, runs),
            *_hundred_thousand(contestants, many, runs),
            *_million(contestants, most, max(3, runs // 3)),
            *_numbered(runs),
        ]


def _lines() -> Iterator[str]:
    """Yield lines like paths, of 20 to 50 characters; always the same."""
    choice = random.Random(1)
    words = _WORDS.split()
    while True:
        line = "/".join(choice.choices(words, k=choice.randint(3, 6))) + ".txt"
        if 20 <= len(line) <= 50:
            yield line


def _write(folder: str, count: int) -> str:
    path = os.path.join(folder, str(count))
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in islice(_lines(), count))
    return path


def _first_of(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.readline().rstrip()


# Ten items


def _ten(contestants: Sequence[Contestant], path: str, runs: int) -> list[Figure]:
    first = _first_of(path)
    with open(path, encoding="ascii") as file:
        items = file.read().split()
    parl, *peers = contestants
    bare = "prompt_toolkit, one line"
    ways: dict[str, Callable[[], float]] = {
        parl.name: lambda: _paint(MenuTerminal([*parl.argv, *items], stdout=os.devnull), first),
        bare: lambda: _paint(MenuTerminal([sys.executable, "-c", BARE.format(line=first)]), first),
    }
    for peer in peers:
        ways[peer.name] = partial(_first_paint, peer, path)
    samples = alternate(ways, runs)
    theirs = Figure(f"10 items, first paint: {bare}", "ms", milliseconds(samples.pop(bare)))
    targets = {parl.name: Target(ratio=1.2)}
    figures = [
        Figure(f"10 items, first paint: {name}", "ms", milliseconds(seconds), theirs, targets.get(name))
        for name, seconds in samples.items()
    ]
    return [figures[0], theirs, *figures[1:]]


def _paint(terminal: MenuTerminal, first: str) -> float:
    with terminal:
        return terminal.first_paint(first)


# A hundred thousand lines


def _hundred_thousand(contestants: Sequence[Contestant], path: str, runs: int) -> list[Figure]:
    fast = {each.name: partial(_course, each, path) for each in contestants if not each.is_slow}
    courses: dict[str, list[Course]] = alternate(fast, runs)
    for slow in contestants:
        if slow.is_slow:
            try:
                courses[slow.name] = [_course(slow, path)]
            except MeasurementError as error:
                print(f"left out: {slow.name}, {_MANY:,} lines: {error}", file=sys.stderr)
    filtering = {name: found for name, found in courses.items() if found[0].filters}
    rows: Sequence[tuple[str, Mapping[str, Sequence[Course]], Callable[[Course], float], Target | None]] = (
        ("first paint", courses, lambda course: 1000 * course.paint, Target(median=350)),
        ("Down", courses, lambda course: 1000 * course.down.complete, Target(median=10)),
        ("`a`", filtering, lambda course: 1000 * course.filters[0].seen, Target(median=50)),
        ("`a`, complete", filtering, lambda course: 1000 * course.filters[0].complete, None),
        ("`ap`", filtering, lambda course: 1000 * course.filters[1].seen, Target(median=50)),
        ("`ap`, complete", filtering, lambda course: 1000 * course.filters[1].complete, None),
        ("memory", courses, lambda course: course.memory, Target(median=80)),
    )
    figures = []
    for what, found, value, target in rows:
        samples = {name: [value(course) for course in each] for name, each in found.items()}
        unit = "MB" if what == "memory" else "ms"
        figures += _figures(f"{_MANY:,} lines, {what}", unit, samples, target)
    return figures


def _course(contestant: Contestant, path: str) -> Course:
    """Wait for it to rest before each key."""
    with contestant.on_terminal(path) as terminal:
        paint = terminal.first_paint(_first_of(path))
        terminal.rest()
        down = terminal.answer_to(terminal.down(), _is_other)
        filters = []
        if contestant.has_filter:
            filters = [terminal.answer_to(b"a", _is_filtered("a")), terminal.answer_to(b"p", _is_filtered("ap"))]
        return Course(paint, down, filters, terminal.peak_megabytes())


def _is_other(before: Sequence[Row], now: Sequence[Row]) -> bool:
    """Whether some item looks other than it did: the mark has moved."""
    return bool(now) and now != before


def _is_filtered(letters: str) -> Callable[[Sequence[Row], Sequence[Row]], bool]:
    """Whether all that is shown has these *letters*, in this order."""

    def has_letters(row: Row) -> bool:
        rest = iter(row.item)
        return all(letter in rest for letter in letters)

    return lambda _, now: bool(now) and all(map(has_letters, now))


def _figures(what: str, unit: str, samples: Mapping[str, Sequence[float]], target: Target | None) -> list[Figure]:
    """Return the figures of parl, which comes first and has the *target*, of its peer, and of the others."""
    peer = Figure(f"{what}: {_PEER}", unit, samples[_PEER]) if _PEER in samples else None
    figures = [
        Figure(f"{what}: {name}", unit, values, peer, None if number else target)
        for number, (name, values) in enumerate(samples.items())
        if name != _PEER
    ]
    return figures if peer is None else [figures[0], peer, *figures[1:]]


# A million lines


def _million(contestants: Sequence[Contestant], path: str, runs: int) -> list[Figure]:
    """parl and fzf only; each key in a run of its own."""
    hasty = [each for each in contestants if each.prints_on_stdout]
    courses: tuple[tuple[str, Target | None, Callable[[Contestant, str], float]], ...] = (
        ("first paint", Target(median=1000), _first_paint),
        ("Down while loading", None, partial(_hasty_key, _press_down)),
        ("`a` while loading", None, partial(_hasty_key, _press_a)),
    )
    figures = []
    for name, target, course in courses:
        ways = {each.name: partial(course, each, path) for each in hasty}
        samples = {who: milliseconds(seconds) for who, seconds in alternate(ways, runs).items()}
        figures += _figures(f"{_MOST:,} lines, {name}", "ms", samples, target)
    return figures


def _first_paint(contestant: Contestant, path: str) -> float:
    first = _first_of(path)
    return _paint(contestant.on_terminal(path), first)


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
                terminal.first_paint(_first_of(path))
                terminal.read_for(_LOADING_SECONDS)
                if feeder.poll() is not None:
                    raise MeasurementError(f"{contestant.name}: all lines had come before the key")
                return press(terminal).seen
        finally:
            feeder.kill()


# By number


def _numbered(runs: int) -> list[Figure]:
    ours, peer = "parl menu --numbered, at the end of stdin", "python: import click"
    ways = {
        ours: partial(seconds_of, parl_command("menu", "--numbered")),
        peer: partial(seconds_of, [sys.executable, "-c", "import click"]),
    }
    return versus(ours, peer, alternate(ways, runs, warm_ups=3), Target(ratio=1.3))


if __name__ == "__main__":
    run_as_script(__doc__, measure, RUNS)
