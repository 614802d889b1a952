"""The terminal's own indicator of progress, in its tab or the taskbar: ConEmu's OSC 9;4."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RUNNING, _PAUSED = 1, 4
_CLEAR = "\x1b]9;4;0\x1b\\"
# Since when each takes it; elsewhere OSC 9 is a notification that pops up.
_ITERM = (3, 6, 6)
_WEZTERM = (20250209,)
_VTE = 8000


class Indicator:
    """What to send to the terminal, with whatever is written there. Nothing to one not known to take it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._is_understood = takes_progress(environment)
        self._sent = ""

    def show(self, share: float, *, is_paused: bool) -> str:
        """Return the sequence that shows *share* of the whole; empty if nothing is new."""
        sequence = f"\x1b]9;4;{_PAUSED if is_paused else _RUNNING};{round(100 * share)}\x1b\\"
        if not self._is_understood or sequence == self._sent:
            return ""
        self._sent = sequence
        return sequence

    def clear(self) -> str:
        """Return the sequence that takes it away; empty if there is none."""
        sequence, self._sent = _CLEAR if self._sent else "", ""
        return sequence


def takes_progress(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to show progress.

    Within tmux, screen or zellij that is the terminal, and what the environment says of one is said of another.
    """
    is_inside = any(environment.get(name) for name in ("TMUX", "STY", "ZELLIJ"))
    if is_inside or environment.get("TERM", "").startswith(("tmux", "screen")):
        return False
    if environment.get("WT_SESSION") or environment.get("ConEmuANSI") == "ON":
        return True
    program = environment.get("TERM_PROGRAM")
    if program is None:
        vte = environment.get("VTE_VERSION", "")
        return vte.isdecimal() and int(vte) >= _VTE
    least = {"ghostty": (), "WezTerm": _WEZTERM, "iTerm.app": _ITERM}.get(program)
    version = tuple(map(int, re.findall(r"\d+", environment.get("TERM_PROGRAM_VERSION", ""))))
    return least is not None and version >= least
