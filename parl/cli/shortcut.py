"""``parl compile PATH...`` without options: understood without click, whose import takes longer than the work.

Whatever is not quite that plain is left to click, and means the same there.
"""

from __future__ import annotations

import os
import sys
from time import monotonic

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A survey that lasts longer goes on where a key can stop it.
_PATIENCE_SECONDS = 0.1


def plain_paths(arguments: Sequence[str], environment: Mapping[str, str]) -> Sequence[str] | None:
    """Return the paths that ``parl`` is to compile, if that is all that its *arguments* say."""
    if sys.platform == "win32" or arguments[:1] != ["compile"]:  # there, its console may be parl's alone
        return None
    paths = arguments[1:]
    if not paths or any(name.startswith("PARL_") for name in environment):
        return None
    return paths if all(not path.startswith("-") and os.path.exists(path) for path in paths) else None


def compile_plainly(paths: Sequence[str]) -> int:
    """Do what ``parl compile PATH...`` does; return the exit code, if it did not exit."""
    from parl.cli.color import choose_color, color_choice
    from parl.core.errors import ParlError

    choose_color(wanted=color_choice(os.environ))
    try:
        _compile(paths)
    except (ParlError, OSError) as error:
        from parl.cli.main import end_with

        end_with(error)
    return 0


def _compile(paths: Sequence[str]) -> None:
    from parl.core.survey import Survey
    from parl.core.tree_options import TreeOptions

    began = monotonic()
    survey = Survey(TreeOptions(paths))
    if survey.go_on(_PATIENCE_SECONDS) and not survey.items:
        from parl.cli.verdict import write_verdict

        survey.remember(is_complete=True)
        write_verdict(compiled=0, up_to_date=survey.up_to_date, failed=0, warnings=0, seconds=monotonic() - began)
    else:
        from parl.cli.compile_tree import compile_sources
        from parl.cli.runner import Settings

        compile_sources(survey, Settings())
