"""The look over the sources: which have no up-to-date .pyc.

Most runs end here, so this part starts no process and imports nothing slow.
"""

from __future__ import annotations

import os
import stat
import sys
from functools import partial
from time import monotonic

from parl.core.errors import words_of
from parl.core.exclusion import Exclusion
from parl.core.known_clean import KnownClean, forget_the_oldest
from parl.core.pyc import HEADER_SIZE, cache_of, state_of, stem_of, suffix_of
from parl.core.source_file import NO_HANG, TEMPORARY_SUFFIX, read_source, shown, sweep_leftover, sweep_temporary
from parl.core.tree_options import SOURCE_SUFFIXES, TreeOptions

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from parl.core.diagnostic import Diagnostic

EXCLUDED_FOLDERS = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules"})
"""Left out wherever they are found below a path; and virtual environments, known by pyvenv.cfg."""
_WORK_OF_A_FILE = 2_000
_LOCK_PREFIX = ".#"  # Emacs marks a file that is being edited by a dangling link of such a name


def _never() -> bool:
    return False


class Source:
    """A source that has to be compiled: *outputs* to be written; none: only its warnings are unknown."""

    __slots__ = ("home", "is_clean", "name", "outputs", "path", "size")

    def __init__(
        self, path: str, size: int, outputs: list[tuple[int, str]], home: KnownClean, name: str, *, is_clean: bool
    ) -> None:
        self.path: str = path
        self.size: int = size
        self.outputs: list[tuple[int, str]] = outputs
        self.home: KnownClean = home
        self.name: str = name
        self.is_clean: bool = is_clean

    @property
    def work(self) -> int:
        """About how much work it is, in bytes of source."""
        return self.size * max(1, len(self.outputs)) + _WORK_OF_A_FILE

    def sweep(self, pid: int, token: str) -> None:
        """Remove what the process *pid*, which has ended, has perhaps left of its outputs."""
        for _, target in self.outputs:
            sweep_temporary(target, pid, token)


class Survey:
    """Walks the paths, in the order of ``compileall``, and finds what there is to do."""

    def __init__(self, options: TreeOptions) -> None:
        self.options = options
        self.items: list[Source | Diagnostic] = []
        """What is to be compiled, and what cannot be, in the order found."""
        self.up_to_date: int = 0
        self._suffixes = [(level, suffix_of(level)) for level in options.levels]
        self._exclusion = Exclusion(options.exclude) if options.exclude else None
        self.began: float = monotonic()
        self._homes: dict[str, KnownClean] = {}
        self._whole: set[KnownClean] = set()
        self._seen: set[str] | None = set() if len(options.paths) > 1 else None
        self._steps = self._walk_all()

    def go_on(self, patience_seconds: float | None = None, is_stopped: Callable[[], bool] = _never) -> bool:
        """Walk on; return whether the end was reached before patience ended or *is_stopped* said so."""
        give_up = None if patience_seconds is None else monotonic() + patience_seconds
        for _ in self._steps:  # noqa: SIM110 - the steps are work, not a question
            if is_stopped() or (give_up is not None and monotonic() > give_up):
                return False
        return True

    def remember(self, *, is_complete: bool) -> None:
        """Write down which sources are known to be clean; not *is_complete*: some were not looked at."""
        is_complete = is_complete and not self.options.exclude
        written = [home.save(is_whole=is_complete and home in self._whole) for home in self._homes.values()]
        if any(written):
            forget_the_oldest(spare=len(written))

    def _walk_all(self) -> Iterator[object]:
        places: dict[str, _Place] = {}
        for path in self.options.paths:
            if os.path.isdir(path):
                yield from self._walk(path)
                continue
            folder, name = os.path.split(path)
            if folder not in places:
                # One list for all files that are named one by one, wherever they are.
                home = self._home("files named one by one")
                places[folder] = self._place(folder or os.curdir, home, os.path.abspath(folder))
            self._look_at(path, name, places[folder], partial(os.stat, path))
            yield path

    def _walk(self, root: str) -> Iterator[object]:
        """Walk a tree depth first; each step is one source or one folder."""
        home = self._home(f"folder {os.path.abspath(root)}")
        self._whole.add(home)
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
            if self._exclusion is not None and self._exclusion.covers(name, entry.path, root):
                continue
            if name.endswith(SOURCE_SUFFIXES) and not _is_folder(entry):
                if not name.startswith(_LOCK_PREFIX):
                    if place is None:  # many a folder holds no source
                        place = self._place(folder, home, folder[len(root) :].strip(os.sep))
                    self._look_at(entry.path, name, place, _stat_of(entry))
                    yield None
            elif name not in EXCLUDED_FOLDERS and _is_folder(entry):
                yield entry.path

    def _look_at(self, path: str, name: str, place: _Place, get_stat: Callable[[], os.stat_result]) -> None:
        """Find out whether one source is up to date, if it has not been met before."""
        if self._seen is not None:
            true_path = os.path.join(place.true_path, os.path.normcase(name))
            if true_path in self._seen:
                self._whole.discard(place.home)  # what another path has brought is in that one's list
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
            self._refuse(path, f"{shown(str(error))} is no regular file, and would be replaced")

    def _look_at_file(self, path: str, name: str, place: _Place, status: os.stat_result) -> None:
        header, fingerprint = state_of(self.options.invalidation, status, lambda: read_source(path)[0])
        outputs = self._stale_outputs(stem_of(name), place, header)
        is_clean = place.home.has(place.key + name, fingerprint)
        if is_clean and not outputs:
            self.up_to_date += 1
        else:
            source = Source(path, status.st_size, outputs, place.home, place.key + name, is_clean=is_clean)
            self.items.append(source)

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

    def _home(self, name: str) -> KnownClean:
        if name not in self._homes:
            # The lowest level has all the warnings.
            self._homes[name] = KnownClean(name, f"{sys.version} {self.options.levels[0]}")
        return self._homes[name]

    def _place(self, folder: str, home: KnownClean, key: str) -> _Place:
        cache = cache_of(folder, self.options.mirror)
        # A path may lead through a link to what another names, or differ in letters that the system does not.
        true_path = os.path.normcase(os.path.realpath(folder)) if self._seen is not None else folder
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
            sweep_leftover(cache, name)
    return set(names)


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


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder itself, and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # some file systems do not say, and then forbid to ask
        return False


def _stat_of(entry: os.DirEntry[str]) -> Callable[[], os.stat_result]:
    # What a Windows folder says of its files may be out of date: of open ones, and of hard links.
    return partial(os.stat, entry.path) if sys.platform == "win32" else entry.stat


def _name_of(entry: os.DirEntry[str]) -> str:
    return entry.name
