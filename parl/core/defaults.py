"""What holds where nobody says otherwise, for the command line and the library alike."""

from __future__ import annotations

GRACE_SECONDS = 2.0
ANY_KEY = "any"
STDIN_CHOICES = ("auto", "inherit", "null")
