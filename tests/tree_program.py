"""A tree of processes that follows a plan: ``python -IS tree_program.py PLAN``, see random_trees.

No part of the tests that run it: it imports next to nothing, to be quick. Each process ends by itself after a minute,
unless it is stopped then: whoever starts it must clean up, as an Orphanage does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

LIFETIME_SECONDS = 60
TROUBLE = 70  # the plan could not be followed
Node = dict[str, Any]


def live(node: Node) -> NoReturn:
    """Be this node of the tree, with all that is below it."""
    traits = node["traits"]
    signal.alarm(LIFETIME_SECONDS)  # a fork does not inherit it
    for name in [name for name in BEFORE if name in traits]:
        BEFORE[name](traits.pop(name), node)
    for child in node["children"]:
        pid = start(live, child)
        if "stopped" in child["traits"]:
            os.kill(pid, signal.SIGSTOP)
        pause(node["pace_ms"])
    for name in [name for name in AFTER if name in traits]:
        AFTER[name](traits[name], node)
    while True:
        signal.pause()


def start(life: Callable[..., None], *arguments: object) -> int:
    """Fork a process that leads *life* and ends; return its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        life(*arguments)
    except BaseException:
        os._exit(TROUBLE)
    os._exit(0)


def pause(milliseconds: float) -> None:
    if milliseconds:
        time.sleep(milliseconds / 1000)


def ignores(_: int, node: Node) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def blocks(_: int, node: Node) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGALRM})


def is_slow(milliseconds: int, node: Node) -> None:
    def leave(*_: object) -> None:
        pause(milliseconds)
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)


def spawns_when_asked(number: int, node: Node) -> None:
    """Start others instead of ending; they end as others do."""

    def spawn(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(number):
            start(sleep)

    signal.signal(signal.SIGTERM, spawn)


def sleep() -> None:
    signal.alarm(LIFETIME_SECONDS)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pause()


def leads_session(_: int, node: Node) -> None:
    os.setsid()


def leads_group(_: int, node: Node) -> None:
    if os.getsid(0) != os.getpid():  # the leader of a session leads its group already
        os.setpgid(0, 0)


def is_daemon(_: int, node: Node) -> None:
    """Let the parent lose sight of it: by a second fork, in a session of its own."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.alarm(LIFETIME_SECONDS)


def is_silent(_: int, node: Node) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def execs(_: int, node: Node) -> None:
    """Become this program anew, with the rest of the plan."""
    os.execv(sys.executable, [sys.executable, "-IS", __file__, json.dumps(node)])


def leaves_zombies(number: int, node: Node) -> None:
    for _ in range(number):
        start(lambda: None)


def churns(number: int, node: Node) -> None:
    """Start processes that soon end, and whose pids are free at once."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for turn in range(number):
        start(pause, turn % 7)
        pause(turn % 2)


def storms(number: int, node: Node) -> None:
    """Start processes as quickly as it can, each of which starts another one."""
    for turn in range(number):
        start(start, sleep)
        pause(turn % 2)


def hops(number: int, node: Node) -> None:
    """Never be the same process for long."""
    for turn in range(number):
        if os.fork():
            os._exit(0)
        signal.alarm(LIFETIME_SECONDS)
        pause(turn % 3)


def stops(_: int, node: Node) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def becomes_another(_: int, node: Node) -> None:
    os.execv("/bin/sleep", ["sleep", str(LIFETIME_SECONDS)])


def ends(code: int, node: Node) -> None:
    pause(node["lasts_ms"])
    os._exit(code)


# In this order: a daemon's or a program's second life must still do the rest.
BEFORE: dict[str, Callable[[int, Node], None]] = {
    "daemon": is_daemon,
    "session": leads_session,
    "group": leads_group,
    "silent": is_silent,
    "execs": execs,
    "slow": is_slow,
    "spawns": spawns_when_asked,
    "ignores": ignores,
    "blocks": blocks,
}
AFTER: dict[str, Callable[[int, Node], None]] = {
    "zombies": leaves_zombies,
    "churns": churns,
    "storms": storms,
    "hops": hops,
    "stops": stops,
    "becomes another": becomes_another,
    "ends": ends,
}

if __name__ == "__main__":
    try:
        live(json.loads(sys.argv[1]))
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGINT)
