"""One source: the bytecode of py_compile, or diagnostics; never a crash."""

from __future__ import annotations

import marshal
import os
import pickle
import py_compile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parl.core.diagnostic import ERROR, WARNING
from parl.core.pyc import HEADER_SIZE
from parl.core.source_compiler import Compiled, SourceCompiler, compiled_of
from parl.core.tree_options import TreeOptions

MODES = {mode.name.lower().replace("_", "-"): mode for mode in py_compile.PycInvalidationMode}
TOKEN = "realm-run"
WARNED = b"x = 1\nx is 1\n"
# Unicode takes these letters for the plain ones.
FULLWIDTH_ASSERT = "".join(chr(ord(letter) + 0xFEE0) for letter in "assert").encode()
FULLWIDTH_DEBUG = "".join(chr(ord(letter) + 0xFEE0) if letter != "_" else letter for letter in "__debug__").encode()
# What grammars, decoders and columns stumble over.
FRAGMENTS = [
    b"x", b"=", b" ", b"\n", b"\r", b"\r\n", b"\n ", b"\t", b"\x0c", b"(", b")", b"[", b"]", b"{", b"}", b":", b";",
    b",", b"'", b'"', b"'''", b"f'", b"b'", b"\\", b"\\d", b"\\N{", b"\\u12", b"1", b"1_", b"0x", b"1e9", b"9" * 5000,
    b"assert ", b"__debug__", b"if ", b"else", b"def ", b"class ", b"return ", b"lambda", b"yield ", b"await ", b"is ",
    b"not ", b"import ", b"from ", b"global x", b"nonlocal x", b"*", b"+", b"-", b"@", b"#", b"\0", b"\x1a", b"\xff",
    b"\xef\xbb\xbf", "é".encode(), "全".encode(), FULLWIDTH_ASSERT + b" ", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x1b$B",
]  # fmt: skip
CODINGS = [
    b"utf-7", b"utf-8", b"utf-8-sig", b"utf-16", b"utf-32", b"ascii", b"latin-1", b"cp037", b"shift_jis", b"iso2022_jp",
    b"hz", b"gb18030", b"unicode_escape", b"punycode", b"idna", b"undefined", b"rot13", b"zlib", b"klingon", b"\xff",
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def targets(*levels: int) -> list[tuple[int, str]]:
    return [(level, f"made{level}") for level in levels]


def made(source: bytes, *levels: int, invalidation: str = "timestamp", as_errors: bool = False) -> Compiled:
    """Compile *source* as ``a.py`` to files ``made0``, ``made1``, ..."""
    Path("a.py").write_bytes(source)
    compiler = SourceCompiler(levels or (0,), invalidation, TOKEN, warnings_as_errors=as_errors)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing may be said beside the diagnostics
        return compiler.compile("a.py", targets(*(levels or (0,))))


def written(level: int = 0) -> bytes:
    return Path(f"made{level}").read_bytes()


def wanted(level: int = 0, invalidation: str = "timestamp") -> bytes | None:
    """What py_compile writes for ``a.py``; None where that cannot be compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            py_compile.compile("a.py", "wanted", doraise=True, optimize=level, invalidation_mode=MODES[invalidation])
        except Exception:
            return None  # PyCompileError, or whatever the compiler raises
    return Path("wanted").read_bytes()


def assert_same(level: int) -> None:
    """Ours is py_compile's, but for what this test process happens to have interned."""
    ours, theirs = written(level), wanted(level)
    assert theirs is not None
    assert ours[:HEADER_SIZE] == theirs[:HEADER_SIZE]
    assert len(ours) == len(theirs)
    assert marshal.loads(ours[HEADER_SIZE:]) == marshal.loads(theirs[HEADER_SIZE:])


# The bytes


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "source", [b"", b"x = 1\n", b"def f(a):\n    'Say a.'\n    assert a, 'no a'\n    return [a, 'eggs', 1.5, None]\n"]
)
def test_the_bytes_are_py_compiles(source: bytes, level: int, mode: str) -> None:
    assert made(source, level, invalidation=mode).diagnostics == []
    assert written(level) == wanted(level, mode)


@pytest.mark.parametrize(
    "source",
    [
        b"x = 1\n",
        b"'''Doc.'''\ndef f():\n    '''Doc.'''\n",
        b"assert x\n",
        b"x = __debug__\n",
        b"if not __debug__:\n    x = 1\n",
        FULLWIDTH_ASSERT + b" = 1\n",
        b"x = " + FULLWIDTH_DEBUG + b"\n",
        b"# coding: utf-7\n+AGEAcwBzAGUAcgB0- x\n",
        b"# coding: utf-7\nx = +AF8AXw-debug+AF8AXw-\n",
        b"# coding: unicode_escape\nx = 1\\n\\x61ssert x\n",
        b"class A:\n    def f(self):\n        return self.__debug__\n",
    ],
)
def test_levels_compiled_together_are_as_if_alone(source: bytes) -> None:
    assert made(source, 0, 1, 2).diagnostics == []
    for level in (0, 1, 2):
        assert_same(level)


def test_a_source_that_asserts_nothing_is_compiled_once_for_two_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    levels = []

    def count(*arguments: object, **options: object) -> object:
        levels.append(options.get("optimize"))
        return compile_it(*arguments, **options)  # type: ignore[call-overload]

    compile_it = compile
    monkeypatch.setattr(builtins, "compile", count)
    made(b"x = 1\n", 0, 1, 2)
    made(b"assert x\n", 0, 1, 2)
    assert levels == [0, 2, 0, 1, 2]


# Diagnostics


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (b"x = 1\ny = '\0'\n", 2, "null bytes"),
        (b"# coding: klingon\n", 1, "unknown encoding: klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "encoding problem: iso-8859-1 with BOM"),
        (b"x = 1\ny = '\xff'\n", 2, "can't decode byte 0xff"),
        (b"x = 1\ny = " + b"-" * 100_000 + b"1\n", 2, "nested too deeply"),
        (b"x = 1\ny = " + b"9" * 5000 + b"\n", 2, "(4300 digits)"),
        (b"x = 1\ny = (\n", 2, "never closed"),
        (b"x = 1\n  y = 2\n", 2, "unexpected indent"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_whatever_is_wrong_is_one_located_error_and_nothing_is_written(source: bytes, line: int, words: str) -> None:
    compiled = made(source, 0, 1, 2)
    (found,) = compiled.diagnostics
    assert (found.path, found.line, found.severity) == ("a.py", line, ERROR)
    assert words in found.message
    assert compiled.is_failed
    assert os.listdir() == ["a.py"]


def test_what_is_wrong_in_an_assertion_fails_only_the_levels_that_have_it() -> None:
    assert made(b"assert (yield)\n", 1, 2).diagnostics == []
    (found,) = made(b"assert (yield)\n", 0, 1).diagnostics
    assert "'yield' outside function" in found.message


def test_a_warning_is_said_once_for_all_levels_and_the_file_is_written() -> None:
    compiled = made(WARNED, 0, 1, 2)
    (found,) = compiled.diagnostics
    assert found[:4] == ("a.py", 2, 1, WARNING)
    assert not compiled.is_failed
    assert_same(2)


def test_a_tree_may_have_its_warnings_be_errors() -> None:
    Path("a.py").write_bytes(WARNED)
    compiler = SourceCompiler.of(TreeOptions(["."], warnings_as_errors=True), TOKEN)
    assert compiler.compile("a.py", targets(0)).is_failed


def test_two_warnings_of_one_line_are_both_said() -> None:
    first, second = made(b"x = 1\nx is 1; 'x'()\n").diagnostics
    assert (first.line, second.line) == (2, 2)
    assert first.message != second.message


def test_warnings_can_be_errors_and_then_nothing_is_written() -> None:
    compiled = made(WARNED, as_errors=True)
    (found,) = compiled.diagnostics
    assert found.severity == ERROR
    assert compiled.is_failed
    assert os.listdir() == ["a.py"]


def test_a_warning_in_an_assertion_has_its_place_also_when_asserts_are_compiled_away() -> None:
    (found,) = made(b"x = 1\nassert x is 1\n", 0, 1, 2).diagnostics
    assert (found.line, found.column) == (2, 8)


def test_only_syntax_warnings_are_shown() -> None:
    source = b"# coding: unicode_escape\nx = 1 \\d\n"  # this decoder has a DeprecationWarning of its own
    assert all(found.severity == ERROR for found in made(source).diagnostics)


def test_without_outputs_it_only_looks() -> None:
    Path("a.py").write_bytes(WARNED)
    compiled = SourceCompiler((0, 1), "timestamp", TOKEN, warnings_as_errors=False).compile("a.py", [])
    assert len(compiled.diagnostics) == 1
    assert os.listdir() == ["a.py"]


def test_what_cannot_be_read_is_said() -> None:
    compiled = SourceCompiler((0,), "timestamp", TOKEN, warnings_as_errors=False).compile("gone.py", targets(0))
    assert [str(found) for found in compiled.diagnostics] == [
        "gone.py:1:1: error: cannot be read: no such file or directory"
    ]
    assert (compiled.is_failed, compiled.fingerprint) == (True, "")


def test_what_cannot_be_written_is_said_once() -> None:
    for level in (0, 1):
        Path(f"made{level}").mkdir()
    compiled = made(b"x = 1\n", 0, 1)
    (found,) = compiled.diagnostics
    assert str(found).startswith("a.py:1:1: error: made0 cannot be written: ")
    assert compiled.is_failed
    assert sorted(os.listdir()) == ["a.py", "made0", "made1"]


def test_the_fingerprint_is_of_what_was_compiled() -> None:
    assert made(b"x = 1\n").fingerprint == f"{Path('a.py').stat().st_mtime_ns}:6"
    assert made(b"x = 1\n", invalidation="checked-hash").fingerprint == written()[8:16].hex()


# To a worker and back


@pytest.mark.parametrize("source", [b"x = 1\n", WARNED, b"x = (\n", "ü = '\udcff\n".encode("utf-8", "surrogateescape")])
def test_an_answer_says_what_was_found(source: bytes) -> None:
    here = made(source)
    compiler = pickle.loads(pickle.dumps(SourceCompiler((0,), "timestamp", TOKEN, warnings_as_errors=False)))
    there = compiled_of(compiler.serve(("a.py", targets(0), False)))
    assert (there.diagnostics, there.fingerprint) == (here.diagnostics, here.fingerprint)


def test_an_undecodable_name_goes_to_a_worker_and_back() -> None:
    compiler = SourceCompiler((0,), "timestamp", TOKEN, warnings_as_errors=False)
    (found,) = compiled_of(compiler.serve(("\udcff.py", targets(0), False))).diagnostics
    assert found.path == "\udcff.py"


# Anything at all

sources = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(FRAGMENTS), max_size=15).map(b"".join),
    st.builds(
        lambda coding, rest: b"# coding: " + coding + b"\n" + b"".join(rest),
        st.sampled_from(CODINGS),
        st.lists(st.sampled_from(FRAGMENTS), max_size=10),
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(sources)
@example(b"# coding: utf-16\n(")
@example(b"# coding: gb18030\n\xef\xbb\xbf\r\n1")
@example(b"# coding: unicode_escape\n\\d")
@example("x = b'éé'\n".encode())
@example(b"if x\n# \xff\n")
def test_any_bytes_are_either_compiled_as_by_py_compile_or_one_located_error(source: bytes) -> None:
    compiled = made(source, 0, 1, 2)
    assert sum(found.severity == ERROR for found in compiled.diagnostics) == compiled.is_failed
    assert compiled.is_failed is (wanted() is None)
    if not compiled.is_failed:
        for level in (0, 1, 2):
            assert_same(level)
    for found in compiled.diagnostics:
        assert found.line >= 1
        assert 1 <= found.column <= len(found.source_line) + 1
        assert found.end_column == 0 or found.column < found.end_column <= len(found.source_line) + 1
        assert "\n" not in found.source_line
