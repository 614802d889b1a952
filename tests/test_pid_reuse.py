"""Pids that pass from a tree's processes to others while it is aborted: nobody else is signalled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import count
from random import Random
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("pid namespaces", allow_module_level=True)

from tests.conftest import PATIENCE_SECONDS, ROOT, wait_until
from tests.piped import PARL, plain_environment
from tests.random_trees import command, own_code, random_tree
from tests.torture import few_or_many

# It looks, takes hold and signals so slowly that a pid may pass to somebody else between any two of these.
DAWDLING_PARL = """
import random, sys, time
from parl.platform import linux_members, linux_process

def dawdle(function):
    def wrapped(*arguments):
        answer = function(*arguments)
        time.sleep(random.choice([0, 0.001, 0.01]))
        return answer
    return wrapped

linux_members.children_of = dawdle(lambda pid, children_of=linux_members.children_of: list(children_of(pid)))
linux_members.parent_of = dawdle(linux_members.parent_of)
tree = linux_process.LinuxProcessTree
tree._living = dawdle(tree._living)
from parl.__main__ import main
sys.argv[0] = "parl"
main()
"""
# In the instant between a look and the signal a member ends, and a child of ours gets its pid.
PID_THAT_PASSES = """
import os, signal, subprocess, sys, time
from parl.platform.procfs import children_of
from tests.pid_reuse import choose_next_pid
NAME = sys.argv[1]
exec(f"from parl.platform.{NAME}_process import {NAME.capitalize()}ProcessTree as Tree")
PARENT = "import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.fork(); signal.pause()"

class Late(Tree):
    neighbour = None
    def _living(self):
        living = super()._living()
        if self.neighbour is None:
            self.neighbour = pass_on(member)
        return living

def pass_on(pid):
    os.kill(pid, signal.SIGKILL)
    while os.path.exists(f"/proc/{pid}"):
        time.sleep(0.001)
    while True:  # it is free a little later than it is gone from /proc
        choose_next_pid(pid)
        neighbour = subprocess.Popen(["sleep", "60"])
        if neighbour.pid == pid:
            return neighbour
        neighbour.kill()
        neighbour.wait()

tree = Late()
tree.start([sys.executable, "-c", PARENT])
while not [*children_of(tree._root)]:
    time.sleep(0.001)
[member] = children_of(tree._root)
time.sleep(0.05)  # moments of creation are told apart by the clock's ticks
print(tree.end(1), tree.neighbour.pid == member, tree.neighbour.poll())
"""
BUSY = ("churns", "storms", "hops", "spawns", "daemon")
ENOUGH = 20


def in_namespace(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with *words* as the first process of a new pid namespace."""
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    unshare = ["unshare", *as_root, "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.run(
        [*unshare, sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=ROOT,
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def _namespace() -> None:
    try:
        tried = in_namespace("-m", "tests.pid_reuse")
    except FileNotFoundError:
        pytest.skip("no unshare(1)")
    if tried.returncode != 0:
        reason = tried.stderr.strip().rpartition("\n")[2]
        pytest.skip(f"no pid namespace whose next pid we may choose: {reason}")


@pytest.mark.usefixtures("_namespace")
@pytest.mark.parametrize("system", ["linux", "unix"])
def test_who_gets_a_pid_between_look_and_signal_is_not_signalled(system: str) -> None:
    done = in_namespace("-c", PID_THAT_PASSES, system)
    assert (done.stdout, done.stderr) == ("() True None\n", "")


@pytest.mark.usefixtures("_namespace")
@few_or_many(2, 100)
def test_nobody_is_signalled_who_took_over_a_pid(seeds: range) -> None:
    taken_over = sum(map(taken_over_unharmed, seeds))
    more = count(seeds.stop)

    def is_enough() -> bool:
        nonlocal taken_over
        if taken_over <= ENOUGH:
            taken_over += taken_over_unharmed(next(more))
        return taken_over > ENOUGH

    wait_until(is_enough, "pids that pass to somebody else")


def taken_over_unharmed(seed: int) -> int:
    """Abort a tree; return how many took over one of its pids, none of whom was signalled."""
    reuse = abort_a_tree(seed)
    assert reuse["signalled"] == [], seed
    assert reuse["survivors"] == [], seed
    return int(reuse["taken_over"])


def abort_a_tree(seed: int) -> dict[str, Any]:
    chance = Random(seed)
    tree = random_tree(chance, BUSY[seed % len(BUSY)])
    # The command itself uses up pids, and goes on with that through the grace.
    tree["traits"] |= {"ignores": 1, "churns": 1000}
    options = ["--timeout", f"{chance.randint(50, 300)}ms", "--grace", f"{chance.randint(50, 200)}ms"]
    program = [PARL] if seed % 2 else [sys.executable, "-c", DAWDLING_PARL]
    done = in_namespace("-m", "tests.pid_reuse", *program, "compile", *options, "--", *command(tree))
    assert done.returncode == 0, f"{seed}: {done.stderr}"
    reuse: dict[str, Any] = json.loads(done.stdout)
    assert reuse["code"] in (124, own_code(tree)), f"{seed}: {reuse} {done.stderr}"
    return reuse
