"""Telling an EPANET model from other files that are called ``.inp``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipemap.formats.epanet.text import section_name

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = re.compile(rb"^[ \t]*(\[[A-Za-z_]{3,20})", re.MULTILINE)
_EPANET = frozenset({"PIPES", "RESERVOIRS", "TANKS", "VALVES", "COORDINATES", "VERTICES", "EMITTERS", "DEMANDS"})
_ONLY_EPANET = frozenset({"PIPES", "RESERVOIRS", "TANKS", "VALVES", "EMITTERS", "DEMANDS"})
_ONLY_SWMM = frozenset({"SUBCATCHMENTS", "CONDUITS", "XSECTIONS", "RAINGAGES", "OUTFALLS", "DWF", "INFLOWS", "SUBAREAS"})


def recognizes(path: Path) -> float:
    """Return how sure it is that a file is an EPANET model, 0 to 1, by the sections inside it."""
    try:
        content = path.read_bytes()
    except OSError:
        return 0.0
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", errors="replace").encode()
    names = {section_name(header.decode("ascii")) for header in _HEADER.findall(content)}
    if names & _ONLY_SWMM or not names & {"JUNCTIONS", *_EPANET}:
        return 0.0
    sure = 0.95 if names & _ONLY_EPANET else 0.3
    return sure if path.suffix.lower() in {".inp", ".txt", ".epanet", ".net"} else sure - 0.2
