"""Whether a file is a survey table, by a look at its beginning."""

from __future__ import annotations

from pathlib import Path

from pipemap.formats.survey_tables.access import is_access
from pipemap.formats.survey_tables.headers import find_header
from pipemap.formats.survey_tables.text_files import heads_of_text
from pipemap.formats.survey_tables.workbooks import is_workbook

WORKBOOK = 0.6
"""A workbook, or an Access database, is most likely survey tables; its sheets are read only once it is wanted."""

_TABLE_ENDINGS = frozenset({".csv", ".txt", ".tsv", ".xls"})
_SOME_TABLE = 0.1


def recognizes(path: Path) -> float:
    """Return how sure it is that a file holds survey tables, 0 to 1; 0 for what cannot be opened."""
    try:
        if path.is_dir():
            return 0.0
        if is_workbook(path) or is_access(path):
            return WORKBOOK
        sheets = heads_of_text(path)
    except OSError:
        return 0.0
    if not any(sheet.height for sheet in sheets):
        return 0.0
    headers = [header for sheet in sheets if (header := find_header(sheet.head)) is not None]
    if headers:
        return max(header.confidence for header in headers)
    return _SOME_TABLE if path.suffix.lower() in _TABLE_ENDINGS else 0.0
