"""The chooser in plain lines: a numbered list on stderr, a number read."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from parl.cli.line_reader import LineReader
from parl.core.choice_number import ChoiceError, exit_number, parse_choice
from parl.platform import TERMINAL_KEYS, has_terminal


class NothingChosenError(Exception):
    """The input ended without a choice: *by_user*, who sits at a terminal, or because nobody can answer."""

    def __init__(self, *, by_user: bool) -> None:
        super().__init__()
        self.by_user = by_user


def parse_choices(text: str, count: int, *, multi: bool) -> list[int]:
    """Return the numbers in *text*, in order: one, or with *multi* several; none for the exit's. Raises ChoiceError."""
    words = text.replace(",", " ").split()
    if not multi and len(words) > 1 and all(map(str.isdigit, words)):
        raise ChoiceError(f"{text.strip()!r} are several, and only --multi takes several", f"type one of 1 to {count}")
    numbers = [parse_choice(word, count) for word in (words if multi else []) or [text]]
    return sorted({number for number in numbers if number is not None})


def ask_by_number(
    labels: Sequence[str], reader: LineReader, *, prompt: str, default: int | None, multi: bool, deadline: float | None
) -> list[int] | None:
    """Return the numbers that are chosen, none for the exit's; None when *deadline* (``time.monotonic``) has come.

    *default*: the number that an empty line means. Raises NothingChosenError at the end of input.
    """
    for number, label in enumerate(labels, 1):
        reader.say(f"{number}. {label}")
    reader.say(f"{exit_number(len(labels))}. exit")
    if default is not None:
        prompt = f"[{default}] {prompt}"
    while True:
        try:
            text = reader.ask_within(prompt, None if deadline is None else max(0.0, deadline - time.monotonic()))
        except EOFError as error:
            raise NothingChosenError(by_user=reader.is_terminal) from error
        if text is None:
            return None
        if not text.strip() and default is not None:
            return [default]
        try:
            return parse_choices(text, len(labels), multi=multi)
        except ChoiceError as error:
            reader.say(str(error))


def answers_from(*, items_on_stdin: bool) -> LineReader:
    """Return the reader of answers: stdin, or where that brings the items, the terminal. Raises NothingChosenError."""
    if not items_on_stdin:
        return LineReader()
    if not has_terminal():
        raise NothingChosenError(by_user=False)
    try:
        return LineReader(os.open(TERMINAL_KEYS, os.O_RDWR))
    except OSError as error:
        raise NothingChosenError(by_user=False) from error


NO_WAY_TO_ASK = "no terminal to choose on, and no number on stdin; --answer N, --select-1 and --default need neither"
