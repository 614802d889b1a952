"""Events: facts, named in the past tense, that travel through the dispatcher.

Frozen dataclasses; those that carry nothing are plain classes, which start up faster.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyPressed:
    """A key came from the terminal; *key* is its name (``a``, ``esc``, ``up``)."""

    key: str


@dataclass(frozen=True)
class TimedOut:
    """The time a job was given, in seconds, is over."""

    seconds: float


@dataclass(frozen=True)
class SignalReceived:
    """This process was asked to end by the signal *number*.

    *by_terminal*: it was typed (Ctrl-C), so that the whole foreground group has got it too.
    """

    number: int
    by_terminal: bool = False


@dataclass(frozen=True)
class Progressed:
    """A job reports how far it is, in a value of its own."""

    value: object


class StopRequested:
    """Ctrl-Z was typed."""


class Continued:
    """This process goes on after a stop."""


class JobEnded:
    """The job has come to its end; its outcome can be had."""


@dataclass(frozen=True)
class HandlerFailed:
    """A handler raised *error* on *event*; the other handlers went on."""

    event: object
    error: Exception
