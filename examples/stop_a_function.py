"""Stop any Python function by a key, without changing it: it runs in a child process.

python examples/stop_a_function.py
"""

from __future__ import annotations

from parl import ChildJob, run_abortable


def count_primes(limit: int) -> int:
    """A function that knows nothing of parl."""
    return sum(all(number % divisor for divisor in range(2, int(number**0.5) + 1)) for number in range(2, limit))


def main(limit: int = 5_000_000) -> None:
    """Count until it is done or somebody presses a key."""
    print("Counting primes; press any key to stop", flush=True)
    outcome = run_abortable(ChildJob(count_primes, limit))
    print("Stopped" if outcome.is_aborted else f"{outcome.unwrap()} primes below {limit}")


if __name__ == "__main__":
    main()
