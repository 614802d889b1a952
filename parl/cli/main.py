"""The command ``parl``: the one place where errors become words and exit codes."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any, NoReturn

import click

import parl
from parl.cli.color import choose_color, color_choice
from parl.cli.compile import compile_command
from parl.cli.completion_script import SCRIPTS, print_script
from parl.cli.ending import give_up_stdout, leave
from parl.cli.exit_codes import ExitCode, exit_code_for
from parl.cli.menu import menu_command
from parl.cli.pause import pause
from parl.cli.speech import say
from parl.cli.stdout import StdoutError, is_broken_pipe
from parl.cli.timer import timer_command
from parl.cli.types import OneOf
from parl.cli.usage import usage_words
from parl.core.errors import ParlError, words_of


class ParlGroup(click.Group):
    """Turns what goes wrong into one line on stderr and an exit code."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]  # noqa: ANN401 - click's own signature
        """Run and exit; click's own way out prints several lines and does not die of a signal."""
        if "_PARL_COMPLETE" in os.environ:  # Tab was pressed
            from parl.cli.completion import answer_shells

            answer_shells()
        extra |= {"prog_name": "parl", "standalone_mode": False, "windows_expand_args": False}
        try:
            leave(super().main(args, **extra) or ExitCode.OK)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            leave(ExitCode.USAGE)
        except click.UsageError as error:
            _fail(usage_words(error), ExitCode.USAGE)
        except click.ClickException as error:
            _fail(f"parl: {error.format_message()}", ExitCode.USAGE)
        except (ParlError, OSError) as error:
            end_with(error)


@click.group(cls=ParlGroup, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "PARL"})
@click.version_option(parl.__version__, message="parl %(version)s")
@click.option(
    "--color",
    type=OneOf(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour parl's own words (NO_COLOR is respected).",
)
@click.option(
    "--completion",
    type=OneOf(list(SCRIPTS)),
    is_eager=True,
    expose_value=False,
    callback=print_script,
    help="Print the script that makes this shell complete parl's words.",
)
@click.pass_context
def cli(context: click.Context, color: str) -> None:
    """Put a key, a clock and a menu around work that blocks.

    \b
    Examples:
      parl compile -- make -j4          any build; any key stops it
      parl timer 25m --bell             any key cancels
      git branch | parl menu --choose   type to filter, Enter takes
    """  # noqa: D301 - the backspace is click's mark for lines that it must not wrap
    context.color = {"always": True, "never": False}.get(color, color_choice(os.environ))
    choose_color(wanted=context.color)


cli.add_command(compile_command)
cli.add_command(timer_command)
cli.add_command(menu_command)


def end_with(error: ParlError | OSError) -> NoReturn:
    """Say what went wrong, and exit with the code that it earns."""
    if _says_nobody_reads(error):
        give_up_stdout()
    if isinstance(error, ParlError):
        _fail(f"parl: {error}", exit_code_for(error))
    _fail(f"parl: {_place(error)}{words_of(error)}", ExitCode.INTERNAL)


def _place(error: OSError) -> str:
    """Return the file that *error* is about; where the system has no more descriptors it is about none."""
    is_about_file = isinstance(error.filename, str) and error.errno not in (errno.EMFILE, errno.ENFILE)
    return f"{error.filename}: " if is_about_file else ""


def _says_nobody_reads(error: ParlError | OSError) -> bool:
    if isinstance(error, OSError):
        return is_broken_pipe(error)  # click's own words
    return isinstance(error, StdoutError) and error.is_broken_pipe


def _fail(words: str, code: ExitCode) -> NoReturn:
    """Say *words* on one line and exit."""
    say(words)
    pause()
    leave(code)
