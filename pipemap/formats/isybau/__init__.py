"""ISYBAU XML: the master data (Stammdaten) of drainage networks."""

from __future__ import annotations

from pipemap.formats.isybau.reader import NAME, read_isybau, recognizes
from pipemap.formats.registry import Format
from pipemap.texts import N_

__all__ = ["FORMAT", "read_isybau", "recognizes"]

FORMAT = Format(NAME, N_("ISYBAU XML"), (".xml",), recognizes, read_isybau, takes=())
"""ISYBAU master data to a delivery; inspections in the same file are not read here."""
