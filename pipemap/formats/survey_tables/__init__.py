"""Survey tables as crews hand them over: workbooks and text files of points and pipes, in."""

from __future__ import annotations

from pipemap.formats.registry import Format
from pipemap.formats.survey_tables.reader import NAME, read_survey_tables
from pipemap.formats.survey_tables.recognition import recognizes
from pipemap.texts import N_

__all__ = ["FORMAT", "read_survey_tables", "recognizes"]

FORMAT = Format(NAME, N_("Survey tables"), (".xlsx", ".xls", ".xlsm", ".csv", ".txt", ".tsv"), recognizes, read_survey_tables)
