"""What was said on the command line itself, and not in a variable or a file."""

from __future__ import annotations

import click


def typed(ctx: click.Context) -> set[str]:
    """Return the names of the parameters that were typed; what comes from elsewhere may be overridden silently."""
    source = click.core.ParameterSource.COMMANDLINE
    return {name for name in ctx.params if ctx.get_parameter_source(name) is source}
