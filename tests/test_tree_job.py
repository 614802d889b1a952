"""What is asked of a job in other processes is asked of its tree."""

from __future__ import annotations

from typing import cast

from parl.core.abort import AbortFlag
from parl.core.job import Outcome
from parl.core.tree_job import TreeJob
from parl.platform.base import ProcessTree
from tests.asked import Asked


class Tree(Asked):
    """Notes what is asked of it; a process of it, 7, cannot be ended."""

    def end(self, grace_seconds: float) -> tuple[int, ...]:
        self.asked.append(grace_seconds)
        return (7,)


class Grown(TreeJob):
    def __init__(self, tree: Tree | None) -> None:
        super().__init__(grace_seconds=5)
        if tree is not None:
            self._tree = cast("ProcessTree", tree)

    def run(self, abort: AbortFlag) -> Outcome:
        return Outcome()


def ask_all(job: Grown) -> tuple[int, ...]:
    job.suspend()
    job.resume()
    job.hurry()
    survivors = job.end_rest()
    job.close()
    return survivors


def test_all_is_asked_of_the_tree() -> None:
    tree = Tree()
    job = Grown(tree)
    assert job.reads_terminal()
    assert ask_all(job) == (7,)
    assert tree.asked == ["suspend", "resume", "hurry", 5, "close"]


def test_before_there_is_a_tree_there_is_nothing_to_ask() -> None:
    job = Grown(None)
    assert not job.reads_terminal()
    assert ask_all(job) == ()
