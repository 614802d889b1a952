"""Lines to choose from: like paths, of 20 to 50 characters, and always the same."""

from __future__ import annotations

import os
import random
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = (
    "action admin agent answer apple audit bridge build cache client clock codec config console core curve debug docs "
    "driver echo engine error event fetch field file filter front garden github hidden index inner input journal "
    "kernel label layer level library linux list local lock logger main manifest map memory merge method mirror model "
    "module mount native network node notes number object offline order other parser patch path people plan plugin "
    "point proxy query queue record remote render report result river schema script search server session shell signal "
    "single socket source stream string style symbol syntax system table target task test text thread time token tools "
    "tree type unit update user value vector version video view virtual volume window worker writer yellow zone"
)


def write_lines(folder: str, count: int) -> str:
    """Write so many to a file in *folder*, and return its path."""
    path = os.path.join(folder, str(count))
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in islice(_lines(), count))
    return path


def first_line(path: str) -> str:
    """Return the first of the lines in that file."""
    with open(path, encoding="ascii") as file:
        return file.readline().rstrip()


def _lines() -> Iterator[str]:
    choice = random.Random(1)
    words = _WORDS.split()
    while True:
        line = "/".join(choice.choices(words, k=choice.randint(3, 6))) + ".txt"
        if 20 <= len(line) <= 50:
            yield line
