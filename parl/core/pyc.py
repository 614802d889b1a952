"""The place and the header of a .pyc file: what decides whether it is up to date."""

from __future__ import annotations

import os
import struct
import sys
from importlib.util import MAGIC_NUMBER, source_hash

from parl.core.errors import ParlError

TYPE_CHECKING = False  # typing itself takes long to import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEADER_SIZE = 16
_HASH_FLAGS = {"unchecked-hash": 0b01, "checked-hash": 0b11}
_MASK = 0xFFFFFFFF
_TIMESTAMPED = struct.Struct("<4sIII")
_HASHED = struct.Struct("<4sI8s")


def default_invalidation(environment: Mapping[str, str]) -> str:
    """Return the way that ``py_compile`` takes: by content in a reproducible build."""
    return "checked-hash" if environment.get("SOURCE_DATE_EPOCH") else "timestamp"


def timestamp_header(stat: os.stat_result) -> bytes:
    """Return the 16 bytes for a source with this time and size."""
    # int(st_mtime), not st_mtime_ns: the float may round up, and importlib has it so.
    return _TIMESTAMPED.pack(MAGIC_NUMBER, 0, int(stat.st_mtime) & _MASK, stat.st_size & _MASK)


def hash_header(invalidation: str, source: bytes) -> bytes:
    """Return the 16 bytes for this content."""
    return _HASHED.pack(MAGIC_NUMBER, _HASH_FLAGS[invalidation], source_hash(source))


def state_of(invalidation: str, stat: os.stat_result, read: Callable[[], bytes]) -> tuple[bytes, str]:
    """Return the header of an up-to-date .pyc, and what tells this state of its source from others.

    *read* returns the source's content, where that decides.
    """
    if invalidation == "timestamp":
        return timestamp_header(stat), f"{stat.st_mtime_ns}:{stat.st_size}"
    header = hash_header(invalidation, read())
    return header, header[-8:].hex()


def suffix_of(level: int) -> str:
    """Return what stands behind the source's stem, as in ``spam.cpython-311.opt-1.pyc``."""
    tag = sys.implementation.cache_tag
    if tag is None:
        raise ParlError("this Python keeps no bytecode")
    return f".{tag}.opt-{level}.pyc" if level else f".{tag}.pyc"


def stem_of(name: str) -> str:
    """Return a source's file name without its extension, as ``importlib`` takes it."""
    stem, _, rest = name.rpartition(".")
    return stem or rest


def cache_of(folder: str, mirror: str | None) -> str:
    """Return where the .pyc files of the sources in *folder* are: below *mirror*, if there is one."""
    if not mirror:
        return os.path.join(folder, "__pycache__")
    # As importlib lays out PYTHONPYCACHEPREFIX, so that this is the folder to name there.
    path = os.path.abspath(folder)
    if path[1:2] == ":":
        path = path[2:]
    return os.path.join(mirror, path.lstrip(os.sep))
