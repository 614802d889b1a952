"""Source distributions from the package index: real input for real builds."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path


def fetch(requirement: str, folder: Path) -> Path:
    """Fetch the archive of exactly this version into *folder*."""
    options = [
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--no-build-isolation",
        "--dest",
        str(folder),
    ]
    subprocess.run([sys.executable, "-m", "pip", *options, requirement], check=True, stdin=subprocess.DEVNULL)
    [found] = folder.glob("*.tar.gz")
    return found


def unpack(archive: Path, place: Path) -> Path:
    """Return the tree, unpacked anew: the same *place* for each build, as paths get into artefacts and output."""
    shutil.rmtree(place, ignore_errors=True)
    with tarfile.open(archive) as tar:
        # 3.11 has the filter since 3.11.4 only; from 3.12 on to leave it out is a warning.
        tar.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    [tree] = place.iterdir()
    return tree
