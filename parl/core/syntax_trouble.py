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
_NO_UTF8 = "(unicode error) 'utf-8' codec can't decode"
_TOO_DEEP = "nested too deeply for Python's compiler"
# To find a warning's column takes one compilation each.
_MOST_PLACED_WARNINGS = 20

Compile = Callable[[bytes], object]


def error_of(path: str, source: bytes, error: BaseException, compile_bytes: Compile) -> Diagnostic:
    """Return what the compiler's *error* on *source* means, and where."""
    if isinstance(error, SyntaxError):
        # Of a byte that is no UTF-8 the compiler names only the string that it is in.
        is_undecodable = error.msg.startswith(_NO_UTF8) and _bad_byte(source) is not None
        if error.lineno and (error.offset or 0) >= 0 and not is_undecodable:
            return _located(path, source, error)
        return _unlocated(path, source, error.msg)
    if isinstance(error, ValueError) and b"\0" in source:
        return _unlocated(path, source, str(error))
    if isinstance(error, RecursionError | MemoryError):
        line = _deepest_line(source, compile_bytes)
        return Diagnostic(path, line, 1, ERROR, _TOO_DEEP, _line_of(source, line))
    return file_error(path, f"cannot be compiled: {type(error).__name__}: {error}")


def warnings_of(
    path: str, source: bytes, found: list[warnings.WarningMessage], compile_bytes: Compile, *, as_errors: bool
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each of the compiler's warnings that were *found*."""
    severity = ERROR if as_errors else WARNING
    for number, warning in enumerate(found):
        line, message = warning.lineno, str(warning.message)
        exact = _warning_as_error(warning, source, compile_bytes) if number < _MOST_PLACED_WARNINGS else None
        if exact is not None and exact.lineno == line:
            yield _located(path, source, exact)._replace(severity=severity, message=message)
        else:
            yield Diagnostic(path, line, 1, severity, message, _line_of(source, line))


def _located(path: str, source: bytes, error: SyntaxError) -> Diagnostic:
    line, text = error.lineno or 1, _line_of(source, error.lineno or 1)
    column, end = error.offset or 0, error.end_offset or 0
    if error.end_lineno != line or end <= column:
        end = 0
    shift = _shift(error, text)
    if column < 1:
        column, end = _longest_number(text)
    # Behind the last character is the farthest that can be meant; some Pythons count bytes there.
    last = len(text) + 1
    column, end = min(column + shift, last), min(end + shift, last) if end else 0
    return Diagnostic(path, line, column, ERROR, error.msg, text, end if end > column else 0)


def _shift(error: SyntaxError, text: str) -> int:
    """Python 3.11 counts in the inside of an f-string, quoted in parentheses of its own."""
    if not error.msg.startswith("f-string") or not error.text or error.text.strip() in text:
        return 0
    return max(0, text.find(error.text.strip()[1:-1]) - 1)


def _longest_number(text: str) -> tuple[int, int]:
    """Return where the number is that has too many digits, for which the compiler gives no column."""
    longest = max(re.finditer(r"\d[\d_]*", text), key=lambda match: len(match[0]), default=None)
    return (longest.start() + 1, longest.end() + 1) if longest else (1, 0)


def _unlocated(path: str, source: bytes, message: str) -> Diagnostic:
    """Find the place of an error of decoding, for which the compiler names none."""
    if b"\0" in source:
        return _at(path, source, source.index(b"\0"), "source code cannot contain null bytes")
    coding, bad = _coding_of(source), _bad_byte(source)
    if bad is None and coding is not None:
        bad = coding[1]
    return _at(path, source, bad, message.removeprefix("(unicode error) "))


def _coding_of(source: bytes) -> tuple[str, int] | None:
    """Return the coding that the first two lines declare, and where it is written."""
    start = 0
    for line in source.splitlines(keepends=True)[:2]:
        content = line.removeprefix(codecs.BOM_UTF8) if start == 0 else line
        if (match := _CODING.match(content)) is not None:
            return match[1].decode("ascii", "replace"), start + len(line) - len(content) + match.start(1)
        if not _NO_CODE.match(content):
            return None
        start += len(line)
    return None


def _bad_byte(source: bytes) -> int | None:
    """Return where the source cannot be decoded."""
    coding = _coding_of(source)
    try:
        source.decode("utf-8" if coding is None or source.startswith(codecs.BOM_UTF8) else coding[0])
    except UnicodeDecodeError as error:
        return error.start
    except (LookupError, UnicodeError, ValueError):
        return None
    return None


def _at(path: str, source: bytes, offset: int | None, message: str) -> Diagnostic:
    before = source[: offset or 0]
    line = len(_lines(before + b"."))
    column, text = len(_text(_lines(before + b".")[-1])), _line_of(source, line)
    return Diagnostic(path, line, min(column, len(text) + 1), ERROR, message, text)


def _line_of(source: bytes, number: int) -> str:
    """Return a line as text: for people, so that what cannot be decoded is shown somehow."""
    lines = _lines(source)
    return _text(lines[number - 1], _coding_of(source)) if 0 < number <= len(lines) else ""


def _lines(source: bytes) -> list[bytes]:
    return re.split(rb"\r\n|\r|\n", source)


def _text(line: bytes, coding: tuple[str, int] | None = None) -> str:
    name = coding[0] if coding else "utf-8"
    with suppress(LookupError, UnicodeError, ValueError):
        if ".".encode(name) == b".":  # else the lines are no lines in it, as in UTF-16
            return line.removeprefix(codecs.BOM_UTF8).decode(name)
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


def _warning_as_error(warning: warnings.WarningMessage, source: bytes, compile_bytes: Compile) -> SyntaxError | None:
    """Return the compiler's exception in place of *warning*: it knows the column too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", re.escape(str(warning.message)), warning.category, lineno=warning.lineno)
        try:
            compile_bytes(source)
        except SyntaxError as error:
            return error
        except Exception:  # noqa: BLE001 - the warning itself is shown all the same
            return None
    return None
