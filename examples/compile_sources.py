"""Compile a tree of Python sources from a program, with progress, until a key is pressed.

python examples/compile_sources.py FOLDER...
"""

from __future__ import annotations

import sys

from parl import Observer, Progress, TreeCompiler, TreeOptions, run_abortable


class Printer(Observer):
    """Prints what the compiler finds, as it finds it."""

    def progressed(self, value: object) -> None:
        if isinstance(value, Progress):
            for diagnostic in value.diagnostics:
                print(diagnostic)
            print(f"{value.done} of {value.total}", file=sys.stderr)


if __name__ == "__main__":  # where workers cannot be forked, they import this module
    outcome = run_abortable(TreeCompiler(TreeOptions(sys.argv[1:] or ["."])), observer=Printer())
    result = outcome.value
    print(f"{result.compiled} compiled, {result.up_to_date} up to date, {result.failed} failed")
    sys.exit(130 if outcome.is_aborted else outcome.exit_code)
