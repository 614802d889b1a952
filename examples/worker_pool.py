"""A pool of worker processes that any key stops: at once, with nothing left of it.

The function knows nothing of parl. It runs in a child process, and an abort ends that with all
that it started, in the middle of whatever they do.

python examples/worker_pool.py
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from parl import ChildJob, run_abortable

HIGHEST = 3_000_000


def steps_to_one(number: int) -> int:
    """Count the steps of Collatz's game: halve what is even, triple what is odd and add one."""
    steps = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


def longest_game(highest: int) -> int:
    """Return the most steps that a number up to *highest* takes; all processors work on it."""
    with ProcessPoolExecutor() as pool:
        return max(pool.map(steps_to_one, range(1, highest + 1), chunksize=1000))


def main(highest: int = HIGHEST) -> None:
    """Look for it until it is found or somebody presses a key."""
    print(f"Playing {highest} games; press any key to stop", flush=True)
    outcome = run_abortable(ChildJob(longest_game, highest))
    print("Stopped" if outcome.is_aborted else f"The longest one takes {outcome.unwrap()} steps")


if __name__ == "__main__":
    main()
