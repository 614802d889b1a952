"""Fingers on the keyboard of the console that the tests run in. Real Windows only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fake_msvcrt import units_of

_KEY, _FOCUS, _MOUSE, _SIZE = 0x1, 0x10, 0x2, 0x4
_CTRL, _SHIFT, _ENHANCED = 0x8, 0x10, 0x100
# Name: virtual key, scan code.
_MOVES = {
    "home": (0x24, 71),
    "up": (0x26, 72),
    "pageup": (0x21, 73),
    "left": (0x25, 75),
    "right": (0x27, 77),
    "end": (0x23, 79),
    "down": (0x28, 80),
    "pagedown": (0x22, 81),
    "insert": (0x2D, 82),
    "delete": (0x2E, 83),
}
_FUNCTIONS = {f"f{number}": (0x6F + number, 58 + number) for number in range(1, 11)} | {
    "f11": (0x7A, 87),
    "f12": (0x7B, 88),
}
# Name: what it types, virtual key, scan code.
_TYPED = {
    "enter": ("\r", 0x0D, 28),
    "space": (" ", 0x20, 57),
    "tab": ("\t", 0x09, 15),
    "esc": ("\x1b", 0x1B, 1),
    "backspace": ("\b", 0x08, 14),
    "ctrl-a": ("\x01", 0x41, 30),
}

Record = list[int]


class Fingers:
    """A process that presses keys on this console; one for all tests, since it takes a while to start."""

    def __init__(self) -> None:
        self._typist = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("console_typist.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def press(self, *names: str, enhanced: bool = True) -> None:
        r"""Press and release keys, and return when the console holds them.

        *enhanced*: on the block of arrows, which comes with \xe0; otherwise on the number pad, with \0.
        """
        self.put(*[record for name in names for record in _press(name, enhanced=enhanced)])

    def put(self, *records: Record) -> None:
        """Put records into the console's input, in one go."""
        self._tell(json.dumps(records))

    def interrupt(self) -> None:
        """Have the console send a Ctrl-C to everybody."""
        self._tell("interrupt")

    def close(self) -> None:
        """Let the typist go."""
        self._typist.communicate()  # the end of its stdin is its end

    def _tell(self, line: str) -> None:
        assert self._typist.stdin is not None
        assert self._typist.stdout is not None
        self._typist.stdin.write(line + "\n")
        self._typist.stdin.flush()
        assert self._typist.stdout.readline() == "done\n"


def key(character: str = "\0", *, down: bool = True, virtual: int = 0, scan: int = 0, state: int = 0) -> Record:
    """Return the record of one UTF-16 unit, or of a key that types none."""
    return [_KEY, int(down), 1, virtual, scan, ord(character), state]


def ctrl_c() -> Record:
    """Return a Ctrl-C that the console was not to make a signal of."""
    return key("\x03", virtual=0x43, scan=46, state=_CTRL)


def what_is_no_key() -> list[Record]:
    """Return one of each record that no key press comes from."""
    return [
        [_FOCUS, 1, 0, 0, 0],
        [_FOCUS, 0, 0, 0, 0],
        [_SIZE, 80 | 25 << 16, 0, 0, 0],
        [_MOUSE, 3 | 4 << 16, 1, 0, 0],
        key("a", down=False, virtual=0x41, scan=30),
        key("\r", down=False, virtual=0x0D, scan=28),
        key(virtual=0x10, scan=42, state=_SHIFT),  # Shift itself, pressed and released
        key(down=False, virtual=0x10, scan=42),
        key(virtual=0x11, scan=29, state=_CTRL),
        key(virtual=0x14, scan=58),  # Caps Lock
    ]


def _press(name: str, *, enhanced: bool) -> Iterator[Record]:
    for record in _downs(name, enhanced=enhanced):
        yield record
        yield [*record[:1], 0, *record[2:]]


def _downs(name: str, *, enhanced: bool) -> Iterator[Record]:
    modifiers, _, plain = name.rpartition("-")
    state = _CTRL if modifiers == "ctrl" else 0
    if plain in _MOVES:
        virtual, scan = _MOVES[plain]
        yield key(virtual=virtual, scan=scan, state=state | (_ENHANCED if enhanced else 0))
    elif plain in _FUNCTIONS:
        virtual, scan = _FUNCTIONS[plain]
        yield key(virtual=virtual, scan=scan, state=state)
    else:
        text, virtual, scan = _TYPED.get(name, (name, 0, 0))
        for unit in units_of(text):
            yield key(unit, virtual=virtual, scan=scan, state=state)
