"""Bytes of a POSIX terminal to whole key presses; what the terminal reports by itself is no key."""

from __future__ import annotations

import re

ESCAPE_PATIENCE_SECONDS = 0.025
"""How long a lone ESC may turn out to be the start of a sequence."""
_SEQUENCE_PATIENCE_SECONDS = 0.1
_STRING_PATIENCE_SECONDS = 1.0

_ESC = 0x1B
_CONTROL_NAMES = {
    0x00: "ctrl-space",
    0x08: "backspace",
    0x09: "tab",
    0x0A: "enter",
    0x0D: "enter",
    0x1B: "esc",
    0x20: "space",
    0x7F: "backspace",
}
_CURSOR_NAMES = {
    "A": "up",
    "B": "down",
    "C": "right",
    "D": "left",
    "E": "begin",
    "F": "end",
    "H": "home",
    "P": "f1",
    "Q": "f2",
    "R": "f3",
    "S": "f4",
    "Z": "shift-tab",
}
_TILDE_NAMES = {1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home", 8: "end"} | {
    number: f"f{index}"
    for index, number in enumerate(
        (11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34), start=1
    )
}
# The numeric keypad in application mode, as sent after ESC O.
_KEYPAD = {"M": "enter", "X": "="} | {chr(0x40 + ord(sign)): sign for sign in "*+,-./0123456789"}
_MODIFIERS = (("ctrl-", 4), ("alt-", 2), ("shift-", 1))

# Signals, and what stops and restarts the output.
_TAKEN_KEYS = ("ctrl-c", "ctrl-z", "ctrl-\\", "ctrl-s", "ctrl-q")
_OTHER_NAMES = {
    "comma": ",",
    "del": "delete",
    "escape": "esc",
    "ins": "insert",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "return": "enter",
}
# Terminals send the same for both.
_SAME_KEYS = {"ctrl-h": "backspace", "ctrl-i": "tab", "ctrl-j": "enter", "ctrl-m": "enter", "ctrl-[": "esc"}

KEY_NAMES = frozenset(
    {*_CONTROL_NAMES.values(), *_CURSOR_NAMES.values(), *_TILDE_NAMES.values()}
    | {f"ctrl-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"}
)
"""Every name of a key that is not simply the character it types (modifiers aside)."""

# Bounded, so that no stream of bytes makes the decoder slow or its numbers absurd. Compiled (by
# re itself, which keeps them) when the first sequence arrives: most runs see none.
_CSI = rb"\x1b\[([<=>?]?)([0-9:;]{0,64})([ -/]{0,4})([@-~])"
_CSI_START = rb"\x1b\[[<=>?]?[0-9:;]{0,64}[ -/]{0,4}\Z"
_CSI_CUT_SHORT = rb"\x1b\[(?=[^\x1b])[<=>?]?[0-9:;]{0,64}[ -/]{0,4}(?=\x1b)"
_LINUX_CONSOLE_KEY = rb"\x1b\[\[([A-E])"
# OSC, DCS, APC, PM and SOS: text up to BEL or ST, always the terminal's own.
_STRING_INTRODUCERS = b"]P_^X"
_MOUSE_BYTES = len(b"\x1b[Mbxy")


class KeyDecoder:
    """Turns bytes into key names, however they are cut.

    What may still grow stays inside: after ``patience_seconds`` without a byte, call ``flush``.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._in_string = False
        self.in_paste: bool = False
        """Whether a bracketed paste has begun and not ended."""

    @property
    def patience_seconds(self) -> float | None:
        """How long to wait for the rest of what has begun; None where nothing has."""
        if self._in_string:
            return _STRING_PATIENCE_SECONDS
        if not self._buffer:
            return None
        return ESCAPE_PATIENCE_SECONDS if self._buffer == b"\x1b" else _SEQUENCE_PATIENCE_SECONDS

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that *data* completes, in order."""
        if len(data) == 1 and 0x20 < data[0] < 0x7F and not (self._buffer or self._in_string):
            return [chr(data[0])]  # what most key presses are
        data, self._buffer = self._buffer + data, b""
        keys: list[str] = []
        at = 0
        while at < len(data):
            if self._in_string:
                at = self._skip_string(data, at)
                continue
            key, length = self._next(data, at)
            if length == 0:
                self._buffer = data[at:]
                break
            if key is not None:
                keys.append(key)
            at += length
        return keys

    def flush(self) -> list[str]:
        """Decide what the silence has left undecided: a lone Esc, Alt-[, a torn character."""
        rest, self._buffer = self._buffer, b""
        was_in_string, self._in_string = self._in_string, False
        if not rest or was_in_string:  # a string's own ESC is no key: the end of it was lost
            return []
        if rest == b"\x1b":
            return ["esc"]
        if rest[0] != _ESC:
            return ["\N{REPLACEMENT CHARACTER}"]
        if rest[1] >= 0x80:
            return ["alt-\N{REPLACEMENT CHARACTER}"]
        if len(rest) == 2:
            return ["esc", "esc"] if rest[1] == _ESC else [f"alt-{chr(rest[1])}"]
        return []  # the torn beginning of a report

    def _next(self, data: bytes, at: int) -> tuple[str | None, int]:
        """Return the key at *at* (None for a report) and its length, 0 where more must come."""
        if data[at] != _ESC:
            return _character(data, at)
        if at + 1 == len(data):
            return None, 0
        follower = data[at + 1]
        if follower == ord("["):
            return self._control_sequence(data, at)
        if follower == ord("O"):
            return _single_shift(data, at)
        if follower in _STRING_INTRODUCERS:
            return self._string(data, at)
        if follower == _ESC and data[at + 2 : at + 3] not in (b"", b"[", b"O"):
            return "esc", 1
        if follower == _ESC and at + 2 == len(data):
            return None, 0
        key, length = self._next(data, at + 1)
        if length == 0:
            return None, 0
        return (f"alt-{key}" if key else None), length + 1

    def _control_sequence(self, data: bytes, at: int) -> tuple[str | None, int]:
        if console := re.compile(_LINUX_CONSOLE_KEY).match(data, at):
            return f"f{console[1][0] - ord('@')}", len(console[0])
        if data.startswith(b"\x1b[[", at) and at + 3 == len(data):
            return None, 0  # may become a console key
        found = re.compile(_CSI).match(data, at)
        if found is None:
            if cut_short := re.compile(_CSI_CUT_SHORT).match(data, at):
                return None, len(cut_short[0])  # a report whose end was lost, and then another sequence
            # What cannot go on as a sequence was Alt-[.
            return (None, 0) if re.compile(_CSI_START).match(data, at) else ("alt-[", 2)
        if found[0] == b"\x1b[M":
            return None, (_MOUSE_BYTES if len(data) - at >= _MOUSE_BYTES else 0)
        if found[0] in (b"\x1b[200~", b"\x1b[201~"):
            self.in_paste = found[0] == b"\x1b[200~"
            return None, len(found[0])
        marks = found[1] + found[3]
        return (None if marks else _csi_key(found[2].decode(), found[4].decode())), len(found[0])

    def _string(self, data: bytes, at: int) -> tuple[str | None, int]:
        if at + 2 == len(data):
            return None, 0
        if data[at + 1] == ord("]") and data[at + 2] not in b"0123456789lLI":
            return "alt-]", 2
        self._in_string = True
        return None, 2

    def _skip_string(self, data: bytes, at: int) -> int:
        """Return where the string ends; keep an ESC at the very end, it may begin ST."""
        for position in range(at, len(data)):
            if data[position] == 0x07:
                self._in_string = False
                return position + 1
            if data[position] == _ESC:
                if position + 1 == len(data):
                    self._buffer = b"\x1b"
                    return len(data)
                self._in_string = False
                # ST ends it; ESC and anything else cancels it and begins anew.
                return position + 2 if data[position + 1] == ord("\\") else position
        return len(data)


def _character(data: bytes, at: int) -> tuple[str | None, int]:
    first = data[at]
    if first in _CONTROL_NAMES:
        return _CONTROL_NAMES[first], 1
    if first < 0x20:
        return f"ctrl-{chr(first + 0x40).lower()}", 1
    if first < 0x80:
        return chr(first), 1
    length = 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2
    character = data[at : at + length]
    try:
        return character.decode(), length
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return None, 0
        return "\N{REPLACEMENT CHARACTER}", 1


def _single_shift(data: bytes, at: int) -> tuple[str | None, int]:
    if at + 2 == len(data):
        return None, 0
    final = chr(data[at + 2])
    name = _CURSOR_NAMES.get(final) or _KEYPAD.get(final)
    return (name, 3) if name else ("alt-O", 2)


def _csi_key(parameters: str, final: str) -> str | None:
    """Return the key of an unmarked control sequence, None where it is a report."""
    fields = [field.split(":") for field in parameters.split(";")]
    numbers = [int(field[0]) if field[0] else 1 for field in fields]
    event = fields[1][1] if len(fields) > 1 and len(fields[1]) > 1 else "1"
    if event == "3":  # the kitty protocol's key-up
        return None
    modifier = max(0, numbers[1] - 1) if len(numbers) > 1 else 0
    if final == "R" and len(numbers) > 1:
        return None  # a cursor position; F3 with a modifier looks the same and must give way
    if final in _CURSOR_NAMES:
        return _modified(_CURSOR_NAMES[final], modifier)
    if final == "~" and numbers[0] == 27 and len(numbers) > 2:
        return _modified(_code_point(numbers[2]), modifier)
    if final == "~":
        return _modified(_TILDE_NAMES.get(numbers[0], f"key-{numbers[0]}"), modifier)
    if final == "u":
        return _modified(_code_point(numbers[0]), modifier)
    return None


def _code_point(number: int) -> str:
    if number in _CONTROL_NAMES:
        return _CONTROL_NAMES[number]
    try:
        return chr(number)
    except (ValueError, OverflowError):
        return "\N{REPLACEMENT CHARACTER}"


def _modified(name: str, modifier: int) -> str:
    name = "".join(prefix for prefix, bit in _MODIFIERS if modifier & bit) + name
    return _SAME_KEYS.get(name, name)


def parse_key_names(text: str) -> tuple[str, ...]:
    """Return the keys that *text* names, separated by commas; ValueError says which is none."""
    names = [text] if text == "," else [name.strip() or name for name in text.split(",")]
    return tuple(_key_name(name if len(name) == 1 else name.lower()) for name in names)


def free_key_names() -> list[str]:
    """Return the names of KEY_NAMES that ``parse_key_names`` takes, in the order of the alphabet."""
    return sorted(KEY_NAMES.difference(_TAKEN_KEYS, _SAME_KEYS))


def _key_name(name: str) -> str:
    if name in _TAKEN_KEYS:
        raise ValueError(f"{name!r} never comes as a key: the terminal takes it for itself")
    name = _OTHER_NAMES.get(name, name)
    if not _is_key_name(name):
        raise ValueError(f"{name!r} is no key; write a character, or a name like esc, enter, space, f1, ctrl-x")
    return _SAME_KEYS.get(name, name)


def _is_key_name(name: str) -> bool:
    for prefix, _ in _MODIFIERS:
        name = name.removeprefix(prefix)
    return name in KEY_NAMES or (len(name) == 1 and name.isprintable() and name != " ")
