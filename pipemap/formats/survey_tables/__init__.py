"""Survey tables as crews hand them over: workbooks, text files and Access databases of points and pipes, in."""

from __future__ import annotations

from pipemap.formats.registry import Format
from pipemap.formats.survey_tables.mapping import ColumnMapping, read_mapping, write_mapping
from pipemap.formats.survey_tables.reader import NAME, read_survey_tables
from pipemap.formats.survey_tables.recognition import recognizes
from pipemap.formats.survey_tables.sources import mappable_fields
from pipemap.texts import N_

__all__ = [
    "FORMAT",
    "ColumnMapping",
    "mappable_fields",
    "read_mapping",
    "read_survey_tables",
    "recognizes",
    "write_mapping",
]

FORMAT = Format(
    NAME,
    N_("Survey tables"),
    (".xlsx", ".xls", ".xlsm", ".csv", ".txt", ".tsv", ".mdb", ".accdb"),
    recognizes,
    read_survey_tables,
)
