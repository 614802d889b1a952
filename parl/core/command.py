"""A command as a job: any build, unchanged, with everything it starts."""

from __future__ import annotations

import os
from collections.abc import Sequence

from parl.core.abort import AbortFlag
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, ParlError
from parl.core.events import SignalReceived
from parl.core.job import Job, Outcome
from parl.platform import ProcessTree, open_process_tree

GRACE_SECONDS = 2.0
# What Ctrl-C gives the tree, which has got it too, to say its last words before it is terminated.
_LAST_WORDS_SECONDS = 0.5


class CommandJob(Job):
    """A command that knows nothing of parl: inherits our streams, ends whole on an abort.

    *null_stdin*: it reads nothing. *owns_children*: see ``open_process_tree``.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        grace_seconds: float = GRACE_SECONDS,
        null_stdin: bool = False,
        owns_children: bool = False,
    ) -> None:
        self._argv = argv
        self._cwd = cwd
        self._grace_seconds = grace_seconds
        self._null_stdin = null_stdin
        self._owns_children = owns_children
        self._tree: ProcessTree | None = None

    def start(self) -> None:
        """Start the command."""
        self._tree = open_process_tree(owns_children=self._owns_children)
        try:
            self._tree.start(self._argv, null_stdin=self._null_stdin, cwd=self._cwd)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise self._refusal(error) from error
        except OSError as error:  # no process, no descriptor, no memory left
            raise ParlError(f"{self._argv[0]}: cannot be started: {(error.strerror or str(error)).lower()}") from error

    def run(self, abort: AbortFlag) -> Outcome:
        """Wait for the command; end its whole tree if *abort* is set first."""
        tree = self._tree
        assert tree is not None, "start comes first"
        forget = abort.on_set(tree.interrupt)
        try:
            code = tree.wait()
            if abort.is_set():
                survivors = tree.end(self._grace_seconds, _head_start_seconds(abort.reason))
                return Outcome(aborted_by=abort.reason, survivors=survivors)
        except OSError as error:
            return Outcome(error=self._refusal(error))
        finally:
            forget()
        assert code is not None, "only the flag interrupts"
        return Outcome(signal=-code) if code < 0 else Outcome(exit_code=code)

    def hurry(self) -> None:
        """Skip what is left of the grace."""
        if self._tree is not None:
            self._tree.hurry()

    def end_rest(self) -> tuple[int, ...]:
        """End the processes that the command left behind."""
        return self._tree.end(self._grace_seconds) if self._tree is not None else ()

    def close(self) -> None:
        """Let go of the tree."""
        if self._tree is not None:
            self._tree.close()

    def suspend(self) -> None:
        """Stop the command: it may have been born too late for the terminal's own Ctrl-Z."""
        if self._tree is not None:
            self._tree.suspend()

    def resume(self) -> None:
        """Let the command go on."""
        if self._tree is not None:
            self._tree.resume()

    def reads_terminal(self) -> bool:
        """Whether a process of the tree is waiting for the terminal's keys just now."""
        return self._tree is not None and self._tree.reads_terminal()

    def _refusal(self, error: OSError) -> ParlError:
        """Return what the system's refusal to run the command means."""
        name = self._argv[0]
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            return CommandNotExecutableError(f"{name}: {(error.strerror or str(error)).lower()}")
        if self._cwd is not None and not os.path.isdir(self._cwd):
            return CommandNotFoundError(f"{self._cwd}: no such folder to run {name} in")
        if not os.path.dirname(name):
            return CommandNotFoundError(f"{name}: command not found")
        if os.path.exists(os.path.join(self._cwd or "", name)):
            return CommandNotFoundError(f"{name}: its interpreter was not found (look at its first line)")
        return CommandNotFoundError(f"{name}: no such file")


def _head_start_seconds(reason: object) -> float:
    typed = isinstance(reason, SignalReceived) and reason.by_terminal
    return _LAST_WORDS_SECONDS if typed else 0.0
