"""A diagnostic: what is wrong with a source, and where."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"


class Diagnostic(NamedTuple):
    """What is wrong with a source, and where; ``str`` gives the line that editors read."""

    path: str
    """As the user wrote it, or as found below what the user wrote."""
    line: int
    """From 1; also 1 where the whole file is meant."""
    column: int
    """From 1, in characters."""
    severity: str
    """``error`` or ``warning``."""
    message: str
    """What is wrong, in the compiler's words."""
    source_line: str = ""
    """The line's text, without its end; empty where the file could not be read."""
    end_column: int = 0
    """The first column behind what is meant; 0 where only its start is known."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message}"


def file_error(path: str, message: str) -> Diagnostic:
    """Return an error that concerns the file as a whole."""
    return Diagnostic(path, 1, 1, ERROR, message)
