"""Which sources are known to have no warnings: only a hint, so whatever happens to it, nothing breaks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parl.core import known_clean
from parl.core.known_clean import KnownClean, forget_the_oldest
from parl.platform import cache_folder

KEY = "some Python (0,)"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where it is kept; it is not there yet."""
    folder = tmp_path / "deep" / "store"
    monkeypatch.setattr(known_clean, "cache_folder", lambda: str(folder))
    return folder


def remember(*names: str, folder: str = "src", key: str = KEY, is_whole: bool = True) -> bool:
    """Return whether there was anything new to write."""
    home = KnownClean(folder, key)
    for name in names:
        home.add(name, "1:2")
    return home.save(is_whole=is_whole)


def known(*names: str, folder: str = "src", key: str = KEY, fingerprint: str = "1:2") -> list[str]:
    home = KnownClean(folder, key)
    return [name for name in names if home.has(name, fingerprint)]


def stored(store: Path) -> Path:
    (path,) = store.iterdir()
    return path


def test_nothing_is_known_at_first(store: Path) -> None:
    assert known("a.py") == []
    assert not store.exists()


def test_what_was_clean_is_known(store: Path) -> None:
    remember("a.py", "deep/b.py")
    assert known("a.py", "deep/b.py", "b.py", "c.py") == ["a.py", "deep/b.py"]


def test_a_changed_source_is_not_known(store: Path) -> None:
    remember("a.py")
    assert known("a.py", fingerprint="3:2") == []


@pytest.mark.parametrize("other", [{"folder": "tests"}, {"key": "another Python (0,)"}])
def test_another_folder_or_python_is_not_known(store: Path, other: dict[str, str]) -> None:
    remember("a.py")
    assert known("a.py", **other) == []


def test_a_place_is_taken_as_it_is(store: Path) -> None:
    remember("a.py")
    assert known("a.py", folder=os.path.abspath("src")) == []
    assert known("a.py", folder="./src") == []


def test_odd_names_are_known_too(store: Path) -> None:
    names = ["a\nb.py", "\udcff.py", "ü.py", " .py"]
    remember(*names)
    assert known(*names) == names


def test_after_a_whole_look_what_was_not_met_is_forgotten(store: Path) -> None:
    remember("a.py", "b.py")
    remember("a.py", is_whole=True)
    assert known("a.py", "b.py") == ["a.py"]


def test_after_a_look_at_a_part_the_rest_stays_known(store: Path) -> None:
    remember("a.py", "b.py")
    remember("c.py", is_whole=False)
    assert known("a.py", "b.py", "c.py") == ["a.py", "b.py", "c.py"]


def test_what_is_asked_for_stays_known(store: Path) -> None:
    remember("a.py")
    home = KnownClean("src", KEY)
    assert home.has("a.py", "1:2")
    home.save(is_whole=True)
    assert known("a.py") == ["a.py"]


def test_a_new_state_takes_the_place_of_the_old(store: Path) -> None:
    remember("a.py")
    home = KnownClean("src", KEY)
    home.add("a.py", "3:4")
    home.save(is_whole=False)
    assert known("a.py", fingerprint="3:4") == ["a.py"]
    assert known("a.py", fingerprint="1:2") == []


def test_what_is_known_already_is_not_written_again(store: Path) -> None:
    remember("a.py")
    before = stored(store).stat()
    home = KnownClean("src", KEY)
    home.add("a.py", "1:2")
    assert home.save(is_whole=True) is False
    assert stored(store).stat().st_ino == before.st_ino


def test_what_is_new_is_written_once(store: Path) -> None:
    home = KnownClean("src", KEY)
    home.add("a.py", "1:2")
    assert home.save(is_whole=True) is True
    assert home.save(is_whole=True) is False


# When the store is not as it should be


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"\xff\0" * 100,
        lambda content: content[: len(content) // 2],
        lambda content: b"other" + content,
        lambda content: content.replace(b"parl 1", b"parl 0"),
    ],
)
def test_a_damaged_store_is_an_empty_one(store: Path, damage: object) -> None:
    remember("a.py")
    path = stored(store)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert known("a.py") == []
    remember("b.py")
    assert known("b.py") == ["b.py"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.data())
def test_no_damage_makes_a_source_known_that_was_not(store: Path, data: st.DataObject) -> None:
    remember("a.py")
    path = stored(store)
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut] + data.draw(st.binary(max_size=20)))
    assert known("b.py") == []
    path.unlink()


def test_a_store_that_cannot_be_read_is_an_empty_one(store: Path) -> None:
    remember("a.py")
    path = stored(store)
    path.unlink()
    path.mkdir()
    assert known("a.py") == []
    remember("a.py")
    assert os.listdir(store) == [path.name], "nothing is left beside it"


def test_where_nothing_can_be_written_nothing_is_remembered(store: Path) -> None:
    store.parent.touch()
    assert not remember("a.py")
    assert known("a.py") == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions of POSIX, and not root's")
def test_a_read_only_home_is_no_error(store: Path) -> None:
    store.mkdir(parents=True)
    store.chmod(0o500)
    remember("a.py")
    assert known("a.py") == []


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps such things")
def test_it_is_kept_where_the_specification_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for not_absolute in ("", "here"):
        monkeypatch.setenv("XDG_CACHE_HOME", not_absolute)
        assert cache_folder() == str(tmp_path / ".cache" / "parl")
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    assert cache_folder() is None


def test_without_a_home_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_clean, "cache_folder", lambda: None)
    assert not remember("a.py")
    assert known("a.py") == []


def test_a_full_disk_leaves_what_was_there(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    remember("a.py")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        remember("b.py")
    assert known("a.py", "b.py") == ["a.py"]
    assert len(os.listdir(store)) == 1


def test_those_that_were_of_no_use_for_the_longest_time_go(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_clean, "_MOST_FILES", 3)
    for number in (0, 1, 2, 3, 4, 1):
        remember("a.py", folder=f"src{number}")
        for path in store.iterdir():  # the newest is the one just used, whatever the clock's grain
            os.utime(path, (path.stat().st_mtime - 100,) * 2)
    forget_the_oldest()
    assert [bool(known("a.py", folder=f"src{number}")) for number in range(5)] == [False, True, False, True, True]


def test_what_others_keep_in_the_same_folder_stays(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_clean, "_MOST_FILES", 1)
    remember("a.py")
    kept = stored(store).name
    (store / "notes.txt").touch()
    (store / "folder").mkdir()
    for name in ("notes.txt", "folder"):
        os.utime(store / name, (0, 0))
    forget_the_oldest()
    assert sorted(os.listdir(store)) == sorted([kept, "folder", "notes.txt"])


def test_without_a_store_there_is_nothing_to_forget(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_the_oldest()
    assert not store.exists()
    monkeypatch.setattr(known_clean, "cache_folder", lambda: None)
    forget_the_oldest()
