"""``python -m parl``, and the command ``parl``."""

from __future__ import annotations

import parl.cli.start as process_start

process_start.mark()  # before the rest is imported: a timer counts from here

import gc
import os
import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    gc.disable()  # until there is work that lasts: what is imported leaves no garbage to look for
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # A Ctrl-C during the imports ends parl as any program: by the signal, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGCHLD") and signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # else the system throws exit codes away
    _occupy_standard_descriptors()
    from parl.cli.ending import run_to_exit
    from parl.cli.shortcut import compile_plainly, plain

    words = plain(sys.argv[1:], os.environ)
    if words is not None:
        run_to_exit(lambda: compile_plainly(words))
    from parl.cli.main import cli

    run_to_exit(cli.main)


def _occupy_standard_descriptors() -> None:
    """Where 0, 1 or 2 came closed, put /dev/null there, so that no file of ours is taken for them.

    A command still finds them closed: Python's descriptors do not survive an exec.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


if __name__ == "__main__":
    main()
