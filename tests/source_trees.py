"""Trees of Python sources for the tests: varied, broken, slow; and what must hold after any ending."""

from __future__ import annotations

import marshal
import os
import sys
from pathlib import Path
from types import CodeType

TAG = sys.implementation.cache_tag
HEADER_SIZE = 16
# What makes a tree slow enough to be stopped in, and still a test.
SLOW_FILES = 16
SLOW_LINES = 3000

_GOOD = {
    "plain": "x = 1\n",
    "empty": "",
    "no_newline": "x = 1",
    "crlf": "x = 1\r\nif x:\r\n    y = 2\r\n",
    "bom": "\ufeffx = 'a'\n",
    "unicode": "größe = 'ß€😀'\nprint(größe, b'x', '\\udc80')\n",
    "asserts": "def f(x):\n    assert x, 'message'\n    return __debug__\n",
    "docstrings": '"""Module."""\nclass C:\n    """Class."""\n    def m(self):\n        """Method."""\n',
    "numbers": "a = [0, 1, -1, 2**70, 1.5, 1e400, 3j, 10**30]\nb = (1, (2, (3,)))\nc = frozenset({1, 2})\nd = ...\n",
    "sets": "def f(x):\n    return x in {'a', 'b', 'c', 'd', 1, 2.0}\n",
    "names": "def f(a, /, b=1, *c, d, **e):\n    global g\n    g = lambda: (a, b, c)\n    return g\n",
    "generators": "async def f():\n    async for x in g():\n        yield [y async for y in x if y]\n",
    "patterns": "match x:\n    case {'a': [1, *_]}:\n        pass\n    case str() | None:\n        pass\n",
    "future": "from __future__ import annotations\ndef f(x: 'int') -> int: ...\n",
    "latin": "# coding: latin-1\nx = 'Ä'\n",
    "same_strings": "a = 'hello world'; b = 'hello world'; c = ('hello world', 'hello_world')\n",
}
_WARNED = {
    "is_literal": "x = 1\nx is 1\n",
    "bad_call": "def f():\n    return 'a'()\n\nassert (1, 'always')\n",
}
_BROKEN = {
    "syntax": "x = (\n",
    "indent": "if 1:\nx\n",
    "late": "def f():\n    pass\n\nreturn 1\n",
    "nul": "x = 1\0\n",
    "coding": "# coding: klingon\n",
    "deep": "(" * 300 + "1" + ")" * 300 + "\n",
    "number": "x = " + "9" * 5000 + "\n",
}


def write_varied_tree(folder: Path, copies: int = 2) -> None:
    """Write some dozens of different sources, in folders named good, warned and broken."""
    for copy in range(copies):
        for kind, sources in {"good": _GOOD, "warned": _WARNED, "broken": _BROKEN}.items():
            below = folder / f"part{copy}" / kind
            below.mkdir(parents=True)
            for name, text in sources.items():
                coding = "latin-1" if name == "latin" else "utf-8"
                (below / f"{name}.py").write_bytes(text.encode(coding))
        (folder / f"part{copy}" / "broken" / "bytes.py").write_bytes(b"x = '\xff'\n")


def slow_source(lines: int = SLOW_LINES) -> str:
    """Return a source that takes some 10 ms to compile for each 1000 *lines*."""
    return "y = 1\n" + "".join(f"x{n} = [{n}, 'a{n}', (y, {n})]\n" for n in range(lines))


def write_slow_tree(folder: Path, files: int = SLOW_FILES, lines: int = SLOW_LINES) -> None:
    """Write so many slow sources."""
    folder.mkdir(exist_ok=True)
    text = slow_source(lines)
    for number in range(files):
        (folder / f"slow{number:03}.py").write_text(text)


def pyc_of(source: Path, level: int = 0) -> Path:
    """Return where the .pyc of *source* belongs."""
    suffix = f".opt-{level}" if level else ""
    return source.parent / "__pycache__" / f"{source.stem}.{TAG}{suffix}.pyc"


def pyc_files(folder: Path) -> list[Path]:
    """Return the .pyc files there are below *folder*."""
    return sorted(folder.rglob("__pycache__/*.pyc"))


def code_of(source: Path) -> CodeType:
    """Return what the .pyc of *source* holds."""
    code = marshal.loads(pyc_of(source).read_bytes()[HEADER_SIZE:])
    assert isinstance(code, CodeType), source
    return code


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each .pyc below *folder*."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in pyc_files(folder)}


def inodes(folder: Path) -> dict[Path, int]:
    """Return which file is behind each .pyc: one that is written anew is another."""
    return {path: path.stat().st_ino for path in pyc_files(folder)}


def remove_pyc_files(folder: Path) -> None:
    """Make the tree one that was never compiled."""
    for path in pyc_files(folder):
        path.unlink()


def unfinished(folder: Path) -> list[str]:
    """Return what is in the folders of .pyc files and is none."""
    caches = [path for path in folder.rglob("__pycache__") if path.is_dir()]
    return [name for cache in caches for name in os.listdir(cache) if not name.endswith(".pyc")]


def assert_whole(folder: Path) -> None:
    """Fail unless every .pyc below *folder* is complete, and nothing else was left there."""
    assert unfinished(folder) == []
    for path, data in contents(folder).items():
        assert isinstance(marshal.loads(data[HEADER_SIZE:]), CodeType), path
