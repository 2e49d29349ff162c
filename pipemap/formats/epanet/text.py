"""The sections of an EPANET file, which EPANET knows by their first four letters."""

from __future__ import annotations

from pipemap.formats.inp.text import Dialect

SECTIONS = (
    "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS", "RULES", "DEMANDS", "SOURCES",
    "EMITTERS", "PATTERNS", "CURVES", "QUALITY", "STATUS", "ROUGHNESS", "ENERGY", "REACTIONS", "MIXING", "REPORT", "TIMES",
    "OPTIONS", "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "TAGS", "LEAKAGE",
)  # fmt: skip
DIALECT = Dialect({name[:4]: name for name in SECTIONS})
