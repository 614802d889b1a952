"""What the torture tests share: few runs in each ``make test``, many in ``make torture``, seeds that repeat a run."""

from __future__ import annotations

import os
import time

import pytest

_SEED_VARIABLE = "TORTURE_SEED"


def few_or_many(few: int, many: int, timeout_seconds: float = 1800) -> pytest.MarkDecorator:
    """Give the test *seeds*, one for each run: *few* in ``make test``, *many*, within *timeout_seconds*, in torture.

    The few are the same each time, the many are new ones. A test names the seed in its failure:
    ``TORTURE_SEED=N`` begins with that very run.
    """
    marks = [pytest.mark.torture, pytest.mark.timeout(timeout_seconds)]
    wanted = int(os.environ.get(_SEED_VARIABLE, 0))
    first, new = wanted or 1, wanted or time.time_ns() % 10**9
    return pytest.mark.parametrize(
        "seeds",
        [
            pytest.param(range(first, first + few), id="few"),
            pytest.param(range(new, new + many), id="many", marks=marks),
        ],
    )
