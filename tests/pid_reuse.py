"""The first process of a pid namespace: runs a command, while bystanders take over the pids that it gives up.

``unshare --pid --fork --mount-proc python -m tests.pid_reuse COMMAND...`` prints in JSON what became of them.
Nobody has to wait until the pids have run out and come again: who may make a namespace may say which is the next.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from random import Random

from parl.platform.procfs import children_of

BYSTANDERS = 12  # at a time
LONGEST_LIFE_SECONDS = 0.03


class PidReuse:
    """Bystanders that come and go; who signals one is found out."""

    def __init__(self) -> None:
        self._chance = Random(1)
        self._standing: set[int] = set()
        self._last_seen: dict[int, float] = {}  # a process of the command with this pid, and when
        self.taken_over = 0
        self.signalled: list[str] = []
        self.code: int | None = None

    def run(self, argv: list[str]) -> None:
        self._command = start(argv)
        while self.code is None:
            free = self._pids_given_up()
            for pid in free[: BYSTANDERS - len(self._standing)]:
                self._put_bystander(pid)
            self._look()
        self.survivors = [pid for pid in children_of(os.getpid()) if pid not in self._standing]

    def _pids_given_up(self) -> list[int]:
        """Return those that the command, or what it has started, was seen to have, the last ones first."""
        living = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        now = time.monotonic()
        self._last_seen |= dict.fromkeys(living - self._standing, now)
        return sorted(self._last_seen.keys() - living, key=lambda pid: -self._last_seen[pid])

    def _put_bystander(self, wanted: int) -> None:
        seconds = self._chance.uniform(0, LONGEST_LIFE_SECONDS)
        choose_next_pid(wanted)
        pid = os.fork()
        if pid == 0:
            time.sleep(seconds)
            os._exit(0)
        self._standing.add(pid)
        self.taken_over += pid in self._last_seen

    def _look(self) -> None:
        """Hear of all that has happened to our children: stopped and continued counts, too."""
        with suppress(ChildProcessError):
            while (heard := os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED))[0]:
                self._hear(*heard)

    def _hear(self, pid: int, status: int) -> None:
        if pid == self._command:
            self.code = os.waitstatus_to_exitcode(status)
        elif pid in self._standing and status != 0:
            self.signalled.append(f"{pid}: {status:#x}")
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            self._standing.discard(pid)


def choose_next_pid(pid: int) -> None:
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(pid - 1))


def start(argv: list[str]) -> int:
    pid = os.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    return pid


if __name__ == "__main__":
    choose_next_pid(2)
    if sys.argv[1:]:
        reuse = PidReuse()
        reuse.run(sys.argv[1:])
        print(json.dumps({name: value for name, value in vars(reuse).items() if not name.startswith("_")}))
