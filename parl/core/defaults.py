"""What holds where nobody says otherwise, for the command line and the library alike."""

from __future__ import annotations

GRACE_SECONDS = 2.0
ANY_KEY = "any"
STDIN_CHOICES = ("auto", "inherit", "null")
INVALIDATIONS = ("timestamp", "checked-hash", "unchecked-hash")
"""How Python sees that a source has changed: by time and size, by its content, or never."""
LEVELS = (0, 1, 2)
"""What Python optimizes: nothing, assert and __debug__ away (-O), docstrings too (-OO)."""
FORMATS = ("text", "json")
COMMAND_OPTIONS = ("grace", "stdin")
"""Of parl compile, those that have a meaning for a command only."""
PATH_OPTIONS = ("jobs", "force", "exclude", "optimize", "invalidation", "out", "warnings-as-errors", "format")
"""Those that have one for Python sources only."""
