"""Items that arrive on a descriptor, read in a thread of their own while others are shown already."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.errors import ParlError
from parl.core.items import ItemReader, Items, to_bytes, to_text
from tests.conftest import PATIENCE_SECONDS, no_threads, wait_until

FAKE_DESCRIPTOR = -77
LINES_CR = b"\r" if sys.platform == "win32" else b""
"""What of a line's end is no part of the item, before LF."""


class Pipe:
    """A pipe whose other end the test writes to."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self._is_open = True

    def write(self, data: bytes) -> None:
        os.write(self._writer, data)

    def end(self) -> None:
        if self._is_open:
            os.close(self._writer)
        self._is_open = False

    def close(self) -> None:
        self.end()
        wait_until(lambda: not any(thread.name == "parl-items" for thread in threading.enumerate()), "the reader")
        os.close(self.reader)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def read(*chunks: bytes, separator: str = "\n") -> list[str]:
    """Return what an ItemReader makes of *chunks*, which it reads as they are."""
    pipe = Pipe()
    reader = ItemReader(pipe.reader, separator)
    reader.start()
    try:
        for chunk in chunks:
            pipe.write(chunk)
        pipe.end()
        assert reader.wait(None, PATIENCE_SECONDS)
        return reader.take()
    finally:
        pipe.close()


def fed(*chunks: bytes | OSError, separator: str = "\n") -> ItemReader:
    """Return an ItemReader that has read exactly these *chunks*, one after the other."""
    left = iter([*chunks, b""])
    true_read = os.read

    def read(descriptor: int, count: int) -> bytes:
        if descriptor != FAKE_DESCRIPTOR:
            return true_read(descriptor, count)
        chunk = next(left)
        if isinstance(chunk, OSError):
            raise chunk
        return chunk

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "read", read)
        reader = ItemReader(FAKE_DESCRIPTOR, separator)
        reader.start()
        assert reader.wait(None, PATIENCE_SECONDS)
    return reader


# Bytes


@given(st.binary())
def test_any_bytes_come_out_as_they_went_in(item: bytes) -> None:
    assert to_bytes(to_text(item)) == item


def test_text_is_text() -> None:
    assert to_text("grün".encode()) == "grün"
    assert to_bytes("grün") == "grün".encode()


# Reading


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (b"", []),
        (b"\n", []),
        (b"\n\n\n", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\ntwo", ["one", "two"]),
        (b"one\n\n\ntwo\n\n", ["one", "two"]),
        (b"\none", ["one"]),
        (b" \n\t\n", [" ", "\t"]),
        (b"one\r\n", ["one\r".removesuffix(LINES_CR.decode())]),
        (b"a\x0cb\x1cc\xc2\x85d\xe2\x80\xa8e\n", ["a\x0cb\x1cc\x85d\u2028e"]),
        (b"\xff\xfe\n", ["\udcff\udcfe"]),
        (b"a\0b\n", ["a\0b"]),
    ],
)
def test_an_item_is_what_stands_between_two_ends_of_lines(data: bytes, items: list[str]) -> None:
    assert (read(data) if data else read()) == items


def test_with_another_separator_an_item_may_have_ends_of_lines() -> None:
    assert read(b"one\nmore\0\0two\0three", separator="\0") == ["one\nmore", "two", "three"]


@given(st.lists(st.binary(max_size=6), max_size=8), st.sampled_from([b"\n", b"\0"]))
def test_where_the_chunks_end_makes_no_difference(chunks: list[bytes], separator: bytes) -> None:
    whole = b"".join(chunks).split(separator)
    if separator == b"\n":
        whole = [item.removesuffix(LINES_CR) for item in whole]
    reader = fed(*filter(None, chunks), separator=separator.decode())
    assert [to_bytes(item) for item in reader.take()] == [item for item in whole if item]


def test_on_windows_a_line_ends_with_cr_and_lf_and_the_first_may_have_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.items.sys", SimpleNamespace(platform="win32"))  # elsewhere they belong to the item
    assert fed(b"").take() == []
    assert fed(b"\xef\xbb", b"\xbfone\r", b"\n\r\n\xef\xbb\xbftwo\r\nthree\r").take() == ["one", "\ufefftwo", "three"]
    assert fed(b"\xef\xbb\xbfone\r\0", separator="\0").take() == ["\ufeffone\r"]


def test_a_character_may_come_in_pieces() -> None:
    assert fed(b"gr\xc3", b"\xbc", b"n\n\xe2\x82", b"\xac").take() == ["grün", "€"]


def test_more_than_a_pipe_holds_is_read(pipe: Pipe) -> None:
    names = [f"{number:06}" for number in range(50_000)]
    reader = ItemReader(pipe.reader)
    reader.start()
    pipe.write("".join(f"{name}\n" for name in names).encode())
    pipe.end()
    assert reader.wait(None, PATIENCE_SECONDS)
    assert reader.take() == names
    assert reader.is_exhausted


def test_one_can_wait_for_the_first_ones(pipe: Pipe) -> None:
    reader = ItemReader(pipe.reader)
    reader.start()
    assert not reader.wait(1, 0)
    pipe.write(b"one\ntw")
    assert reader.wait(1, PATIENCE_SECONDS)
    assert reader.take() == ["one"]
    assert reader.wait(1, 0), "it came, though it was taken"
    assert not reader.wait(2, 0)
    assert not reader.wait(None, 0)
    pipe.write(b"o\n")
    assert reader.wait(2, PATIENCE_SECONDS)
    assert reader.take() == ["two"]
    assert reader.take() == []
    assert not reader.is_exhausted


def test_the_end_releases_who_waits_for_more(pipe: Pipe) -> None:
    reader = ItemReader(pipe.reader)
    reader.start()
    pipe.write(b"one\n")
    pipe.end()
    assert reader.wait(100, PATIENCE_SECONDS)
    assert not reader.is_exhausted, "one is still to be taken"
    assert reader.take() == ["one"]
    assert reader.is_exhausted


def test_news_are_announced_and_the_end_is(pipe: Pipe) -> None:
    news = threading.Semaphore(0)
    reader = ItemReader(pipe.reader)
    reader.notify = news.release
    reader.start()
    pipe.write(b"one\n")
    assert news.acquire(timeout=PATIENCE_SECONDS)
    assert reader.take() == ["one"]
    pipe.end()
    assert news.acquire(timeout=PATIENCE_SECONDS)
    assert reader.is_exhausted or reader.take() == []


def test_what_cannot_be_read_on_ends_and_says_why() -> None:
    error = OSError(5, "Input/output error")
    reader = fed(b"one\ntw", error)
    assert reader.take() == ["one", "tw"]
    assert reader.error is error
    assert fed(b"one\n").error is None


# Items


def test_items_that_were_typed_are_all_there() -> None:
    items = Items(["one", "two"])
    assert items.labels == ["one", "two"]
    assert items.is_complete
    assert items.wait(100, 0)
    items.take()
    items.notify(lambda: None)
    assert items.labels == ["one", "two"]
    assert items.value(1) == b"two"


def test_items_come_behind_those_that_were_typed(pipe: Pipe) -> None:
    items = Items(["typed"], ItemReader(pipe.reader))
    labels = items.labels
    assert not items.is_complete
    assert not items.wait(1, 0)
    pipe.write(b"\xff\n")
    assert items.wait(1, PATIENCE_SECONDS)
    assert labels == ["typed", "\udcff"], "others hold the list while it grows"
    assert items.value(1) == b"\xff"
    pipe.end()
    assert items.wait(None, PATIENCE_SECONDS)
    assert items.is_complete


def test_who_wants_to_know_of_items_is_told(pipe: Pipe) -> None:
    news = threading.Event()
    items = Items(reader=ItemReader(pipe.reader))
    items.notify(news.set)
    pipe.write(b"one\n")
    assert news.wait(PATIENCE_SECONDS)
    items.take()
    assert items.labels == ["one"]


@pytest.mark.parametrize(
    ("item", "label", "value"),
    [
        ("Berlin\tber", "Berlin", b"ber"),
        ("Berlin", "Berlin", b"Berlin"),
        ("Berlin\tber\tcode", "Berlin", b"ber\tcode"),
        ("\tber", "", b"ber"),
        ("Rome\r\tfco", "Rome\r", b"fco"),
        ("Berlin\t\udcff", "Berlin", b"\xff"),
    ],
)
def test_what_stands_before_the_separator_is_shown_and_the_rest_is_meant(item: str, label: str, value: bytes) -> None:
    items = Items([item], label_separator="\t")
    assert items.labels == [label]
    assert items.value(0) == value


def test_labels_and_values_come_by_the_reader_too(pipe: Pipe) -> None:
    items = Items(["Rome::fco"], ItemReader(pipe.reader), "::")
    pipe.write(b"Berlin::ber\nParis\n")
    pipe.end()
    assert items.wait(None, PATIENCE_SECONDS)
    assert items.labels == ["Rome", "Berlin", "Paris"]
    assert [items.value(index) for index in range(3)] == [b"fco", b"ber", b"Paris"]


posix_lines = pytest.mark.skipif(sys.platform == "win32", reason="there it belongs to the line's end")


@posix_lines
@pytest.mark.parametrize("separator", [None, "::"])
def test_a_return_before_the_end_of_a_line_is_meant_and_not_shown(pipe: Pipe, separator: str | None) -> None:
    items = Items([], ItemReader(pipe.reader), separator)
    for data in (b"Rome\n", b"Paris\r\n", b"Ber\rlin\n"):
        pipe.write(data)
        assert items.wait(1 + len(items.labels), PATIENCE_SECONDS)
    pipe.end()
    assert items.labels == ["Rome", "Paris", "Ber\rlin"]
    assert [items.value(index) for index in range(3)] == [b"Rome", b"Paris\r", b"Ber\rlin"]


@posix_lines
def test_that_a_line_ended_with_a_return_is_known_to_the_end() -> None:
    assert fed(b"Paris\r\n", b"Rome\n").has_returns
    assert not fed(b"Paris\n", b"Rome\n").has_returns


def test_where_no_lines_are_read_a_return_is_shown_too(pipe: Pipe) -> None:
    items = Items([], ItemReader(pipe.reader, "\0"))
    pipe.write(b"Rome\r\0")
    pipe.end()
    assert items.wait(None, PATIENCE_SECONDS)
    assert (items.labels, items.value(0)) == (["Rome\r"], b"Rome\r")


def test_who_still_reads_keeps_no_program_from_ending(pipe: Pipe) -> None:
    ItemReader(pipe.reader).start()
    readers = [thread for thread in threading.enumerate() if thread.name == "parl-items"]
    assert readers
    assert all(thread.daemon for thread in readers)


@pytest.mark.parametrize(
    ("text", "begin", "index"),
    [
        ("ber", 0, 0),
        ("Berlin", 0, 0),
        ("Rome", 0, 1),
        ("Rome", 2, 2),
        ("Rome", 3, None),
        ("Oslo", 0, None),
        ("", 0, None),
    ],
)
def test_an_item_is_found_by_what_is_meant_and_by_what_is_shown(text: str, begin: int, index: int | None) -> None:
    assert Items(["Berlin\tber", "Rome", "Rome\tfco"], label_separator="\t").find(text, begin) == index


def test_an_item_is_looked_for_from_the_first_on() -> None:
    assert Items(["Rome", "Oslo"]).find("Rome") == 0


def test_what_cannot_be_read_to_its_end_says_why() -> None:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    items = Items((), ItemReader(descriptor))
    assert items.wait(None, PATIENCE_SECONDS)
    os.close(descriptor)
    assert items.is_complete
    assert items.error is not None


def test_without_a_thread_to_read_in_it_says_so(pipe: Pipe) -> None:
    with no_threads(), pytest.raises(ParlError, match="no thread for the items: can't start new thread"):
        Items(reader=ItemReader(pipe.reader))
