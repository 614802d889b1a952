"""The last measurement of each part, below .bench, so that one part can be measured anew and the report be whole."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.set_up import PLACE

if TYPE_CHECKING:
    from benchmarks.document import Section


def keep(section: Section, place: str = PLACE) -> None:
    """Keep *section* until its benchmark is measured again."""
    path = _path(section.name, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as file:
        pickle.dump(section, file)
    os.replace(path + ".new", path)


def kept(name: str, place: str = PLACE) -> Section | None:
    """Return the last section of the benchmark *name*; None where there is none, or another checkout's."""
    try:
        with open(_path(name, place), "rb") as file:
            section: Section = pickle.load(file)
        return replace(section)  # it may lack a field that has come since
    except (OSError, EOFError, AttributeError, ImportError, TypeError, pickle.UnpicklingError):
        return None


def _path(name: str, place: str) -> str:
    return os.path.join(place, "measured", f"{name}.pickle")
