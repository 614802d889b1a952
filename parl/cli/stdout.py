"""Standard output: results, and nothing else, each out before anything else happens."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager

from parl.cli.color import chosen_color
from parl.core.errors import ParlError, words_of
from parl.platform import is_pipe

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Iterator


class StdoutError(ParlError):
    """Standard output takes no more: nobody reads it, or there is no room."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {words_of(error)}")
        self.is_broken_pipe: bool = is_broken_pipe(error)
        """Whether it is a pipe without a reader: no failure, but a reason to end quietly."""


def write_result(text: str, color: str | None = None) -> None:
    """Write to stdout, if it is open, and flush (note 10). Raises StdoutError."""
    if sys.stdout is None:
        return
    is_colored = color is not None and chosen_color() is not False and (chosen_color() or sys.stdout.isatty())
    if is_colored:
        import click  # only here: its import takes longer than a whole short run
    with _stdout_errors():
        if is_colored:
            click.secho(text, nl=False, fg=color, color=chosen_color())
        else:
            _write_whole(text)
        sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Write *data* to stdout, which must be open, as it is, and flush. Raises StdoutError."""
    with _stdout_errors():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def flush_users_words() -> None:
    """Flush what users' functions have printed. Raises StdoutError."""
    if sys.stdout is not None and not sys.stdout.closed:
        with _stdout_errors():
            sys.stdout.flush()


@contextmanager
def _stdout_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StdoutError(error) from error


def is_broken_pipe(error: OSError) -> bool:
    """Return whether *error* says that nobody reads stdout any more."""
    if isinstance(error, BrokenPipeError):
        return True
    if sys.platform != "win32":
        return False
    # The C runtime has no name for a pipe that is being closed. Other calls that say EINVAL come with the system's
    # own number, or name a file.
    return error.errno == errno.EINVAL and error.winerror is None and error.filename is None and is_pipe(1)


def _write_whole(text: str) -> None:
    """Write *text* also where stdout's encoding has no word for it: as the bytes that it came in, or as an escape."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        if sys.platform == "win32":  # words do not come in bytes there
            encoding = sys.stdout.encoding
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(os.fsencode(text))
