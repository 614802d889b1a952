"""``python -m parl``, and the command ``parl``."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line and exit."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # A Ctrl-C during the imports ends parl as any program: by the signal, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from parl.cli.ending import run_to_exit
    from parl.cli.main import cli

    run_to_exit(cli.main)


if __name__ == "__main__":
    main()
