"""A prompt_toolkit application that ends, stops and goes on as everything else in parl does."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Generic, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Size
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import Layout

from parl.cli.ending import die_of
from parl.cli.screen_terminal import ScreenTerminal, color_depth, make_loop
from parl.core.events import Continued, SignalReceived, StopRequested
from parl.core.signals import signals_posted
from parl.platform.base import stop_this_process

T = TypeVar("T")

_ESCAPE_SECONDS = 0.05  # how long a lone ESC may turn out to be the start of an arrow


class ScreenApp(Generic[T]):
    """Paints *layout* on the *terminal*, inline, obeys *bindings*, and erases it all when it ends."""

    def __init__(self, layout: Layout, bindings: KeyBindings, terminal: ScreenTerminal) -> None:
        self.layout = layout
        self._terminal = terminal
        self._signal: SignalReceived | None = None
        self._app: Application[T | None] = Application(
            layout,
            key_bindings=bindings,
            include_default_pygments_style=False,
            color_depth=color_depth(),
            erase_when_done=True,
            # Its signal tells of a new size; only Windows has none.
            terminal_size_polling_interval=0.5 if sys.platform == "win32" else None,
            input=terminal.input,
            output=terminal.output,
        )
        self._app.ttimeoutlen = self._app.timeoutlen = _ESCAPE_SECONDS

    @property
    def size(self) -> Size:
        """The terminal's size just now."""
        return self._app.output.get_size()

    @property
    def _is_live(self) -> bool:
        """Whether it runs, and has not been told to end."""
        return self._app.is_running and not self._app.is_done

    def run(self, starting: Callable[[], object]) -> T | None:
        """Call *starting* on the loop, then run until ``finish``; returns what that was given, None after a hang-up.

        A signal that asks parl to end does so, as a hang-up does that nobody ignores: it does not return then.
        """
        with asyncio.Runner(loop_factory=make_loop) as runner:
            result = runner.run(self._run(starting))
        if self._signal is not None:
            self._terminal.close()
            die_of(self._signal.number)
        return result

    def finish(self, result: T | None) -> None:
        """Have ``run`` return *result*; on the loop's thread."""
        if self._is_live:
            self._app.exit(result=result)

    def end_by(self, event: SignalReceived) -> None:
        """End as the signal asks, the terminal left as found; on the loop's thread."""
        self._signal = self._signal or event
        self.finish(None)

    def repaint(self) -> None:
        """Have the screen painted again soon; on the loop's thread."""
        self._app.invalidate()

    async def _run(self, starting: Callable[[], object]) -> T | None:
        loop = asyncio.get_running_loop()

        def post(event: object) -> None:
            if isinstance(event, SignalReceived):
                self._terminal.hurry()
            loop.call_soon_threadsafe(self._on_signal, event)

        def start() -> None:
            starting()
            if self._signal is not None:  # it came before there was anything to end
                self.finish(None)

        loop.set_exception_handler(lambda _loop, context: self._fail(context.get("exception")))
        with signals_posted(post):
            try:
                return await self._app.run_async(pre_run=start, handle_sigint=False, set_exception_handler=False)
            except EOFError:  # the terminal is gone
                self._end_as_hung_up()
                return None

    def _end_as_hung_up(self) -> None:
        """Die as of the signal that tells of it: the shell may hear of the hang-up first, and pass it on too late."""
        number = getattr(signal, "SIGHUP", None)  # Windows has none
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN and self._signal is None:
            self._signal = SignalReceived(number, by_terminal=False)

    def _on_signal(self, event: object) -> None:
        if isinstance(event, SignalReceived):
            self.end_by(event)
        elif isinstance(event, StopRequested):
            if self._is_live:
                self._app.renderer.erase()
            with self._terminal.release():
                stop_this_process()
            self.repaint()
        elif isinstance(event, Continued):
            with self._terminal.release():  # the shell has set it to its liking
                pass
            # And may have written on it, as nobody is asked before a SIGSTOP: what stands there now is not ours.
            if self._is_live:
                self._app.renderer.reset()
            self.repaint()

    def _fail(self, bug: BaseException | None) -> None:
        """Have ``run`` raise *bug*; prompt_toolkit would show it and wait for Enter."""
        if bug is not None and self._is_live:
            self._app.exit(exception=bug)
