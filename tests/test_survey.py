"""The look over the sources: what is found, what of it is stale, and what a killed worker left."""

from __future__ import annotations

import compileall
import os
import py_compile
import sys
from ast import literal_eval
from contextlib import nullcontext
from pathlib import Path
from time import monotonic

import pytest

from parl.core.diagnostic import ERROR, Diagnostic
from parl.core.source_compiler import SourceCompiler
from parl.core.source_file import run_token, sweep_leftover
from parl.core.survey import Source, Survey
from parl.core.tree_options import TreeOptions

MODES = ["timestamp", "checked-hash", "unchecked-hash"]
HASHES = MODES[1:]
WARNED = "x = 1 is 1\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


def write(*paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


def look(*paths: str, **options: object) -> Survey:
    survey = Survey(TreeOptions(paths or ["."], **options))  # type: ignore[arg-type]
    assert survey.go_on()
    return survey


def stale(*paths: str, **options: object) -> list[str]:
    """The sources that have to be compiled, without the ./ of the current folder."""
    items = look(*paths, **options).items
    assert all(isinstance(item, Source) for item in items), items
    return [item.path.removeprefix(f".{os.sep}").replace(os.sep, "/") for item in items]


def complaints(*paths: str, **options: object) -> list[str]:
    items = look(*paths, **options).items
    return [str(item) for item in items if isinstance(item, Diagnostic) and item.severity == ERROR]


def make(*paths: str, **options: object) -> list[str]:
    """Compile what is stale, as a worker does; return the diagnostics."""
    survey = look(*paths, **options)
    chosen = survey.options
    compiler = SourceCompiler(
        chosen.levels, chosen.invalidation, "realm-run", warnings_as_errors=chosen.warnings_as_errors
    )
    found = []
    for item in survey.items:
        assert isinstance(item, Source)
        compiled = compiler.compile(item.path, item.outputs, is_clean=item.is_clean)
        found += map(str, compiled.diagnostics)
        if not compiled.diagnostics:
            item.home.add(item.name, compiled.fingerprint)
    survey.remember(is_complete=True)
    return found


def cached(name: str = "a", level: int = 0) -> Path:
    """Where the bytecode of ./NAME.py is."""
    tag = f"{sys.implementation.cache_tag}{f'.opt-{level}' if level else ''}"
    return Path("__pycache__", f"{name}.{tag}.pyc")


def age(path: str = "a.py", seconds: int = 1_000_000_000) -> None:
    os.utime(path, (seconds, seconds))


# What is found


def test_every_source_is_found_in_the_order_of_compileall(capsys: pytest.CaptureFixture[str]) -> None:
    write("b.py", "a/z.py", "a/b/c.py", "a.py", "aa.py", "a-b.py", "z/a.py", "_.py", "Z.py")
    found = stale()
    compileall.compile_dir(".")
    said = capsys.readouterr().out.splitlines()
    listed = [literal_eval(line[len("Compiling ") : -len("...")]) for line in said if line.startswith("Compiling ")]
    assert found == [path.removeprefix(f".{os.sep}").replace(os.sep, "/") for path in listed]


def test_what_is_no_source_is_passed_over() -> None:
    write("a.py", "a.pyc", "a.pyi", "a.txt", "py", "a.py.bak", "noext")
    assert stale() == ["a.py"]


def test_a_folder_named_like_a_source_is_a_folder() -> None:
    write("d.py/a.py")
    assert stale() == ["d.py/a.py"]
    assert stale("d.py") == ["d.py/a.py"]


@pytest.mark.parametrize("name", [".git", ".hg", ".svn", "__pycache__", "node_modules"])
def test_some_folders_are_left_out_unless_they_are_named(name: str) -> None:
    write(f"deep/{name}/a.py", "a.py")
    assert stale() == ["a.py"]
    assert stale(f"deep/{name}") == [f"deep/{name}/a.py"]


def test_a_virtual_environment_is_left_out_unless_it_is_named() -> None:
    write("deep/env/pyvenv.cfg", "deep/env/lib/a.py", "a.py")
    assert stale() == ["a.py"]
    assert stale(os.path.join("deep", "env")) == ["deep/env/lib/a.py"]


@pytest.mark.parametrize(
    ("globs", "found"),
    [
        (["b.py"], ["a/c.py", "c.py"]),
        (["*.py"], []),
        (["a"], ["b.py", "c.py"]),
        (["a/"], ["b.py", "c.py"]),
        (["a/b.py"], ["a/c.py", "b.py", "c.py"]),
        (["./a/b.py"], ["a/c.py", "b.py", "c.py"]),
        (["a/*"], ["b.py", "c.py"]),
        (["*/b.py"], ["a/c.py", "c.py"]),
        (["**/c.py"], ["a/b.py", "b.py"]),
        (["[ab].py", "a"], ["c.py"]),
        (["?.py"], []),
        (["nothing", "a/b"], ["a/b.py", "a/c.py", "b.py", "c.py"]),
        (["a.c.py"], ["a/b.py", "a/c.py", "b.py", "c.py"]),
    ],
    ids=str,
)
def test_globs_exclude_by_name_and_with_a_slash_by_path(globs: list[str], found: list[str]) -> None:
    write("a/b.py", "a/c.py", "b.py", "c.py")
    assert stale(exclude=globs) == found


def test_a_glob_with_a_slash_is_meant_from_any_folder(here: Path) -> None:
    write("src/deep/gen/a.py", "src/gen/b.py", "src/b.py")
    assert stale("src", exclude=["deep/gen"]) == ["src/b.py", "src/gen/b.py"]
    assert stale("src", exclude=["src/gen"]) == ["src/b.py", "src/deep/gen/a.py"]
    assert stale("src", exclude=["eep/gen"]) == ["src/b.py", "src/deep/gen/a.py", "src/gen/b.py"]
    assert len(stale(str(here / "src"), exclude=[str(here / "src" / "gen")])) == 2


def test_what_is_named_is_not_excluded() -> None:
    write("src/a.py")
    assert stale("src", os.path.join("src", "a.py"), exclude=["src"]) == ["src/a.py"]
    assert stale(os.path.join("src", "a.py"), exclude=["a.py"]) == ["src/a.py"]


def test_a_source_is_met_once_however_often_it_is_named(here: Path) -> None:
    write("src/a.py", "src/b.py")
    assert stale("src", "./src", str(here / "src"), "src/a.py", "src/../src/b.py") == ["src/a.py", "src/b.py"]


def test_all_paths_are_looked_at_in_the_order_given() -> None:
    write("b/b.py", "a.py", "a/a.py")
    assert stale("b", "a.py", "a") == ["b/b.py", "a.py", "a/a.py"]


def test_paths_are_shown_as_given(here: Path) -> None:
    write("src/a.py")
    for path, shown in (("src", "src/a.py"), ("./src", "./src/a.py"), ("src/", "src/a.py"), ("src/a.py", "src/a.py")):
        ((item),) = look(path).items
        assert isinstance(item, Source)
        assert item.path.replace(os.sep, "/") == shown


@posix
def test_links_to_sources_count_and_links_to_folders_do_not() -> None:
    write("real/a.py", text=WARNED)
    Path("tree").mkdir()
    Path("tree/link.py").symlink_to("../real/a.py")
    Path("tree/folder").symlink_to("../real")
    Path("tree/folder.py").symlink_to("../real")
    assert stale("tree") == ["tree/link.py"]


@posix
def test_what_cannot_be_read_is_one_diagnostic_each_and_the_rest_is_found() -> None:
    write("z.py")
    os.mkfifo("fifo.py")
    Path("gone.py").symlink_to("nowhere")
    Path("loop.py").symlink_to("loop.py")
    Path(".#z.py").symlink_to("somebody@somewhere.123")  # Emacs' lock
    assert complaints(".") == [
        "./fifo.py:1:1: error: is no regular file",
        "./gone.py:1:1: error: cannot be read: no such file or directory",
        "./loop.py:1:1: error: cannot be read: too many levels of symbolic links",
    ]
    assert [item.path for item in look(".").items if isinstance(item, Source)] == ["./z.py"]


@posix
def test_a_folder_that_cannot_be_listed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(path: str) -> object:
        if path.endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    write("secret/a.py", "z.py")
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    assert complaints(".") == ["./secret:1:1: error: the folder cannot be read: permission denied"]
    assert len(look(".").items) == 2


@posix
def test_an_undecodable_name_is_a_name() -> None:
    Path(os.fsdecode(b"\xff.py")).touch()
    assert stale() == [os.fsdecode(b"\xff.py")]
    make()
    assert stale() == []


@posix
def test_a_tree_that_is_named_again_through_a_link_is_met_once() -> None:
    write("src/a.py", "src/deep/b.py")
    Path("link").symlink_to("src")
    Path("src/deep/above").symlink_to("..")
    assert stale("src", "link", "link/deep", "src/deep/above", "link/a.py") == ["src/a.py", "src/deep/b.py"]


@posix
def test_a_link_beside_its_source_is_a_source_of_its_own() -> None:
    write("src/a.py")
    Path("src/link.py").symlink_to("a.py")
    assert stale("src", "src/a.py") == ["src/a.py", "src/link.py"]


def test_what_a_file_system_does_not_tell_of_an_entry_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    class Secretive:
        """An entry of a kind that has to be asked for, and may not be."""

        def __init__(self, name: str) -> None:
            self.name = name
            self.path = os.path.join(".", name)

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            raise PermissionError(13, "Permission denied")

        def stat(self) -> os.stat_result:
            return os.stat(self.path)

    write("a.py", "notes.txt", "folder/b.py")
    names = os.listdir()
    monkeypatch.setattr(os, "scandir", lambda _: nullcontext([Secretive(name) for name in names]))
    assert stale() == ["a.py"]


# Up to date


@pytest.mark.parametrize("mode", MODES)
def test_what_was_compiled_is_up_to_date(mode: str) -> None:
    write("a.py", "deep/b.py")
    make(invalidation=mode, optimize=[0, 1, 2])
    survey = look(invalidation=mode, optimize=[0, 1, 2])
    assert (survey.items, survey.up_to_date) == ([], 2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_py_compile_wrote_is_not_written_again(mode: str, level: int) -> None:
    write("a.py")
    invalidation = py_compile.PycInvalidationMode[mode.replace("-", "_").upper()]
    py_compile.compile("a.py", doraise=True, optimize=level, invalidation_mode=invalidation)
    (item,) = look(invalidation=mode, optimize=[level]).items
    assert isinstance(item, Source)
    assert item.outputs == [], "only whether it has warnings is not known"
    assert make(invalidation=mode, optimize=[level]) == []
    assert look(invalidation=mode, optimize=[level]).up_to_date == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_missing_level_alone_is_made(mode: str) -> None:
    write("a.py")
    make(invalidation=mode, optimize=[0, 2])
    (item,) = look(invalidation=mode, optimize=[0, 1, 2]).items
    assert isinstance(item, Source)
    assert item.outputs == [(1, os.path.join(".", cached(level=1)))]
    assert item.is_clean, "it need not be asked for warnings again"


def test_a_source_is_more_work_the_larger_it_is_and_for_each_level() -> None:
    write("a.py")
    write("b.py", text="x = 1\n" * 1000)
    small, large = (item.work for item in look().items if isinstance(item, Source))
    small_twice, large_twice = (item.work for item in look(optimize=[0, 2]).items if isinstance(item, Source))
    assert large - small == os.path.getsize("b.py") - os.path.getsize("a.py")
    assert large_twice - small_twice == 2 * (large - small)


@pytest.mark.parametrize("mode", MODES)
def test_an_edit_within_the_same_second_that_changes_the_size_is_seen(mode: str) -> None:
    write("a.py")
    age()
    make(invalidation=mode)
    write("a.py", text="x = 10\n")
    age()
    assert stale(invalidation=mode) == ["a.py"]


@pytest.mark.parametrize("mode", HASHES)
def test_an_edit_that_keeps_time_and_size_is_seen_by_its_hash(mode: str) -> None:
    write("a.py")
    age()
    make(invalidation=mode)
    write("a.py", text="x = 2\n")
    age()
    assert stale(invalidation=mode) == ["a.py"]


@pytest.mark.parametrize("mode", MODES)
def test_a_touched_source_is_stale_only_where_the_time_decides(mode: str) -> None:
    write("a.py")
    make(invalidation=mode)
    age()
    assert stale(invalidation=mode) == (["a.py"] if mode == "timestamp" else [])


@pytest.mark.parametrize("old", MODES)
@pytest.mark.parametrize("new", MODES)
def test_another_mode_converts(old: str, new: str) -> None:
    write("a.py")
    make(invalidation=old)
    assert stale(invalidation=new) == (["a.py"] if old != new else [])
    make(invalidation=new)
    assert stale(invalidation=new) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("at", range(16))
def test_each_byte_of_the_header_counts(mode: str, at: int) -> None:
    write("a.py")
    make(invalidation=mode)
    content = bytearray(cached().read_bytes())
    content[at] ^= 1
    cached().write_bytes(content)
    assert stale(invalidation=mode) == ["a.py"]


@pytest.mark.parametrize("size", [0, 1, 15, 16])
def test_a_truncated_pyc_is_stale(size: int) -> None:
    write("a.py")
    make()
    os.truncate(cached(), size)
    assert stale() == ["a.py"]


def test_force_compiles_what_is_up_to_date() -> None:
    write("a.py")
    make()
    assert stale(force=True) == ["a.py"]


def test_elsewhere_is_looked_at_elsewhere(here: Path) -> None:
    write("a.py")
    make()
    assert stale(out="mirror") == ["a.py"]
    make(out="mirror")
    assert stale(out="mirror") == []
    mirrored = Path("mirror", *here.parts[1:], cached().name)
    assert mirrored.read_bytes()[16:] == cached().read_bytes()[16:]


@posix
def test_what_is_no_file_is_not_replaced() -> None:
    write("a.py", "b.py", "c.py")
    cached().parent.mkdir()
    cached("a").symlink_to("elsewhere")
    cached("b").mkdir()
    os.mkfifo(cached("c"))  # nobody writes to it: who opens it must not wait
    assert complaints(".") == [
        f"./{name}.py:1:1: error: {cached(name)} is no regular file, and would be replaced" for name in "abc"
    ]


def test_a_source_that_goes_between_two_looks_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "b.py")
    survey = Survey(TreeOptions(["a.py", "b.py"]))
    Path("a.py").unlink()
    assert survey.go_on()
    first, second = survey.items
    assert str(first).startswith("a.py:1:1: error: cannot be read: ")
    assert isinstance(second, Source)


# Warnings


@pytest.mark.parametrize("mode", MODES)
def test_the_warnings_of_an_up_to_date_source_are_shown_again(mode: str) -> None:
    write("a.py", text=WARNED)
    first = make(invalidation=mode)
    assert len(first) == 1
    inode = cached().stat().st_ino
    assert make(invalidation=mode) == first
    assert cached().stat().st_ino == inode, "it is not written again"


def test_a_clean_source_is_not_looked_into_again(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "b.py")
    write("c.py", text=WARNED)
    make()
    assert stale() == ["c.py"]
    assert stale(os.getcwd()) == [os.path.abspath("c.py").replace(os.sep, "/")], "whichever way it is named"


def test_a_folder_is_the_same_with_a_slash_at_its_end() -> None:
    write("src/a.py", "src/deep/b.py")
    make("src")
    assert stale("src/") == []


def test_a_source_that_is_named_is_not_looked_into_again() -> None:
    write("a.py", "deep/b.py")
    make("a.py", os.path.join("deep", "b.py"))
    assert stale("a.py") == stale(os.path.join("deep", "b.py")) == stale("deep/../a.py", "./deep/b.py") == []


def test_sources_of_very_many_folders_named_one_by_one_are_all_known(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are not as many lists as that."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    paths = [os.path.join(str(number), "a.py") for number in range(250)]
    write(*paths)
    make(*paths)
    survey = look(*paths)
    assert (survey.items, survey.up_to_date) == ([], 250)


def test_what_is_excluded_once_is_not_forgotten() -> None:
    write("a.py", "b.py")
    make()
    assert make(exclude=["b.py"]) == []
    assert stale() == []


def test_what_is_gone_from_a_folder_is_forgotten() -> None:
    write("a.py", "b.py")
    make()
    Path("b.py").rename("b.txt")
    make()
    Path("b.txt").rename("b.py")
    assert stale() == ["b.py"]


def test_a_source_that_became_clean_is_known_and_one_that_did_not_is_not() -> None:
    write("a.py", text=WARNED)
    make()
    write("a.py")
    assert make() == []
    assert stale() == []
    write("a.py", text=WARNED)
    assert len(make()) == 1
    assert stale() == ["a.py"]


def test_a_warning_of_one_level_is_not_lost_when_another_is_added() -> None:
    write("a.py", text="def f(x):\n    assert x is 1\n")
    assert len(make(optimize=[0])) == 1
    assert len(make(optimize=[0, 1])) == 1
    assert len(make(optimize=[0, 1])) == 1
    assert make(optimize=[1]) == []


# What a killed worker left


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.source_file.process_exists", lambda pid: pid == 11)
    write("a.py")
    make()
    token = run_token()
    strange = [".parl", ".x.parl", ".12.parl", f".x-{token}.parl", f".12-{token}.parl.txt", f"12-{token}.parl"]
    kept = [*strange, f".11-{token}.parl", ".12-elsewhere-run.parl"]
    for name in [*kept, f".12-{token}.parl"]:
        (cached().parent / name).touch()
    kept.append(cached().name)
    assert stale() == []
    assert sorted(os.listdir(cached().parent)) == sorted(kept)


def test_a_pid_that_cannot_be_is_dead() -> None:
    ours = f".{os.getpid()}-{run_token()}.parl"
    write(f"__pycache__/.99999999999999999999-{run_token()}.parl", f"__pycache__/{ours}", "a.py")
    stale()
    assert os.listdir("__pycache__") == [ours]


def test_what_is_older_than_any_run_is_swept_wherever_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.source_file.process_exists", lambda pid: True)
    write("a.py")
    names = [".12-elsewhere-run.parl", f".12-{run_token()}.parl", ".12-.parl", ".12.parl", "notes.parl"]
    for name in names:
        write(f"__pycache__/{name}")
        age(f"__pycache__/{name}")
    stale()
    assert sorted(os.listdir("__pycache__")) == [".12-.parl", ".12.parl", "notes.parl"], "those are nobody's of ours"


def test_what_somebody_else_has_swept_already_is_no_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.source_file.process_exists", lambda _: False)
    sweep_leftover(str(here), f".12-{run_token()}.parl")
    sweep_leftover(str(here), ".12-elsewhere-run.parl")


# In steps


def test_patience_ends_a_look_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    write(*[f"{number}.py" for number in range(10)])
    survey = Survey(TreeOptions(["."]))
    looks = 1
    while not survey.go_on(-1.0):
        looks += 1
    assert looks == 11
    assert len(survey.items) == 10


def test_a_look_can_be_stopped() -> None:
    write("a.py", "b.py")
    survey = Survey(TreeOptions(["."]))
    assert survey.go_on(is_stopped=lambda: True) is False
    assert len(survey.items) == 1


def test_a_stopped_look_forgets_nothing() -> None:
    write("a.py", "b.py")
    make()
    survey = Survey(TreeOptions(["."]))
    survey.go_on(is_stopped=lambda: True)
    survey.remember(is_complete=False)
    assert stale() == []


def test_a_look_knows_when_it_began() -> None:
    before = monotonic()
    assert before <= Survey(TreeOptions(["."])).began <= monotonic()


def test_a_look_at_nothing_is_complete() -> None:
    Path("empty").mkdir()
    survey = look("empty")
    assert (survey.items, survey.up_to_date) == ([], 0)


def test_a_folders_bytecode_is_listed_once_for_all_files_named_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    write("pkg/a.py", "pkg/b.py", "pkg/c.py")
    listed = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(path) or listdir(path))
    look("pkg/a.py", "pkg/b.py", "pkg/c.py")
    assert listed == [os.path.join("pkg", "__pycache__")]


@pytest.mark.parametrize("paths", [["n", "n/s"], ["n/s", "n"]])
def test_a_folder_within_another_does_not_make_forget(paths: list[str]) -> None:
    write("n/a.py", "n/s/b.py")
    make("n")
    make("n/s")
    make(*paths)
    assert stale("n") == stale("n/s") == []


def test_files_named_from_another_folder_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write("pkg/a.py", "elsewhere/b.py")
    make("pkg/a.py")
    monkeypatch.chdir("elsewhere")
    assert look(str(tmp_path / "pkg" / "a.py")).items == []
