"""What was typed before anybody listened: it is meant for the shell, and no key of ours."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from time import monotonic, sleep

from parl.platform.unix_terminal import UnixTerminal

# Linux keeps 4095 bytes; macOS takes no more from a pseudo-terminal at 1022. What is longer waits outside.
_FULL_BYTES = 4095 if sys.platform == "linux" else 1022
# From so much on, more may be on its way: the system passes on in pieces what was pasted.
_PASTED_BYTES = 256
_PIECE_SECONDS = 0.02
_LONGEST_PASTE_SECONDS = 1.0


class TypeAhead:
    """The bytes in *terminal* that came before ``note``; they stay there, or (where not *may_stay*) are forgotten."""

    def __init__(self, terminal: UnixTerminal, *, may_stay: bool) -> None:
        self._terminal = terminal
        self._may_stay = may_stay
        self._noted_at = 0.0
        self._taken = b""
        self.staying_bytes: int = 0
        """How much of it lies in the terminal, before all that comes later."""

    @property
    def is_there(self) -> bool:
        """Whether what comes next is to be read by ``read_behind``."""
        return self.staying_bytes > 0 or bool(self._taken)

    def note(self) -> None:
        """Take what is there now for type-ahead."""
        self.staying_bytes = self._settled_bytes()
        self._taken, self._noted_at = b"", monotonic()
        if self.staying_bytes >= _FULL_BYTES:
            self._make_room()
        elif self.staying_bytes and not self._may_stay:
            self._taken = self._terminal.read(self.staying_bytes)
            self.staying_bytes = 0

    def seconds_old(self) -> float:
        """Return how long ago it was noted."""
        return monotonic() - self._noted_at

    def read_behind(self) -> tuple[bytes, bytes]:
        """Read the terminal: the type-ahead, which may be half of what comes now, and what comes now.

        Both are empty where nothing has come; else there is no type-ahead any more afterwards.
        """
        pending = self._terminal.pending_bytes()
        if pending and pending == self.staying_bytes:
            return b"", b""  # woken for nothing
        if pending < self.staying_bytes:
            self.staying_bytes = 0  # somebody flushed it; ``_taken`` may still be half of what comes
        # At the end of a terminal nothing is pending, and only reading tells.
        data = self._terminal.read(max(pending, 1))
        if not data:
            return b"", b""
        early, late = self._taken + data[: self.staying_bytes], data[self.staying_bytes :]
        self._taken, self.staying_bytes = b"", 0
        return early, late

    def _settled_bytes(self) -> int:
        """Return how much is there; where that is much, when no more comes."""
        give_up = monotonic() + _LONGEST_PASTE_SECONDS
        before, count = 0, self._terminal.pending_bytes()
        while count >= _PASTED_BYTES and count > before and monotonic() < give_up:
            sleep(_PIECE_SECONDS)
            before, count = count, self._terminal.pending_bytes()
        return count

    def _make_room(self) -> None:
        """Forget what fills the terminal: no key would fit in, and not even a Ctrl-C."""
        give_up = monotonic() + _LONGEST_PASTE_SECONDS
        while self._terminal.is_usable and self._terminal.pending_bytes() and monotonic() < give_up:
            self._terminal.read()
            sleep(_PIECE_SECONDS)  # what did not fit in before comes now
        self.staying_bytes = 0
