"""What a compilation of sources is asked to do, checked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parl.core.errors import UsageError
from parl.core.tree_options import TreeOptions
from tests.wine import is_wine


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    Path("src").mkdir()
    Path("a.py").touch()
    return tmp_path


def complaint(paths: object = ("src",), **options: object) -> str:
    with pytest.raises(UsageError) as raised:
        TreeOptions(paths, **options)  # type: ignore[arg-type]
    return str(raised.value)


def test_without_options_there_are_the_defaults() -> None:
    options = TreeOptions(["src", "a.py"])
    assert options.paths == ("src", "a.py")
    assert (options.jobs, options.force, options.exclude) == (None, False, ())
    assert (options.levels, options.invalidation, options.mirror) == ((0,), "timestamp", None)
    assert options.warnings_as_errors is False


def test_paths_are_kept_as_given() -> None:
    paths = ["./src", "src/", "src/../a.py", Path("a.py")]
    assert TreeOptions(paths).paths == ("./src", "src/", "src/../a.py", "a.py")


def test_paths_may_come_from_an_iterator() -> None:
    assert TreeOptions(iter(["src", "a.py"])).paths == ("src", "a.py")


@pytest.mark.parametrize(
    ("optimize", "flag", "levels"),
    [
        ([], 0, (0,)),
        ([], 1, (1,)),
        ([], 2, (2,)),
        ([], 3, (2,)),
        ([1], 0, (1,)),
        ([2, 0, 2, 1], 0, (0, 1, 2)),
    ],
)
def test_levels_are_sorted_and_by_default_the_interpreters(
    monkeypatch: pytest.MonkeyPatch, optimize: list[int], flag: int, levels: tuple[int, ...]
) -> None:
    class Flags:
        optimize = flag

    monkeypatch.setattr(sys, "flags", Flags)
    assert TreeOptions(["src"], optimize=optimize).levels == levels


def test_no_jobs_are_all_cores() -> None:
    assert TreeOptions(["src"], jobs=0).jobs is None
    assert TreeOptions(["src"], jobs=3).jobs == 3


def test_in_a_reproducible_build_the_content_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert TreeOptions(["src"]).invalidation == "checked-hash"
    assert TreeOptions(["src"], invalidation="timestamp").invalidation == "timestamp"


def test_what_is_written_elsewhere_is_named_from_here(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", "/elsewhere")
    assert TreeOptions(["src"]).mirror == "/elsewhere"
    assert TreeOptions(["src"], out="build").mirror == str(here / "build")
    assert TreeOptions(["src"], out=Path("build")).mirror == str(here / "build")


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ([], "no path to compile"),
        ("src", "'src' is one; write the paths as a list"),
        (Path("src"), "'src' is one; write the paths as a list"),
        (["src", "nowhere"], "no such file 'nowhere'"),
        ([""], "no such file ''"),
        pytest.param(
            ["x" * 300],
            f"'{'x' * 300}' cannot be looked at: file name too long",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="there no such file is there"),
        ),
        (["notes.txt"], "'notes.txt' is no Python source (a name that ends in .py)"),
    ],
    ids=str,
)
def test_a_path_that_cannot_be_meant_is_named(paths: object, words: str) -> None:
    Path("notes.txt").touch()
    assert complaint(paths) == words


@pytest.mark.skipif(sys.platform == "win32", reason="there no such name can be")
@pytest.mark.parametrize(
    ("path", "reason"), [("x" * 5000, "file name too long"), ("a\0b", "embedded null")], ids=["too long", "NUL"]
)
def test_a_path_that_cannot_be_looked_at_is_told_with_the_reason(path: str, reason: str) -> None:
    told = complaint([path])
    assert told.startswith(f"'{path}' cannot be looked at: ")
    assert reason in told


@pytest.mark.xfail(is_wine(), strict=True, reason="Wine: a link that it has made cannot be read")
def test_a_dangling_link_is_there(here: Path) -> None:
    try:
        Path("gone.py").symlink_to("nowhere")
    except OSError:
        pytest.skip("no links here")
    assert TreeOptions(["gone.py"]).paths == ("gone.py",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"jobs": -1}, "-1 jobs: name a number from 1, or 0 for all cores"),
        ({"out": ""}, "an empty folder to write to; name one, or drop it"),
        ({"exclude": "gen"}, "'gen' is one; write the globs as a list"),
        ({"exclude": ["gen", ""]}, "an empty glob to exclude; name what to leave out, or drop it"),
        ({"optimize": [0, 3]}, "optimization level 3: there are 0, 1 and 2"),
        ({"optimize": [-1]}, "optimization level -1: there are 0, 1 and 2"),
        (
            {"invalidation": "hash"},
            "invalidation 'hash': there are timestamp, checked-hash, unchecked-hash",
        ),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_meant_is_named(options: dict[str, object], words: str) -> None:
    assert complaint(**options) == words
