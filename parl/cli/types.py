"""Option types that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from parl.core.defaults import ANY_KEY

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

T = TypeVar("T")


class DurationType(click.ParamType[float]):
    """A duration, in seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse what the user wrote."""
        if isinstance(value, float):
            return value
        from parl.core.duration import parse_duration
        from parl.core.errors import UsageError

        try:
            return parse_duration(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class KeysType(click.ParamType[tuple[str, ...]]):
    """One key or several, separated by commas."""

    name = "key"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names, as a Keyboard reports them; none for any key."""
        if isinstance(value, tuple):
            return value
        if value.lower() == ANY_KEY:
            return ()
        from parl.platform.keys import parse_key_names

        try:
            return parse_key_names(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click gives it
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem[str]]:
        """Offer the keys that have a name, behind those that are typed."""
        from click.shell_completion import CompletionItem

        from parl.platform.keys import free_key_names

        before, comma, last = incomplete.rpartition(",")
        names = free_key_names() if comma else [ANY_KEY, *free_key_names()]
        return [CompletionItem(before + comma + name) for name in names if name.startswith(last)]


class OneOf(click.Choice[T]):
    """One word of a few."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Tell which there are, and which one may have been meant."""
        from parl.core.suggestion import did_you_mean

        words = list(self._normalized_mapping(ctx=ctx).values())
        return f"'{value}' is unknown; there are {', '.join(words)}{did_you_mean(str(value), words)}"


class CountType(click.ParamType[int]):
    """A number from *least*; *what* says that in words."""

    name = "count"

    def __init__(self, least: int, what: str) -> None:
        self._least = least
        self._what = what

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse what the user wrote."""
        if isinstance(value, int):
            return value
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= self._least):
            self.fail(f"'{value}' is not {self._what}", param, ctx)
        return int(value)


COUNT = CountType(0, "a number from 1, or 0 for all")
TIMES = CountType(1, "a number from 1")
DURATION = DurationType()
KEYS = KeysType()
