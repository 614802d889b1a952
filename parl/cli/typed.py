"""What was said on the command line itself, and not in a variable or a file."""

from __future__ import annotations

from collections.abc import Iterable

import click


def typed(ctx: click.Context) -> set[str]:
    """Return the names of the parameters that were typed; what comes from elsewhere may be overridden silently."""
    source = click.core.ParameterSource.COMMANDLINE
    return {name for name in ctx.params if ctx.get_parameter_source(name) is source}


def refuse_options(ctx: click.Context, names: Iterable[str], owner: str, way_out: str) -> None:
    """An option that would do nothing is an error."""
    said = typed(ctx)
    for name in names:
        if name.replace("-", "_") in said:
            raise click.UsageError(f"--{name.replace('_', '-')} is for {owner} only; {way_out}", ctx)
