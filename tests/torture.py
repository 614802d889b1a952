"""What the torture tests share: few runs in each ``make test``, many in ``make torture``, and seeds that repeat a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

_SEED_VARIABLE = "TORTURE_SEED"


def few_or_many(few: int, many: int, timeout_seconds: float = 1800) -> pytest.MarkDecorator:
    """Give the test *runs*: *few* in each ``make test``, *many*, within *timeout_seconds*, in ``make torture``."""
    marks = [pytest.mark.torture, pytest.mark.timeout(timeout_seconds)]
    return pytest.mark.parametrize("runs", [pytest.param(few, id="few"), pytest.param(many, id="many", marks=marks)])


def seeds(runs: int) -> Iterator[int]:
    """Yield a seed for each run: those of TORTURE_SEED, else the same each time for *few*, new ones for *many*.

    A test names the seed in its failure, so that ``TORTURE_SEED=N`` begins with that very run.
    """
    first = int(os.environ.get(_SEED_VARIABLE, 0)) or (1 if runs < 100 else time.time_ns() % 10**9)
    return iter(range(first, first + runs))
