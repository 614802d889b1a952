"""The lesson's scrolling menu: callables in, titles from their docstrings, 99 to leave.

python examples/menu.py
"""

from __future__ import annotations

from functools import partial

from parl import Menu, Option


class Counter:
    """Any object that can be called will do (note 10)."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """Count how often this was chosen."""
        self.count += 1
        print(f"{self.count} so far")


def print_document() -> None:
    """Print"""
    print("Print logic to come here...")


def edit(what: str) -> None:
    """Edit"""
    print(f"Edit logic for the {what} to come here...")


def erase() -> None:
    """Erase"""
    raise PermissionError("the document is read-only")


def main() -> None:
    """Show it until it is left."""
    menu = Menu([print_document, partial(edit, "document"), Option(erase, confirm="Erase it?"), Counter()], "Document")

    def retire() -> None:
        """Take this line out of the menu"""
        menu.remove(retire)

    menu.add(retire)
    menu.run(input, print)


if __name__ == "__main__":
    main()
