"""A plugin for coverage.py: what was measured is saved also where a process ends without Python's own end.

parl leaves by ``os._exit``, dies of the very signal that ended its work, and its forked children become commands.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from coverage import Coverage
from coverage.plugin_support import Plugins

_LAST = ((os, "_exit"), (os, "execve"), (signal, "raise_signal"))


def coverage_init(_plugins: Plugins, _options: dict[str, str]) -> None:
    """Called by coverage.py when it starts in a process."""
    for module, name in _LAST:
        setattr(module, name, _after_saving(getattr(module, name)))


def _after_saving(function: Callable[..., object]) -> Callable[..., object]:
    def save_and_go_on(*arguments: object) -> object:
        measured = Coverage.current()
        with suppress(Exception):  # whatever goes wrong, the process ends as it would have
            if measured is not None:
                measured.save()
        return function(*arguments)

    return save_and_go_on
