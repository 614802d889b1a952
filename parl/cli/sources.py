"""Sources to compile: first the look whether there is anything to do, which most runs end with.

Imports nothing slow: what is stale takes the engine, and that is imported then.
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

# A survey that lasts longer goes on where a key can stop it.
_PATIENCE_SECONDS = 0.1


def compile_sources(
    options: TreeOptions, settings: Mapping[str, Any], *, report_format: str = "text", folder: str = ""
) -> NoReturn:
    """Compile what is stale, say how it ended, and exit as it did.

    *settings*: holds those of Settings that are not their defaults. *folder*: where the paths are
    meant from, if not from here.
    """
    survey = Survey(options)
    if survey.go_on(_PATIENCE_SECONDS) and report_format == "text" and _is_done_at_once(survey):
        survey.remember(is_complete=True)
        if not settings.get("quiet"):
            _say_that_all_is_well(survey)
        pause()
        leave(ExitCode.OK)
    from parl.cli.compile_tree import compile_stale
    from parl.cli.runner import Settings

    compile_stale(survey, Settings.of(settings), report_format=report_format, folder=folder)


def _is_done_at_once(survey: Survey) -> bool:
    """Whether nothing is stale, or so little that it has just been compiled."""
    if not survey.items:
        return True
    from parl.core.few_sources import compile_few

    return compile_few(survey)


def _say_that_all_is_well(survey: Survey) -> None:
    compiled = sum(bool(source.outputs) for source in survey.sources)
    up_to_date = survey.up_to_date + len(survey.items) - compiled
    seconds = monotonic() - survey.began
    write_verdict(compiled=compiled, up_to_date=up_to_date, failed=0, warnings=0, seconds=seconds)
