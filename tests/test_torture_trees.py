"""Random trees of processes aborted at random moments: nothing survives, and the exit code is right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

if sys.platform != "linux":
    pytest.skip("survivors come to a subreaper", allow_module_level=True)

from parl.platform.procfs import children_of
from tests.piped import PARL
from tests.random_trees import CROWD, TRAITS, command, may_have_ended, own_code, random_tree
from tests.subreaper import Subreaper
from tests.terminal import Session, wait_until
from tests.torture import few_or_many
from tests.tree_program import Node

# The death of a session's leader hangs its terminal up, which would end what parl has left: so parl is none.
# It dies as parl does, and hands a hang-up on, as a shell does.
LEADER = """
import os, signal, sys
received = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, received)
signal.signal(signal.SIGINT, signal.SIG_DFL)
parl = os.fork()
if not parl:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, received)
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGHUP, lambda *_: os.kill(parl, signal.SIGHUP))
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, received)
code = os.waitstatus_to_exitcode(os.waitpid(parl, 0)[1])
if code >= 0:
    os._exit(code)
signal.signal(-code, signal.SIG_DFL)
os.kill(os.getpid(), -code)
"""

LONGEST_DELAY_SECONDS = 0.35
BOUND_SECONDS = 8.0


class Abort:
    """One run of parl over a random tree, and its abort."""

    def __init__(self, session: Session, chance: Random) -> None:
        self.session = session
        self._delay_seconds = chance.uniform(0, LONGEST_DELAY_SECONDS)

    def let_time_pass(self) -> None:
        time.sleep(self._delay_seconds)  # the moment is the subject

    def let_time_pass_listening(self) -> None:
        wait_until(lambda: self.session.is_listening() or self.is_over(), "the keyboard")
        self.let_time_pass()

    def is_over(self) -> bool:
        return self.session.process.poll() is not None

    def signal(self, number: int) -> None:
        wait_until(lambda: self._parl() is not None or self.is_over(), "parl")
        self.let_time_pass()
        pid = self._parl()
        if pid is not None:
            os.kill(pid, number)  # its leader has not waited for it, or we would not have found it

    def _parl(self) -> int | None:
        return next(children_of(self.session.process.pid), None)


def press_a_key(abort: Abort) -> None:
    abort.let_time_pass_listening()
    abort.session.press("x")


def press_two_keys(abort: Abort) -> None:
    press_a_key(abort)
    wait_until(lambda: "once more" in abort.session.rest() or abort.is_over(), "a word of patience")
    abort.session.press("x")


def type_ctrl_c(abort: Abort) -> None:
    abort.let_time_pass_listening()
    abort.session.press("\x03")


def interrupt(abort: Abort) -> None:
    # While Python itself starts, an interrupt is its own, with a traceback.
    wait_until(lambda: abort.session.is_listening() or abort.is_over(), "the keyboard")
    abort.signal(signal.SIGINT)


def terminate(abort: Abort) -> None:
    abort.signal(signal.SIGTERM)


def send_hang_up(abort: Abort) -> None:
    abort.signal(signal.SIGHUP)


def hang_up(abort: Abort) -> None:
    abort.let_time_pass_listening()
    abort.session.hang_up()


def wait_for_the_time_out(_: Abort) -> None:
    """It comes by itself."""


# How, and the exit code.
WAYS: tuple[tuple[Callable[[Abort], None], int], ...] = (
    (press_a_key, 130),
    (press_two_keys, 130),
    (wait_for_the_time_out, 124),
    (terminate, -signal.SIGTERM),
    (interrupt, -signal.SIGINT),
    (type_ctrl_c, -signal.SIGINT),
    (send_hang_up, -signal.SIGHUP),
    (hang_up, -signal.SIGHUP),
)


def test_what_is_left_of_a_tree_is_found_wherever_it_hides() -> None:
    """Else the test below could not fail."""
    with Subreaper() as subreaper, subprocess.Popen(command(random_tree(Random(1), "crowd"))) as root:
        wait_until(lambda: count_below(root.pid) + len(subreaper.survivors()) >= CROWD, "the whole tree")
        root.kill()
        root.wait()
        assert len(subreaper.survivors()) > 1
        everybody = sum(map(count_below, children_of(os.getpid())))
        assert everybody > CROWD
    assert subreaper.survivors() == []


def count_below(pid: int) -> int:
    return sum(1 + count_below(child) for child in children_of(pid))


@few_or_many(len(TRAITS), 1000)
def test_an_abort_at_a_random_moment_leaves_nothing_of_a_random_tree(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        abort_a_tree(seed, tmp_path / "words")


def abort_a_tree(seed: int, stderr: Path) -> None:
    chance = Random(seed)
    turn, number = divmod(seed, len(TRAITS))
    trait = TRAITS[number]
    act, code = WAYS[(turn + seed) % len(WAYS)]  # each trait meets each way
    tree = random_tree(chance, trait)
    about = f"seed {seed}, {trait}, {act.__name__}"
    started = time.monotonic()
    with Subreaper() as subreaper, running(tree, act, chance, stderr) as session:
        act(Abort(session, chance))
        began = time.monotonic()
        wait_until(lambda: session.process.poll() is not None, f"the end: {about}")
        seconds = time.monotonic() - began
        survivors = subreaper.survivors()
        words = stderr.read_text() if act is hang_up else session.rest()
        ended_with = session.process.returncode
        assert ended_with in (code, own_code(tree)), f"{about}: {ended_with} {words}"
        # A signal may come between the command's own end and parl's: it then leaves what any end leaves.
        has_ended_itself = ended_with == own_code(tree) or may_have_ended(tree, began - started)
        assert survivors == [] or has_ended_itself, f"{about}: {survivors}"
        assert act is hang_up or session.settings() == session.found_settings, about
        assert seconds < BOUND_SECONDS, about
        assert "Traceback" not in words, f"{about}: {words}"


@contextmanager
def running(tree: Node, act: Callable[[Abort], None], chance: Random, stderr: Path) -> Iterator[Session]:
    """Run parl over *tree* in a terminal, with a grace that a second key is to cut short, or a short one."""
    grace = "1h" if act is press_two_keys else f"{chance.randint(20, 300)}ms"
    limit = ["--timeout", f"{chance.randint(1, 350)}ms"] if act is wait_for_the_time_out else []
    argv = [sys.executable, "-ISc", LEADER, PARL, "compile", "--grace", grace, *limit, "--", *command(tree)]
    with stderr.open("wb") as file, Session(argv, **({"stderr": file} if act is hang_up else {})) as session:
        yield session
