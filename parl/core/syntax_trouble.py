"""Where a source is wrong: the compiler's exceptions as diagnostics, each at its place."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress

from parl.core.diagnostic import ERROR, WARNING, Diagnostic, file_error

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NO_CODE = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")
_FIRST_LINES = re.compile(rb"(?:[^\r\n]*(?:\r\n|\r|\n|$)){0,2}")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ONLY_PARSE = 0x400  # ast.PyCF_ONLY_AST, without that import
_NO_UTF8 = "(unicode error) 'utf-8' codec can't decode"
_COUNTED_IN_BYTES = "leading zeros"  # the one that the tokenizer counts so even in characters
_TOO_DEEP = "nested too deeply for Python's compiler"
# To find a warning's column takes one compilation each.
_MOST_PLACED_WARNINGS = 20

Compile = Callable[[bytes], object]


def error_of(path: str, source: bytes, error: BaseException, compile_bytes: Compile) -> Diagnostic:
    """Return what the compiler's *error* on *source* means, and where."""
    text = _SourceText(path, source)
    if isinstance(error, SyntaxError):
        # Of a byte that is no UTF-8 the compiler names only the string that it is in.
        is_undecodable = error.msg.startswith(_NO_UTF8) and text.bad_byte() is not None
        if error.lineno and (error.offset or 0) >= 0 and not is_undecodable:
            return _located(text, _in_characters(text, error))
        return _unlocated(text, error.msg)
    if isinstance(error, ValueError) and b"\0" in source:
        return _unlocated(text, str(error))
    if isinstance(error, RecursionError | MemoryError):
        line = _deepest_line(source, compile_bytes)
        return Diagnostic(path, line, 1, ERROR, _TOO_DEEP, text.line(line))
    return file_error(path, f"cannot be compiled: {type(error).__name__}: {error}")


def warnings_of(
    path: str, source: bytes, found: list[warnings.WarningMessage], compile_bytes: Compile, *, as_errors: bool
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each of the compiler's warnings that were *found*."""
    text = _SourceText(path, source)
    severity = ERROR if as_errors else WARNING
    for number, warning in enumerate(found):
        line, message = warning.lineno, str(warning.message)
        exact = _warning_as_error(warning, text, compile_bytes) if number < _MOST_PLACED_WARNINGS else None
        if exact is not None and exact.lineno == line:
            yield _located(text, exact)._replace(severity=severity, message=message)
        else:
            yield Diagnostic(path, line, 1, severity, message, text.line(line))


class _SourceText:
    """A source as lines of text: for people, so that what cannot be decoded is shown somehow."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path = path
        self.source = source
        self.coding, self.coding_offset = _coding_of(source)
        self._lines = _lines(source)

    def line(self, number: int) -> str:
        """Return the line *number*, from 1; empty where there is none."""
        return _text(self._lines[number - 1], self.coding) if 0 < number <= len(self._lines) else ""

    def decoded(self) -> str:
        """Return the whole as the compiler reads it. Raises UnicodeError, LookupError."""
        content = self.source.removeprefix(codecs.BOM_UTF8)
        return content.decode(self.coding if content is self.source else "utf-8")

    def bad_byte(self) -> int | None:
        """Return where the source cannot be decoded."""
        try:
            self.decoded()
        except UnicodeDecodeError as error:
            return len(self.source) - len(error.object) + error.start  # the mark is no part of it
        except (LookupError, UnicodeError, ValueError):
            return None
        return None


def _in_characters(text: _SourceText, error: SyntaxError) -> SyntaxError:
    """Return *error* with columns in characters.

    Of a source in bytes the parser counts some columns in bytes, of one in characters none. What comes
    after the parser counts bytes of UTF-8 in either.
    """
    line = text.line(error.lineno or 1)
    if line.isascii() or error.msg.startswith("f-string"):
        return error
    try:
        compile(text.decoded(), text.path, "exec", _ONLY_PARSE, dont_inherit=True)
    except SyntaxError as parsed:
        if parsed.lineno != error.lineno:
            return error
        if not parsed.msg.startswith(_COUNTED_IN_BYTES):
            return parsed
    except Exception:  # noqa: BLE001 - then the columns stay as they are
        return error
    error.offset = _character(line, error.offset or 0)
    if error.end_lineno == error.lineno:
        error.end_offset = _character(line, error.end_offset or 0)
    return error


def _character(line: str, offset: int) -> int:
    """Return the column of the character that is at this column of the line's UTF-8."""
    return len(line.encode()[: offset - 1].decode(errors="ignore")) + 1 if offset > 0 else offset


def _located(text: _SourceText, error: SyntaxError) -> Diagnostic:
    number = error.lineno or 1
    line = text.line(number)
    column, end = error.offset or 0, error.end_offset or 0
    if error.end_lineno != number or end <= column:
        end = 0
    shift = _shift(error, line)
    if column < 1:
        column, end = _longest_number(line)
    # Behind the last character is the farthest that can be meant; some Pythons count bytes there.
    last = len(line) + 1
    column, end = min(column + shift, last), min(end + shift, last) if end else 0
    return Diagnostic(text.path, number, column, ERROR, error.msg, line, end if end > column else 0)


def _shift(error: SyntaxError, line: str) -> int:
    """Python 3.11 counts in the inside of an f-string, quoted in parentheses of its own."""
    if not error.msg.startswith("f-string") or not error.text or error.text.strip() in line:
        return 0
    return max(0, line.find(error.text.strip()[1:-1]) - 1)


def _longest_number(line: str) -> tuple[int, int]:
    """Return where the number is that has too many digits, for which the compiler gives no column."""
    longest = max(re.finditer(r"\d[\d_]*", line), key=lambda match: len(match[0]), default=None)
    return (longest.start() + 1, longest.end() + 1) if longest else (1, 0)


def _unlocated(text: _SourceText, message: str) -> Diagnostic:
    """Find the place of an error of decoding, for which the compiler names none."""
    if b"\0" in text.source:
        return _at(text, text.source.index(b"\0"), "source code cannot contain null bytes")
    bad = text.bad_byte()
    return _at(text, text.coding_offset if bad is None else bad, message.removeprefix("(unicode error) "))


def _at(text: _SourceText, offset: int, message: str) -> Diagnostic:
    before = _lines(text.source[:offset] + b".")
    number = len(before)
    line = text.line(number)
    column = min(len(_text(before[-1], "utf-8")), len(line) + 1)
    return Diagnostic(text.path, number, column, ERROR, message, line)


def _coding_of(source: bytes) -> tuple[str, int]:
    """Return the coding that the first two lines declare, or UTF-8, and where it is written."""
    start = 0
    for line in _FIRST_LINES.match(source)[0].splitlines(keepends=True):  # type: ignore[index]  # it always matches
        content = line.removeprefix(codecs.BOM_UTF8) if start == 0 else line
        if (match := _CODING.match(content)) is not None:
            return match[1].decode("ascii", "replace"), start + len(line) - len(content) + match.start(1)
        if not _NO_CODE.match(content):
            break
        start += len(line)
    return "utf-8", 0


def _lines(source: bytes) -> list[bytes]:
    return _LINE_END.split(source)


def _text(line: bytes, coding: str) -> str:
    with suppress(LookupError, UnicodeError, ValueError):
        if ".".encode(coding) == b".":  # else the lines are no lines in it, as in UTF-16
            return line.removeprefix(codecs.BOM_UTF8).decode(coding)
    return line.decode("utf-8", "replace")


def _deepest_line(source: bytes, compile_bytes: Compile) -> int:
    """Return where the statement begins that is nested too deeply: the first that fails alone in the same way."""
    lines = source.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line[:1].strip(b" \t\f)]}#")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            compile_bytes(b"".join(lines[start:end]))
        except (RecursionError, MemoryError):
            return start + 1
        except Exception:  # noqa: BLE001, S112 - a part of a statement, cut off
            continue
    return 1


def _warning_as_error(
    warning: warnings.WarningMessage, text: _SourceText, compile_bytes: Compile
) -> SyntaxError | None:
    """Return the compiler's exception in place of *warning*: it knows the column too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", re.escape(str(warning.message)), warning.category, lineno=warning.lineno)
        try:
            compile_bytes(text.source)
        except SyntaxError as error:
            return _in_characters(text, error)
        except Exception:  # noqa: BLE001 - the warning itself is shown all the same
            return None
    return None
