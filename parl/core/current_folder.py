"""The folder that parl was started in, which somebody may have deleted meanwhile."""

from __future__ import annotations

import os

from parl.core.errors import UsageError


def current_folder() -> str:
    """Return the current folder's absolute path. Raises UsageError where it is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder does not exist any more; go to another one") from error
