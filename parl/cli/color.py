"""Whether parl's own words are coloured: chosen once, for the whole process."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping

_wanted: bool | None = None


def color_choice(environment: Mapping[str, str]) -> bool | None:
    """Return True for always, False for never, None where each stream's terminal decides."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    if environment.get("TERM") == "dumb" or environment.get("CLICOLOR") == "0":
        return False
    return None


def choose_color(*, wanted: bool | None) -> None:
    """Decide what ``chosen_color`` returns."""
    global _wanted
    _wanted = wanted


def chosen_color() -> bool | None:
    """Return what was chosen, as click's *color*."""
    return _wanted
