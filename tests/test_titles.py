"""What a menu calls a callable that brings no title."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parl.core.titles import first_line, readable, title_of


def run_tests() -> None: ...


def documented() -> None:
    """Deploy to production.

    Slowly.
    """


def below() -> None:
    """

    Begins below.
    """


def blank() -> None:
    """ """


def _private_helper() -> None: ...


def with_arguments(number: int, name: str = "") -> None:
    """Work with arguments."""


@functools.wraps(documented)
def wrapper() -> None: ...


@functools.wraps(documented)
def retitled() -> None: ...


retitled.__doc__ = "Deploy to the test system."


class Service:
    """A service."""

    def start_all(self) -> None: ...

    def stop(self) -> None:
        """Stop it."""

    @classmethod
    def make(cls) -> None:
        """Make one."""

    @staticmethod
    def look_up() -> None: ...


class Special(Service):
    def stop(self) -> None: ...


class Bare: ...


def objects() -> list[tuple[Callable[..., object], str]]:
    class Documented:
        """A deployment."""

        def __call__(self) -> None: ...

    class DocumentedCall:
        """A deployment."""

        def __call__(self) -> None:
            """Deploy it."""

    class Undocumented:
        def __call__(self) -> None: ...

    class WithoutDictionary:
        __slots__ = ()

        def __call__(self) -> None: ...

    @dataclass
    class Made:
        number: int = 1

        def __call__(self) -> None: ...

    @dataclass
    class MadeAndDocumented:
        """Data that acts."""

        number: int = 1

        def __call__(self) -> None: ...

    return [
        (Documented(), "A deployment"),
        (DocumentedCall(), "Deploy it"),
        (Undocumented(), "Undocumented"),
        (WithoutDictionary(), "WithoutDictionary"),
        (Made(), "Made"),
        (MadeAndDocumented(), "Data that acts"),
    ]


@pytest.mark.parametrize(
    ("callback", "title"),
    [
        (run_tests, "Run tests"),
        (documented, "Deploy to production"),
        (below, "Begins below"),
        (blank, "Blank"),
        (_private_helper, "Private helper"),
        (wrapper, "Deploy to production"),
        (lambda: None, "Nameless"),
        (Service().start_all, "Start all"),
        (Service().stop, "Stop it"),
        (Special().stop, "Stop it"),
        (Service.make, "Make one"),
        (Service.look_up, "Look up"),
        (Service, "A service"),
        (Special, "Special"),
        (Bare, "Bare"),
        ([].append, "Append object to the end of the list"),
        (functools.partial(with_arguments, 1), "Work with arguments"),
        (functools.partial(functools.partial(with_arguments, 1), name="x"), "Work with arguments"),
        (functools.partial(run_tests), "Run tests"),
        (functools.cache(run_tests), "Run tests"),
        (functools.cache(documented), "Deploy to production"),
        (functools.partial(functools.cache(documented)), "Deploy to production"),
        (retitled, "Deploy to the test system"),
        (functools.partial(Service().stop), "Stop it"),
        *objects(),
    ],
)
def test_a_callable_is_called_by_its_docstring_or_its_name(callback: Callable[..., object], title: str) -> None:
    assert title_of(callback) == title


@pytest.mark.parametrize(
    ("docstring", "line"),
    [
        (None, ""),
        ("", ""),
        (" \n\t\n", ""),
        ("Deploy.", "Deploy"),
        ("Deploy", "Deploy"),
        ("Deploy?", "Deploy?"),
        ("Wait...", "Wait..."),
        ("Deploy v1.2. Then rest.", "Deploy v1.2. Then rest"),
        ("\n   Deploy.   \n\n   Later.", "Deploy"),
        ("One.\r\nTwo.", "One"),
    ],
)
def test_the_first_line_that_says_something_counts(docstring: str | None, line: str) -> None:
    assert first_line(docstring) == line


@given(st.text())
def test_a_title_is_one_line_without_space_around(text: str) -> None:
    line = first_line(text)
    assert len(line.splitlines()) <= 1
    assert not line[:1].isspace()
    assert line in text


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("run_tests", "Run tests"),
        ("_run_tests", "Run tests"),
        ("print_", "Print"),
        ("__init__", "Init"),
        ("runTests", "RunTests"),
        ("HTTP_get", "HTTP get"),
        ("X_ray_X", "X ray X"),
        ("x", "X"),
        ("ärger_machen", "Ärger machen"),
    ],
)
def test_a_name_is_read_as_words(name: str, title: str) -> None:
    assert readable(name) == title
