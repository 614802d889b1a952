"""Events: facts, named in the past tense, that travel through the dispatcher.

Named tuples, and not frozen dataclasses, whose import takes as long as a fork and a compilation together;
those that carry nothing are plain classes.
"""

from __future__ import annotations

from typing import NamedTuple


class KeyPressed(NamedTuple):
    """A key came from the terminal; *key* is its name (``a``, ``esc``, ``up``)."""

    key: str


class TimedOut(NamedTuple):
    """The time a job was given, in seconds, is over."""

    seconds: float


class SignalReceived(NamedTuple):
    """This process was asked to end by the signal *number*.

    *by_terminal*: it was typed (Ctrl-C), so that the whole foreground group has got it too.
    """

    number: int
    by_terminal: bool = False


class Progressed(NamedTuple):
    """A job reports how far it is, in a value of its own."""

    value: object


class StopRequested:
    """Ctrl-Z was typed."""


class Continued:
    """This process goes on after a stop."""


class JobEnded:
    """The job has come to its end; its outcome can be had."""


class HandlerFailed(NamedTuple):
    """A handler raised *error* on *event*; the other handlers went on."""

    event: object
    error: Exception
