"""Reading sources and writing .pyc files: no hang, nothing half there."""

from __future__ import annotations

import errno
import os
import py_compile
import stat
import sys
from pathlib import Path

import pytest

from parl.core.errors import words_of
from parl.core.source_file import (
    read_source,
    run_token,
    shown,
    sweep_temporary,
    temporary_of,
    write_whole,
)

TOKEN = "realm-run"
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


@pytest.mark.parametrize("most", [1, 7, 1000, 1001])
def test_short_reads_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 12345\n" * 100)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, most)))
    assert read_source(str(path))[0] == b"x = 12345\n" * 100


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
        with pytest.raises(OSError, match="no regular file") as caught:
            read_source(str(path))
        assert words_of(caught.value) == "is no regular file"


# Writing


def test_a_file_is_written_and_its_folder_made(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "below" / "a.pyc"
    write_whole(str(target), b"content", 0o644, TOKEN)
    assert target.read_bytes() == b"content"
    assert os.listdir(target.parent) == ["a.pyc"]


def test_the_folder_may_have_been_made_by_another_process_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.makedirs

    def come_second(path: str, *, exist_ok: bool = False) -> None:
        make(path)
        make(path, exist_ok=exist_ok)

    monkeypatch.setattr(os, "makedirs", come_second)
    write_whole(str(tmp_path / "below" / "a.pyc"), b"content", 0o644, TOKEN)
    assert (tmp_path / "below" / "a.pyc").read_bytes() == b"content"


def test_a_file_is_replaced_not_changed(tmp_path: Path) -> None:
    target, other = tmp_path / "a.pyc", tmp_path / "kept"
    target.write_bytes(b"old")
    os.link(target, other)
    write_whole(str(target), b"new", 0o644, TOKEN)
    assert (target.read_bytes(), other.read_bytes()) == (b"new", b"old")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o755, 0o444, 0o400, 0o666])
def test_permissions_are_those_that_py_compile_gives(tmp_path: Path, mode: int) -> None:
    source, ours, theirs, below = (tmp_path / name for name in ("a.py", "ours", "theirs", "new/folder"))
    source.touch()
    source.chmod(mode)
    py_compile.compile(str(source), str(theirs), doraise=True)
    for target in (ours, below):
        write_whole(str(target), b"content", source.stat().st_mode, TOKEN)
        assert permissions(target) == permissions(theirs)


def test_the_temporary_name_is_short_and_tells_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, replaced = os.replace, []

    def note(source: str, target: str) -> None:
        replaced.append(source)
        replace(source, target)

    monkeypatch.setattr(os, "replace", note)
    # The longest name that a file system takes must not become longer.
    target = tmp_path / ("n" * 251 + ".pyc")
    write_whole(str(target), b"content", 0o644, TOKEN)
    assert replaced == [temporary_of(str(target), os.getpid(), TOKEN)]
    assert temporary_of(str(target), 1234, TOKEN) == str(tmp_path / f".1234-{TOKEN}.parl")


def test_two_runs_with_equal_pids_do_not_write_to_one_temporary_file(tmp_path: Path) -> None:
    """In two containers, or two machines, at one tree, pids are equal."""
    target = str(tmp_path / "a.pyc")
    tokens = {run_token() for _ in range(100)}
    assert len(tokens) == len({temporary_of(target, 7, token) for token in tokens}) == 100


def test_what_another_run_is_writing_is_left_alone(tmp_path: Path) -> None:
    target = str(tmp_path / "a.pyc")
    others = Path(temporary_of(target, os.getpid(), "realm-other"))
    others.write_bytes(b"half")
    write_whole(target, b"content", 0o644, TOKEN)
    assert others.read_bytes() == b"half"
    assert sorted(os.listdir(tmp_path)) == [others.name, "a.pyc"]


def test_only_what_that_process_of_that_run_has_left_is_swept(tmp_path: Path) -> None:
    target = str(tmp_path / "a.pyc")
    names = [temporary_of(target, pid, token) for pid in (1, 2) for token in (TOKEN, "realm-other")]
    for name in names:
        Path(name).touch()
    sweep_temporary(target, 1, TOKEN)
    sweep_temporary(target, 1, TOKEN)  # nothing there is no error
    assert sorted(os.listdir(tmp_path)) == sorted(os.path.basename(name) for name in names[1:])


def test_a_pyc_is_named_by_the_end_of_its_path_and_elsewhere_by_the_whole(tmp_path: Path) -> None:
    beside = os.path.join("__pycache__", "a.pyc")
    assert shown(os.path.join("deep", "pkg", beside)) == shown(beside) == beside
    elsewhere = str(tmp_path / "pkg" / "a.pyc")
    assert shown(elsewhere) == elsewhere


def test_where_it_cannot_be_put_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "a.pyc").mkdir()
    with pytest.raises(OSError, match=r"a\.pyc"):
        write_whole(str(tmp_path / "a.pyc"), b"content", 0o644, TOKEN)
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
        write_whole(str(target), b"content", 0o644, TOKEN)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.pyc"]


def test_short_writes_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    write_whole(str(tmp_path / "a.pyc"), b"content", 0o644, TOKEN)
    assert (tmp_path / "a.pyc").read_bytes() == b"content"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").touch()
    with pytest.raises(OSError, match="__pycache__"):
        write_whole(str(tmp_path / "__pycache__" / "a.pyc"), b"content", 0o644, TOKEN)
