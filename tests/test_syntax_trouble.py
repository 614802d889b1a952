"""Where a source is wrong: one place each, also where the compiler names none."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

from parl.core.diagnostic import ERROR, WARNING, Diagnostic, file_error
from parl.core.syntax_trouble import error_of, warnings_of

BOM = b"\xef\xbb\xbf"


def compiled(source: bytes) -> object:
    return compile(source, "a.py", "exec", dont_inherit=True)


def trouble(source: bytes, compile_bytes: Callable[[bytes], object] = compiled) -> Diagnostic:
    """What is wrong with *source*."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile_bytes(source)
        except Exception as error:
            found = error_of("a.py", source, error, compile_bytes)
    assert (found.path, found.severity) == ("a.py", ERROR)
    assert "\n" not in found.message
    return found


def misgivings(source: bytes, *, as_errors: bool = False) -> list[Diagnostic]:
    """What the compiler warns of."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", SyntaxWarning)
        compiled(source)
    return [*warnings_of("a.py", source, found, compiled, as_errors=as_errors)]


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        (b"if x\n    pass\n", (1, 5), "expected ':'"),
        (b"x = 1\ny = (\n", (2, 5), "'(' was never closed"),
        (b"x = 1\r\ny = (\r\n", (2, 5), "'(' was never closed"),
        (b"x = 1\ry = (\r", (2, 5), "'(' was never closed"),
        (b"if x:\npass\n", (2, 1), "expected an indented block"),
        (b"if x:\n\tpass\n        pass\n", (3, 1), "inconsistent use of tabs"),
        (b"x = 'abc\n", (1, 5), "unterminated string literal"),
        (b"x = 1\nx = '''abc\n", (2, 5), "unterminated triple-quoted string literal"),
        (b"return 1\n", (1, 1), "'return' outside function"),
        (b"x = 1\n\x07\n", (2, 1), "invalid non-printable character U+0007"),
        (BOM + b"x = (\n", (1, 5), "'(' was never closed"),
        ("ä = 1 +\n".encode(), (1, 8), "invalid syntax"),
        ("x = '全'; y =\n".encode(), (1, 13), "invalid syntax"),
        (b"# coding: latin-1\nx = '\xe9'; y =\n", (2, 13), "invalid syntax"),
        (b"# coding: utf-8-sig\nx = (\n", (2, 5), "'(' was never closed"),
        (b"def f(a, a): pass\n", (1, 10), "duplicate argument"),
        (b"x = f'{a b}'\n", (1, 8), "invalid syntax. Perhaps you forgot a comma?"),
        (b"if 1:\n    x = 1; y = f'hello {a b}'\n", (2, 25), "invalid syntax. Perhaps you forgot a comma?"),
        (b"x = 1 \\ \n", (1, 8), "unexpected character after line continuation"),
        (b"x = " + b"(" * 100_000, (1, 205), "too many nested parentheses"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_syntax_error_is_where_the_compiler_says(source: bytes, place: tuple[int, int], words: str) -> None:
    found = trouble(source)
    # Some Pythons count the column of an open parenthesis otherwise.
    assert (found.line, found.column) == place
    assert words in found.message


def test_a_future_that_will_not_be_is_where_the_compiler_says() -> None:
    found = trouble(b"from __future__ import nope\n")
    # Only newer Pythons, among them 3.12.8, know the column.
    assert (found.line, found.column) in {(1, 1), (1, 24)}
    assert "future feature nope is not defined" in found.message


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        (b"x = 1\ny = '\0'\n", (2, 6), "source code cannot contain null bytes"),
        (b"\0", (1, 1), "source code cannot contain null bytes"),
        ("ä = '\0'".encode(), (1, 6), "source code cannot contain null bytes"),
        ("x = 1\n".encode("utf-16"), (1, 4), "source code cannot contain null bytes"),
        (b"# coding: klingon\nx = 1\n", (1, 11), "unknown encoding: klingon"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=klingon :\n", (2, 25), "unknown encoding: klingon"),
        (b"# coding: hex\n6161\n", (1, 11), "'hex' is not a text encoding"),
        (BOM + b"# coding: latin-1\nx = 1\n", (1, 11), "encoding problem: iso-8859-1 with BOM"),
        (BOM + b"\n# coding: cp1252\n", (2, 11), "encoding problem: cp1252 with BOM"),
        (b"x = 1\ny = '\xff'\n", (2, 6), "'utf-8' codec can't decode byte 0xff"),
        (b"x = 1\ry = '\xff'\n", (2, 6), "'utf-8' codec can't decode byte 0xff"),
        ("ä = 'ä".encode() + b"\xff'\n", (1, 7), "'utf-8' codec can't decode byte 0xff"),
        (BOM + b"x = '\xff'\n", (1, 6), "'utf-8' codec can't decode byte 0xff"),
        (b'x = """\n\n \xff\n"""\n', (3, 2), "'utf-8' codec can't decode byte 0xff"),
        (b"# coding: ascii\nx = '\xe9'\n", (2, 6), "'ascii' codec can't decode byte 0xe9"),
        (b"# coding: utf-7\nx = +AGE\xff\n", (2, 9), "'utf7' codec can't decode byte 0xff"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_cannot_be_decoded_has_a_place_too(source: bytes, place: tuple[int, int], words: str) -> None:
    found = trouble(source)
    assert (found.line, found.column) == place
    assert found.message.startswith(words)


@pytest.mark.parametrize(
    "expression",
    [
        b"-" * 100_000 + b"1",
        b"not " * 100_000 + b"1",
        b"a" + b".b" * 100_000,
        b"+".join([b"1"] * 100_000),
    ],
    ids=["minus", "not", "attributes", "plus"],
)
def test_the_line_of_what_is_nested_too_deeply_is_found(expression: bytes) -> None:
    found = trouble(b"import os\n\n\ndef f():\n    pass\n\nx = " + expression + b"\ny = 2\n")
    assert (found.line, found.column, found.message) == (7, 1, "nested too deeply for Python's compiler")


def test_the_statement_that_is_nested_too_deeply_may_have_several_lines() -> None:
    before = b"text = '''\nif\n'''\n"
    deep = b"def f():\n#no statement\n a = 1\n b = (\n 1\n)\n return " + b"-" * 100_000 + b"1\n"
    assert trouble(before + deep)[1:3] == (4, 1)


@pytest.mark.parametrize(
    "source", [b"if x\n    y = '\xff'\n", b"# \xff\nif x\n", b"x = '\xc3", b"x = '\\N{a}'\n# \xff"]
)
def test_an_undecodable_byte_elsewhere_does_not_move_an_error(source: bytes) -> None:
    clean = source.replace(b"\xff", b"y").replace(b"\xc3", b"y")
    assert trouble(source)[1:5] == trouble(clean)[1:5]


def test_without_a_culprit_the_whole_file_is_nested_too_deeply() -> None:
    def give_up(source: bytes) -> object:
        if source == b"x = 1\ny = 2\n":
            raise MemoryError
        return None

    assert trouble(b"x = 1\ny = 2\n", give_up)[1:3] == (1, 1)


def test_a_number_of_too_many_digits_is_pointed_at() -> None:
    found = trouble(b"x = 1\ny = 12 + " + b"9" * 5000 + b" + 345\n")
    assert (found.line, found.column, found.end_column) == (2, 10, 5010)
    assert "(4300 digits)" in found.message


@pytest.mark.parametrize("source", ["x = y\n", "ä = y\n"])
def test_an_error_without_a_column_is_at_the_beginning_of_its_line(source: str) -> None:
    def refuse(_: bytes) -> object:
        raise SyntaxError("no", ("a.py", 1, 0, None, 1, 0))

    found = trouble(source.encode(), refuse)
    assert (found.line, found.column, found.end_column) == (1, 1, 0)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"x = 1\n  y = (\n", "  y = ("),
        (b"x = 1\r\nif y\r\n", "if y"),
        (b"# coding: latin-1\nx = '\xe9' (", "x = 'é' ("),
        (b"# coding: klingon\n", "# coding: klingon"),
        (b"x = '\xff'\n", "x = '\ufffd'"),
        (b"# coding: utf-16\n", "# coding: utf-16"),
        (BOM + b"x = (\n", "x = ("),
    ],
)
def test_the_line_is_shown_somehow(source: bytes, line: str) -> None:
    assert trouble(source).source_line == line


def test_the_extent_is_known_where_it_ends_on_the_same_line() -> None:
    assert trouble(b"def f():\n    nonlocal x\n")[1:3] == (2, 5)
    assert trouble(b"def f():\n    nonlocal x\n").end_column == 15
    assert trouble(b"(a :=\n 1) = 2\n").end_column == 0


def test_an_extent_does_not_pass_the_end_of_its_line() -> None:
    assert trouble("x = b'éé'\n".encode()).end_column <= 10


def test_an_exception_that_nobody_expects_is_the_files() -> None:
    def fail(source: bytes) -> object:
        raise SystemError("bad\x1bidea")

    assert trouble(b"x = 1\n", fail) == file_error("a.py", "cannot be compiled: SystemError: bad\x1bidea")


# Warnings


def test_a_warning_has_a_column_and_an_extent() -> None:
    (found,) = misgivings(b"x = 1\nif x is 1:\n    pass\n")
    assert found[:4] == ("a.py", 2, 4, WARNING)
    assert (found.source_line, found.end_column) == ("if x is 1:", 10)
    assert found.message.startswith('"is" with ')


def test_a_warning_may_be_an_error() -> None:
    (found,) = misgivings(b"if x is 1: pass\n", as_errors=True)
    assert found[1:4] == (1, 4, ERROR)


def test_warnings_come_in_their_order_and_each_has_its_line() -> None:
    source = b"".join(b"x%d is 1\n" % number for number in range(50))
    found = misgivings(source)
    assert [warning.line for warning in found] == [*range(1, 51)]
    assert {warning.column for warning in found} == {1}
    assert found[49].source_line == "x49 is 1"
    assert {(warning.path, warning.severity, warning.message) for warning in found} == {
        ("a.py", WARNING, found[0].message)
    }
    assert (found[0].end_column, found[49].end_column) == (8, 0), "the column is not looked for without end"


def test_a_warning_before_an_error_is_located_too() -> None:
    source = b"x is 1\nreturn\n"
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", SyntaxWarning)
        with pytest.raises(SyntaxError):
            compiled(source)
    assert [(d.line, d.column) for d in warnings_of("a.py", source, found, compiled, as_errors=False)] in (
        [],  # Pythons that look for the error first
        [(1, 1)],
    )


def test_equal_warnings_of_two_lines_have_each_its_own_column() -> None:
    found = misgivings(b"x is 1\nif x is 1: pass\n")
    assert [(warning.line, warning.column) for warning in found] == [(1, 1), (2, 4)]


def test_two_warnings_of_one_line_are_two() -> None:
    found = misgivings(b"x is 1; [1](2)\n")
    assert sorted(warning.column for warning in found) == [1, 9]


@pytest.mark.parametrize(
    ("line", "column", "end"),
    [
        ('s = "äöü"; x = 1 1', 18, 19),
        ('s = "äöü"; return 3', 12, 20),
        ('s = "äöü"; x = "abc', 16, None),
        ('s = "äöü"; x = (1,', 16, None),
        ('名 = "ääää"; 変数 = 1 1', 20, 21),
    ],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig"])
def test_columns_are_characters(line: str, column: int, end: int | None, coding: str) -> None:
    found = trouble(f"{line}\n".encode(coding))
    assert (found.line, found.column) == (1, column)
    assert end is None or found.end_column in (0, end)


def test_columns_of_warnings_are_characters() -> None:
    (found,) = misgivings('名 = "ääää"; 変数 = 1 is 1\n'.encode())
    assert (found.column, found.end_column) == (18, 24)
