"""Telling EPANET's models from SWMM's, and both from other files that are called ``.inp``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_HEAD = 1 << 16
_HEADER = re.compile(rb"^[ \t]*\[([A-Za-z_]{3,20})", re.MULTILINE)
_FLOW_UNITS = re.compile(rb"^[ \t]*FLOW_UNITS\b", re.MULTILINE | re.IGNORECASE)
_SHARED = ("JUNC", "PUMP", "COOR", "VERT")
_ONLY_EPANET = (
    *("PIPE", "RESE", "TANK", "VALV", "EMIT", "DEMA", "STAT", "RULE", "ENER", "QUAL", "SOUR", "MIXI", "REAC", "ROUG"),
)
_ONLY_SWMM = (
    *("CONDUIT", "XSECT", "OUTFALL", "STORAGE", "DIVIDER", "ORIFICE", "WEIR", "OUTLET", "SUBCATCH", "SUBAREA", "RAINGAGE"),
    *("INFIL", "DWF", "INFLOW", "EVAP", "TIMESERIES", "POLYGON", "LOSS", "LANDUSE", "LID_", "TRANSECT", "HYDROGRAPH", "RDII"),
)
_SURE, _MIXED, _MAYBE = 0.95, 0.6, 0.3
_OTHER_NAME = 0.2
_SUFFIXES = frozenset({".inp", ".txt", ".epanet", ".net"})


@dataclass(frozen=True, slots=True)
class Marks:
    """How sure it is, 0 to 1, that a file is EPANET's, and that it is SWMM's."""

    epanet: float = 0.0
    swmm: float = 0.0


def marks(path: Path) -> Marks:
    """Look at the sections of a file. Never raises for what a file holds."""
    try:
        stat = path.stat()
        found = _marks(path, stat.st_size, stat.st_mtime_ns)
    except (OSError, ValueError):
        return Marks()
    less = 0.0 if path.suffix.lower() in _SUFFIXES else _OTHER_NAME
    return Marks(max(found.epanet - less, 0.0), max(found.swmm - less, 0.0))


@lru_cache(maxsize=16)
def _marks(path: Path, _size: int, _changed: int) -> Marks:
    with path.open("rb") as file:
        content = file.read(_HEAD)
        if not _HEADER.search(_plain(content)):  # a city of another format is not read to its end for this
            return Marks()
        content = _plain(content + file.read())
    names = {name.decode("ascii").upper() for name in _HEADER.findall(content)}
    return marks_of(names, swmm_options=bool(_FLOW_UNITS.search(content)))


def marks_of(names: Collection[str], *, swmm_options: bool = False) -> Marks:
    """Judge a model by the names of its sections, in capitals; ``swmm_options``: its options name SWMM's flow unit."""
    epanet, swmm, shared = (_count(names, prefixes) for prefixes in (_ONLY_EPANET, _ONLY_SWMM, _SHARED))
    swmm += swmm_options
    if epanet and swmm:
        return Marks(_MIXED, 0.0) if epanet > swmm else Marks(0.0, _MIXED)
    if epanet or swmm:
        return Marks(_SURE if epanet else 0.0, _SURE if swmm else 0.0)
    return Marks(_MAYBE) if shared else Marks()


def _plain(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"\n")


def _count(names: Collection[str], prefixes: tuple[str, ...]) -> int:
    return sum(any(name.startswith(prefix) for name in names) for prefix in prefixes)
