"""What others wrote, made harmless for the screen."""

from __future__ import annotations

# No letters and no marks, but Persian and emoji need them, and a terminal obeys neither.
_JOINERS = "\u200c\u200d"


def printable(text: str) -> str:
    """Return *text* on one line, with what a terminal would obey shown instead of sent."""
    return "".join(sign if sign.isprintable() else _shown(sign) for sign in text)


def _shown(sign: str) -> str:
    import unicodedata  # only here: most texts need no second look

    if sign in _JOINERS or unicodedata.category(sign) == "Zs":
        return sign
    if "\udc80" <= sign <= "\udcff":  # a byte that could not be decoded
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode()
