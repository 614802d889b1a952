"""``parl menu --choose``: items in, the chosen ones out, and nothing else on stdout."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from parl.cli.ending import leave
from parl.cli.exit_codes import ExitCode
from parl.cli.screen_choice import open_screen
from parl.cli.speech import say
from parl.cli.stdout import write_bytes
from parl.cli.voice import timed_out_words
from parl.core.choice_number import ChoiceError, count_for
from parl.core.errors import ParlError, UsageError, words_of
from parl.core.items import ItemReader, Items, to_text
from parl.core.pick_list import PickList
from parl.platform import is_terminal

if TYPE_CHECKING:
    from parl.cli.screen_terminal import ScreenTerminal

# What to wait for before the first painting, so that a short list appears at once and whole.
_FIRST_ITEMS, _FIRST_SECONDS = 64, 0.05


class Plan(NamedTuple):
    """What the options come to. *items*: as typed; none to read them from stdin. Times in seconds."""

    items: Sequence[str] = ()
    null: bool = False
    multi: bool = False
    query: str = ""
    select_1: bool = False
    exit_0: bool = False
    default: str | None = None
    timeout: float | None = None
    answer: str | None = None
    prompt: str = "> "
    label_separator: str | None = None
    numbered: bool = False


def choose(plan: Plan) -> NoReturn:
    """Let *plan*'s items be chosen from, write what was chosen to stdout, and exit."""
    _Chooser(plan).run()


class _Chooser:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._deadline = None if plan.timeout is None else time.monotonic() + plan.timeout
        self._items = _items(plan)
        self._picks = PickList(self._items.labels)

    def run(self) -> NoReturn:
        plan = self._plan
        if plan.answer is not None and not (plan.query or plan.multi or plan.default):
            self._wait_for(count_for(plan.answer))  # no more: it may never end
        elif plan.select_1 or plan.exit_0 or plan.answer is not None:
            self._wait_for(None)
        else:
            self._items.wait(_FIRST_ITEMS, _FIRST_SECONDS)
        self._picks.filter(plan.query)
        if self._items.is_complete or plan.answer is not None:
            self._decide_alone()
        terminal = None if plan.numbered else open_screen()
        if terminal is not None:
            self._ask_on_screen(terminal)
        self._ask_by_number()

    def _wait_for(self, count: int | None) -> None:
        """Wait for *count* items, or all, no longer than the time-out allows."""
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        if not self._items.wait(count, left):
            self._time_out()

    def _decide_alone(self) -> None:
        """Leave where all items are known and there is nothing to ask."""
        plan = self._plan
        self._refuse_hopeless()
        self._picks.finish_search()
        if not len(self._picks) and plan.exit_0:
            leave(ExitCode.FAILED)
        if plan.answer is not None:
            self._leave_with_answer(plan.answer, self._shown())
        if plan.select_1 and len(self._picks) == 1:
            self._leave_with(self._shown())

    def _is_hopeless(self) -> bool:
        """Whether all items have come, and there is nothing that could be chosen, or not what it takes."""
        if not self._items.is_complete:
            return False
        default = self._plan.default
        is_lacking = default is not None and self._items.find(default) is None
        return self._items.error is not None or not self._picks.labels or is_lacking

    def _refuse_hopeless(self) -> None:
        if not self._is_hopeless():
            return
        if self._items.error is not None:
            raise ParlError(f"standard input: {words_of(self._items.error)}")
        if not self._picks.labels:
            leave(ExitCode.FAILED)
        raise UsageError(f"--default: '{self._plan.default}' is not among the items; name one of them")

    def _leave_with_answer(self, answer: str, shown: Sequence[int]) -> NoReturn:
        from parl.cli.choose_by_number import parse_choices

        try:
            numbers = parse_choices(answer, len(shown), multi=self._plan.multi)
        except ChoiceError as error:
            raise UsageError(f"--answer: {error.problem}; there are 1 to {len(shown)}") from error
        if not numbers:  # the number that leaves where one is asked
            raise UsageError(f"--answer: {answer} is out of range; there are 1 to {len(shown)}")
        self._leave_with_numbers(numbers, shown)

    def _shown(self) -> list[int]:
        """Return the indexes of what matches the query, in the list's order."""
        self._picks.finish_search()
        return sorted(map(self._picks.index_at, range(len(self._picks))))

    def _ask_on_screen(self, terminal: ScreenTerminal) -> NoReturn:
        from parl.cli.choose_screen import ChooseScreen

        plan = self._plan
        screen = ChooseScreen(
            self._picks,
            self._items,
            terminal,
            prompt=_prompt(plan),
            multi=plan.multi,
            default=plan.default,
            deadline=self._deadline,
            is_hopeless=self._is_hopeless,
        )
        chosen = screen.show()
        terminal.close()
        self._refuse_hopeless()
        if chosen is None or chosen.is_cancelled:
            leave(ExitCode.ABORTED)
        if chosen.is_timed_out:
            self._time_out()
        self._leave_with(chosen.indexes)

    def _ask_by_number(self) -> NoReturn:
        from parl.cli.choose_by_number import NO_WAY_TO_ASK, NothingChosenError, answers_from, ask_by_number

        self._wait_for(None)
        self._decide_alone()
        shown = self._shown()
        if not shown:
            leave(ExitCode.FAILED)
        default = None if self._plan.default is None else self._items.find(self._plan.default)
        try:
            reader = answers_from(items_on_stdin=not self._plan.items)
            numbers = ask_by_number(
                [self._items.labels[index] for index in shown],
                reader,
                prompt=_prompt(self._plan),
                default=shown.index(default) + 1 if default in shown else None,
                multi=self._plan.multi,
                deadline=self._deadline,
            )
        except NothingChosenError as nothing:
            if nothing.by_user:
                leave(ExitCode.ABORTED)
            if default is None:
                raise UsageError(NO_WAY_TO_ASK) from nothing
            self._leave_with([default])
        if numbers is None:
            reader.say("")  # the prompt's line
            self._time_out()
        self._leave_with_numbers(numbers, shown)

    def _time_out(self) -> NoReturn:
        """Take the default; without one, tell by the exit code."""
        index = None if self._plan.default is None else self._items.find(self._plan.default)
        if index is not None:
            self._leave_with([index])
        say(timed_out_words(self._plan.timeout or 0.0))
        leave(ExitCode.TIMEOUT)

    def _leave_with_numbers(self, numbers: Sequence[int], shown: Sequence[int]) -> NoReturn:
        if not numbers:  # the exit's number
            leave(ExitCode.ABORTED)
        self._leave_with([shown[number - 1] for number in numbers])

    def _leave_with(self, indexes: Sequence[int]) -> NoReturn:
        self._write([self._items.value(index) for index in indexes])

    def _write(self, values: Sequence[bytes]) -> NoReturn:
        """Write *values* as they came, and exit."""
        end = b"\0" if self._plan.null else b"\n"
        if not values:
            leave(ExitCode.FAILED)
        if sys.stdout is None:
            raise ParlError("standard output is closed: there is nowhere to write what was chosen")
        write_bytes(b"".join(value + end for value in values))
        leave(ExitCode.OK)


def _prompt(plan: Plan) -> str:
    return plan.prompt if plan.prompt[-1:].isspace() else f"{plan.prompt} "


def _items(plan: Plan) -> Items:
    if plan.items:
        return Items([to_text(os.fsencode(item)) for item in plan.items], None, plan.label_separator)
    if is_terminal(0):
        raise UsageError("no items to choose from; write them behind --choose, or pipe them in")
    return Items((), ItemReader(0, "\0" if plan.null else "\n"), plan.label_separator)
