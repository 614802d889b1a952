"""The place and the header of a .pyc file: importlib's, in every mode and at every level."""

from __future__ import annotations

import os
import py_compile
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parl.core.defaults import INVALIDATIONS, LEVELS
from parl.core.errors import ParlError
from parl.core.pyc import (
    HEADER_SIZE,
    cache_of,
    default_invalidation,
    hash_header,
    state_of,
    stem_of,
    suffix_of,
    timestamp_header,
)

NAMES = ["spam.py", "a.b.py", ".hidden.py", "..py", ".py", "spam.pyw", "fünf.py", "with blank.py", "x.py.py"]
MODES = {mode: py_compile.PycInvalidationMode[mode.replace("-", "_").upper()] for mode in INVALIDATIONS}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "spam.py"
    path.write_bytes(b"spam = 'eggs'\n")
    return path


def place_of(folder: str, name: str, level: int, mirror: str | None = None) -> str:
    return os.path.join(cache_of(folder, mirror), stem_of(name) + suffix_of(level))


def importlibs_place(path: str, level: int) -> str:
    return cache_from_source(path, optimization=level or "")


def written_by_py_compile(source: Path, invalidation: str, level: int = 0) -> bytes:
    target = str(source.with_suffix(".written"))
    py_compile.compile(str(source), target, doraise=True, optimize=level, invalidation_mode=MODES[invalidation])
    return Path(target).read_bytes()


# The place


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_the_place_is_importlibs(monkeypatch: pytest.MonkeyPatch, name: str, level: int) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", None)
    folder = os.path.join("src", "deep")
    assert place_of(folder, name, level) == importlibs_place(os.path.join(folder, name), level)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("folder", ["src", ".", os.path.join("..", "other"), os.path.join(os.sep, "opt", "lib")])
def test_below_a_mirror_it_is_that_of_a_pycache_prefix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str, level: int
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    wanted = importlibs_place(os.path.abspath(os.path.join(folder, "spam.py")), level)
    assert place_of(folder, "spam.py", level, str(tmp_path)) == wanted


@given(st.text(st.characters(exclude_characters="/\\\0:", exclude_categories=["Cs"])))
@example("")
@example(".")
@example("..")
def test_every_name_has_importlibs_place(stem: str) -> None:
    name = f"{stem}.py"
    assert stem_of(name) + suffix_of(0) == os.path.basename(cache_from_source(name))


def test_a_python_that_keeps_no_bytecode_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    with pytest.raises(ParlError, match=r"^this Python keeps no bytecode$"):
        suffix_of(0)


# The header


@pytest.mark.parametrize("seconds", [0, 1, -1, -1.5, 1_700_000_000.999_999_999, 2**32 - 1, 2**32, 2**33 + 5])
def test_the_header_of_a_time_is_the_one_that_py_compile_writes(source: Path, seconds: float) -> None:
    os.utime(source, (seconds, seconds))
    assert timestamp_header(source.stat()) == written_by_py_compile(source, "timestamp")[:HEADER_SIZE]


def test_the_nanosecond_before_a_second_counts_as_importlib_counts_it(source: Path) -> None:
    nanoseconds = 1_700_000_000_999_999_999  # as a float it is the next second
    os.utime(source, ns=(nanoseconds, nanoseconds))
    assert timestamp_header(source.stat()) == written_by_py_compile(source, "timestamp")[:HEADER_SIZE]


def test_a_size_of_more_than_32_bits_is_cut_as_importlib_cuts_it() -> None:
    status = os.stat_result((0, 0, 0, 0, 0, 0, 2**32 + 7, 0, 1, 0))
    assert timestamp_header(status) == MAGIC_NUMBER + bytes(4) + b"\1\0\0\0" + b"\7\0\0\0"


@pytest.mark.parametrize("mode", ["checked-hash", "unchecked-hash"])
@pytest.mark.parametrize("content", [b"", b"spam = 1\n", b"\xef\xbb\xbfspam = '\xc3\xa9'\r\n"])
def test_the_header_of_a_content_is_the_one_that_py_compile_writes(source: Path, mode: str, content: bytes) -> None:
    source.write_bytes(content)
    assert hash_header(mode, content) == written_by_py_compile(source, mode)[:HEADER_SIZE]


# The state


def unread() -> bytes:
    raise AssertionError("where the time decides, nothing is read")


def test_by_time_a_state_is_told_from_others_by_time_and_size(source: Path) -> None:
    seen = set()
    for content, nanoseconds in ((b"a", 10**18), (b"ab", 10**18), (b"a", 10**18 + 1000)):
        source.write_bytes(content)
        os.utime(source, ns=(0, nanoseconds))
        header, fingerprint = state_of("timestamp", source.stat(), unread)
        assert header == timestamp_header(source.stat())
        seen.add(fingerprint)
    assert len(seen) == 3


@pytest.mark.parametrize("mode", ["checked-hash", "unchecked-hash"])
def test_by_hash_a_state_is_told_from_others_by_the_content_alone(source: Path, mode: str) -> None:
    one, other = b"spam = 1\n", b"spam = 2\n"
    status = source.stat()
    os.utime(source, (0, 0))
    first, touched, changed = (
        state_of(mode, status, lambda: one),
        state_of(mode, source.stat(), lambda: one),
        state_of(mode, status, lambda: other),
    )
    assert first == touched
    assert first[0] == hash_header(mode, one)
    assert first[1] != changed[1]


@pytest.mark.parametrize(
    ("environment", "mode"),
    [({}, "timestamp"), ({"SOURCE_DATE_EPOCH": ""}, "timestamp"), ({"SOURCE_DATE_EPOCH": "0"}, "checked-hash")],
)
def test_the_default_is_py_compiles(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], mode: str) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_invalidation(environment) == mode
    assert py_compile._get_default_invalidation_mode() is MODES[mode]  # type: ignore[attr-defined]
