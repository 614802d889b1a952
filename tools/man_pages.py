"""The man pages, from what click knows of the commands: ``python -m tools.man_pages`` writes man/.

click-man was tried: it runs the examples together, and escapes neither a backslash nor a dot at the
start of a line, which roff then obeys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

import parl
from parl.cli.exit_codes import EXIT_CODES
from parl.cli.main import cli

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "man"

# click's mark of a paragraph whose lines are not to be wrapped.
_VERBATIM = "\b\n"
_ESCAPES = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
_FILES = (
    ("parl.toml", "What the bare commands do in this folder and below it; the nearest one above counts."),
    ("pyproject.toml", "The same tables under [tool.parl], where there is no parl.toml beside it."),
)


def pages() -> dict[str, str]:
    """Return each page by its file's name."""
    top = click.Context(cli, info_name="parl", **cli.context_settings)
    below = [click.Context(command, info_name=name, parent=top) for name, command in sorted(cli.commands.items())]
    return {f"{_name(ctx)}.1": _page(ctx, [top, *below]) for ctx in (top, *below)}


def _page(ctx: click.Context, every: list[click.Context]) -> str:
    return "\n".join([*_head(ctx), *_description(ctx), *_options(ctx), *_examples(ctx), *_surroundings(ctx, every), ""])


def _name(ctx: click.Context) -> str:
    return ctx.command_path.replace(" ", "-")


def _head(ctx: click.Context) -> Iterator[str]:
    short = ctx.command.get_short_help_str(limit=100).removesuffix(".")
    yield f'.TH {_name(ctx).upper()} 1 "{_date()}" "parl {parl.__version__}" "parl"'
    yield from (".nh", ".ad l")
    yield ".SH NAME"
    yield rf"{_escaped(_name(ctx))} \- {_escaped(short[:1].lower() + short[1:])}"
    yield ".SH SYNOPSIS"
    yield rf"\fB{_escaped(ctx.command_path)}\fP {_escaped(' '.join(ctx.command.collect_usage_pieces(ctx)))}"


def _date() -> str:
    """Return the day of the last release, for the same pages come out on every day."""
    released = re.search(
        r"^## .* (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return released[1] if released else ""


def _description(ctx: click.Context) -> Iterator[str]:
    yield ".SH DESCRIPTION"
    for number, text in enumerate(text for text in _paragraphs(ctx) if not text.startswith(_VERBATIM)):
        yield from [".PP"] * bool(number)
        yield _escaped(" ".join(text.split()))
    if isinstance(ctx.command, click.Group):
        yield ".SH COMMANDS"
        for name, command in sorted(ctx.command.commands.items()):
            yield from _entry(name, rf"{_escaped(command.get_short_help_str())} See \fBparl\-{name}\fP(1).")


def _examples(ctx: click.Context) -> Iterator[str]:
    for text in _paragraphs(ctx):
        if text.startswith(_VERBATIM):
            title, *lines = text.removeprefix(_VERBATIM).splitlines()
            yield f".SH {_escaped(title.removesuffix(':').upper())}"
            yield from (".nf", *(_escaped(line.removeprefix("  ")) for line in lines), ".fi")


def _paragraphs(ctx: click.Context) -> list[str]:
    return cleandoc(ctx.command.help or "").split("\n\n")


def _options(ctx: click.Context) -> Iterator[str]:
    yield ".SH OPTIONS"
    for parameter in ctx.command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and isinstance(parameter, click.Option):
            yield from _entry(record[0], _escaped(record[1]))


def _surroundings(ctx: click.Context, every: list[click.Context]) -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, when in EXIT_CODES:
        yield from _entry(code, _escaped(when.replace("`", "")))
    yield ".SH ENVIRONMENT"
    path = "COMMAND" if ctx.parent is None else str(ctx.info_name).upper()
    yield from _entry(f"PARL_{path}_OPTION", f"Stands for an option that is not typed{_example_of_variable(ctx)}.")
    yield from _entry("NO_COLOR", "If it is not empty, nothing is coloured.")
    yield ".SH FILES"
    for file, what in _FILES:
        yield from _entry(file, _escaped(what))
    yield ".SH SEE ALSO"
    yield ",\n".join(rf"\fB{_escaped(_name(other))}\fP(1)" for other in every if other is not ctx)


def _example_of_variable(ctx: click.Context) -> str:
    mark = re.search(r"PARL_\w+=\w+", " ".join((ctx.command.help or "").split())) if ctx.parent else None
    return f", as {mark[0]}" if mark else ""


def _entry(term: str, text: str) -> Iterator[str]:
    """Yield a term and, indented below it, what it means; *text* is roff already."""
    yield from (".TP", rf"\fB{_escaped(term)}\fP", text)


def _escaped(text: str) -> str:
    """Return *text* as roff shows it, sign by sign; none of its lines is a request."""
    signs = "".join(_ESCAPES.get(sign, sign) for sign in text)
    return re.sub(r"^(?=\.)", r"\\&", signs, flags=re.MULTILINE)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8", newline="\n")
