"""The look over the sources: which have no up-to-date .pyc.

Most runs end here, so this part starts no process and imports nothing slow.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from functools import partial
from time import monotonic

from parl.core.errors import words_of
from parl.core.known_clean import KnownClean
from parl.core.pyc import HEADER_SIZE, cache_of, hash_header, stem_of, suffix_of, timestamp_header
from parl.core.source_file import NO_HANG, TEMPORARY_SUFFIX, fingerprint_of, read_source
from parl.core.tree_options import SOURCE_SUFFIXES, TreeOptions
from parl.platform import process_exists

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from parl.core.diagnostic import Diagnostic

EXCLUDED_FOLDERS = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules"})
"""Left out wherever they are found below a path; and virtual environments, known by pyvenv.cfg."""
_LOCK_PREFIX = ".#"  # Emacs marks a file that is being edited by a dangling link of such a name


class Source:
    """A source that has to be compiled: *outputs* to be written; none: only its warnings are unknown."""

    __slots__ = ("home", "name", "outputs", "path", "size")

    def __init__(self, path: str, size: int, outputs: list[tuple[int, str]], home: KnownClean, name: str) -> None:
        self.path = path
        self.size = size
        self.outputs = outputs
        self.home = home
        self.name = name


class Survey:
    """Walks the paths, in the order of ``compileall``, and finds what there is to do."""

    def __init__(self, options: TreeOptions) -> None:
        self.options = options
        self.items: list[Source | Diagnostic] = []
        """What is to be compiled, and what cannot be, in the order found."""
        self.up_to_date = 0
        self._suffixes = [(level, suffix_of(level)) for level in options.levels]
        self._is_excluded = _matcher(options.exclude)
        self._homes: dict[str, KnownClean] = {}
        self._whole_homes: set[str] = set()
        self._seen: set[str] | None = set() if len(options.paths) > 1 else None
        self._steps = self._walk_all()

    def go_on(self, patience_seconds: float | None = None, is_stopped: Callable[[], bool] = bool) -> bool:
        """Walk on; return whether the end was reached before patience ended or *is_stopped* said so."""
        give_up = None if patience_seconds is None else monotonic() + patience_seconds
        for _ in self._steps:  # noqa: SIM110 - the steps are work, not a question
            if is_stopped() or (give_up is not None and monotonic() > give_up):
                return False
        return True

    def remember(self, *, is_complete: bool) -> None:
        """Write down which sources are known to be clean; not *is_complete*: some were not looked at."""
        for path, home in self._homes.items():
            home.save(is_whole=is_complete and path in self._whole_homes)

    def _walk_all(self) -> Iterator[object]:
        for path in self.options.paths:
            if os.path.isdir(path):
                yield from self._walk(path)
            else:
                folder, name = os.path.split(path)
                place = self._place(folder or os.curdir, self._home(folder or os.curdir), "")
                self._look_at(path, name, place, partial(os.stat, path))
                yield path

    def _walk(self, root: str) -> Iterator[object]:
        """Walk a tree depth first; each step is one source or one folder."""
        home = self._home(root)
        self._whole_homes.add(os.path.abspath(root))
        pending = [self._look_into(root, root, home)]
        while pending:
            for subfolder in pending[-1]:
                yield subfolder
                if subfolder:
                    pending.append(self._look_into(subfolder, root, home))
                    break
            else:
                pending.pop()

    def _look_into(self, folder: str, root: str, home: KnownClean) -> Iterator[str | None]:
        """Look at the sources in *folder*; yields None after each, and the path of each subfolder."""
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=_name_of)
        except OSError as error:
            self._refuse(folder, f"the folder cannot be read: {words_of(error)}")
            return
        names = [entry.name for entry in entries]
        if folder is not root and "pyvenv.cfg" in names:
            return  # a virtual environment
        place = None
        for entry in entries:
            name = entry.name
            if self._is_excluded is not None and self._is_excluded(name, entry.path):
                continue
            if name.endswith(SOURCE_SUFFIXES) and not entry.is_dir(follow_symlinks=False):
                if not name.startswith(_LOCK_PREFIX):
                    if place is None:  # many a folder holds no source
                        place = self._place(folder, home, folder[len(root) :].strip(os.sep))
                    self._look_at(entry.path, name, place, entry.stat)
                    yield None
            elif name not in EXCLUDED_FOLDERS and entry.is_dir(follow_symlinks=False):
                yield entry.path

    def _look_at(self, path: str, name: str, place: _Place, get_stat: Callable[[], os.stat_result]) -> None:
        """Find out whether one source is up to date, if it has not been met before."""
        if self._seen is not None:
            true_path = os.path.join(place.true_path, name)
            if true_path in self._seen:
                return
            self._seen.add(true_path)
        try:
            status = get_stat()
            if stat.S_ISREG(status.st_mode):
                self._look_at_file(path, name, place, status)
            elif not stat.S_ISDIR(status.st_mode):  # a link to a folder is not followed
                self._refuse(path, "is no regular file")
        except OSError as error:
            self._refuse(path, f"cannot be read: {words_of(error)}")
        except _NotReplaceableError as error:
            self._refuse(path, f"{error} is no regular file, and would be replaced")

    def _look_at_file(self, path: str, name: str, place: _Place, status: os.stat_result) -> None:
        header, fingerprint = self._header(path, status)
        outputs = self._stale_outputs(stem_of(name), place, header)
        if not outputs and place.home.has(place.key + name, fingerprint):
            self.up_to_date += 1
        else:
            self.items.append(Source(path, status.st_size, outputs, place.home, place.key + name))

    def _stale_outputs(self, stem: str, place: _Place, header: bytes) -> list[tuple[int, str]]:
        """Return the levels, and .pyc files, that have to be compiled and written."""
        outputs = []
        for level, suffix in self._suffixes:
            target = place.cache + stem + suffix
            if stem + suffix not in place.cached:
                outputs.append((level, target))
            elif self.options.force or _first_bytes(target) != header:
                # As py_compile: who put a link or a device here did not mean it to become a file.
                if not stat.S_ISREG(os.lstat(target).st_mode):
                    raise _NotReplaceableError(target)
                outputs.append((level, target))
        return outputs

    def _header(self, path: str, status: os.stat_result) -> tuple[bytes, str]:
        """Return the header of an up-to-date .pyc, and what tells this state of the source from others."""
        if self.options.invalidation == "timestamp":
            return timestamp_header(status), fingerprint_of(status)
        header = hash_header(self.options.invalidation, read_source(path)[0])
        return header, header[-8:].hex()

    def _home(self, folder: str) -> KnownClean:
        path = os.path.abspath(folder)
        if path not in self._homes:
            self._homes[path] = KnownClean(path, f"{sys.version} {self.options.levels}")
        return self._homes[path]

    def _place(self, folder: str, home: KnownClean, key: str) -> _Place:
        cache = cache_of(folder, self.options.mirror)
        true_path = os.path.abspath(folder) if self._seen is not None else folder
        return _Place(cache + os.sep, _swept_names(cache), home, key + os.sep, true_path)

    def _refuse(self, path: str, message: str) -> None:
        from parl.core.diagnostic import file_error  # only here: most runs find nothing wrong

        self.items.append(file_error(path, message))


class _NotReplaceableError(Exception):
    """Something that is no file has the name of a .pyc."""


class _Place:
    """A folder of sources: where their .pyc files are, which there are, and what is known of them."""

    __slots__ = ("cache", "cached", "home", "key", "true_path")

    def __init__(self, cache: str, cached: Collection[str], home: KnownClean, key: str, true_path: str) -> None:
        self.cache = cache
        self.cached = cached
        self.home = home
        self.key = key
        self.true_path = true_path


def _swept_names(cache: str) -> Collection[str]:
    """Return the names in the folder *cache*, and remove what a killed worker left unfinished there."""
    try:
        names = os.listdir(cache)
    except OSError:
        return ()
    for name in names:
        if name.endswith(TEMPORARY_SUFFIX):
            _sweep(cache, name)
    return set(names)


def _sweep(cache: str, name: str) -> None:
    dot, pid = name[:1], name[1 : -len(TEMPORARY_SUFFIX)]
    if dot == "." and pid.isdecimal() and not process_exists(int(pid)):
        with suppress(OSError):
            os.unlink(os.path.join(cache, name))


def _first_bytes(path: str) -> bytes:
    """Return the header of the .pyc at *path*, if there is more in it than that."""
    try:
        descriptor = os.open(path, os.O_RDONLY | NO_HANG)
        try:
            start = os.read(descriptor, HEADER_SIZE + 1)
        finally:
            os.close(descriptor)
    except OSError:
        return b""
    return start[:HEADER_SIZE] if len(start) > HEADER_SIZE else b""


def _name_of(entry: os.DirEntry[str]) -> str:
    return entry.name


def _matcher(globs: Sequence[str]) -> Callable[[str, str], bool] | None:
    """Return what tells whether a name, or the path it is found at, is excluded."""
    if not globs:
        return None
    import re  # only here: most runs exclude nothing
    from fnmatch import translate

    patterns = [glob.replace(os.sep, "/").rstrip("/").removeprefix("./") for glob in globs]
    names = [translate(pattern) for pattern in patterns if "/" not in pattern]
    paths = [translate(f"*/{pattern.lstrip('/')}") for pattern in patterns if "/" in pattern]
    match_name = re.compile("|".join(names)).match if names else None
    match_path = re.compile("|".join(paths)).match if paths else None

    def is_excluded(name: str, path: str) -> bool:
        if match_name is not None and match_name(name):
            return True
        return match_path is not None and match_path("/" + path.replace(os.sep, "/")) is not None

    return is_excluded
