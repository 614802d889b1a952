"""What others wrote, made harmless for the screen."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return *text* on one line, with what a terminal would obey shown instead of sent."""
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":  # a byte that could not be decoded
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode()
