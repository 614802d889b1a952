"""Words to people: all that parl writes goes through here, but for results, which are stdout's."""

from __future__ import annotations

import sys
from contextlib import suppress

from parl.cli.color import chosen_color
from parl.cli.printable import printable
from parl.platform import TERMINAL_SCREEN, is_terminal


def say(words: str, color: str | None = None) -> None:
    """Say *words*, one line, on stderr."""
    say_lines([(words, color)])


def say_lines(lines: list[tuple[str, str | None]]) -> None:
    """Say lines on stderr, each in its colour."""
    import click

    styled = [click.style(printable(words), fg=color) if color else printable(words) for words, color in lines]
    with suppress(OSError):  # a terminal that is gone must not keep us from cleaning up
        click.echo("\n".join(styled), err=True, color=chosen_color())


def say_on_terminal(words: str) -> None:
    """Say *words* on the terminal itself, wherever stderr goes."""
    _write_on_terminal(f"{printable(words)}\n")


def say_to_people(words: str, color: str | None = None) -> None:
    """Say *words* on stderr, or where that goes elsewhere, on the terminal itself."""
    if stderr_is_terminal():
        say(words, color)
    else:
        say_on_terminal(words)


def write_words(words: str, *, to_terminal: bool) -> None:
    """Write *words*, which end no line, on stderr or on the terminal itself."""
    if to_terminal:
        _write_on_terminal(words)
        return
    with suppress(OSError, AttributeError):
        sys.stderr.write(words)
        sys.stderr.flush()


def ring_bell() -> None:
    """Have the terminal ring its bell, if there is one: stderr, or wherever that goes, the terminal itself."""
    write_words("\a", to_terminal=not stderr_is_terminal())


def _write_on_terminal(text: str) -> None:
    with suppress(OSError), open(TERMINAL_SCREEN, "w", errors="backslashreplace") as terminal:
        terminal.write(text)


def stderr_is_terminal() -> bool:
    """Return whether people read stderr as it is written."""
    return sys.stderr is not None and sys.stderr.isatty() and is_terminal(2)  # Windows' NUL passes for one
