"""A second opinion on which bytes of a terminal press a key: byte by byte, as terminals themselves are specified."""

from __future__ import annotations

from typing import NamedTuple

from parl.platform.keys import ESCAPE_PATIENCE_SECONDS

SPACE, KEY = "space", "key"
_CURSOR_FINALS = b"ABCDEFHPQRSZ"
_STRING_INTRODUCERS = b"P_^X"
_LONGEST_PARAMETERS = 64
_LONGEST_INTERMEDIATES = 4
_MOUSE_BYTES = 3


class Decoding(NamedTuple):
    """How far one has come in the stream."""

    within: str = "ground"
    text: bytes = b""
    """Of a control sequence or a character: what has come of it."""
    after_escape: bool = False
    """Whether an ESC stands before it, so that a key is one with Alt."""
    in_paste: bool = False
    presses: frozenset[str] = frozenset()
    """What has been pressed so far: SPACE, KEY (any other)."""

    def after(self, byte: int) -> Decoding:
        """Return what it is after one more *byte*."""
        decoding: Decoding = getattr(self, f"_{self.within}")(byte)
        return decoding

    def after_all(self, data: bytes) -> Decoding:
        """Return what it is after *data*."""
        decoding = self
        for byte in data:
            decoding = decoding.after(byte)
        return decoding

    def after_silence(self) -> Decoding:
        """Return what it is when nothing has come for as long as one waits for the rest."""
        undecided = {"escape", "two_escapes", "operating_system_start", "string_start", "single_shift", "character"}
        is_key = self.within in undecided or (self.within == "control" and not self.text)
        if self.within in ("control", "single_shift") and self.after_escape:
            is_key = False  # one cannot tell it from a report that was torn
        return self._pressed() if is_key else self._ground_again()

    @property
    def patience_seconds(self) -> float:
        """How long the rest of what has begun may take, to be taken for its rest in any case."""
        if self.within == "ground":
            return float("inf")
        if self.within.startswith("string") and self.within != "string_start":
            return 1.0
        return ESCAPE_PATIENCE_SECONDS if self.within == "escape" else 0.1

    # What follows what

    def _ground(self, byte: int) -> Decoding:
        if byte == 0x1B:
            return self._go("escape")
        if byte == 0x20 and not self.after_escape:
            return self._pressed(SPACE)
        if _may_begin_character(byte):
            return self._go("character", bytes([byte]), after_escape=self.after_escape)
        return self._pressed()

    def _character(self, byte: int) -> Decoding:
        text = self.text + bytes([byte])
        try:
            text.decode()
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                return self._replace(text=text)
            return self._pressed().after(byte)
        return self._pressed()

    def _escape(self, byte: int) -> Decoding:
        if byte == 0x1B:
            return self._go("two_escapes")
        if byte in _STRING_INTRODUCERS:
            return self._go("string_start")
        following = {ord("["): "control", ord("O"): "single_shift", ord("]"): "operating_system_start"}.get(byte)
        if following:
            return self._go(following)
        return self._replace(after_escape=True)._ground(byte)

    def _two_escapes(self, byte: int) -> Decoding:
        if byte == ord("["):
            return self._go("control", after_escape=True)
        if byte == ord("O"):
            return self._go("single_shift", after_escape=True)
        return self._pressed()._go("escape").after(byte)

    def _single_shift(self, byte: int) -> Decoding:
        is_known = chr(byte) in "ABCDEFHPQRSZMX" or 0x6A <= byte <= 0x79
        return self._pressed() if is_known else self._pressed().after(byte)

    def _operating_system_start(self, byte: int) -> Decoding:
        return self._go("string") if byte in b"0123456789lLI" else self._pressed().after(byte)

    def _string_start(self, byte: int) -> Decoding:
        return self._go("string").after(byte)

    def _string(self, byte: int) -> Decoding:
        if byte == 0x07:
            return self._ground_again()
        return self._go("string_escape") if byte == 0x1B else self

    def _string_escape(self, byte: int) -> Decoding:
        return self._ground_again() if byte == ord("\\") else self._go("escape").after(byte)

    def _control(self, byte: int) -> Decoding:
        text = self.text + bytes([byte])
        if text == b"[":
            return self._replace(within="console_key", text=text)
        if 0x40 <= byte <= 0x7E:
            return self._control_ended(text)
        if _may_go_on(text):
            return self._replace(text=text)
        if byte == 0x1B and self.text:
            return self._go("escape")  # the beginning of a report, and then another
        return self._pressed().after_all(text)  # it was Alt-[, and what came after that

    def _console_key(self, byte: int) -> Decoding:
        return self._pressed() if chr(byte) in "ABCDE" else self._ground_again().after(byte)

    def _mouse(self, byte: int) -> Decoding:
        text = self.text + bytes([byte])
        return self._ground_again() if len(text) == _MOUSE_BYTES else self._replace(text=text)

    def _control_ended(self, text: bytes) -> Decoding:
        if text == b"M":
            return self._go("mouse")
        if text in (b"200~", b"201~"):
            return self._ground_again()._replace(in_paste=text == b"200~")
        return self._pressed() if _is_key(text) else self._ground_again()

    # Where one goes

    def _go(self, within: str, text: bytes = b"", *, after_escape: bool = False) -> Decoding:
        return self._replace(within=within, text=text, after_escape=after_escape)

    def _ground_again(self) -> Decoding:
        return self._go("ground")

    def _pressed(self, key: str = KEY) -> Decoding:
        return self._ground_again()._replace(presses=self.presses | {key})


def _may_begin_character(byte: int) -> bool:
    return 0xC2 <= byte <= 0xF4


def _may_go_on(text: bytes) -> bool:
    """Whether *text*, after ESC [, may be the beginning of a control sequence."""
    parameters = text[1:] if text[0] in b"<=>?" else text
    intermediates = parameters.lstrip(b"0123456789:;")
    return (
        not intermediates.strip(b" !\"#$%&'()*+,-./")
        and len(parameters) - len(intermediates) <= _LONGEST_PARAMETERS
        and len(intermediates) <= _LONGEST_INTERMEDIATES
    )


def _is_key(text: bytes) -> bool:
    """Whether the control sequence ESC [ *text* is a key, and no report."""
    parameters, final = text[:-1], text[-1:]
    fields = parameters.split(b";")
    is_release = len(fields) > 1 and fields[1].split(b":")[1:2] == [b"3"]
    if parameters.strip(b"0123456789:;") or is_release:
        return False  # marked as private, or a key let go
    if final == b"R":
        return len(fields) == 1  # else where the cursor is
    return final in (b"~", b"u") or final in [bytes([byte]) for byte in _CURSOR_FINALS]
