"""A command for CreateProcess: which file to run, and one line of text that cannot be misread.

Not ``shutil.which``: before Python 3.12 it leaves PATHEXT out where the name has a folder, it
cannot look from another current folder, and its import costs more than the search.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence

_DEFAULT_PATHEXT = ".COM;.EXE;.BAT;.CMD"
_BATCH = (".bat", ".cmd")
_CMD_LONGEST_LINE = 8191
# Outside quotes these mean nothing to cmd.exe; anything else goes between quotes.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#$*+-./:?@\\_")
# An expansion to nothing, which keeps cmd.exe from pairing the sign with the next one.
_PERCENT = "%%cd:~,%"


def prepare(argv: Sequence[str], cwd: str | None) -> tuple[str, str]:
    """Return the program's path and its command line.

    Raises FileNotFoundError, or PermissionError for what no batch file can be given.
    """
    path = find_program(argv[0], cwd)
    if path.rstrip(". ").lower().endswith(_BATCH):
        cmd = _cmd_path()
        return cmd, f'"{cmd}" {_batch_arguments(path, argv)}'
    return path, _line(argv)


def find_program(name: str, cwd: str | None = None) -> str:
    """Return the absolute path of the program that *name* means when typed in *cwd*."""
    for path in _candidates(name, cwd or os.curdir):
        if os.path.isfile(path):
            return os.path.abspath(path)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def _candidates(name: str, cwd: str) -> Iterator[str]:
    extensions = [part for part in os.environ.get("PATHEXT", _DEFAULT_PATHEXT).split(";") if part]
    known = name.lower().endswith(tuple(part.lower() for part in extensions))
    folders = [cwd] if os.path.dirname(name) else list(_search_path(cwd))
    # Whole search first with an extension: a script for another system often lies beside.
    for folder in folders:
        if known:
            yield os.path.join(folder, name)
        yield from (os.path.join(folder, name + extension) for extension in extensions)
    yield from (os.path.join(folder, name) for folder in folders)


def _search_path(cwd: str) -> Iterator[str]:
    if "NoDefaultCurrentDirectoryInExePath" not in os.environ:
        yield cwd  # as cmd.exe does
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield os.path.join(cwd, folder.strip('"'))


def _line(argv: Sequence[str]) -> str:
    from subprocess import list2cmdline

    if _is_shell_line(argv):
        # cmd /s /c takes what is between the outer quotes as it stands; \" would not be undone.
        return f'{list2cmdline(argv[:-1])} "{argv[-1]}"'
    return list2cmdline(argv)


def _is_shell_line(argv: Sequence[str]) -> bool:
    program, *options = [word.lower() for word in argv[:-1]] or [""]
    shell = program.replace("/", "\\").rpartition("\\")[2] in ("cmd", "cmd.exe")
    return shell and "/s" in options and options[-1] == "/c"


def _cmd_path() -> str:
    """Return Windows' own cmd.exe: our quoting is for it, and COMSPEC may name another."""
    return os.path.join(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", "cmd.exe")


def _batch_arguments(path: str, argv: Sequence[str]) -> str:
    """Return what runs a batch file so that no argument becomes a command.

    Extensions on (the percent sign's expansion is one), delayed expansion off, no AutoRun.
    """
    words = [_batch_word(path, quote=True), *map(_batch_word, argv[1:])]
    line = f'/d /e:on /v:off /s /c "{" ".join(words)}"'
    if len(line) > _CMD_LONGEST_LINE:
        raise PermissionError(errno.E2BIG, "more arguments than a batch file can be given", argv[0])
    return line


def _batch_word(word: str, *, quote: bool = False) -> str:
    if any(character in word for character in "\0\r\n"):
        # cmd.exe ends its line there, quotes or not.
        raise PermissionError(errno.EINVAL, "a batch file cannot be given an argument with a line break", word)
    return quoted_word(word, percent=_PERCENT, quote=quote)


def quoted_word(word: str, *, percent: str = "%", quote: bool = False) -> str:
    """Return *word* so that cmd.exe sees no sign of its own in it, between quotes if need be, or always with *quote*.

    *percent*: what to write for that sign. On a line that is typed nothing keeps %NAME% from being replaced.
    """
    text, backslash, backslashes = "", "\\", 0
    for character in word:
        if character == '"':
            # Doubled for cmd.exe; the backslashes before it too, for the program that the batch
            # file may pass it on to.
            text += backslash * backslashes + '"'
        backslashes = backslashes + 1 if character == backslash else 0
        text += percent if character == "%" else character
    if quote or not word or word.endswith(backslash) or not _PLAIN.issuperset(word):
        return f'"{text}{backslash * backslashes}"'  # doubled: one more would escape the quote
    return text
