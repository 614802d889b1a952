"""Bytes of a terminal to whole key presses; what it reports by itself is no key."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import example, given, note, seed, settings
from hypothesis import strategies as st

from parl.platform.keys import KEY_NAMES, KeyDecoder, parse_key_names
from tests.reference_decoder import KEY, SPACE, Decoding
from tests.torture import few_or_many

KEYS = {
    b"a": ["a"],
    b"A": ["A"],
    b"~": ["~"],
    b"abc": ["a", "b", "c"],
    b"xls\n": ["x", "l", "s", "enter"],
    b"\r": ["enter"],
    b"\t": ["tab"],
    b" ": ["space"],
    b"\x7f": ["backspace"],
    b"\x08": ["backspace"],
    b"\x00": ["ctrl-space"],
    b"\x01": ["ctrl-a"],
    b"\x1a": ["ctrl-z"],
    b"\x1c": ["ctrl-\\"],
    b"\x1f": ["ctrl-_"],
    "é".encode(): ["é"],
    "€".encode(): ["€"],
    "😀".encode(): ["😀"],
    b"\x1b[A": ["up"],
    b"\x1b[B": ["down"],
    b"\x1b[C": ["right"],
    b"\x1b[D": ["left"],
    b"\x1b[F": ["end"],
    b"\x1b[H": ["home"],
    b"\x1b[Z": ["shift-tab"],
    b"\x1bOA": ["up"],
    b"\x1bOH": ["home"],
    b"\x1bOM": ["enter"],
    b"\x1bOk": ["+"],
    b"\x1bOp": ["0"],
    b"\x1bOP": ["f1"],
    b"\x1bOQ": ["f2"],
    b"\x1bOR": ["f3"],
    b"\x1bOS": ["f4"],
    b"\x1b[[A": ["f1"],
    b"\x1b[[E": ["f5"],
    b"\x1b[1~": ["home"],
    b"\x1b[2~": ["insert"],
    b"\x1b[3~": ["delete"],
    b"\x1b[4~": ["end"],
    b"\x1b[5~": ["pageup"],
    b"\x1b[6~": ["pagedown"],
    b"\x1b[15~": ["f5"],
    b"\x1b[24~": ["f12"],
    b"\x1b[34~": ["f20"],
    b"\x1b[99~": ["key-99"],
    b"\x1b[1;5A": ["ctrl-up"],
    b"\x1b[1;2D": ["shift-left"],
    b"\x1b[1;3C": ["alt-right"],
    b"\x1b[1;8H": ["ctrl-alt-shift-home"],
    b"\x1b[3;5~": ["ctrl-delete"],
    b"\x1b[1;2P": ["shift-f1"],
    b"\x1b[27;5;97~": ["ctrl-a"],
    b"\x1b[97u": ["a"],
    b"\x1b[97;5u": ["ctrl-a"],
    b"\x1b[97:65;2u": ["shift-a"],
    b"\x1b[13;2u": ["shift-enter"],
    b"\x1b[27u": ["esc"],
    b"\x1b[1;1:1A": ["up"],
    b"\x1b[1;1:2A": ["up"],
    b"\x1b[1114112u": ["\N{REPLACEMENT CHARACTER}"],
    b"\x1ba": ["alt-a"],
    b"\x1b\r": ["alt-enter"],
    b"\x1b\x7f": ["alt-backspace"],
    "\x1bé".encode(): ["alt-é"],
    b"\x1b\x1b[A": ["alt-up"],
    b"\x1b\x1bOP": ["alt-f1"],
    b"\x1b\x1ba": ["esc", "alt-a"],
    b"\x1b\x1b\x1b[A": ["esc", "alt-up"],
    b"\xff": ["\N{REPLACEMENT CHARACTER}"],
    b"\xc3(": ["\N{REPLACEMENT CHARACTER}", "("],
    b"\xe2\x82a": ["\N{REPLACEMENT CHARACTER}"] * 2 + ["a"],
}

REPORTS = {
    "focus in": b"\x1b[I",
    "focus out": b"\x1b[O",
    "cursor position": b"\x1b[12;40R",
    "cursor position, DEC": b"\x1b[?12;40;1R",
    "device attributes 1": b"\x1b[?62;1;6;9;15c",
    "device attributes 2": b"\x1b[>1;4600;0c",
    "device attributes 3": b"\x1bP!|00000000\x1b\\",
    "device status": b"\x1b[0n",
    "colour scheme": b"\x1b[?997;1n",
    "mouse X10": b"\x1b[M !!",
    "mouse X10 with letters": b"\x1b[Mabc",
    "mouse X10 with escapes": b"\x1b[M\x1b\x1b\x1b",
    "mouse SGR press": b"\x1b[<0;12;40M",
    "mouse SGR release": b"\x1b[<0;12;40m",
    "mouse urxvt": b"\x1b[32;12;40M",
    "mode DEC": b"\x1b[?2026;2$y",
    "mode ANSI": b"\x1b[4;1$y",
    "window size in characters": b"\x1b[8;24;80t",
    "window size in pixels": b"\x1b[4;600;800t",
    "resize, in band": b"\x1b[48;24;80;600;800t",
    "window title": b"\x1b]lxterm\x1b\\",
    "colour, BEL": b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "colour, ST": b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "clipboard": b"\x1b]52;c;" + b"YWJj" * 10_000 + b"\x07",
    "version": b"\x1bP>|XTerm(380)\x1b\\",
    "graphics": b"\x1b_Gi=31;OK\x1b\\",
    "privacy message": b"\x1b^text\x1b\\",
    "paste begins": b"\x1b[200~",
    "paste ends": b"\x1b[201~",
    "kitty key up": b"\x1b[97;1:3u",
    "kitty arrow up": b"\x1b[1;1:3A",
    "kitty flags": b"\x1b[?1u",
    "parameters without end": b"\x1b[1;2;3;4;5;6;7;8;9x",
}


def keys_of(*chunks: bytes) -> list[str]:
    """Return the keys of *chunks* that come one soon after the other, and of the silence after them."""
    decoder = KeyDecoder()
    keys = [key for chunk in chunks for key in decoder.feed(chunk)]
    return keys + decoder.flush()


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("data", KEYS, ids=repr)
def test_a_key_is_one_press_with_a_name(data: bytes) -> None:
    decoder = KeyDecoder()
    assert decoder.feed(data) == KEYS[data]
    assert decoder.patience_seconds is None, "nothing is waited for"
    assert decoder.flush() == []


@pytest.mark.parametrize("data", KEYS, ids=repr)
def test_a_key_that_comes_byte_by_byte_is_the_same(data: bytes) -> None:
    assert keys_of(*one_by_one(data)) == KEYS[data]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_no_key(name: str) -> None:
    assert keys_of(REPORTS[name]) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_comes_byte_by_byte_is_no_key_either(name: str) -> None:
    assert keys_of(*one_by_one(REPORTS[name])) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_hides_no_key_around_it(name: str) -> None:
    assert keys_of(b"a" + REPORTS[name] + b"b\x1b[A") == ["a", "b", "up"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_whose_end_was_lost_is_no_key(name: str) -> None:
    # What has come of it at least; less could be Esc, or a key with Alt.
    for length in range(3, min(100, len(REPORTS[name]))):
        assert keys_of(REPORTS[name][:length]) == []


@pytest.mark.parametrize("torn", [b"\x1b[1", b"\x1b[12;4", b"\x1b[<0;12", b"\x1b[?62;1$", b"\x1b]11;rgb:", b"\x1bP!|0"])
def test_a_report_whose_end_was_lost_makes_no_key_of_the_next(torn: bytes) -> None:
    for report in REPORTS.values():
        assert keys_of(torn + report) == []
    assert keys_of(torn + b"\x1b[A") == ["up"]


def test_a_pasted_text_is_marked() -> None:
    decoder = KeyDecoder()
    assert not decoder.in_paste
    assert decoder.feed(b"\x1b[200~ab") == ["a", "b"]
    assert decoder.in_paste
    assert decoder.feed(b"c\x1b[201~") == ["c"]
    assert not decoder.in_paste


def test_a_lone_escape_is_decided_by_the_silence() -> None:
    decoder = KeyDecoder()
    assert decoder.feed(b"\x1b") == []
    assert decoder.patience_seconds == 0.025
    assert decoder.flush() == ["esc"]
    assert decoder.patience_seconds is None


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"\x1b", ["esc"]),
        (b"\x1b\x1b", ["esc", "esc"]),
        (b"\x1b\x1b\x1b", ["esc", "esc", "esc"]),
        (b"\x1b[", ["alt-["]),
        (b"\x1bO", ["alt-O"]),
        (b"\x1b]", ["alt-]"]),
        (b"\x1bP", ["alt-P"]),
        (b"\xe2\x82", ["\N{REPLACEMENT CHARACTER}"]),
        (b"a\xc3", ["a", "\N{REPLACEMENT CHARACTER}"]),
        (b"\x1b\xc3", ["alt-\N{REPLACEMENT CHARACTER}"]),
        (b"\x1b\xe2\x82", ["alt-\N{REPLACEMENT CHARACTER}"]),
        (b"\x1b[12;4", []),
        (b"\x1b]11;rgb:0/0/0\x1b", []),
        (b"\x1b[M a", []),
        (b"\x1b]11;rgb:", []),
        (b"\x1b[<0;1", []),
    ],
    ids=repr,
)
def test_the_silence_decides_what_was_left_undecided(data: bytes, keys: list[str]) -> None:
    assert keys_of(data) == keys
    assert keys_of(*one_by_one(data)) == keys


def test_after_the_silence_everything_begins_anew() -> None:
    decoder = KeyDecoder()
    decoder.feed(b"\x1b]11;rgb:")
    decoder.flush()
    assert decoder.feed(b"q") == ["q"]


def test_what_has_begun_is_waited_for_longer_than_a_lone_escape() -> None:
    for begun in (b"\x1b[", b"\x1b[1", b"\xe2", b"\x1b\x1b", b"\x1b]1", b"\x1bPx"):
        decoder = KeyDecoder()
        decoder.feed(begun)
        assert decoder.patience_seconds is not None
        assert decoder.patience_seconds > 0.06, "a character split over two writes 60 ms apart is one"


# Bytes in which sequences are likely, whole, torn and nested.
streams = st.lists(
    st.sampled_from([*KEYS, *(report for report in REPORTS.values() if len(report) < 100)])
    | st.sampled_from([b"\x1b", b"\x1b[", b"\x1bO", b"\x1b]", b"\x1bP", b"\x1b[M", b"\x1b[["])
    | st.sampled_from([b"[", b"\\", b"\x07", b"\x9b", b";", b":", b"0", b"9" * 70])
    | st.binary(max_size=3),
    max_size=12,
).map(b"".join)


@given(st.binary() | streams, st.data())
@example(b"\x1b[[A", None)
def test_it_does_not_matter_where_the_bytes_are_cut(data: bytes, draw: st.DataObject | None) -> None:
    whole = keys_of(data)
    assert keys_of(*one_by_one(data)) == whole
    if draw is not None:
        cut = draw.draw(st.integers(0, len(data)))
        assert keys_of(data[:cut], data[cut:]) == whole


@given(st.binary() | streams, st.binary() | streams)
def test_any_bytes_give_names_and_leave_little_behind(before: bytes, after: bytes) -> None:
    decoder = KeyDecoder()
    keys = decoder.feed(before) + decoder.flush() + decoder.feed(after)
    assert len(keys) <= len(before + after)
    assert all(type(key) is str and key for key in keys)
    assert len(decoder.flush()) <= 2
    assert decoder.patience_seconds is None
    decoder.flush()
    assert decoder.feed(b"q") == ["q"]


# Reports and keys, whole or cut; and a silence after some of them.
torn = st.builds(
    lambda data, cut: data[:cut] or data,
    st.sampled_from([*KEYS, *(report for report in REPORTS.values() if len(report) < 100)]),
    st.integers(0, 30),
)


@few_or_many(100, 10_000)
def test_it_agrees_with_one_who_reads_byte_by_byte(seeds: range) -> None:
    @seed(seeds[0])
    @settings(max_examples=len(seeds), database=None, print_blob=True)
    @given(st.lists(st.tuples(torn | streams, st.booleans()), max_size=6))
    def agrees(pieces: list[tuple[bytes, bool]]) -> None:
        note(f"TORTURE_SEED={seeds[0]}")
        assert_second_opinion_agrees(pieces)

    agrees()


def assert_second_opinion_agrees(pieces: list[tuple[bytes, bool]]) -> None:
    decoder, decoding, keys = KeyDecoder(), Decoding(), list[str]()
    for data, is_silent in [*pieces, (b"", True)]:
        keys += decoder.feed(data)
        decoding = decoding.after_all(data)
        if is_silent:
            keys += decoder.flush()
            decoding = decoding.after_silence()
        assert decoder.in_paste == decoding.in_paste
    assert {SPACE if key == "space" else KEY for key in keys} == decoding.presses


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1))
def test_typed_text_comes_as_it_is(text: str) -> None:
    keys = keys_of(text.encode())
    assert "".join(" " if key == "space" else key for key in keys) == text


@pytest.mark.parametrize(
    "unit", [b"\x1b", b"\x1b[", b"\x1b]", b"\x1b[1;", b"\x1bP", b"\x1b\x1b[", b"\xe2", b"\x1b[M", b"a", b"9"]
)
@pytest.mark.parametrize("start", [b"", b"\x1b[", b"\x1b]0;", b"\x1bP"])
def test_a_flood_takes_time_in_proportion_and_no_recursion(start: bytes, unit: bytes) -> None:
    def seconds_for(size: int) -> float:
        flood = start + unit * (size // len(unit))
        began = process_time()
        assert len(keys_of(flood)) <= len(flood)
        return process_time() - began

    # Four times the bytes; in quadratic time sixteen times the work.
    assert seconds_for(1 << 18) < 10 * seconds_for(1 << 16) + 0.1


def test_a_megabyte_of_escapes_is_a_megabyte_of_presses() -> None:
    assert keys_of(b"\x1b" * (1 << 20)) == ["esc"] * (1 << 20)


def test_a_flood_in_small_pieces_is_not_collected() -> None:
    decoder = KeyDecoder()
    began = process_time()
    for _ in range(20_000):
        assert decoder.feed(b"\x1b]") == []
        assert decoder.feed(b"0;" + b"x" * 50) == []
    assert process_time() - began < 10


# Names


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("q", ("q",)),
        ("q,esc", ("q", "esc")),
        ("q, esc , f1", ("q", "esc", "f1")),
        ("Q", ("Q",)),
        ("ESC", ("esc",)),
        ("Ctrl-X", ("ctrl-x",)),
        ("ctrl-alt-shift-up", ("ctrl-alt-shift-up",)),
        ("alt-a", ("alt-a",)),
        (",", (",",)),
        ("é", ("é",)),
        ("space", ("space",)),
        ("-", ("-",)),
        ("shift-tab", ("shift-tab",)),
    ],
)
def test_names_of_keys_are_understood(text: str, keys: tuple[str, ...]) -> None:
    assert parse_key_names(text) == keys


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("", ""),
        ("zork", "zork"),
        ("q,zork", "zork"),
        ("q,,esc", ""),
        (" ", " "),
        ("hyper-x", "hyper-x"),
        ("\x1b", "\x1b"),
    ],
)
def test_what_is_no_key_is_refused_by_name(text: str, culprit: str) -> None:
    with pytest.raises(ValueError, match="is no key; write a character, or a name like esc") as raised:
        parse_key_names(text)
    assert str(raised.value).startswith(repr(culprit))


TAKEN = {"ctrl-c", "ctrl-z", "ctrl-\\", "ctrl-s", "ctrl-q"}


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_what_the_terminal_takes_for_itself_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="never comes as a key"):
        parse_key_names(name)


@pytest.mark.parametrize(("name", "key"), [("escape", "esc"), ("return", "enter"), ("PgUp", "pageup"), ("comma", ",")])
def test_a_key_may_be_called_otherwise(name: str, key: str) -> None:
    assert parse_key_names(name) == (key,)


@pytest.mark.parametrize("key", sorted({keys[0] for keys in KEYS.values() if len(keys) == 1} - {"key-99"} - TAKEN))
def test_every_key_that_can_be_pressed_can_be_named(key: str) -> None:
    assert parse_key_names(key) == (key,)


def test_every_name_can_be_named() -> None:
    for name in KEY_NAMES - TAKEN:
        # ctrl-i is the tab key's other name, and so on: a terminal sends the same for both.
        assert parse_key_names(name) == (parse_key_names(parse_key_names(name)[0])[0],)


@pytest.mark.parametrize(("name", "key"), [("ctrl-m", "enter"), ("ctrl-i", "tab"), ("ctrl-h", "backspace")])
def test_a_key_of_two_names_is_reported_by_one(name: str, key: str) -> None:
    assert parse_key_names(name) == (key,)


@given(st.text())
def test_any_text_names_keys_or_is_refused(text: str) -> None:
    try:
        keys = parse_key_names(text)
    except ValueError:
        return
    assert keys
    assert all(keys)
