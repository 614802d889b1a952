"""Records the pictures that are named, or all of them: ``python -m tools.pictures [NAME...]``."""

from __future__ import annotations

import sys

assert sys.platform != "win32"  # tells mypy which half of typeshed applies

from tools.pictures.scenarios import SCENARIOS
from tools.pictures.studio import PICTURES, record


def main() -> None:
    """Write the pictures to docs/pictures."""
    names = sys.argv[1:] or [scenario.name for scenario in SCENARIOS]
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    PICTURES.mkdir(exist_ok=True)
    for name in names:
        picture = record(by_name[name])
        (PICTURES / f"{name}.svg").write_text(picture)
        print(f"{name}: {len(picture.encode()) / 1000:.1f} kB")


if __name__ == "__main__":
    main()
