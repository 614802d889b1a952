"""Bytecode reads the same whatever the process that wrote it had interned."""

from __future__ import annotations

import marshal
import string
import sys

import pytest

from parl.core.marshalled import _SIGNS, EVERY_SIGN_IS_INTERNED, interned_signs, without_interned
from tests.conftest import run_python

pytestmark = pytest.mark.usefixtures("unmeasured")

some_are_not = pytest.mark.skipif(EVERY_SIGN_IS_INTERNED, reason="this Python interns every sign in every process")

# Every kind of constant that a .pyc can hold, and signs among all of them.
SOURCE = (
    """
def outer(a, *, b="{", **c):
    '''Say }.'''
    def inner(x=1.5, y=2j, z=10**40, w=...):
        return lambda: (a, b, c, x, y, z, w, -3, -(2**40), 2**31, "ü{", "漢字", b"}", b"x" * 3, None, True, False)
    return {"{": "}", "(": ")"}, a in {"[", "]", "{"}, "long {} " + "}" * 300, "ü" * 300, inner
class K:
    slots = ("{", "}", "@", "*", " ", "\\n", "a", "äh")
"""
    + f"many = {tuple(range(300))!r} + ('{{', '}}')\n"
)
WRITE = """
import marshal, sys
code = marshal.dumps(compile(sys.argv[1], "x.py", "exec", dont_inherit=True))
sys.stdout.buffer.write(code)
"""


def clean_bytes() -> bytes:
    """Return the bytecode as a fresh interpreter writes it."""
    done = run_python(WRITE, SOURCE, text=False)
    assert isinstance(done.stdout, bytes)
    return done.stdout


def test_the_signs_are_all_that_there_are() -> None:
    assert {*_SIGNS} == {*string.punctuation, *string.whitespace} - {*"*_"}


@some_are_not
def test_signs_that_are_interned_are_known() -> None:
    for sign in _SIGNS:
        sys.intern(sign)
    assert interned_signs() == [b"\1" + sign.encode() for sign in _SIGNS]


def test_a_fresh_process_has_interned_no_sign() -> None:
    done = run_python("from parl.core.marshalled import interned_signs; print(interned_signs())")
    assert done.stdout == "[]\n"


@some_are_not
def test_bytecode_is_that_of_a_fresh_process() -> None:
    for sign in _SIGNS:
        sys.intern(sign)
    written = marshal.dumps(compile(SOURCE, "x.py", "exec", dont_inherit=True))
    clean = clean_bytes()
    assert written != clean, "else there is nothing to mend"
    assert without_interned(written, interned_signs()) == clean


def test_what_holds_no_sign_is_not_walked() -> None:
    assert without_interned(b"no marshal at all", [b"\1{"]) == b"no marshal at all"


def test_an_unknown_kind_is_not_taken_for_bytecode() -> None:
    with pytest.raises(ValueError, match="'w'"):
        without_interned(b"w\xda\x01{", [b"\1{"])
