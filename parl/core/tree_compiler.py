"""Python sources to bytecode: in parallel, only what is stale, and nothing is ever half-written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from parl.core.abort import AbortFlag
from parl.core.clock import SYSTEM_CLOCK, Clock
from parl.core.diagnostic import WARNING, Diagnostic, file_error
from parl.core.errors import ParlError, words_of
from parl.core.findings import Findings
from parl.core.job import Job, Outcome, nobody_listens
from parl.core.signals import signal_name
from parl.core.source_compiler import Compiled, SourceCompiler, Task, compiled_of
from parl.core.source_file import run_token
from parl.core.survey import Source, Survey
from parl.core.tree_options import TreeOptions
from parl.core.worker_pool import WorkerPool
from parl.platform import may_fork, open_workers, usable_cores
from parl.platform.base import Answered, Ended, Workers

_REPORT_SECONDS = 0.05
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
    """How many files needed nothing."""
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
    *progress* is called in the calling thread, about 20 times a second and at the end; what it raises ends
    the compilation and comes out. Never prints. Raises UsageError for a path that is
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
    run = _Run(Survey(options), progress or nobody_listens, SYSTEM_CLOCK, may_fork=may_fork())
    return run.compile(abort or AbortFlag())


class TreeCompiler(Job[TreeResult]):
    """``compile_tree`` as a job, for ``run_abortable``; it reports Progress to the observer.

    The outcome's value is a TreeResult, also after an abort; its ``exit_code`` is 1 where a file did not
    compile. *survey* is for the command line: a look at the same *options* that has been begun
    already. *clock*: what paces the reports.
    """

    def __init__(self, options: TreeOptions, survey: Survey | None = None, clock: Clock = SYSTEM_CLOCK) -> None:
        self._survey = survey or Survey(options)
        self._clock = clock
        self._run: _Run | None = None

    def start(self) -> None:
        """See whether the program has threads of its own, while ours is not one of them."""
        self._run = _Run(self._survey, self.report, self._clock, may_fork=may_fork())

    def run(self, abort: AbortFlag) -> Outcome[TreeResult]:
        """Compile; the outcome's value says what was done, also after an abort."""
        assert self._run is not None, "start comes first"
        result = self._run.compile(abort)
        return Outcome(value=result, exit_code=int(result.failed > 0), aborted_by=result.aborted_by)

    def suspend(self) -> None:
        """Hold the workers."""
        if self._run is not None:
            self._run.is_held = True
            if self._run.workers is not None:
                self._run.workers.suspend()

    def resume(self) -> None:
        """Let the workers go on."""
        if self._run is not None:
            self._run.is_held = False
            if self._run.workers is not None:
                self._run.workers.resume()


class _Run:
    """One run: surveys, has the workers compile, keeps the books."""

    def __init__(self, survey: Survey, report: Callable[[Progress], None], clock: Clock, *, may_fork: bool) -> None:
        self.workers: Workers[Task] | None = None
        self.is_held = False
        self._survey = survey
        self._report = report
        self._clock = clock
        self._may_fork = may_fork
        self._token = run_token()
        self._reported_at = clock.now()
        self._findings = Findings()
        self._is_surveyed = False
        self._done = self._work = self._done_work = 0
        self._compiled = self._up_to_date = self._failed = 0

    def compile(self, abort: AbortFlag) -> TreeResult:
        survey = self._survey
        try:
            self._is_surveyed = survey.go_on(is_stopped=lambda: self._is_stopped(abort))
            self._up_to_date = survey.up_to_date
            self._work = sum(map(_work_of, survey.items))
            stale = [(number, item) for number, item in enumerate(survey.items) if isinstance(item, Source)]
            for number, item in enumerate(survey.items):
                if isinstance(item, Diagnostic):
                    self._note(number, [item], is_failed=True)
            if stale and not abort.is_set():
                self._compile(stale, abort)
        except BaseException:  # what was found and done, others need to know all the same
            with suppress(Exception):
                self._close()
            raise
        self._close()
        diagnostics = self._findings.all()
        return TreeResult(self._compiled, self._up_to_date, self._failed, diagnostics, abort.reason)

    def _close(self) -> None:
        self._survey.remember(is_complete=self._is_surveyed and self._done == len(self._survey.items))
        self._findings.close()
        self._report_progress()

    def _is_stopped(self, abort: AbortFlag) -> bool:
        self._report_now_and_then()
        return abort.is_set()

    def _compile(self, stale: list[tuple[int, Source]], abort: AbortFlag) -> None:
        options = self._survey.options
        tasks = [(source.path, source.outputs, source.is_clean) for _, source in stale]
        order = sorted(range(len(stale)), key=lambda task: stale[task][1].size < _LARGE)
        workers = self.workers = self._open_workers(tasks)
        if self.is_held:
            workers.suspend()
        try:
            for event in WorkerPool(workers, order, options.jobs or usable_cores()).run(abort):
                if isinstance(event, Answered):
                    self._take(*stale[event.number], compiled_of(event.answer))
                elif event is not None and event.number is not None:
                    self._bury(*stale[event.number], event, is_aborted=abort.is_set())
                self._report_now_and_then()
        finally:
            for ended in workers.close():
                if ended.number is not None:
                    self._sweep(ended.pid, stale[ended.number][1])

    def _open_workers(self, tasks: Sequence[Task]) -> Workers[Task]:
        options = self._survey.options
        try:
            return open_workers(SourceCompiler.of(options, self._token).serve, tasks, may_fork=self._may_fork)
        except OSError as error:
            raise ParlError(f"no worker can be started: {words_of(error)}") from error

    def _take(self, number: int, source: Source, compiled: Compiled) -> None:
        """Note what a worker says of *source*."""
        if not compiled.diagnostics:
            source.home.add(source.name, compiled.fingerprint)
        if not compiled.is_failed:
            if source.outputs:
                self._compiled += 1
            else:
                self._up_to_date += 1
        self._note(number, compiled.diagnostics, is_failed=compiled.is_failed)

    def _bury(self, number: int, source: Source, ended: Ended, *, is_aborted: bool) -> None:
        """Clean up after a worker that has ended on *source*; if we have not killed it, say so."""
        self._sweep(ended.pid, source)
        if not is_aborted:
            self._note(number, [file_error(source.path, _words_of(ended.exit_code))], is_failed=True)

    def _sweep(self, pid: int, source: Source) -> None:
        source.sweep(pid, self._token)

    def _note(self, number: int, diagnostics: list[Diagnostic], *, is_failed: bool) -> None:
        self._done += 1
        self._done_work += _work_of(self._survey.items[number])
        self._failed += is_failed
        self._findings.add(number, diagnostics)

    def _report_now_and_then(self) -> None:
        if self._clock.now() - self._reported_at >= _REPORT_SECONDS:
            self._report_progress()

    def _report_progress(self) -> None:
        self._reported_at = self._clock.now()
        total = len(self._survey.items)
        looked_at = self._survey.up_to_date + total
        share = self._done_work / self._work if self._work else 0.0
        fresh = self._findings.fresh()
        report, self._report = self._report, nobody_listens  # who raises is not called again
        report(Progress(looked_at, self._done, total if self._is_surveyed else 0, share, fresh))
        self._report = report


def _work_of(item: Source | Diagnostic) -> int:
    return item.work if isinstance(item, Source) else 0


def _words_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"the process that compiled it ended with exit code {exit_code}"
    name = signal_name(-exit_code)
    return f"the process that compiled it died of {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"
