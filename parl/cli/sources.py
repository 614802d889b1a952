"""Sources to compile: first the look whether there is anything to do, which most runs end with.

Imports nothing slow: what is stale takes the engine, and that is imported then.
"""

from __future__ import annotations

from time import monotonic

from parl.cli.ending import leave, stdout_failed
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
    if survey.go_on(_PATIENCE_SECONDS) and not survey.items and report_format == "text":
        survey.remember(is_complete=True)
        if not settings.get("quiet"):
            _say_that_all_is_up_to_date(survey)
        pause()
        leave(ExitCode.OK)
    from parl.cli.compile_tree import compile_stale
    from parl.cli.runner import Settings

    compile_stale(survey, Settings.of(settings), report_format=report_format, folder=folder)


def _say_that_all_is_up_to_date(survey: Survey) -> None:
    seconds = monotonic() - survey.began
    try:
        write_verdict(compiled=0, up_to_date=survey.up_to_date, failed=0, warnings=0, seconds=seconds)
    except OSError as error:
        stdout_failed(error)
