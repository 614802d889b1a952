"""What ``parl menu`` does with a menu: shows it as the terminal allows, and runs what is chosen."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from parl.cli.ending import give_up_stdout, leave
from parl.cli.exit_codes import ExitCode
from parl.cli.line_reader import LineReader
from parl.cli.screen_choice import open_screen
from parl.cli.speech import say, say_to_people
from parl.cli.stdout import StdoutError, flush_users_words, write_result
from parl.core.menu import Dialogue, Menu, Option, is_yes
from parl.core.perform import perform
from parl.platform import is_terminal

if TYPE_CHECKING:
    from parl.cli.screen_terminal import ScreenTerminal


def run_menu(menu: Menu, *, numbered: bool, yes: bool) -> NoReturn:
    """Show *menu* until it is left, and exit. *numbered*: in plain lines. *yes*: questions are answered."""
    terminal = None if numbered or not (is_terminal(0) and is_terminal(1)) else open_screen()
    if terminal is None:
        run_numbered(menu, yes=yes)
    run_on_screen(menu, terminal, yes=yes)


def announce(source: str) -> Callable[[str], None]:
    """Return what tells that a command from the file *source* is run."""
    from parl.cli.voice import running_words

    speak: Callable[[str], None] = say_to_people if is_terminal(0) else say
    return lambda line: speak(running_words(source, line))


def write(text: str) -> None:
    """Write what the demonstration's functions print."""
    try:
        write_result(text)
    except StdoutError as error:
        if error.is_broken_pipe:
            give_up_stdout()  # here: the menu would say it, and go on
        raise


def run_numbered(menu: Menu, *, yes: bool) -> NoReturn:
    """Show *menu* in plain lines on stderr, read numbers from stdin, and exit when it is left."""
    reader = LineReader()

    def confirm(question: str) -> bool:
        if yes:
            return True
        if reader.is_terminal:
            return is_yes(reader.ask(f"{question} [y/N] "))
        reader.say(f"{question} Nobody is there to answer; --yes does")
        return False

    menu.converse(Dialogue(reader.ask, reader.say, confirm, _perform_attended if reader.is_terminal else _perform))
    leave(ExitCode.OK)


def run_on_screen(menu: Menu, terminal: ScreenTerminal, *, yes: bool) -> NoReturn:
    """Show *menu* on the *terminal*, and exit when it is left."""
    from parl.cli.menu_screen import MenuScreen

    code = ExitCode.OK
    path = [(menu, 0)]
    while path:
        shown, position = path.pop()
        screen = MenuScreen(shown, terminal, position=position, confirms=not yes, is_submenu=bool(path))
        choice = screen.show()
        if isinstance(choice, Option):
            path.append((shown, screen.place))
            if choice.submenu is not None:
                path.append((choice.submenu, 0))
            else:
                _run_between_screens(choice, terminal)
        elif choice is None:  # hung up
            break
        elif choice.by_escape and not path:
            code = ExitCode.ABORTED
    terminal.close()
    leave(code)


def _run_between_screens(option: Option, terminal: ScreenTerminal) -> None:
    """Run *option* with the screen to itself, and let people read what it wrote."""
    from parl.cli.key_wait import wait_for_key

    wrong = _perform_attended(option)
    if wrong is not None:
        say_to_people(wrong, "red")
    terminal.tidy()
    wait_for_key()


def _perform(option: Option) -> str | None:
    """Call *option*; what it printed is out before anything else is said."""
    try:
        wrong = perform(option)
    except KeyboardInterrupt:
        wrong = f"{option.title}: interrupted"
    flush_users_words()
    return wrong


def _perform_attended(option: Option) -> str | None:
    """Call *option*; a Ctrl-C ends that, and not the menu."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _perform(option)
    finally:
        signal.signal(signal.SIGINT, before)
