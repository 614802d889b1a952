"""A peer for parl's abort, as one writes it in an hour: subprocess and os.killpg.

    python killpg_wrapper.py GRACE_SECONDS COMMAND [ARG...]

It has no keyboard: a SIGTERM to it is its key, a second one its second key. It ends the command's
process group only, and waits for the command alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command in a group of its own; at a signal, end that group."""
    asked = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        os.killpg(process.pid, signal.SIGKILL if asked else signal.SIGTERM)
        if not asked:
            signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
        asked = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, end)
    process = subprocess.Popen(sys.argv[2:], start_new_session=True)
    process.wait()
    os._exit(130 if asked else process.returncode)


if __name__ == "__main__":
    main()
