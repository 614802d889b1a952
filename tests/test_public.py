"""What `import parl` offers: nothing by accident, and each with words."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import parl
import parl.testing
from tests.conftest import run_python

PUBLIC = [
    "AbortFlag",
    "Aborted",
    "CallAtTime",
    "ChildJob",
    "ChoiceError",
    "Clock",
    "CommandFailedError",
    "CommandJob",
    "CommandNotExecutableError",
    "CommandNotFoundError",
    "Diagnostic",
    "Dialogue",
    "Dispatcher",
    "DummyCompiler",
    "FunctionJob",
    "HandlerFailed",
    "Job",
    "JobCrashedError",
    "JobEnded",
    "KeyPressed",
    "Keyboard",
    "Menu",
    "NoKeyboard",
    "Observer",
    "Option",
    "Outcome",
    "ParlError",
    "Progress",
    "RepeatedCall",
    "ScheduledCall",
    "Scheduler",
    "SignalReceived",
    "SystemClock",
    "TimedOut",
    "Timer",
    "TreeCompiler",
    "TreeOptions",
    "TreeResult",
    "UsageError",
    "__version__",
    "compile_tree",
    "open_keyboard",
    "run_abortable",
]
MADE_BY_THE_SCHEDULER = {"ScheduledCall", "RepeatedCall", "CallAtTime"}
TESTING = ["FakeClock", "FakeKeyboard"]


def _objects() -> Iterator[tuple[str, object]]:
    for name in PUBLIC:
        if name != "__version__":
            yield name, getattr(parl, name)
    for name in TESTING:
        yield name, getattr(parl.testing, name)


def _members() -> Iterator[tuple[str, object, str]]:
    """Go through everything public that can be called or asked, with all the words there are on it."""
    for name, public in _objects():
        words = inspect.getdoc(public) or ""
        yield name, public, words
        for member in dir(public) if inspect.isclass(public) else ():
            found = inspect.getattr_static(public, member)
            if not member.startswith("_") and (inspect.isfunction(found) or isinstance(found, property)):
                yield f"{name}.{member}", found, (inspect.getdoc(getattr(public, member)) or "") and words


def test_it_is_exactly_this() -> None:
    assert sorted(parl.__all__) == sorted(PUBLIC)
    own = [name for name, each in vars(parl.testing).items() if getattr(each, "__module__", "") == "parl.testing"]
    assert [name for name in own if not name.startswith("_")] == TESTING
    names = set(run_python("import parl; print(*dir(parl))").stdout.split())
    assert {name for name in names if not name.startswith("_")} - {"annotations", "TYPE_CHECKING"} == set(PUBLIC) - {
        "__version__"
    }


def test_all_of_it_can_be_imported_at_once() -> None:
    ended = run_python("from parl import *; print(run_abortable.__module__, Timer.__module__)")
    assert ended.stdout == "parl.core.terminator parl.core.timer\n"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'parl' has no attribute 'Tiner'"):
        _ = parl.Tiner  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, _, words in _members()])
def test_everything_public_says_what_it_is(name: str, words: str) -> None:
    assert words, name


@pytest.mark.parametrize(("name", "public"), [(name, public) for name, public, _ in _members()])
def test_every_parameter_is_explained(name: str, public: object) -> None:
    if isinstance(public, property) or name in MADE_BY_THE_SCHEDULER or _is_exception(public):
        return
    owner = name.partition(".")[0]
    words = " ".join(inspect.getdoc(each) or "" for each in (public, dict(_objects())[owner]))
    words += _field_words(public)
    parameters = inspect.signature(public).parameters  # type: ignore[arg-type]
    named = [each for each in parameters if each not in ("self", "args", "kwargs") and not each.startswith("_")]
    inherited = [
        getattr(base, name.partition(".")[2], None) for base in getattr(dict(_objects())[owner], "__mro__", ())
    ]
    words += " ".join(inspect.getdoc(each) or "" for each in inherited if each is not None)
    assert [each for each in named if not re.search(rf"\b{each}\b", words)] == []


def _is_exception(public: object) -> bool:
    return inspect.isclass(public) and issubclass(public, BaseException)


def _field_words(public: object) -> str:
    """Return the names of a named tuple's fields that have a docstring, which Python itself does not keep."""
    if not (inspect.isclass(public) and issubclass(public, tuple)):
        return ""
    tree = ast.parse(Path(inspect.getsourcefile(public) or "").read_text(encoding="utf-8"))
    (body,) = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == public.__name__)
    return " ".join(
        field.target.id
        for field, after in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr)
    )
