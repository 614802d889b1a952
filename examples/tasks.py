"""A menu without a file to describe it: ``parl menu examples/tasks.py``.

Each public function that takes no arguments is a choice, its docstring the title, in this order.
"""

from __future__ import annotations

import platform
import shutil
import time


def about() -> None:
    """Which Python and which machine this is"""
    print(f"Python {platform.python_version()} on {platform.platform()}")


def disk() -> None:
    """How much room there is"""
    total, _, free = shutil.disk_usage(".")
    print(f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free")


def wait() -> None:
    """Wait ten seconds; Ctrl-C comes back to the menu"""
    time.sleep(_SECONDS)
    print("done")


_SECONDS = 10
