"""Python sources to bytecode: in parallel, only what is stale, and nothing is ever half-written."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from typing import NamedTuple

from parl.core.abort import AbortFlag
from parl.core.clock import SYSTEM_CLOCK, Clock
from parl.core.diagnostic import WARNING, Diagnostic, file_error
from parl.core.job import Job, Outcome
from parl.core.signals import signal_name
from parl.core.source_compiler import Compiled, SourceCompiler, compiled_of
from parl.core.source_file import temporary_of
from parl.core.survey import Source, Survey
from parl.core.tree_options import TreeOptions
from parl.core.worker_pool import WorkerPool
from parl.platform import open_workers, usable_cores
from parl.platform.base import Answered

_REPORT_SECONDS = 0.05
_WORK_OF_A_FILE = 2_000
# Sources of so many bytes come first, that none is left at the end for one worker alone.
_LARGE = 40_000


class Progress(NamedTuple):
    """How far a compilation is."""

    looked_at: int
    """Files looked at."""
    done: int
    """Files compiled, or failed."""
    total: int
    """Files to be compiled; 0 while it is not known."""
    share: float
    """How much of the work is done, from 0 to 1; a large file is more of it than a small one."""
    diagnostics: tuple[Diagnostic, ...]
    """What has been found since the last report, in the order of the files."""


class TreeResult(NamedTuple):
    """What a compilation came to."""

    compiled: int
    """Files that were stale and are compiled now."""
    up_to_date: int
    failed: int
    """Files with an error."""
    diagnostics: tuple[Diagnostic, ...]
    """All that was found, in the order of the files."""
    aborted_by: object = None
    """The reason of the abort flag, if that ended it; then the counts are of what was done before."""

    @property
    def is_success(self) -> bool:
        """Whether every file is compiled."""
        return not self.failed and self.aborted_by is None

    @property
    def warnings(self) -> int:
        """How many of the diagnostics are warnings."""
        return sum(diagnostic.severity == WARNING for diagnostic in self.diagnostics)


def compile_tree(
    paths: Iterable[str | os.PathLike[str]],
    *,
    jobs: int | None = None,
    force: bool = False,
    exclude: Iterable[str] = (),
    optimize: Iterable[int] = (),
    invalidation: str | None = None,
    out: str | os.PathLike[str] | None = None,
    warnings_as_errors: bool = False,
    abort: AbortFlag | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> TreeResult:
    """Compile the Python sources at and below *paths* to bytecode, where it is not up to date.

    *jobs*: how many processes at most, by default the cores this process may use. *force*: compile
    what is up to date too. *exclude*: globs of names, or with a slash of paths, beside those that
    are always left out (.git, .hg, .svn, __pycache__, node_modules, virtual environments).
    *optimize*: the levels 0, 1, 2, by default this interpreter's. *invalidation*: ``timestamp``,
    ``checked-hash`` or ``unchecked-hash``, by default as ``py_compile``. *out*: a folder to write
    to, laid out as PYTHONPYCACHEPREFIX wants it. *warnings_as_errors*: a SyntaxWarning fails its file.

    Any thread may call it and set *abort*: it then returns at once, with whole files only.
    *progress* is called in the calling thread. Never prints. Raises UsageError for a path that is
    not there or a value that cannot be meant, ParlError where no process can be started.

    The workers are forked where that is sound. Elsewhere (Windows, macOS, a program with threads)
    they are spawned: there the main module needs its ``__main__`` guard.
    """
    options = TreeOptions(
        paths,
        jobs=jobs,
        force=force,
        exclude=exclude,
        optimize=optimize,
        invalidation=invalidation,
        out=out,
        warnings_as_errors=warnings_as_errors,
    )
    compilation = _Compilation(Survey(options), progress or _ignore, SYSTEM_CLOCK)
    return compilation.run(abort or AbortFlag(), may_fork=_is_alone())


class TreeCompiler(Job[TreeResult]):
    """``compile_tree`` as a job, for ``run_abortable``; it reports Progress to the observer.

    *survey*: one of the same options that has perhaps been begun.
    """

    def __init__(self, options: TreeOptions, survey: Survey | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self._survey = survey or Survey(options)
        self._clock = clock
        self._may_fork = False

    def start(self) -> None:
        """See whether the program has threads of its own, while ours is not one of them."""
        self._may_fork = _is_alone()

    def run(self, abort: AbortFlag) -> Outcome[TreeResult]:
        """Compile; the outcome's value says what was done, also after an abort."""
        compilation = _Compilation(self._survey, self.report, self._clock)
        result = compilation.run(abort, may_fork=self._may_fork)
        return Outcome(value=result, exit_code=int(result.failed > 0), aborted_by=result.aborted_by)


class _Compilation:
    """One run: surveys, has the workers compile, keeps the books."""

    def __init__(self, survey: Survey, report: Callable[[Progress], None], clock: Clock) -> None:
        self._survey = survey
        self._report = report
        self._clock = clock
        self._reported_at = clock.now()
        self._diagnostics: list[Diagnostic] = []
        self._found: dict[int, list[Diagnostic]] = {}  # by item, until all before it are done
        self._next = self._reported = self._done = self._work = self._done_work = 0
        self._is_surveyed = False
        self._compiled = self._up_to_date = self._failed = 0

    def run(self, abort: AbortFlag, *, may_fork: bool) -> TreeResult:
        survey = self._survey
        self._is_surveyed = survey.go_on(is_stopped=lambda: self._is_stopped(abort))
        self._up_to_date = survey.up_to_date
        self._work = sum(map(_work_of, survey.items))
        stale = [(number, item) for number, item in enumerate(survey.items) if isinstance(item, Source)]
        for number, item in enumerate(survey.items):
            if isinstance(item, Diagnostic):
                self._note(number, [item], is_failed=True)
        if stale and not abort.is_set():
            self._compile(stale, abort, may_fork=may_fork)
        self._report_progress()
        survey.remember(is_complete=self._is_surveyed and not abort.is_set())
        return TreeResult(self._compiled, self._up_to_date, self._failed, tuple(self._diagnostics), abort.reason)

    def _is_stopped(self, abort: AbortFlag) -> bool:
        self._report_now_and_then()
        return abort.is_set()

    def _compile(self, stale: list[tuple[int, Source]], abort: AbortFlag, *, may_fork: bool) -> None:
        options = self._survey.options
        compiler = SourceCompiler(options.levels, options.invalidation, warnings_as_errors=options.warnings_as_errors)
        tasks = [(source.path, source.outputs) for _, source in stale]
        with closing(open_workers(compiler.serve, tasks, may_fork=may_fork)) as workers:
            order = sorted(range(len(stale)), key=lambda task: stale[task][1].size < _LARGE)
            pool = WorkerPool(workers, order, options.jobs or usable_cores())
            for event in pool.run(abort):
                assert event.number is not None, "the pool says only what came of a task"
                number, source = stale[event.number]
                if isinstance(event, Answered):
                    self._take(number, source, compiled_of(event.answer))
                else:
                    _sweep(event.pid, source)
                    if not abort.is_set():
                        self._note(number, [file_error(source.path, _words_of(event.exit_code))], is_failed=True)
                self._report_now_and_then()

    def _take(self, number: int, source: Source, compiled: Compiled) -> None:
        """Note what a worker says of *source*."""
        if not compiled.diagnostics:
            source.home.add(source.name, compiled.fingerprint)
        if compiled.is_failed:
            pass
        elif source.outputs:
            self._compiled += 1
        else:
            self._up_to_date += 1
        self._note(number, compiled.diagnostics, is_failed=compiled.is_failed)

    def _note(self, number: int, diagnostics: list[Diagnostic], *, is_failed: bool) -> None:
        """Put the diagnostics of an item behind those of all before it."""
        self._done += 1
        self._done_work += _work_of(self._survey.items[number])
        self._failed += is_failed
        self._found[number] = diagnostics
        while self._next in self._found:
            self._diagnostics += self._found.pop(self._next)
            self._next += 1

    def _report_now_and_then(self) -> None:
        if self._clock.now() - self._reported_at >= _REPORT_SECONDS:
            self._report_progress()

    def _report_progress(self) -> None:
        self._reported_at = self._clock.now()
        fresh = tuple(self._diagnostics[self._reported :])
        self._reported += len(fresh)
        total = len(self._survey.items)
        looked_at = self._survey.up_to_date + total
        share = self._done_work / self._work if self._work else 0.0
        self._report(Progress(looked_at, self._done, total if self._is_surveyed else 0, share, fresh))


def _ignore(progress: Progress) -> None:
    """Nobody wants to know."""


def _is_alone() -> bool:
    return threading.active_count() == 1


def _work_of(item: Source | Diagnostic) -> int:
    """Return about how much work there is to an item, in bytes of source."""
    return item.size * max(1, len(item.outputs)) + _WORK_OF_A_FILE if isinstance(item, Source) else 0


def _sweep(pid: int, source: Source) -> None:
    """Remove what a killed worker has left unfinished."""
    for _, target in source.outputs:
        with suppress(OSError):
            os.unlink(temporary_of(target, pid))


def _words_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"the process that compiled it ended with exit code {exit_code}"
    name = signal_name(-exit_code)
    return f"the process that compiled it died of {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"
