"""parl puts a key, a clock and a menu around work that blocks.

The engine under the command, for Python programs::

    from parl import CommandJob, run_abortable

    outcome = run_abortable(CommandJob(["make", "-j4"]))  # any key stops it
    if outcome.is_aborted:
        ...

What is public is what stands in ``__all__``, and ``parl.testing``; all else, also in ``parl.cli``,
``parl.core`` and ``parl.platform``, may change without notice.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take the name for true; typing itself takes long to import
if TYPE_CHECKING:
    from parl.core.abort import AbortFlag as AbortFlag
    from parl.core.child import ChildJob as ChildJob
    from parl.core.choice_number import ChoiceError as ChoiceError
    from parl.core.clock import Clock as Clock
    from parl.core.clock import SystemClock as SystemClock
    from parl.core.command import CommandJob as CommandJob
    from parl.core.demonstration import DummyCompiler as DummyCompiler
    from parl.core.diagnostic import Diagnostic as Diagnostic
    from parl.core.dispatcher import Dispatcher as Dispatcher
    from parl.core.errors import Aborted as Aborted
    from parl.core.errors import CommandFailedError as CommandFailedError
    from parl.core.errors import CommandNotExecutableError as CommandNotExecutableError
    from parl.core.errors import CommandNotFoundError as CommandNotFoundError
    from parl.core.errors import JobCrashedError as JobCrashedError
    from parl.core.errors import ParlError as ParlError
    from parl.core.errors import UsageError as UsageError
    from parl.core.events import HandlerFailed as HandlerFailed
    from parl.core.events import JobEnded as JobEnded
    from parl.core.events import KeyPressed as KeyPressed
    from parl.core.events import SignalReceived as SignalReceived
    from parl.core.events import TimedOut as TimedOut
    from parl.core.job import FunctionJob as FunctionJob
    from parl.core.job import Job as Job
    from parl.core.job import Outcome as Outcome
    from parl.core.menu import Dialogue as Dialogue
    from parl.core.menu import Menu as Menu
    from parl.core.menu import Option as Option
    from parl.core.scheduled_call import CallAtTime as CallAtTime
    from parl.core.scheduled_call import RepeatedCall as RepeatedCall
    from parl.core.scheduled_call import ScheduledCall as ScheduledCall
    from parl.core.scheduler import Scheduler as Scheduler
    from parl.core.terminator import Observer as Observer
    from parl.core.terminator import run_abortable as run_abortable
    from parl.core.timer import Timer as Timer
    from parl.core.tree_compiler import Progress as Progress
    from parl.core.tree_compiler import TreeCompiler as TreeCompiler
    from parl.core.tree_compiler import TreeResult as TreeResult
    from parl.core.tree_compiler import compile_tree as compile_tree
    from parl.core.tree_options import TreeOptions as TreeOptions
    from parl.platform import open_keyboard as open_keyboard
    from parl.platform.base import Keyboard as Keyboard
    from parl.platform.base import NoKeyboard as NoKeyboard

__version__ = "0.1.0.dev0"

# Imported when first asked for: ``import parl`` alone costs next to nothing.
_HOMES = {
    "parl.core.abort": ("AbortFlag",),
    "parl.core.child": ("ChildJob",),
    "parl.core.clock": ("Clock", "SystemClock"),
    "parl.core.command": ("CommandJob",),
    "parl.core.demonstration": ("DummyCompiler",),
    "parl.core.dispatcher": ("Dispatcher",),
    "parl.core.errors": (
        "Aborted",
        "CommandFailedError",
        "CommandNotExecutableError",
        "CommandNotFoundError",
        "JobCrashedError",
        "ParlError",
        "UsageError",
    ),
    "parl.core.events": ("HandlerFailed", "JobEnded", "KeyPressed", "SignalReceived", "TimedOut"),
    "parl.core.job": ("FunctionJob", "Job", "Outcome"),
    "parl.core.diagnostic": ("Diagnostic",),
    "parl.core.choice_number": ("ChoiceError",),
    "parl.core.menu": ("Dialogue", "Menu", "Option"),
    "parl.core.scheduled_call": ("CallAtTime", "RepeatedCall", "ScheduledCall"),
    "parl.core.scheduler": ("Scheduler",),
    "parl.core.terminator": ("Observer", "run_abortable"),
    "parl.core.timer": ("Timer",),
    "parl.core.tree_compiler": ("Progress", "TreeCompiler", "TreeResult", "compile_tree"),
    "parl.core.tree_options": ("TreeOptions",),
    "parl.platform": ("open_keyboard",),
    "parl.platform.base": ("Keyboard", "NoKeyboard"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = ["__version__", *_HOME_OF]


def __getattr__(name: str) -> object:
    """Import the module that *name* lives in."""
    from importlib import import_module

    if name not in _HOME_OF:
        raise AttributeError(f"module 'parl' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Show what can be asked for."""
    return sorted({*globals(), *_HOME_OF})
