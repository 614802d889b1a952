"""Plans of random trees of processes, which tree_program follows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

from tests.tree_program import AFTER, BEFORE, Node

CROWD = 500
TRAITS = (*BEFORE, *AFTER, "stopped", "crowd")
"""What a process may have about it; a crowd is a whole tree of so many."""

_PROGRAM = str(Path(__file__).with_name("tree_program.py"))
_NOT_OF_THE_ROOT = ("daemon", "hops", "stopped")  # the command itself would be over, or have nobody to stop it
_OF_THE_ROOT = ("ends",)
_USUAL = 40
_MOST = {"slow": 300, "spawns": 5, "zombies": 10, "churns": 300, "storms": 150, "hops": 200, "ends": 99}


def random_tree(chance: Random, trait: str) -> Node:
    """Return a tree in which one process at least has *trait*, and the others some."""
    size = CROWD if trait == "crowd" else chance.choice([1, 2, 3, 5, 10, 20, chance.randint(1, _USUAL)])
    root = _node(chance, size)
    nodes = [root]
    for _ in range(max(size, 2) - 1):
        child = _node(chance, size)
        chance.choice(nodes)["children"].append(child)
        nodes.append(child)
    if trait != "crowd":
        chance.choice([root] if trait in _OF_THE_ROOT else nodes[1:])["traits"][trait] = _number(chance, trait)
    for name in _NOT_OF_THE_ROOT:
        root["traits"].pop(name, None)
    if trait == "crowd":
        for node in nodes:
            if node["children"]:
                node["traits"].pop("stopped", None)  # it would never have them
    return root


def command(tree: Node) -> list[str]:
    """Return the command that becomes *tree*; it holds all streams, and says nothing."""
    # A Python that is interrupted while it starts says so, in a traceback that would look like one of parl.
    return ["sh", "-c", 'exec "$0" "$@" 9>&2 2>/dev/null', sys.executable, "-IS", _PROGRAM, json.dumps(tree)]


def own_code(tree: Node) -> int | None:
    """Return the exit code that *tree* has when it ends by itself; None where it does not."""
    code: int | None = tree["traits"].get("ends")
    return code


def may_have_ended(tree: Node, seconds: float) -> bool:
    """Whether *tree* can have ended by itself, so many *seconds* after its start."""
    lasts_ms: int = tree["lasts_ms"]
    return own_code(tree) is not None and 1000 * seconds >= lasts_ms


def _node(chance: Random, size: int) -> Node:
    """Return a process with no trait, one or some; in a large tree few start others of their own."""
    tame = [name for name in TRAITS if name not in ("crowd", "ends", "churns", "storms", "hops", "execs")]
    names = chance.sample(tame, chance.choice([0, 0, 1, 1, 2, 3]))
    if size <= _USUAL and chance.random() < 0.1:
        names.append(chance.choice(["churns", "storms", "hops", "execs"]))
    return {
        "traits": {name: _number(chance, name) for name in names},
        "children": [],
        "pace_ms": chance.choice([0, 0, 1, 5]) if size <= _USUAL else 0,
        "lasts_ms": chance.randint(0, 300),
    }


def _number(chance: Random, trait: str) -> int:
    """Return how much of *trait*: milliseconds, processes, an exit code."""
    return chance.randint(1, _MOST.get(trait, 1))
