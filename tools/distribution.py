"""What is in dist/ is what should be, no more and no less: ``python -m tools.distribution``."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import parl

ROOT = Path(__file__).parent.parent
_DATA = {
    "share/bash-completion/completions/parl",
    "share/fish/vendor_completions.d/parl.fish",
    "share/zsh/site-functions/_parl",
    *(f"share/man/man1/parl{command}.1" for command in ("", "-compile", "-menu", "-timer")),
}
_METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
_RELATIVE_LINK = re.compile(r'\]\((?!https?:|#)[^)]*\)|(?:src|srcset|href)="(?!https?:|#)[^"]*"')


def faults() -> list[str]:
    """Return what is wrong with the wheel and the sdist, one a line."""
    wheel, sdist = (ROOT / "dist" / f"parl-{parl.__version__}{end}" for end in ("-py3-none-any.whl", ".tar.gz"))
    files = set(subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines())
    return [
        *_differences("the wheel", _in_wheel(wheel), _wanted_in_wheel(files)),
        *_differences("the sdist", _in_sdist(sdist), files | {"PKG-INFO"}),
        *(f"the index cannot follow {link}" for link in _RELATIVE_LINK.findall(_description(wheel))),
    ]


def _wanted_in_wheel(files: set[str]) -> set[str]:
    own = f"parl-{parl.__version__}"
    package = {file for file in files if file.startswith("parl/")}
    data = {f"{own}.data/data/{name}" for name in _DATA}
    return package | data | {f"{own}.dist-info/{name}" for name in _METADATA}


def _in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def _description(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read(f"parl-{parl.__version__}.dist-info/METADATA"))
    return str(metadata.get_payload())


def _differences(where: str, found: set[str], wanted: set[str]) -> list[str]:
    return [
        *(f"{where} lacks {name}" for name in sorted(wanted - found)),
        *(f"{where} has {name}" for name in sorted(found - wanted)),
    ]


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or 0)
