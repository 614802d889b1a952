"""A fake ``msvcrt`` with the traps of the real one, and a way to import parl's Windows modules anywhere."""

from __future__ import annotations

import importlib
import sys
from collections import deque
from types import ModuleType

import pytest

import parl.platform


class FakeMsvcrt(ModuleType):
    """The console input of the C runtime, as its source has it.

    Two places hold input: the console, which ``kbhit`` looks at, and a push-back of one
    character, which it does not look at. ``getwch`` takes a key of two halves from the console,
    returns the prefix and pushes the second half back. A typed character is itself, even where
    it equals a prefix.
    """

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self._console: deque[str | tuple[str, str]] = deque()
        self._pushed_back: str | None = None
        self.gone = False

    def press(self, *keys: str | tuple[str, str]) -> None:
        """Put typed text (each UTF-16 unit is one event) or (prefix, half) keys into the console."""
        for key in keys:
            if isinstance(key, tuple):
                self._console.append(key)
            else:
                units = key.encode("utf-16-le", "surrogatepass")
                self._console.extend(
                    chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2)
                )

    @property
    def left(self) -> int:
        """How much has not been read, second halves too."""
        return len(self._console) + (self._pushed_back is not None)

    def kbhit(self) -> bool:
        return bool(self._console)

    def getwch(self) -> str:
        if self._pushed_back is not None:
            half, self._pushed_back = self._pushed_back, None
            return half
        if self.gone:
            self._console.clear()
            return "\uffff"
        # The real one would sit there, deaf to wake and to Ctrl-C.
        assert self._console, "getwch without a key blocks"
        key = self._console.popleft()
        if isinstance(key, tuple):
            prefix, self._pushed_back = key
            return prefix
        return key

    def ungetwch(self, character: str) -> None:
        if self._pushed_back is not None:
            raise OSError(0, "Error")
        self._pushed_back = chr(ord(character) & 0xFF)  # so does the real one


def import_for_windows(monkeypatch: pytest.MonkeyPatch, name: str, **fakes: object) -> ModuleType:
    """Import *name* afresh as on Windows; *fakes* are its ``msvcrt`` or modules of parl.platform.

    Afterwards everything is forgotten again, here and on Windows itself.
    """
    for fake_name, fake in fakes.items():
        if fake_name == "msvcrt":
            monkeypatch.setitem(sys.modules, fake_name, fake)
        else:
            monkeypatch.setitem(sys.modules, f"parl.platform.{fake_name}", fake)
            monkeypatch.setattr(parl.platform, fake_name, fake, raising=False)
    # Both set first, so that the fixture undoes what the import sets.
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(parl.platform, name.rpartition(".")[2], None, raising=False)
    del sys.modules[name]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        return importlib.import_module(name)
