"""parl's keys as prompt_toolkit's: the decoder knows what is no key, where prompt_toolkit's own would see an Esc."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from parl.platform.keys import KeyDecoder

_PASTE_MARK = re.compile(rb"(\x1b\[20[01]~)")
_OTHER_NAMES = {
    "enter": Keys.Enter,
    "esc": Keys.Escape,
    "backspace": Keys.Backspace,
    "tab": Keys.Tab,
    "shift-tab": Keys.BackTab,
    "ctrl-space": Keys.ControlSpace,
}


class KeyPresses:
    """Turns a terminal's bytes into key presses, however they are cut; a paste is one press, whatever is in it."""

    def __init__(self) -> None:
        self._decoder = KeyDecoder()
        self._fed_at = 0.0

    @property
    def in_paste(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._decoder.in_paste

    def feed(self, data: bytes) -> list[KeyPress]:
        """Return what *data* completes."""
        presses = self.flush()  # what has waited too long is what it is
        self._fed_at = time.monotonic()
        for part in filter(None, _PASTE_MARK.split(data)):
            was_paste = self._decoder.in_paste
            keys = self._decoder.feed(part)
            presses += _paste(keys) if was_paste or self._decoder.in_paste else _presses(keys)
        return presses

    def flush(self) -> list[KeyPress]:
        """Return what silence has decided by now: a lone Esc."""
        patience = self._decoder.patience_seconds
        if patience is None or time.monotonic() - self._fed_at < patience:
            return []
        return _presses(self._decoder.flush())


def _paste(keys: Iterable[str]) -> list[KeyPress]:
    text = "".join(key if len(key) == 1 else " " for key in keys)
    return [KeyPress(Keys.BracketedPaste, text)] if text else []


def _presses(names: Iterable[str]) -> list[KeyPress]:
    keys = [key for name in names if (key := _key(name)) is not None]
    return [KeyPress(key, "" if isinstance(key, Keys) else key) for key in keys]


def _key(name: str) -> Keys | str | None:
    """Return prompt_toolkit's word for a key; None for one that means nothing in a list."""
    if name == "space":
        return " "
    if len(name) == 1:
        return name
    short = name.replace("ctrl-", "c-").replace("shift-", "s-")
    try:
        return _OTHER_NAMES.get(name) or Keys(short)
    except ValueError:
        return None
