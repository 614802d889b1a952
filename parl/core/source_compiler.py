"""Compile one source: what a worker does. Everything that can be wrong with it becomes a diagnostic."""

from __future__ import annotations

import marshal
import warnings
from functools import partial

from parl.core.errors import words_of
from parl.core.marshalled import interned_signs, without_interned
from parl.core.pyc import state_of
from parl.core.source_file import read_source, shown, write_whole

TYPE_CHECKING = False  # typing itself takes long to import, and most sources are right
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

    from parl.core.diagnostic import Diagnostic
    from parl.core.tree_options import TreeOptions

Output = tuple[int, str]
"""A level, and the .pyc file to write."""
Task = tuple[str, list[Output], bool]
"""A source's path, what to write, and whether it is known to have no warnings."""


class Compiled:
    """What came of a source. No NamedTuple: to import typing takes as long as to compile a short one."""

    __slots__ = ("diagnostics", "fingerprint")

    def __init__(self, diagnostics: list[Diagnostic], fingerprint: str) -> None:
        self.diagnostics: list[Diagnostic] = diagnostics
        self.fingerprint: str = fingerprint
        """The state of the source that was compiled; empty where it could not be read."""

    @property
    def is_failed(self) -> bool:
        """Whether there is an error."""
        if not self.diagnostics:
            return False
        from parl.core.diagnostic import ERROR

        return any(diagnostic.severity == ERROR for diagnostic in self.diagnostics)


class SourceCompiler:
    """Compiles sources and writes their .pyc files. Sent to the workers, so it holds plain values only."""

    def __init__(self, levels: Sequence[int], invalidation: str, token: str, *, warnings_as_errors: bool) -> None:
        self._levels = tuple(levels)
        self._token = token
        self._invalidation = invalidation
        self._warnings_as_errors = warnings_as_errors

    @classmethod
    def of(cls, options: TreeOptions, token: str) -> SourceCompiler:
        """Return one that compiles as *options* say, in the run of *token*."""
        return cls(options.levels, options.invalidation, token, warnings_as_errors=options.warnings_as_errors)

    def serve(self, task: Task) -> bytes:
        """Compile in a worker, and return what ``compiled_of`` understands."""
        path, outputs, is_clean = task
        compiled = self.compile(path, outputs, is_clean=is_clean)
        return marshal.dumps((list(map(tuple, compiled.diagnostics)), compiled.fingerprint))

    def compile(self, path: str, outputs: Sequence[Output], *, is_clean: bool = False) -> Compiled:
        """Compile the source at *path* for each level of *outputs*.

        Not *is_clean*: it may have warnings, so that it is looked at even if there is nothing to write.
        """
        try:
            source, status = read_source(path)
        except OSError as error:
            return Compiled([_file_error(path, f"cannot be read: {words_of(error)}")], "")
        header, fingerprint = state_of(self._invalidation, status, lambda: source)
        compilation = _Attempt(path, source)
        bodies = [compilation.body(level) for level, _ in outputs]
        lowest = self._levels[0]  # it has all the warnings
        if not is_clean:
            compilation.body(lowest)
        found = compilation.diagnostics(lowest, as_errors=self._warnings_as_errors)
        done = Compiled(found, fingerprint)
        if not done.is_failed:
            for (_, target), body in zip(outputs, bodies, strict=False):
                assert body is not None, "else there is an error"
                try:
                    write_whole(target, header + body, status.st_mode, self._token)
                except OSError as error:
                    found.append(_file_error(path, f"{shown(target)} cannot be written: {words_of(error)}"))
                    break
        return done


class _Attempt:
    """One source, compiled for several levels; keeps what went wrong."""

    def __init__(self, path: str, source: bytes) -> None:
        self._path = path
        self._source = source
        self._bodies: dict[int, bytes] = {}
        self._warnings: dict[tuple[int, str], warnings.WarningMessage] = {}
        self._error: BaseException | None = None
        self._error_level = 0

    def body(self, level: int) -> bytes | None:
        """Return what stands behind the header of the .pyc; None where there is an error."""
        if self._error is None and level not in self._bodies:
            if level == 1 and 0 in self._bodies and _is_same_without_asserts(self._source):
                self._bodies[1] = self._bodies[0]
            else:
                self._compile(level)
        return self._bodies.get(level)

    def diagnostics(self, level: int, *, as_errors: bool) -> list[Diagnostic]:
        """Return the warnings, which *level* has brought, then the error."""
        if self._error is None and not self._warnings:
            return []
        from parl.core import syntax_trouble  # only here: most sources are right

        found, place = list(self._warnings.values()), (self._path, self._source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some codings have their own to say
            compile_bytes = partial(self._compile_bytes, level)
            diagnostics = [*syntax_trouble.warnings_of(*place, found, compile_bytes, as_errors=as_errors)]
            if self._error is not None:
                compile_bytes = partial(self._compile_bytes, self._error_level)
                diagnostics.append(syntax_trouble.error_of(*place, self._error, compile_bytes))
        return diagnostics

    def _compile(self, level: int) -> None:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", SyntaxWarning)
            try:
                code = self._compile_bytes(level, self._source)
                self._bodies[level] = _dumped(code)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the source's
                self._error, self._error_level = error, level
        # Once, not once for each level.
        self._warnings |= {(warning.lineno, str(warning.message)): warning for warning in found}

    def _compile_bytes(self, level: int, source: bytes) -> CodeType:
        code: CodeType = compile(source, self._path, "exec", dont_inherit=True, optimize=level)
        return code


def _file_error(path: str, message: str) -> Diagnostic:
    from parl.core.diagnostic import file_error

    return file_error(path, message)


def _dumped(code: CodeType) -> bytes:
    """Return what ``py_compile`` writes: marshal marks what is referred to twice, as *code* is there and here."""
    return without_interned(marshal.dumps(code), interned_signs())


def _is_same_without_asserts(source: bytes) -> bool:
    """Whether -O cannot change anything: no assert, no __debug__, and no other way to write them."""
    # In a coding of its own, or by letters that Unicode takes for others, both can look different.
    return source.isascii() and not (b"assert" in source or b"__debug__" in source or b"coding" in source)


def compiled_of(answer: bytes) -> Compiled:
    """Return what an answer of ``serve`` says."""
    from parl.core.diagnostic import Diagnostic

    diagnostics, fingerprint = marshal.loads(answer)  # noqa: S302 - our own worker sent it
    return Compiled([Diagnostic(*values) for values in diagnostics], fingerprint)
