"""A usage error as one line: the command, what is wrong with what, the way out."""

from __future__ import annotations

import re

import click

_OPTION = re.compile(r"(--[\w-]+): ")


def usage_words(error: click.UsageError) -> str:
    """Return what is said of *error*. One of ours has its remedy behind a semicolon; to others the help is one."""
    path = error.ctx.command_path if error.ctx else "parl"
    message = message_of(error)
    return f"{path}: {message}" if "; " in message else f"{path}: {message}; see '{path} -h'"


def message_of(error: click.UsageError) -> str:
    """Return click's message, in parl's form."""
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    if isinstance(error, click.BadParameter) and error.param and error.ctx and error.message:
        return f"{_name(error.ctx, error.param)}: {_about_value(error)}"
    message = error.format_message()
    if "; " not in message:  # not one of ours, which may end with a word of the user's
        message = message.removesuffix(".")
    if ". Did you mean " in message:
        message = message.replace(". Did you mean ", " (did you mean ").removesuffix("?") + "?)"
    return _with_variable(error.ctx, message[:1].lower() + message[1:])


def _unknown_option(error: click.NoSuchOption) -> str:
    name = error.option_name
    if error.ctx and error.ctx.parent and _param(error.ctx.parent, name):
        return f"{name} is an option of parl itself; write it before '{error.ctx.command.name}'"
    near = f" (did you mean '{error.possibilities[0]}'?)" if error.possibilities else ""
    return f"no such option '{name}'{near}"


def _about_value(error: click.BadParameter) -> str:
    value, is_boolean, _ = error.message.partition(" is not a valid boolean")
    return f"{value} is neither yes nor no; write 1 or 0" if is_boolean else error.message.removesuffix(".")


def _with_variable(ctx: click.Context | None, message: str) -> str:
    """Return *message*, which may begin with an option, with the variable instead that the value came from."""
    found = _OPTION.match(message)
    param = _param(ctx, found[1]) if found and ctx else None
    return f"{_name(ctx, param)}: {message[found.end() :]}" if found and ctx and param else message


def _name(ctx: click.Context, param: click.Parameter) -> str:
    """Return the name under which the value of *param* was given: its option's, or its variable's."""
    assert param.name is not None
    if ctx.get_parameter_source(param.name) is click.core.ParameterSource.ENVIRONMENT:
        return f"{ctx.auto_envvar_prefix}_{param.name}".upper()
    return param.opts[-1] if isinstance(param, click.Option) else param.human_readable_name


def _param(ctx: click.Context, option: str) -> click.Parameter | None:
    return next((param for param in ctx.command.params if option in param.opts), None)
