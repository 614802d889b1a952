"""The numbers of choices: from 1, and one to leave by that is never one of theirs."""

from __future__ import annotations

from parl.core.errors import UsageError

MOST_DIGITS = 9
"""More than any menu's numbers have."""


class ChoiceError(UsageError):
    """What was typed is no choice of the menu: the *problem*, and what to type instead."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem


def exit_number(count: int) -> int:
    """Return the number to leave by where there are *count* options: 99, or more nines where that is one of them."""
    return int("9" * max(2, len(str(count + 1))))


def parse_choice(text: str, count: int) -> int | None:
    """Return the number from 1 to *count* that *text* is; None for the exit's. Raises ChoiceError."""
    leave = exit_number(count)
    choices = {0: "", 1: "1 or "}.get(count, f"1 to {count}, or ")
    remedy = f"type {choices}{leave} to leave"
    text = text.strip()
    digits = text.removeprefix("-")
    if not text:
        raise ChoiceError("nothing was typed", remedy)
    if not (digits.isascii() and digits.isdigit()):  # '²'.isdigit() is true, int('²') is not
        raise ChoiceError(f"{text!r} is not a number", remedy)
    number = int(text) if len(digits) <= MOST_DIGITS else -1
    if number == leave:
        return None
    if not 1 <= number <= count:
        raise ChoiceError(f"{text} is out of range", remedy)
    return number


def count_for(text: str) -> int | None:
    """Return how many options must be known to choose the one that *text* is the number of; None for all."""
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text) or None
    return None
