"""A source or two that were touched: compiled in less time than it takes to import the engine for it.

No key is listened to for so long. What there is something to say about, and what takes longer, is
left to the engine, which does it all again.
"""

from __future__ import annotations

import marshal
from functools import partial

from parl.core.source_compiler import SourceCompiler
from parl.core.source_file import run_token
from parl.core.survey import Source, Survey
from parl.platform import call_in_child

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Sequence

# About 15 ms: from there on, the engine's workers have made up for its start.
_MOST_WORK = 64_000


def compile_few(survey: Survey, patience_seconds: float) -> bool:
    """Compile what the finished *survey* has found; False where that is the engine's work, perhaps half done."""
    sources = [item for item in survey.items if isinstance(item, Source) and item.outputs]
    # Who has nothing to write is looked at for its warnings, and mostly has some: it comes again each time.
    if len(sources) < len(survey.items) or sum(source.work for source in sources) > _MOST_WORK:
        return False
    token = run_token()

    def clean_up(pid: int) -> None:
        for source in sources:
            source.sweep(pid, token)

    try:
        answer = call_in_child(partial(_compile, survey, sources, token), patience_seconds, clean_up)
    except OSError:  # no process or descriptor is left: the engine will say so
        return False
    if not answer:
        return False
    for source, fingerprint in zip(sources, marshal.loads(answer), strict=True):  # noqa: S302 - our own child sent it
        source.home.add(source.name, fingerprint)
    return True


def _compile(survey: Survey, sources: Sequence[Source], token: str) -> bytes:
    """Return the fingerprints of the *sources*, marshalled; nothing as soon as one has a diagnostic."""
    compiler = SourceCompiler.of(survey.options, token)
    fingerprints = []
    for source in sources:
        compiled = compiler.compile(source.path, source.outputs, is_clean=source.is_clean)
        if compiled.diagnostics:
            return b""
        fingerprints.append(compiled.fingerprint)
    return marshal.dumps(fingerprints)
