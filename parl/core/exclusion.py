"""The globs of what is not to be compiled."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Matcher = Callable[[str], object]


class Exclusion:
    """Names and paths to leave out.

    A glob without a slash means the names of files and folders. One with a slash means paths, from any
    folder on below what was given to compile; one that begins at the root means just that.
    """

    def __init__(self, globs: Sequence[str]) -> None:
        relative = [glob for glob in globs if not os.path.isabs(glob)]
        # "**/x" is x anywhere, as it is without: fnmatch would want a folder before it.
        patterns = [glob.replace(os.sep, "/").rstrip("/").removeprefix("./").removeprefix("**/") for glob in relative]
        self._match_name = _matcher(pattern for pattern in patterns if "/" not in pattern)
        self._match_path = _matcher(f"*/{pattern}" for pattern in patterns if "/" in pattern)
        self._match_root = _matcher(os.path.normpath(glob) for glob in globs if os.path.isabs(glob))

    def covers(self, name: str, path: str, root: str) -> bool:
        """Return whether to leave out *name*, found at *path* below *root*."""
        if self._match_name is not None and self._match_name(name):
            return True
        # What lies above the root has nothing to do with it, unless it was written.
        shown = path[len(root) :].lstrip(os.sep) if os.path.isabs(root) else path
        if self._match_path is not None and self._match_path("/" + shown.replace(os.sep, "/")):
            return True
        return bool(self._match_root is not None and self._match_root(os.path.abspath(path)))


def _matcher(patterns: Iterable[str]) -> Matcher | None:
    if not (patterns := list(patterns)):
        return None
    import re  # only here: most runs exclude nothing
    from fnmatch import translate

    either_way = {way for pattern in patterns for way in (pattern, pattern.replace("/**/", "/"))}
    # As the system itself takes names: on Windows src and SRC are one.
    flags = re.IGNORECASE if os.path.normcase("A") == "a" else re.NOFLAG
    return re.compile("|".join(map(translate, sorted(either_way))), flags).match
