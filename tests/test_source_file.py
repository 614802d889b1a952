"""Reading sources and writing .pyc files: no hang, nothing half there."""

from __future__ import annotations

import errno
import os
import py_compile
import stat
import sys
from pathlib import Path

import pytest

from parl.core.source_file import fingerprint_of, read_source, temporary_of, write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Reading


@pytest.mark.parametrize("content", [b"", b"x = 1\n", b"x = 1\r\n\x1a\0", b"#" * 200_000])
def test_a_source_is_read_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    assert read_source(str(path)) == (content, path.stat())


def test_a_source_that_grows_while_it_is_read_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\n")
    whole = b"x = 1\n" + b"y = 2\n" * 1000
    look = os.fstat

    def look_and_grow(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        path.write_bytes(whole)
        return status

    monkeypatch.setattr(os, "fstat", look_and_grow)
    content, status = read_source(str(path))
    assert (content, status.st_size) == (whole, 6), "so the next look sees the change"


def test_a_source_that_shrinks_is_read_as_far_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\ny = 2\n")
    look = os.fstat

    def look_and_cut(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        os.truncate(path, 6)
        return status

    monkeypatch.setattr(os, "fstat", look_and_cut)
    assert read_source(str(path))[0] == b"x = 1\n"


@posix
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    for path in (tmp_path, tmp_path / "fifo.py", Path(os.devnull)):
        with pytest.raises(OSError, match="no regular file"):
            read_source(str(path))


def test_a_state_is_told_from_others_by_time_and_size(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    seen = set()
    for content, nanoseconds in ((b"a", 10**18), (b"ab", 10**18), (b"a", 10**18 + 1000)):
        path.write_bytes(content)
        os.utime(path, ns=(0, nanoseconds))
        seen.add(fingerprint_of(path.stat()))
    assert len(seen) == 3


# Writing


def test_a_file_is_written_and_its_folder_made(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "below" / "a.pyc"
    write_whole(str(target), b"content", 0o644)
    assert target.read_bytes() == b"content"
    assert os.listdir(target.parent) == ["a.pyc"]


def test_a_file_is_replaced_not_changed(tmp_path: Path) -> None:
    target, other = tmp_path / "a.pyc", tmp_path / "kept"
    target.write_bytes(b"old")
    os.link(target, other)
    write_whole(str(target), b"new", 0o644)
    assert (target.read_bytes(), other.read_bytes()) == (b"new", b"old")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o755, 0o444, 0o400, 0o666])
def test_permissions_are_those_that_py_compile_gives(tmp_path: Path, mode: int) -> None:
    source, ours, theirs = (tmp_path / name for name in ("a.py", "ours", "theirs"))
    source.touch()
    source.chmod(mode)
    py_compile.compile(str(source), str(theirs), doraise=True)
    write_whole(str(ours), b"content", source.stat().st_mode)
    assert permissions(ours) == permissions(theirs)


def test_the_temporary_name_is_short_and_tells_whose_it_is(tmp_path: Path) -> None:
    # The longest name that a file system takes must not become longer.
    target = tmp_path / ("n" * 251 + ".pyc")
    write_whole(str(target), b"content", 0o644)
    assert temporary_of(str(target), 1234) == str(tmp_path / ".1234.parl")


def test_what_a_namesake_left_is_no_obstacle(tmp_path: Path) -> None:
    target = str(tmp_path / "a.pyc")
    Path(temporary_of(target, os.getpid())).write_bytes(b"half")
    write_whole(target, b"content", 0o644)
    assert os.listdir(tmp_path) == ["a.pyc"]


def test_where_it_cannot_be_put_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "a.pyc").mkdir()
    with pytest.raises(OSError, match=r"a\.pyc"):
        write_whole(str(tmp_path / "a.pyc"), b"content", 0o644)
    assert os.listdir(tmp_path) == ["a.pyc"]


def test_a_write_that_fails_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.pyc"
    target.write_bytes(b"old")
    write = os.write

    def write_a_bit(descriptor: int, data: bytes) -> int:
        if len(data) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:3])

    monkeypatch.setattr(os, "write", write_a_bit)
    with pytest.raises(OSError, match="No space"):
        write_whole(str(target), b"content", 0o644)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.pyc"]


def test_short_writes_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    write_whole(str(tmp_path / "a.pyc"), b"content", 0o644)
    assert (tmp_path / "a.pyc").read_bytes() == b"content"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").touch()
    with pytest.raises(OSError, match="__pycache__"):
        write_whole(str(tmp_path / "__pycache__" / "a.pyc"), b"content", 0o644)
