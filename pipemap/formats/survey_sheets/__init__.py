"""Survey tables, out: the result table of CJJ 61 as crews hand it in, in a workbook or in text files."""

from __future__ import annotations

from pipemap.formats.survey_sheets.writer import write_survey_sheets
from pipemap.formats.writing import ExportFormat
from pipemap.texts import N_

__all__ = ["EXPORT", "write_survey_sheets"]

EXPORT = ExportFormat("survey-tables", N_("Survey tables"), (".xlsx", ".csv"), write_survey_sheets)
"""An extract to the result tables of CJJ 61."""
