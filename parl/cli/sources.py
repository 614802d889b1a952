"""Sources to compile: first the look whether there is anything to do, which most runs end with.

Imports nothing slow. The engine is imported where it is needed: for more than a source or two, and
where there is something to say about one.
"""

from __future__ import annotations

from time import monotonic

from parl.cli.ending import leave
from parl.cli.exit_codes import ExitCode
from parl.cli.pause import pause
from parl.cli.verdict import write_verdict
from parl.core.survey import Survey

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from parl.core.tree_options import TreeOptions

# What lasts longer goes on where a key can stop it.
_PATIENCE_SECONDS = 0.1


def compile_sources(
    options: TreeOptions, settings: Mapping[str, Any], *, report_format: str = "text", folder: str = ""
) -> NoReturn:
    """Compile what is stale, say how it ended, and exit as it did.

    *settings*: holds those of Settings that are not their defaults. *folder*: where the paths are
    meant from, if not from here.
    """
    survey = Survey(options)
    if report_format == "text" and _finish_at_once(survey, may_compile=settings.get("timeout") is None):
        if not settings.get("quiet"):
            _say_that_all_is_well(survey)
        pause()
        leave(ExitCode.OK)
    from parl.cli.compile_tree import compile_stale
    from parl.cli.runner import Settings

    compile_stale(survey, Settings.of(settings), report_format=report_format, folder=folder)


def _finish_at_once(survey: Survey, *, may_compile: bool) -> bool:
    """Look, and compile a source or two; False where that takes longer, or there is something to say."""
    if not survey.go_on(_PATIENCE_SECONDS):
        return False
    if survey.items:
        from parl.core.few_sources import compile_few

        patience = survey.began + _PATIENCE_SECONDS - monotonic()
        if not may_compile or patience <= 0 or not compile_few(survey, patience):
            return False
    survey.remember(is_complete=True)
    return True


def _say_that_all_is_well(survey: Survey) -> None:
    seconds = monotonic() - survey.began
    write_verdict(compiled=len(survey.items), up_to_date=survey.up_to_date, failed=0, warnings=0, seconds=seconds)
