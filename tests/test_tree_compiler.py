"""compile_tree and its job with real workers: the bytes of compileall, in order, whole, and stopped at once."""

from __future__ import annotations

import compileall
import errno
import os
import py_compile
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from parl.core.abort import AbortFlag
from parl.core.errors import ParlError, UsageError
from parl.core.source_compiler import Task
from parl.core.tree_compiler import Progress, TreeCompiler, TreeResult, compile_tree
from parl.core.tree_options import TreeOptions
from parl.platform import process_realm
from parl.platform.base import Answered, Ended
from parl.testing import FakeClock
from tests.conftest import PATIENCE_SECONDS, begin, wait_until
from tests.inline_workers import InlineWorkers
from tests.source_trees import (
    assert_whole,
    contents,
    inodes,
    pyc_files,
    pyc_of,
    remove_pyc_files,
    slow_source,
    unfinished,
    write_slow_tree,
    write_varied_tree,
)

MODES = {mode.name.lower().replace("_", "-"): mode for mode in py_compile.PycInvalidationMode}
SPAWNS = sys.platform in {"win32", "darwin"}
Serve = Callable[[Task], bytes]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files and signals")
needs_fork = pytest.mark.skipif(SPAWNS, reason="the processes are told apart by fork")


def _compileall(folder: Path, level: int, mode: py_compile.PycInvalidationMode) -> dict[str, bytes]:
    """Return what compileall makes of the tree, and leave nothing of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compileall.compile_dir(folder, quiet=2, optimize=level, invalidation_mode=mode)
    made = contents(folder)
    remove_pyc_files(folder)
    return made


def _anew(folder: Path, **options: object) -> tuple[TreeResult, dict[str, bytes]]:
    """Compile a tree that was never compiled."""
    remove_pyc_files(folder)
    result = compile_tree([folder], **options)  # type: ignore[arg-type]
    return result, contents(folder)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_the_bytes_are_those_of_compileall(varied: Path, level: int, mode: str) -> None:
    expected = _compileall(varied, level, MODES[mode])
    assert len(expected) > 30
    assert _anew(varied, optimize=[level], invalidation=mode, jobs=2)[1] == expected


def test_several_levels_at_once_are_each_as_compileall_has_them(varied: Path) -> None:
    expected: dict[str, bytes] = {}
    for level in (0, 1, 2):
        expected |= _compileall(varied, level, py_compile.PycInvalidationMode.TIMESTAMP)
    assert _anew(varied, optimize=[2, 0, 1])[1] == expected


def test_one_process_and_eight_give_the_same_bytes_and_diagnostics(varied: Path) -> None:
    one, eight = _anew(varied, jobs=1), _anew(varied, jobs=8)
    assert eight == one
    result = one[0]
    broken = len(list(varied.rglob("broken/*.py")))
    assert (result.failed, result.up_to_date, result.compiled) == (broken, 0, len(one[1]))
    assert [diagnostic.path for diagnostic in result.diagnostics] == sorted(d.path for d in result.diagnostics)
    assert len({diagnostic.path for diagnostic in result.diagnostics if diagnostic.severity == "error"}) == broken


def test_spawned_workers_give_the_same_bytes_and_diagnostics(varied: Path) -> None:
    forked = _anew(varied, jobs=2)
    with ThreadPoolExecutor(1) as side:  # beside another thread nothing is forked
        assert side.submit(_anew, varied, jobs=2).result(PATIENCE_SECONDS) == forked


def test_what_is_up_to_date_needs_no_process(varied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, made), before = _anew(varied), inodes(varied)
    for path in varied.rglob("broken/*.py"):
        path.unlink()
    for path in varied.rglob("warned/*.py"):
        path.unlink()
    monkeypatch.delattr("parl.core.tree_compiler.open_workers")
    result = compile_tree([varied])
    assert (result.compiled, result.up_to_date, result.failed) == (0, first.compiled - 4, 0)
    assert (contents(varied), inodes(varied)) == (made, before)


def test_warnings_are_shown_again_for_what_is_up_to_date(varied: Path) -> None:
    first, again = compile_tree([varied]), compile_tree([varied])
    assert first.warnings == 6
    assert again.diagnostics == first.diagnostics
    assert (again.compiled, again.up_to_date, again.failed) == (0, first.compiled, first.failed)


def test_only_the_touched_files_pyc_is_another(varied: Path) -> None:
    compile_tree([varied])
    before = inodes(varied)
    touched = varied / "part1" / "good" / "plain.py"
    touched.write_text("x = 2 # an edit within the same second, of another size\n")
    assert compile_tree([varied]).compiled == 1
    after = inodes(varied)
    assert {path for path in before if before[path] != after[path]} == {pyc_of(touched)}


def test_the_flag_set_from_the_progress_stops_it_with_whole_files_only(slow: Path) -> None:
    abort = AbortFlag()

    def stop(progress: Progress) -> None:
        if progress.done >= 3:
            abort.set("enough")

    result = compile_tree([slow], abort=abort, progress=stop, jobs=2)
    assert result.aborted_by == "enough"
    assert not result.is_success
    assert 3 <= result.compiled <= len(pyc_files(slow)) < len(list(slow.glob("*.py")))
    assert (result.failed, result.diagnostics) == (0, ())
    assert_whole(slow)
    finished = inodes(slow)
    rest = compile_tree([slow])
    assert rest.is_success
    assert finished.items() <= inodes(slow).items(), "what was finished is not compiled again"


def test_after_an_abort_all_that_was_found_is_told_in_order(tmp_path: Path) -> None:
    """Also what waited for a file before it, which is now never done."""
    # Large ones come first. Before it is done another worker must come up, which takes longer where it is spawned.
    (tmp_path / "a_slow_one.py").write_text(slow_source(300_000 if SPAWNS else 100_000))
    broken = [f"{number}.py" for number in range(5)] + ["z.py"]
    for name in broken:
        (tmp_path / name).write_text("x = (\n")
    if SPAWNS:
        broken.pop(0)  # the slow one's worker has it at hand, as its next one
    abort, told = AbortFlag(), []

    def stop(progress: Progress) -> None:
        told.extend(progress.diagnostics)
        if progress.done >= len(broken):
            abort.set("enough")

    result = compile_tree([tmp_path], abort=abort, progress=stop, jobs=2)
    assert (result.aborted_by, result.failed) == ("enough", len(broken))
    assert [diagnostic.path for diagnostic in result.diagnostics] == [str(tmp_path / name) for name in broken]
    assert tuple(told) == result.diagnostics
    assert pyc_files(tmp_path) == []


class _EnoughError(Exception):
    """What a progress callback raises."""


@needs_fork
def test_an_exception_of_the_progress_comes_out_and_leaves_no_temporary_file(
    slow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, replace = os.getpid(), os.replace

    def never_come_so_far(source: str, target: str) -> None:
        if os.getpid() != parent:
            signal.pause()
        replace(source, target)

    def stop(_: Progress) -> None:
        if len(unfinished(slow)) == 2:
            raise _EnoughError

    monkeypatch.setattr(os, "replace", never_come_so_far)  # forked workers have it too
    before = _children()
    with pytest.raises(_EnoughError):
        compile_tree([slow], progress=stop, jobs=2)
    assert unfinished(slow) == []
    assert _children() == before


def test_what_was_done_before_an_exception_of_the_progress_is_known(slow: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done >= 3:
            raise _EnoughError

    with pytest.raises(_EnoughError):
        compile_tree([slow], progress=stop, jobs=2)
    assert_whole(slow)
    finished = inodes(slow)
    assert len(finished) >= 3
    assert compile_tree([slow]).is_success
    assert finished.items() <= inodes(slow).items()


@needs_fork
def test_a_program_that_ignores_its_children_compiles_as_well(varied: Path) -> None:
    expected = _anew(varied, jobs=2)
    found = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert _anew(varied, jobs=2) == expected
    finally:
        signal.signal(signal.SIGCHLD, found)


def test_a_flag_that_is_set_during_the_look_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1\n")
    monkeypatch.setattr("parl.core.tree_compiler._REPORT_SECONDS", 0.0)
    abort, reports = AbortFlag(), []

    def stop(progress: Progress) -> None:
        reports.append(progress)
        abort.set("enough")

    assert compile_tree([tmp_path], abort=abort, progress=stop).aborted_by == "enough"
    assert {report.looked_at for report in reports} == {1}
    assert {report[2:4] for report in reports} == {(0, 0.0)}, "how many there are is not known"


def test_a_flag_that_is_set_already_lets_nothing_begin(slow: Path) -> None:
    abort = AbortFlag()
    abort.set("no")
    result = compile_tree([slow], abort=abort)
    assert (result.compiled, result.aborted_by) == (0, "no")
    assert pyc_files(slow) == []


def test_spawned_workers_stop_as_well(slow: Path) -> None:
    abort = AbortFlag()

    def run() -> TreeResult:
        return compile_tree([slow], abort=abort, jobs=2)

    with ThreadPoolExecutor(1) as side:
        running = side.submit(run)
        wait_until(lambda: len(pyc_files(slow)) > 0, "a first file")
        abort.set("enough")
        result = running.result(PATIENCE_SECONDS)
    assert result.aborted_by == "enough"
    assert len(pyc_files(slow)) < len(list(slow.glob("*.py")))
    assert_whole(slow)


@needs_fork
def test_an_abort_does_not_wait_for_the_next_look_at_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.platform.forked_workers._LOOK_MILLISECONDS", 3_600_000)
    (tmp_path / "endless.py").write_text(slow_source(100_000))
    before, abort = _children(), AbortFlag()
    running = begin(TreeCompiler(TreeOptions([tmp_path])), abort)
    wait_until(lambda: len(_children() - before) == 1, "the worker")
    abort.set("enough")
    assert running.result(PATIENCE_SECONDS).aborted_by == "enough"
    assert pyc_files(tmp_path) == [], "it was not waited for"


@needs_fork
def test_a_worker_that_is_killed_costs_its_file_only(tmp_path: Path) -> None:
    others = 4
    write_slow_tree(tmp_path, others)
    endless = tmp_path / "endless.py"
    endless.write_text(slow_source(100_000))  # large ones come first
    before = _children()
    running = begin(TreeCompiler(TreeOptions([tmp_path], jobs=2)), AbortFlag())
    wait_until(lambda: len(pyc_files(tmp_path)) == others and len(_children() - before) == 1, "the other files")
    [worker] = _children() - before
    os.kill(worker, signal.SIGKILL)
    result = running.result(PATIENCE_SECONDS).value
    assert result is not None
    [diagnostic] = result.diagnostics
    assert str(diagnostic) == f"{endless}:1:1: error: the process that compiled it died of SIGKILL (out of memory?)"
    assert (result.compiled, result.failed) == (others, 1)
    assert_whole(tmp_path)


@needs_fork
def test_what_a_killed_worker_had_begun_to_write_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    parent, replace = os.getpid(), os.replace

    def never_come_so_far(source: str, target: str) -> None:
        if os.getpid() != parent:
            signal.pause()
        replace(source, target)

    monkeypatch.setattr(os, "replace", never_come_so_far)
    before = _children()
    running = begin(TreeCompiler(TreeOptions([tmp_path])), AbortFlag())
    wait_until(lambda: len(unfinished(tmp_path)) == 1, "the temporary file")
    [name] = unfinished(tmp_path)
    [worker] = _children() - before
    os.kill(worker, signal.SIGKILL)
    assert running.result(PATIENCE_SECONDS).value.failed == 1
    assert unfinished(tmp_path) == []
    assert process_realm() in name, "were we killed too, the next run could tell that it is nobody's"


def _children() -> set[int]:
    """Return the processes below this one that have not ended."""
    found = set()
    for process in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
    return found


def test_the_progress_comes_in_order_and_ends_at_the_total(slow: Path) -> None:
    write_varied_tree(slow / "varied")
    reports: list[Progress] = []
    caller: set[threading.Thread] = set()

    def note(progress: Progress) -> None:
        reports.append(progress)
        caller.add(threading.current_thread())

    result = compile_tree([slow], progress=note, jobs=2)
    total = len(list(slow.rglob("*.py")))
    assert len(reports) > 2
    assert [report.done for report in reports] == sorted(report.done for report in reports)
    assert {report.total for report in reports} <= {0, total}
    assert reports[-1][:3] == (total, total, total)
    shares = [report.share for report in reports]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] == 1
    assert sum((report.diagnostics for report in reports), ()) == result.diagnostics
    assert caller == {threading.current_thread()}


@pytest.mark.parametrize("in_thread", [False, True], ids=["forked", "spawned"])
def test_compile_tree_never_prints(varied: Path, in_thread: bool, capfd: pytest.CaptureFixture[str]) -> None:
    work: Callable[[], TreeResult] = lambda: compile_tree([varied], jobs=2, warnings_as_errors=True)  # noqa: E731
    if in_thread:
        with ThreadPoolExecutor(1) as side:
            result = side.submit(work).result(PATIENCE_SECONDS)
    else:
        result = work()
    assert result.failed > 0
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_meant_is_refused_before_anything_begins(varied: Path) -> None:
    with pytest.raises(UsageError, match="no such file 'nowhere'"):
        compile_tree([varied, "nowhere"])
    assert pyc_files(varied) == []


def test_who_raises_in_the_progress_is_not_called_again(varied: Path) -> None:
    calls: list[Progress] = []

    def refuse(progress: Progress) -> None:
        calls.append(progress)
        raise ValueError(len(calls))

    with pytest.raises(ValueError, match=r"^1$"):
        compile_tree([varied], progress=refuse)
    assert len(calls) == 1


@pytest.mark.parametrize(("broken", "exit_code"), [(0, 0), (1, 1), (2, 1)])
def test_a_compilation_that_failed_is_1_however_much_did(tmp_path: Path, broken: int, exit_code: int) -> None:
    (tmp_path / "fine.py").write_text("x = 1\n")
    for number in range(broken):
        (tmp_path / f"broken{number}.py").write_text("x =\n")
    outcome = begin(TreeCompiler(TreeOptions([tmp_path])), AbortFlag()).result(PATIENCE_SECONDS)
    assert (outcome.exit_code, outcome.value.failed) == (exit_code, broken)


def test_what_is_written_elsewhere_is_not_written_here(varied: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert compile_tree([varied], out=out).compiled == len(list(out.rglob("*.pyc"))) > 0
    assert list(varied.rglob("*.pyc")) == []


def test_every_option_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", InlineWorkers)
    (tmp_path / "a.py").write_text("x = 1 is 1\n")
    assert compile_tree([tmp_path]).compiled == 1
    assert compile_tree([tmp_path], force=True).compiled == 1
    assert compile_tree([tmp_path], exclude=["a.py"]).up_to_date == 0
    assert compile_tree([tmp_path], warnings_as_errors=True).failed == 1
    with pytest.raises(UsageError, match="-1 jobs"):
        compile_tree([tmp_path], jobs=-1)


def test_beside_another_thread_nothing_is_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    said = []

    def open_workers(serve: Serve, tasks: Sequence[Task], *, may_fork: bool = True) -> InlineWorkers[Task]:
        said.append(may_fork)
        return InlineWorkers(serve, tasks)

    monkeypatch.setattr("parl.core.tree_compiler.open_workers", open_workers)
    with ThreadPoolExecutor(1) as side:
        side.submit(compile_tree, [tmp_path]).result(PATIENCE_SECONDS)
    assert said == [False]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What workers do is done here; the names of the sources, as they have come."""
    names: list[str] = []

    def open_workers(serve: Serve, tasks: Sequence[Task], *, may_fork: bool) -> InlineWorkers[Task]:
        def note(task: Task) -> bytes:
            names.append(Path(task[0]).stem)
            return serve(task)

        return InlineWorkers(note, tasks, may_fork=may_fork)

    monkeypatch.setattr("parl.core.tree_compiler.open_workers", open_workers)
    return names


def test_large_sources_come_first(tmp_path: Path, served: list[str]) -> None:
    for name, lines in (("a", 1), ("b", 2), ("c", 10_000), ("d", 3), ("e", 20_000)):
        (tmp_path / f"{name}.py").write_text("x = 1\n" * lines)
    assert compile_tree([tmp_path]).compiled == 5
    assert served == ["c", "e", "a", "b", "d"]


def test_what_is_gone_is_forgotten_and_what_was_not_looked_at_is_not(
    tmp_path: Path, served: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parl.core.tree_compiler._REPORT_SECONDS", 0.0)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    assert compile_tree([tmp_path]).compiled == 3
    (tmp_path / "c.py").rename(tmp_path / "c.txt")
    assert compile_tree([tmp_path]).up_to_date == 2
    (tmp_path / "c.txt").rename(tmp_path / "c.py")
    abort, served[:] = AbortFlag(), []
    assert compile_tree([tmp_path], abort=abort, progress=lambda _: abort.set("no")).up_to_date == 1
    assert compile_tree([tmp_path]).up_to_date == 3
    assert served == ["c"], "whether it has warnings was to be found out again"


def test_the_progress_comes_now_and_then(tmp_path: Path, served: list[str]) -> None:
    reports = []
    clock = FakeClock()
    clock.wait(threading.Event(), 100.0)
    for number in range(10):
        (tmp_path / f"{number}.py").write_text("x = 1\n")

    job = TreeCompiler(TreeOptions([tmp_path]), clock=clock)
    job.report = reports.append
    job.start()
    job.run(AbortFlag())
    assert len(served) == 10
    assert [report.done for report in reports] == [10], "no time has passed"


@posix
def test_what_cannot_be_compiled_is_among_the_diagnostics_in_its_place(tmp_path: Path, served: list[str]) -> None:
    (tmp_path / "gone.py").symlink_to("nowhere")
    for name in ("a.py", "z.py"):
        (tmp_path / name).write_text("x = 1 is 1\n")
    result = compile_tree([tmp_path])
    assert (result.compiled, result.failed, served) == (2, 1, ["a", "z"])
    assert [Path(found.path).name for found in result.diagnostics] == ["a.py", "gone.py", "z.py"]


def test_where_no_worker_can_be_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", refuse)
    with pytest.raises(ParlError, match=r"^no worker can be started: resource temporarily unavailable$"):
        compile_tree([tmp_path])


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        pytest.param(-15, "died of SIGTERM", marks=posix),
        pytest.param(-9, "died of SIGKILL (out of memory?)", marks=posix),
    ],
)
def test_what_a_worker_ended_with_is_said_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_code: int, words: str
) -> None:
    class MortalWorkers(InlineWorkers[Task]):
        """One worker, which ends on its first task."""

        def wait(self) -> list[Answered | Ended]:
            return [Ended(self._living.pop(), self._queue.popleft(), exit_code)]

    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", MortalWorkers)
    [diagnostic] = compile_tree([source]).diagnostics
    assert str(diagnostic) == f"{source}:1:1: error: the process that compiled it {words}"


class HeldWorkers(InlineWorkers[Task]):
    """Note when they are held, and when they go on."""

    held: ClassVar[list[str]] = []

    def suspend(self) -> None:
        self.held.append("held")

    def resume(self) -> None:
        self.held.append("going on")


def test_who_is_held_before_there_are_workers_holds_them_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fine.py").write_text("x = 1\n")
    monkeypatch.setattr("parl.core.tree_compiler.open_workers", HeldWorkers)
    monkeypatch.setattr(HeldWorkers, "held", [])
    for resumes, expected in ((False, ["held"]), (True, [])):
        job = TreeCompiler(TreeOptions([tmp_path], force=True))
        job.suspend()
        job.resume()  # nothing has begun
        job.start()
        job.suspend()
        if resumes:
            job.resume()
        assert job.run(AbortFlag()).exit_code == 0
        assert HeldWorkers.held == expected
        job.suspend()
        job.resume()
        assert HeldWorkers.held[len(expected) :] == ["held", "going on"]
        HeldWorkers.held.clear()
