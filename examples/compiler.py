"""The lesson's second program: a compiler that any key stops, with all of its prompts.

python examples/compiler.py
"""

from __future__ import annotations

import sys

from parl import DummyCompiler, Observer, run_abortable


class Prompts(Observer):
    """The compiler knows of no keys; the main program prompts for them (note 14)."""

    def listening(self) -> None:
        """Tell people from when on a key counts."""
        print("Press any key to abort compilation!", flush=True)


def write(text: str) -> None:
    """Have each dot on the screen at once (note 10)."""
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    """Compile, until it is done or somebody presses a key."""
    outcome = run_abortable(DummyCompiler(write), observer=Prompts())
    print("Aborted by user!" if outcome.is_aborted else "Compilation successful!")


if __name__ == "__main__":
    main()
