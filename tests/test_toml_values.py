"""What the values of a parl.toml may be, and what is said of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from parl.core.errors import UsageError
from parl.core.toml_values import command, count, duration, keys, levels, one_of, path, refuse_unknown, strings, truth

Check = Callable[[object], object]


def color(value: object) -> str:
    return one_of("red", "green")(value)


@pytest.mark.parametrize(
    ("check", "value", "meant"),
    [
        (command, "make -j4", "make -j4"),
        (command, ["make", ""], ["make", ""]),
        (strings, ["src"], ["src"]),
        (duration, "1m", 60.0),
        (duration, 90, 90.0),
        (duration, 0.5, 0.5),
        (keys, "any", ()),
        (keys, "ANY", ()),
        (keys, "q,Esc", ("q", "esc")),
        (color, "green", "green"),
        (count, 0, 0),
        (count, 8, 8),
        (levels, 2, [2]),
        (levels, [0, 1, 2], [0, 1, 2]),
        (path, "build/pyc", "build/pyc"),
        (truth, True, True),
        (truth, False, False),
    ],
)
def test_what_may_be_written(check: Check, value: object, meant: object) -> None:
    assert check(value) == meant


COMMAND = 'must be a command: a string for the shell, or a list like ["make", "-j8"]'
NUL = "holds a NUL character, which no command can be given"
STRINGS = 'must be a list of strings, and not empty, like ["src", "tests"]'
DURATION = 'must be a duration, like "30m" or 90'
COUNT = "must be a number from 1, or 0 for all cores"
LEVELS = "must be 0, 1 or 2, or a list of them"
PATH = 'must be a path, like "build/pyc"'


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        *[(command, value, COMMAND) for value in (1, [], "", " ", ["", "x"], ["make", 8], {})],
        (command, "a\0b", NUL),
        (command, ["a", "\0"], NUL),
        *[(strings, value, STRINGS) for value in ("src", [], [""], ["src", 1], 1)],
        *[(duration, value, DURATION) for value in (True, None, [1])],
        (keys, 1, 'must name keys, like "q" or "q,esc"'),
        (keys, "nokey", "'nokey' is no key; write a character, or a name like esc, enter, space, f1, ctrl-x"),
        *[(color, value, "must be one of red, green") for value in ("blue", "", 1, ["red"])],
        *[(count, value, COUNT) for value in (-1, True, 1.0, "1")],
        *[(levels, value, LEVELS) for value in (3, -1, True, "1", [], [0, 3], [True])],
        *[(path, value, PATH) for value in ("", "a\0b", 1)],
        *[(truth, value, "must be true or false") for value in (1, "true", None)],
    ],
)
def test_what_may_not_be_written_is_told_what_it_must_be(check: Check, value: object, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(value)
    assert str(raised.value) == words


@pytest.mark.parametrize(
    ("key", "hint"), [("comand", "did you mean 'command'?"), ("zzz", "there are command, paths, out")]
)
def test_an_unknown_key_is_named_with_the_nearest_or_all(key: str, hint: str) -> None:
    known = ("command", "paths", "out")
    table: dict[str, Any] = {"out": 1, key: 2}
    with pytest.raises(UsageError) as raised:
        refuse_unknown("parl.toml", "compile.", table, known)
    assert str(raised.value) == f"parl.toml: unknown key 'compile.{key}' ({hint})"
    refuse_unknown("parl.toml", "compile.", dict.fromkeys(known), known)
