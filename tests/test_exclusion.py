"""The globs of what is not to be compiled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parl.core.exclusion import Exclusion


def excludes(glob: str, path: str, root: str = "src") -> bool:
    """Whether the glob, between two others that match nothing, excludes what is found at *path*."""
    exclusion = Exclusion(["no-such-name", glob, "no/such/path"])
    return exclusion.covers(path.rpartition("/")[2], path.replace("/", os.sep), root.replace("/", os.sep))


def test_without_globs_nothing_is_excluded() -> None:
    assert not Exclusion([]).covers("gen", os.path.join("src", "gen"), "src")


@pytest.mark.parametrize("path", ["gen", "src/gen", "./deep/src/gen", "/abs/gen"])
@pytest.mark.parametrize("glob", ["gen", "gen/", "./gen", "g*", "[fg]en", "?en"])
def test_a_glob_without_a_slash_is_of_names_wherever_they_are(glob: str, path: str) -> None:
    assert excludes(glob, path)


@pytest.mark.parametrize("name", ["gene", "agen", "gen.py", "GEN", ".gen"])
def test_the_whole_name_counts(name: str) -> None:
    assert not excludes("gen", f"src/{name}") or (os.name == "nt" and name == "GEN")


def test_a_name_above_is_not_meant() -> None:
    # Who walks does not come so far.
    assert not excludes("gen", "gen/a.py")


@pytest.mark.parametrize("path", ["src/gen", "./src/gen", "deep/src/gen", "/abs/src/gen"])
@pytest.mark.parametrize("glob", ["src/gen", "./src/gen", "src/gen/", "src/*", "*/gen", "s?c/[g]en"])
def test_a_glob_with_a_slash_is_of_paths_from_any_folder_on(glob: str, path: str) -> None:
    assert excludes(glob, path)


@pytest.mark.parametrize("path", ["gen", "src", "asrc/gen", "src/gene", "src/deep/gen", "src.gen"])
def test_of_a_path_every_name_counts_whole(path: str) -> None:
    assert not excludes("src/gen", path)


def test_of_a_root_that_is_absolute_only_what_is_below_counts() -> None:
    assert excludes("gen/a.py", "/home/gen/src/gen/a.py", "/home/gen/src")
    assert not excludes("gen/src", "/home/gen/src/a.py", "/home/gen/src")
    assert not excludes("home/*", "/home/gen/src/a.py", "/home/gen/src")
    assert not excludes("*/a.py", "/home/gen/src/a.py", "/home/gen/src")


@pytest.mark.skipif(os.name == "nt", reason="POSIX roots")
def test_an_absolute_glob_means_just_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("src/gen", "./src/gen", "src/../src/gen", f"{tmp_path}/src/gen"):
        for glob in (f"{tmp_path}/src/gen", f"{tmp_path}/src/gen/", f"{tmp_path}/src/g*", f"{tmp_path}/./src/gen"):
            assert excludes(glob, path)
    assert not excludes("/src/gen", "src/gen")
    assert not excludes(f"{tmp_path}/gen", "src/gen")


def test_letters_are_as_different_as_they_are_to_the_system() -> None:
    assert excludes("GEN", "src/gen") is (os.path.normcase("G") == "g")


def test_signs_of_regular_expressions_mean_themselves() -> None:
    assert excludes("a+(b).py", "src/a+(b).py")
    assert not excludes("a.b", "src/axb")
    assert not excludes("a|gen", "gen")


def test_what_is_undecodable_or_has_a_line_end_is_a_name() -> None:
    assert excludes("*.py", "src/\udcff.py")
    assert excludes("a*.py", "src/a\nb.py")
    assert excludes("src/a*.py", "src/a\nb.py")


@pytest.mark.parametrize(
    ("glob", "path"),
    [("**/gen", "gen"), ("**/gen", "src/gen"), ("src/**/gen", "src/gen"), ("src/**/gen", "src/a/b/gen")],
)
@pytest.mark.parametrize("root", ["src", "/abs"])
def test_two_stars_are_any_folders_or_none(glob: str, path: str, root: str) -> None:
    assert excludes(glob, path if root == "src" else f"/abs/{path}", root)
