"""Workbooks of the old kind (XLS), written by the tests themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xlwt  # type: ignore[import-untyped]

from tests.formats.survey_tables.town import Row


def write_old_workbook(path: Path, sheets: dict[str, Sequence[Row]]) -> Path:
    """Write sheets as Excel 97–2003 would."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, column, cell)
    book.save(str(path))
    return path
