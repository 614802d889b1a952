"""The same bytecode whatever this process has imported: signs that it happens to have interned.

Python before 3.12.7 writes a string's being interned into the .pyc. The compiler interns no sign but
those of names; yet all equal one-character strings are one object, so if any module that was loaded
has a ``{`` marked as interned, every source that holds a ``{`` is written differently: to the
interpreter it is all the same, to who compares bytes it is not.
"""

from __future__ import annotations

import marshal
import sys

# Python itself interns them when it starts (gh-113993), so what is written is the same in every process.
EVERY_SIGN_IS_INTERNED = sys.version_info >= (3, 12, 7)

_REFERENCED = 0x80
_SHORT, _SHORT_INTERNED = ord("z"), ord("Z")
_INTERNED = (_SHORT_INTERNED, _SHORT_INTERNED | _REFERENCED)
# Punctuation and white space; the import system itself has interned the star. Without string, whose import takes
# as long as to compile a short source.
_SIGNS = tuple(
    sign for sign in (*map(chr, range(0x21, 0x7F)), *" \t\n\r\v\f") if not sign.isalnum() and sign not in "*_"
)

_NOTHING = b"NFTS.0"
_FIXED = {ord("i"): 4, ord("I"): 8, ord("g"): 8, ord("y"): 16, ord("r"): 4}
_LONG_STRINGS = b"stuaA"
_SHORT_STRINGS = b"zZ"
_LONG_SEQUENCES = b"([<>"
_SHORT_TUPLE, _INTEGER, _CODE = b")lc"


def interned_signs() -> list[bytes]:
    """Return the signs that this process has interned, as they would be written."""
    if EVERY_SIGN_IS_INTERNED:
        return []
    kinds = marshal.dumps(_SIGNS)[2::3]  # after the tuple's two bytes, each is: its kind, its length, itself
    return [b"\1" + sign.encode() for sign, kind in zip(_SIGNS, kinds, strict=True) if kind in _INTERNED]


def without_interned(data: bytes, signs: list[bytes]) -> bytes:
    """Return marshalled bytecode as a process would write it that has not interned *signs*."""
    if not any(bytes([kind]) + sign in data for kind in _INTERNED for sign in signs):
        return data
    mended = bytearray(data)
    for position in _interned_shorts(data):
        if data[position + 1 : position + 3] in signs:
            mended[position] += _SHORT - _SHORT_INTERNED
    return bytes(mended)


def _interned_shorts(data: bytes) -> list[int]:
    """Return where short interned strings begin. Walks all of marshal's format that code can hold."""
    found = []
    position = 0
    # What is still to come: objects to read, or bytes to skip (negative).
    pending = [1]
    while pending:
        todo = pending.pop()
        if todo < 0:
            position -= todo
            continue
        if todo > 1:
            pending.append(todo - 1)
        kind = data[position] & ~_REFERENCED
        if kind == _SHORT_INTERNED:
            found.append(position)
        position, parts = _after_head(data, position + 1, kind)
        pending += parts
    return found


def _after_head(data: bytes, position: int, kind: int) -> tuple[int, list[int]]:
    """Return where an object of this *kind* goes on, and its parts, the last one first."""
    if kind in _NOTHING:
        return position, []
    if kind in _FIXED:
        return position + _FIXED[kind], []
    if kind in _SHORT_STRINGS:
        return position + 1 + data[position], []
    if kind in _LONG_STRINGS:
        return position + 4 + _long(data, position), []
    if kind == _SHORT_TUPLE:
        return position + 1, _objects(data[position])
    if kind in _LONG_SEQUENCES:
        return position + 4, _objects(_long(data, position))
    if kind == _INTEGER:
        return position + 4 + 2 * abs(_long(data, position)), []
    if kind == _CODE:
        # Five numbers, eight objects, the first line's number, two tables.
        return position + 20, [2, -4, 8]
    raise ValueError(f"marshal's type {chr(kind)!r} is not expected in bytecode")


def _objects(count: int) -> list[int]:
    return [count] if count else []


def _long(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little", signed=True)
