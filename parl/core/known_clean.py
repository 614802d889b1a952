"""Which sources are known to have no warnings: a .pyc does not say so.

Without this, an up-to-date file would have to be compiled again to show its warnings again. What
is remembered is only a hint: where it is lost, the file is compiled once more, and not written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import source_hash

from parl.platform import cache_folder

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = "parl 1"
_SEPARATOR = "\0"  # no path holds it
_ENTRY_END = "\0\0"
_SUFFIX = ".clean"
# Each folder that was ever compiled has a list; those go that were of no use for the longest time.
_MOST_FILES = 200


class KnownClean:
    """The sources of one place that compile without a warning, as they were when that was seen.

    *place*: a folder, or what else their names are told apart in. *key* tells apart what gives other
    warnings: another Python, another level.
    """

    def __init__(self, place: str, key: str) -> None:
        self._title = _SEPARATOR.join((_FORMAT, key, place))
        cache = cache_folder()
        name = source_hash(os.fsencode(self._title)).hex()
        self._path = None if cache is None else os.path.join(cache, f"{name}{_SUFFIX}")
        self._found = self._read()
        self._seen: dict[str, str] = {}

    def has(self, name: str, fingerprint: str) -> bool:
        """Return whether the source *name* is clean, and still has that *fingerprint*; then remember it on."""
        if f"{name}{_SEPARATOR}{fingerprint}" not in self._found:
            return False
        self._seen[name] = fingerprint
        return True

    def add(self, name: str, fingerprint: str) -> None:
        """Remember a source that has just been seen to be clean."""
        self._seen[name] = fingerprint

    def save(self, *, is_whole: bool) -> bool:
        """Write it down, and return whether there was anything new.

        Not *is_whole*: there are others in this place that nobody looked at.
        """
        entries = {f"{name}{_SEPARATOR}{fingerprint}" for name, fingerprint in self._seen.items()}
        if not is_whole:
            entries |= {entry for entry in self._found if entry.partition(_SEPARATOR)[0] not in self._seen}
        if self._path is None:
            return False
        try:
            if entries == self._found:
                os.utime(self._path)  # it was of use
                return False
            self._write(self._path, entries)
        except OSError:  # a read-only home: nothing is remembered
            return False
        self._found = entries
        return True

    def _read(self) -> set[str]:
        if self._path is None:
            return set()
        try:
            with open(self._path, "rb") as file:
                text = os.fsdecode(file.read())
        except (OSError, UnicodeDecodeError):  # damaged: on Windows not all bytes are text
            return set()
        title, _, entries = text.partition(_ENTRY_END)
        return set(entries.split(_ENTRY_END)) if title == self._title and entries else set()

    def _write(self, path: str, entries: Iterable[str]) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{os.getpid()}"
        try:
            with open(temporary, "wb") as file:
                file.write(os.fsencode(_ENTRY_END.join((self._title, *sorted(entries)))))
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            raise


def forget_the_oldest(spare: int = 0) -> None:
    """Leave no more lists than are worth their place, those that were of use last; but the *spare* of this run."""
    folder = cache_folder()
    if folder is None:
        return
    with suppress(OSError), os.scandir(folder) as entries:
        lists = [(entry.stat().st_mtime, entry.path) for entry in entries if _SUFFIX in entry.name]
        for _, path in sorted(lists)[: -max(_MOST_FILES, 2 * spare)]:
            os.unlink(path)
