"""Plain tables, in and out: a row an element, a column a field, for programs and for those who want everything."""

from __future__ import annotations

from pipemap.formats.plain_tables.reader import NAME, read_plain_tables
from pipemap.formats.plain_tables.recognition import recognizes
from pipemap.formats.plain_tables.writer import write_plain_tables
from pipemap.formats.registry import Format
from pipemap.formats.writing import ExportFormat
from pipemap.texts import N_

__all__ = ["EXPORT", "FORMAT", "read_plain_tables", "recognizes", "write_plain_tables"]

FORMAT = Format(NAME, N_("Plain tables"), (".xlsx", ".csv"), recognizes, read_plain_tables, takes=())
"""Plain tables to a delivery."""

EXPORT = ExportFormat(NAME, N_("Plain tables"), (".xlsx", ".csv"), write_plain_tables)
"""An extract to plain tables."""
