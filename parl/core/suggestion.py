"""What somebody may have meant who wrote a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question behind a message about *word*, if one of *known* is near; else nothing."""
    import difflib  # only here: it is for those who have mistyped

    near = difflib.get_close_matches(word.lower(), known, 1)
    return f" (did you mean '{near[0]}'?)" if near else ""
