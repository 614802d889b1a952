"""What the Windows console reads as two halves, to the key names of the POSIX decoder."""

from __future__ import annotations

_NAVIGATION = {
    71: "home",
    72: "up",
    73: "pageup",
    75: "left",
    77: "right",
    79: "end",
    80: "down",
    81: "pagedown",
    82: "insert",
    83: "delete",
}
# With Ctrl or Alt the same keys have codes without a pattern. Ctrl-PageUp of the grey block is
# 134 too and cannot be told from F12, which is the likelier one.
_CTRL_NAVIGATION = dict(zip(_NAVIGATION, (119, 141, 132, 115, 116, 117, 145, 118, 146, 147), strict=True))
_ALT_NAVIGATION = dict(zip(_NAVIGATION, (151, 152, 153, 155, 157, 159, 160, 161, 162, 163), strict=True))
_FUNCTION_BLOCKS = (("", 59, 133), ("shift-", 84, 135), ("ctrl-", 94, 137), ("alt-", 104, 139))
# Alt with a typing key: the place on the keyboard, named as on an American one.
_ALT_ROWS = ((16, "qwertyuiop[]"), (30, "asdfghjkl;'`"), (44, "zxcvbnm,./"), (120, "1234567890-="))
_OTHERS = {
    1: "alt-esc",
    3: "ctrl-space",
    14: "alt-backspace",
    15: "shift-tab",
    28: "alt-enter",
    148: "ctrl-tab",
    149: "ctrl-/",
    164: "alt-/",
    165: "alt-tab",
    166: "alt-enter",
}


def _all_names() -> dict[int, str]:
    names = _NAVIGATION | _OTHERS
    names |= {_CTRL_NAVIGATION[code]: f"ctrl-{name}" for code, name in _NAVIGATION.items()}
    names |= {_ALT_NAVIGATION[code]: f"alt-{name}" for code, name in _NAVIGATION.items()}
    for prefix, f1, f11 in _FUNCTION_BLOCKS:
        codes = (*range(f1, f1 + 10), f11, f11 + 1)
        names |= {code: f"{prefix}f{number}" for number, code in enumerate(codes, start=1)}
    for start, row in _ALT_ROWS:
        names |= {code: f"alt-{character}" for code, character in enumerate(row, start)}
    return names


_NAMES = _all_names()


def name_of_second_half(half: str) -> str:
    """Return the key whose second half this is; the prefix before it says nothing more."""
    return _NAMES.get(ord(half), f"key-{ord(half)}")
