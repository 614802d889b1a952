"""The signals that workers are deaf to."""

from __future__ import annotations

SIGNALS_LEFT_TO_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGTSTP")
"""What the terminal or a service manager sends to a whole group is for the parent to answer: it kills its workers,
holds or continues them."""
