"""What others wrote, made harmless for the screen."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return *text* on one line, with what a terminal would obey shown instead of sent."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
