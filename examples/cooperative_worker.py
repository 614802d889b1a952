"""A function that looks at the abort flag itself: it runs in a side thread, and leaves nothing half done.

python examples/cooperative_worker.py
"""

from __future__ import annotations

from parl import AbortFlag, FunctionJob, run_abortable

PAGES = 10
SECONDS_A_PAGE = 0.5


def print_pages(abort: AbortFlag) -> int:
    """Print page by page; between two pages, see whether to stop."""
    for page in range(1, PAGES + 1):
        abort.check()  # raises Aborted, which no `except Exception` on the way can eat
        print(f"page {page}", flush=True)
        abort.wait(SECONDS_A_PAGE)  # a sleep that an abort ends at once
    return PAGES


def main() -> None:
    """Print until done or somebody presses a key."""
    print("Printing; press any key to stop after the page", flush=True)
    outcome = run_abortable(FunctionJob(print_pages), timeout_seconds=60)
    print(f"stopped by {outcome.aborted_by}" if outcome.is_aborted else "all pages printed")


if __name__ == "__main__":
    main()
