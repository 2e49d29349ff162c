"""Whether a file is a survey table, by a look at its beginning."""

from __future__ import annotations

from pathlib import Path

from pipemap.formats.survey_tables.headers import find_header
from pipemap.formats.survey_tables.text_files import head_of_text
from pipemap.formats.survey_tables.workbooks import is_workbook

WORKBOOK = 0.6
"""A workbook is most likely survey tables; its sheets are read only once it is wanted."""

_TABLE_ENDINGS = frozenset({".csv", ".txt", ".tsv"})
_SOME_TABLE = 0.1


def recognizes(path: Path) -> float:
    """Return how sure it is that a file holds survey tables, 0 to 1; 0 for what cannot be opened."""
    try:
        if path.is_dir():
            return 0.0
        if is_workbook(path):
            return WORKBOOK
        sheet = head_of_text(path)
    except OSError:
        return 0.0
    if sheet is None or not sheet.height:
        return 0.0
    header = find_header(sheet.head)
    if header is not None:
        return header.confidence
    return _SOME_TABLE if path.suffix.lower() in _TABLE_ENDINGS else 0.0
