"""``parl compile [-q] PATH...``, no more: understood without click, whose import takes longer than the work.

Whatever is not quite that plain is left to click, and means the same there.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parl.core.tree_options import TreeOptions

_QUIET = ("-q", "--quiet")


class Plain:
    """What a plain command line says."""

    def __init__(self, options: TreeOptions, *, quiet: bool) -> None:
        self.options = options
        self.quiet = quiet


def plain(arguments: Sequence[str], environment: Mapping[str, str]) -> Plain | None:
    """Return what ``parl`` is to compile, if its *arguments* say no more than that, and perhaps -q."""
    if sys.platform == "win32" or arguments[:1] != ["compile"]:  # there, its console may be parl's alone
        return None
    paths = [word for word in arguments[1:] if word not in _QUIET]
    if not paths or any(path.startswith("-") for path in paths):
        return None
    if any(name.startswith("PARL_") for name in environment):
        return None
    from parl.core.errors import ParlError
    from parl.core.tree_options import TreeOptions

    try:
        return Plain(TreeOptions(paths), quiet=len(paths) < len(arguments) - 1)
    except ParlError:
        return None  # click says it, and the way out


def compile_plainly(words: Plain) -> None:
    """Do what ``parl compile PATH...`` does."""
    from parl.cli.color import choose_color, color_choice
    from parl.cli.sources import compile_sources
    from parl.core.errors import ParlError

    choose_color(wanted=color_choice(os.environ))
    try:
        compile_sources(words.options, {"quiet": words.quiet})
    except (ParlError, OSError) as error:
        from parl.cli.main import end_with

        end_with(error)
