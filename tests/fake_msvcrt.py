"""A fake console with the traps of the real one, and a way to import parl's Windows modules anywhere."""

from __future__ import annotations

import importlib
import sys
import threading
from collections import deque
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

import parl.platform


def units_of(text: str) -> list[str]:
    """Return the UTF-16 units of *text*, as Windows has each in an event of its own."""
    units = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2)]


class FakeMsvcrt(ModuleType):
    """The console input of the C runtime, as its source has it.

    Two places hold input: the console, which ``kbhit`` looks at, and a push-back of one
    character, which it does not look at. ``getwch`` takes a key of two halves from the console,
    returns the prefix and pushes the second half back. A typed character is itself, even where
    it equals a prefix. What is no key (a key released, the focus) lies in the console too, and
    goes when somebody reads.
    """

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self._console: deque[str | tuple[str, str] | None] = deque()
        self._pushed_back: str | None = None
        self.gone = False
        self.changed = threading.Condition()
        self.api = FakeConsoleApi(self)

    def press(self, *keys: str | tuple[str, str]) -> None:
        """Put typed text (each UTF-16 unit is one event) or (prefix, half) keys into the console."""
        for key in keys:
            if isinstance(key, tuple):
                self._arrive(key)
            else:
                self._arrive(*units_of(key))

    def happen(self, times: int = 1) -> None:
        """Put events into the console that are no keys."""
        self._arrive(*[None] * times)

    def _arrive(self, *events: str | tuple[str, str] | None) -> None:
        with self.changed:
            self._console.extend(events)
            self.changed.notify_all()

    @property
    def left(self) -> int:
        """How much has not been read, second halves too."""
        return len(self._console) + (self._pushed_back is not None)

    def kbhit(self) -> bool:
        return any(event is not None for event in self._console)

    def getwch(self) -> str:
        if self._pushed_back is not None:
            half, self._pushed_back = self._pushed_back, None
            return half
        if self.gone:
            self._console.clear()
            return "\uffff"
        # The real one would sit there, deaf to wake and to Ctrl-C.
        assert self.kbhit(), "getwch without a key blocks"
        while (key := self._console.popleft()) is None:
            pass
        if isinstance(key, tuple):
            prefix, self._pushed_back = key
            return prefix
        return key

    def ungetwch(self, character: str) -> None:
        if self._pushed_back is not None:
            raise OSError(0, "Error")
        self._pushed_back = chr(ord(character) & 0xFF)  # so does the real one


class FakeConsoleApi(ModuleType):
    """windows_api, as far as a wait for the console needs it: events, and the console's handle."""

    def __init__(self, console: FakeMsvcrt) -> None:
        super().__init__("parl.platform.windows_api")
        self._console = console
        self._signalled: set[int] = set()
        self._last = 0
        self.events: set[int] = set()
        """The handles of events that are open."""
        self.opened = 0
        """How many handles of the console are open."""
        self.is_mintty = False
        self.window = 0x10034
        self.claimed: str | None = None
        """The name that a parl has."""
        self.waits = 0
        self._claim = 0

    def create_event(self) -> int:
        self._last += 1
        self.events.add(self._last)
        return self._last

    def set_event(self, event: int) -> None:
        with self._console.changed:
            self._signalled.add(event)
            self._console.changed.notify_all()

    def reset_event(self, event: int) -> None:
        self._signalled.discard(event)

    def close_handle(self, handle: int) -> None:
        if handle > 0:
            self.events.discard(handle)
            if handle == self._claim:
                self.claimed = None
            return
        self.opened -= 1
        if self._console.gone:
            raise OSError(6, "The handle is invalid")

    def open_console_input(self) -> int:
        if self._console.gone:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        self.opened += 1
        return -self.opened

    def count_console_input(self, console: int) -> int:
        self._check(console)
        return len(self._console._console)

    def flush_console_input(self, console: int) -> None:
        self._check(console)
        self._console._console.clear()

    def wait_any(self, handles: Sequence[int], timeout_seconds: float) -> int | None:
        self.waits += 1
        with self._console.changed:
            # In the order of the handles, as Windows looks at them.
            self._console.changed.wait_for(lambda: any(map(self._is_signalled, handles)), timeout_seconds)
            return next((place for place, handle in enumerate(handles) if self._is_signalled(handle)), None)

    def console_window(self) -> int:
        return self.window

    def claim_name(self, name: str) -> int | None:
        if self.claimed is not None:
            return None
        self.claimed = name
        self._claim = self.create_event()
        return self._claim

    def writes_to_mintty(self) -> bool:
        return self.is_mintty

    def _is_signalled(self, handle: int) -> bool:
        return bool(self._console._console) if handle < 0 else handle in self._signalled

    def _check(self, handle: int) -> None:
        assert handle < 0
        if self._console.gone:
            raise OSError(6, "The handle is invalid")


def import_keyboard_for_windows(monkeypatch: pytest.MonkeyPatch, console: FakeMsvcrt) -> Any:
    """Import windows_keyboard, and what it stands on, with *console* for a console."""
    fakes: dict[str, object] = {"msvcrt": console, "windows_api": console.api}
    for name in ("windows_watch", "windows_claim"):
        fakes[name] = import_for_windows(monkeypatch, f"parl.platform.{name}", **fakes)
    return import_for_windows(monkeypatch, "parl.platform.windows_keyboard", **fakes)


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
