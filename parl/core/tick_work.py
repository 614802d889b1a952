"""What is done again and again at the ticks of a timer: jobs, one after the other."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from parl.core.abort import AbortFlag
from parl.core.errors import Aborted, ParlError
from parl.core.job import ForwardingJob, FunctionJob, Job, Outcome

_TYPED = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT") if hasattr(signal, name)]
_PATIENCE_SECONDS = 0.1


class TickWork(ForwardingJob[None]):
    """Makes a job and runs it, each time that it is run itself, by one thread, until another calls ``finish``.

    *make* may be None: then there is nothing to do. All else it leaves to the job that runs, or ran last.
    """

    def __init__(self, make: Callable[[], Job[None]] | None) -> None:
        self.inner: Job[None] = FunctionJob(lambda _: None)
        self._make = make
        self._gate = threading.Lock()
        self._is_finished = False
        self._idle = threading.Event()
        self._idle.set()
        self._survivors: tuple[int, ...] = ()

    def run(self, abort: AbortFlag) -> Outcome[None]:
        """Run one more; a refusal to start is its outcome's error. After ``finish``, none is started."""
        if self._make is None:
            return Outcome()
        with self._gate:
            if self._is_finished:
                return Outcome(aborted_by=abort.reason)
            self._idle.clear()
        try:
            self.close()
            self.inner = self._make()
            self.inner.start()
            outcome = self.inner.run(abort)
            self._survivors += outcome.survivors
            if outcome.signal in _TYPED and abort.wait(_PATIENCE_SECONDS):
                # A Ctrl-C killed it before parl came to look at it, and it may have left others behind.
                self._survivors += self.end_rest()
                return Outcome(aborted_by=abort.reason)
        except ParlError as error:
            return Outcome(error=error)
        except Aborted as stop:
            return Outcome(aborted_by=stop.reason)
        finally:
            self._idle.set()
        return outcome

    def finish(self) -> tuple[int, ...]:
        """Wait until none runs, and let none start; return what aborts could not end."""
        with self._gate:
            self._is_finished = True
        self._idle.wait()
        return self._survivors
