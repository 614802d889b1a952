"""The last words on a compilation of sources. Imports nothing slow: they are all that most runs say."""

from __future__ import annotations

from parl.cli.stdout import write_result


def write_verdict(*, compiled: int, up_to_date: int, failed: int, warnings: int, seconds: float) -> None:
    """Say on stdout how many files came to what, in how long, and whether all is well."""
    if not compiled + up_to_date + failed:
        from parl.cli.speech import say  # only here: most runs have nothing to say on stderr

        say("parl: no Python source was found in what was named, or all are excluded")
    counts = [f"{compiled} compiled", f"{up_to_date} up to date", f"{failed} failed"]
    if warnings:
        counts.append(f"{warnings} warning{'s' if warnings > 1 else ''}")
    write_result(f"{', '.join(counts)} ({precise(seconds)})\n")
    if failed:
        write_result("Compilation failed.\n", "red")
    else:
        write_result("Compilation successful!\n", "green")


def precise(seconds: float) -> str:
    """Return *seconds* as people read them, where hundredths matter."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    from parl.cli.voice import elapsed

    return elapsed(seconds)
