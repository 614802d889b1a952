"""Bytes at random moments, between resizes, stops, moves and hang-ups: what must never happen to a keyboard."""

from __future__ import annotations

import sys

import pytest

if sys.platform != "linux":
    pytest.skip("a pseudo-terminal of Linux, and its /proc", allow_module_level=True)

from hypothesis import HealthCheck, given, note, seed, settings

from tests.fork_server import ForkServer, fork_server
from tests.keyboard_run import KeyboardRun
from tests.keyboard_script import Script, scripts
from tests.torture import few_or_many

__all__ = ["fork_server"]


@few_or_many(20, 5000, timeout_seconds=7200)
def test_whatever_comes_only_a_key_or_a_signal_ends_it_and_the_terminal_is_left_as_found(
    fork_server: ForkServer, seeds: range
) -> None:
    @seed(seeds[0])
    @settings(
        max_examples=len(seeds),
        database=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )
    @given(scripts())
    def happens(script: Script) -> None:
        note(f"TORTURE_SEED={seeds[0]}")
        with KeyboardRun(fork_server, script) as run:
            run.play()

    happens()
