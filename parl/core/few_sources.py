"""A source or two that were touched: compiled in less time than it takes to import the engine for it.

No key is listened to: it is over before anybody could press one. What takes longer, and whatever
there is something to say about, is left to the engine, which does it all again.
"""

from __future__ import annotations

import marshal
from functools import partial

from parl.core.source_compiler import SourceCompiler
from parl.core.source_file import run_token, sweep_temporary
from parl.core.survey import Source, Survey
from parl.platform.forked_call import call_in_child, may_fork

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Sequence

# About 15 ms of work: from there on, the engine's workers have made up for its start.
_MOST_BYTES = 64_000
_PATIENCE_SECONDS = 0.1


def compile_few(survey: Survey) -> bool:
    """Compile what the finished *survey* has found; False where that is the engine's work, perhaps half done."""
    if not (may_fork() and _is_little(survey)):
        return False
    sources, token = survey.sources, run_token()
    try:
        pid, answer = call_in_child(partial(_compile, survey, sources, token), _PATIENCE_SECONDS)
    except OSError:  # no process or descriptor is left: the engine will say so
        return False
    if not answer:
        for source in sources:
            for _, target in source.outputs:
                sweep_temporary(target, pid, token)
        return False
    for source, fingerprint in zip(sources, marshal.loads(answer), strict=True):  # noqa: S302 - our own child sent it
        source.home.add(source.name, fingerprint)
    return True


def _is_little(survey: Survey) -> bool:
    work = sum(source.size * max(1, len(source.outputs)) for source in survey.sources)
    return work <= _MOST_BYTES and len(survey.sources) == len(survey.items)


def _compile(survey: Survey, sources: Sequence[Source], token: str) -> bytes:
    """Return the fingerprints of the *sources*, marshalled; nothing as soon as one has a diagnostic."""
    options = survey.options
    compiler = SourceCompiler(
        options.levels, options.invalidation, token, warnings_as_errors=options.warnings_as_errors
    )
    fingerprints = []
    for source in sources:
        compiled = compiler.compile(source.path, source.outputs, is_clean=source.is_clean)
        if compiled.diagnostics:
            return b""
        fingerprints.append(compiled.fingerprint)
    return marshal.dumps(fingerprints)
