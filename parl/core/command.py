"""A command as a job: any build, unchanged, with everything it starts."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence

from parl.core.abort import AbortFlag
from parl.core.defaults import GRACE_SECONDS
from parl.core.errors import CommandNotExecutableError, CommandNotFoundError, ParlError, UsageError, words_of
from parl.core.events import SignalReceived
from parl.core.job import Outcome
from parl.core.tree_job import TreeJob
from parl.platform import open_process_tree

# Not the command's fault: the system has no more of something.
_EXHAUSTED = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
# A typed Ctrl-C has reached the whole tree: this share of the grace is its own, to clean up in.
_LAST_WORDS_SHARE = 0.75


class CommandJob(TreeJob[None]):
    """A command that knows nothing of parl: inherits our streams, ends whole on an abort.

    *argv*: its words, never a line for a shell. *cwd*: where it runs. *variables*: added to its
    environment. *grace_seconds*: the patience of an abort between asking and killing. *null_stdin*: it
    reads nothing. *owns_children*: this process has no children but the command's; then nothing of it
    escapes on Linux, not even a daemon, for this process becomes the parent of every orphan below it.

    The outcome has its ``exit_code`` or ``signal``, and no value. Raises UsageError where *argv* cannot be a
    command; ``start``, and so ``run_abortable``, CommandNotFoundError and CommandNotExecutableError.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        cwd: str | None = None,
        grace_seconds: float = GRACE_SECONDS,
        variables: Mapping[str, str] | None = None,
        null_stdin: bool = False,
        owns_children: bool = False,
    ) -> None:
        super().__init__(grace_seconds)
        self._argv = _words(argv)
        self._cwd = cwd
        self._variables = variables
        self._null_stdin = null_stdin
        self._owns_children = owns_children

    def start(self) -> None:
        """Start the command."""
        self._tree = open_process_tree(owns_children=self._owns_children)
        try:
            self._tree.start(self._argv, null_stdin=self._null_stdin, cwd=self._cwd, variables=self._variables)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise self._refusal(error) from error
        except ChildProcessError as error:
            raise ParlError(f"{self._argv[0]}: {words_of(error)}") from error
        except OSError as error:  # no process, no descriptor, no memory left
            raise ParlError(f"{self._argv[0]}: cannot be started: {words_of(error)}") from error

    def run(self, abort: AbortFlag) -> Outcome[None]:
        """Wait for the command; end its whole tree if *abort* is set first."""
        tree = self._tree
        assert tree is not None, "start comes first"
        forget = abort.on_set(tree.interrupt)
        try:
            code = tree.wait()
        except ChildProcessError as error:
            return Outcome(error=ParlError(f"{self._argv[0]}: {words_of(error)}"))
        except OSError as error:
            return Outcome(error=self._refusal(error))
        finally:
            forget()
        if abort.is_set():
            typed = isinstance(abort.reason, SignalReceived) and abort.reason.by_terminal
            survivors = tree.end(self._grace_seconds, self._grace_seconds * _LAST_WORDS_SHARE if typed else 0.0)
            return Outcome(aborted_by=abort.reason, survivors=survivors)
        assert code is not None, "only the flag interrupts"
        return Outcome(signal=-code) if code < 0 else Outcome(exit_code=code)

    def _refusal(self, error: OSError) -> ParlError:
        """Return what the system's refusal to run the command means."""
        from parl.platform.shell import is_part_of_shell  # only here: most commands can be run

        name = self._argv[0]
        if error.errno in _EXHAUSTED:
            return ParlError(f"{name}: cannot be started: {words_of(error)}")
        is_path = os.path.dirname(name) or name in (os.curdir, os.pardir)
        if is_path and os.path.isdir(os.path.join(self._cwd or "", name)):
            return CommandNotExecutableError(f"{name}: is a folder")
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            return CommandNotExecutableError(f"{name}: {words_of(error)}")
        if self._cwd is not None and not os.path.isdir(self._cwd):
            return CommandNotFoundError(f"{self._cwd}: no such folder to run {name} in")
        if is_part_of_shell(name):
            return CommandNotFoundError(f"{name}: no program, but a part of cmd; write: cmd /c {name} ...")
        if not os.path.dirname(name):
            return CommandNotFoundError(f"{name}: command not found")
        if os.path.exists(os.path.join(self._cwd or "", name)):
            return CommandNotFoundError(f"{name}: its interpreter was not found (look at its first line)")
        return CommandNotFoundError(f"{name}: no such file")


def _words(argv: Sequence[str | os.PathLike[str]]) -> list[str]:
    if isinstance(argv, str):
        raise UsageError(f"{argv!r} is one string; write a command as a list of words")
    words = [os.fspath(word) for word in argv]
    if not words or not words[0]:
        raise UsageError("an empty command cannot be run")
    return words
