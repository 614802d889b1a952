"""What ``parl timer`` does when its time has come, and meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from parl.cli.countdown import CountdownLine
from parl.cli.exit_codes import ExitCode, exit_code_for, exit_code_of
from parl.cli.runner import Settings, end, run_job
from parl.cli.speech import ring_bell, say
from parl.cli.start import seconds_since_start
from parl.cli.stdout import StdoutError, write_result
from parl.cli.voice import Voice, failure_words
from parl.core.abort import AbortFlag
from parl.core.command import CommandJob
from parl.core.countdown import Countdown
from parl.core.duration import parse_duration
from parl.core.errors import ParlError, UsageError
from parl.core.interval import SHORTEST_PERIOD_SECONDS
from parl.core.job import Job, Outcome
from parl.core.scheduled_call import ScheduledCall
from parl.core.scheduler import Scheduler
from parl.core.sleeper import Sleeper, SleepObserver
from parl.core.time_of_day import TimeOfDay, parse_time
from parl.platform import is_pipe, is_terminal, nobody_reads

_MESSAGE = "Oops, woke up!"


class Plan(NamedTuple):
    """What the options come to: one of *seconds*, *at* and *period*, and what is to happen then."""

    seconds: float | None = None
    at: TimeOfDay | None = None
    period: float | None = None
    ticks: int | None = 1
    """How many; None: without end."""
    message: str | None = None
    bell: bool = False
    quiet: bool = False
    no_key: bool = False
    command: Sequence[str] | None = None

    def timed(self, way: str, text: str, now: float) -> Plan:
        """Return the plan with the time that *text* means, as what *way* names. Raises UsageError."""
        if way == "--at":
            return self._replace(at=parse_time(text, now))
        seconds = parse_duration(text)
        if way != "--every":
            return self._replace(seconds=seconds)
        if seconds < SHORTEST_PERIOD_SECONDS:
            raise UsageError(f"{text!r} is too often; a millisecond is the least")
        return self._replace(period=seconds)

    def arm(self, scheduler: Scheduler, ring: Callable[[], None]) -> ScheduledCall:
        """Turn the alarm clock on; what has passed since the start of the process counts."""
        if self.at is not None:
            return scheduler.at(self.at.seconds, ring)
        if self.period is None:
            return scheduler.after(max(0.0, (self.seconds or 0.0) - seconds_since_start()), ring)
        return scheduler.every(self.period, ring, first=max(0.0, self.period - seconds_since_start()))

    @property
    def repeats(self) -> bool:
        """Whether the timer goes on while its command runs."""
        return self.period is not None

    def make_work(self) -> Job[None]:
        """Return the command to run: its terminal and keys are the timer's as long as that goes on, then its own."""
        assert self.command is not None, "asked only where there is one"
        return CommandJob(self.command, null_stdin=self.repeats and is_terminal(0), owns_children=True)


def run_timer(plan: Plan) -> NoReturn:
    """Wait for what *plan* says, do it, and exit."""
    voice = _TimerVoice(plan)
    voice.announce()
    make_work = plan.make_work if plan.command and plan.repeats else None
    sleeper = Sleeper(plan.arm, voice, times=plan.ticks, make_work=make_work)
    try:
        outcome = run_job(sleeper, voice, Settings(no_key=plan.no_key), voice.abort_flag)
    finally:
        voice.line.close()
    if voice.stdout_error is not None:
        raise voice.stdout_error
    if plan.command and not plan.repeats and outcome.is_success:
        outcome = run_job(plan.make_work(), voice, Settings(no_key=True))
        if outcome.is_aborted:
            from parl.cli.screen_mending import mend_screen

            mend_screen(os.environ)
    if outcome.is_aborted:
        voice.abort(outcome)
    end(outcome._replace(exit_code=voice.exit_code) if outcome.is_success else outcome)


class _TimerVoice(Voice, SleepObserver):
    """Shows how long it will still take, and tells what happens then."""

    purpose = "cancel"

    def __init__(self, plan: Plan) -> None:
        super().__init__(quiet=plan.quiet, abort_keys=None)
        self._plan = plan
        self.exit_code = int(ExitCode.OK)
        """Of the last command that failed."""
        self.abort_flag = AbortFlag()
        """Set where stdout takes no more."""
        self.stdout_error: StdoutError | None = None
        self.line = CountdownLine(os.environ, until=_until(plan.at), times=plan.ticks)
        # Behind a pipe somebody may write to the same screen, at each tick.
        is_shared = plan.repeats and is_pipe(1)
        self.watches = self.may_paint and not is_shared

    def announce(self) -> None:
        """Say what one would not expect, before anything else."""
        at = self._plan.at
        if at is not None and at.is_tomorrow and not self._plan.quiet:
            say(f"parl: waiting until tomorrow, {_until(at)}")
        if self._plan.command and self.is_chatty:
            import shutil

            name = self._plan.command[0]
            if shutil.which(name) is None:
                say(f"parl: {name}: no such command yet; it is looked for again when the time has come")

    def listening(self) -> None:
        """Tell which key cancels: in the line of the countdown, if there is one."""
        if self.watches:
            self.line.keys = "any key" if self._plan.at is not None else "any other key"
            self.line.paint_again()
        else:
            super().listening()

    def suspending(self) -> None:
        """Leave the screen to the shell."""
        self.line.hide()

    def ending_slowly(self) -> None:
        """Tell that the abort was heard."""
        self.line.erase()
        super().ending_slowly()

    def abort(self, outcome: Outcome[None]) -> None:
        """Say what ended it, to people; what could not be ended, to all."""
        if self.is_chatty:
            super().abort(outcome)
        else:
            self.tell_survivors(outcome)

    def counting_down(self, countdown: Countdown) -> None:
        """Show how long it will still take."""
        self.line.paint(countdown)

    def rang(self, skipped: int) -> None:
        """Do what is to be done when the time has come, but for a command."""
        self.line.rings += 1
        self.line.erase()
        if skipped and not self._plan.quiet:
            say(f"parl: {skipped} tick{'s' if skipped > 1 else ''} skipped: tick {self.line.rings} is late")
        if self._plan.bell:
            ring_bell()
        if not self._plan.quiet and (self._plan.message is not None or not self._plan.command):
            self._print(_MESSAGE if self._plan.message is None else self._plan.message)

    def worked(self, outcome: Outcome[None]) -> None:
        """Report a command that failed; an abort is told at the end."""
        self.line.leave_line()
        if outcome.is_success or outcome.is_aborted:
            return
        if outcome.signal is not None and nobody_reads(1):
            self._give_up(StdoutError(BrokenPipeError()))  # our stdout is the command's: it would never end
            return
        if isinstance(outcome.error, ParlError):
            self.exit_code = exit_code_for(outcome.error)
            words = str(outcome.error)
        else:
            self.exit_code = exit_code_of(outcome)
            words = failure_words(outcome)
        say(f"parl: tick {self.line.rings}: {words}")

    def _print(self, message: str) -> None:
        try:
            write_result(f"{message}\n")
        except StdoutError as error:
            self._give_up(error)

    def _give_up(self, error: StdoutError) -> None:
        self.stdout_error = error
        self.abort_flag.set(error)


def _until(at: TimeOfDay | None) -> str:
    """Return a moment as people read it: without the date, if that is today's; local."""
    if at is None:
        return ""
    from datetime import datetime

    when = datetime.fromtimestamp(at.seconds)
    clock = f"{when:%H:%M:%S}".removesuffix(":00")
    return clock if when.date() == datetime.now().date() else f"{when:%Y-%m-%d} {clock}"
