"""Which tables are meant to be read, and what is said of their columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.survey_tables.headers import IGNORED, Header, find_header, plain_header
from pipemap.formats.survey_tables.mapping import LEFT_OUT, ColumnMapping
from pipemap.formats.survey_tables.sheets import MAX_COLUMNS, Sheet

if TYPE_CHECKING:
    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.tables import Table

_UNSURE = 0.9
_SHOWN = 100
_OF_CAMERAS = frozenset(map(plain_header, ("缺陷代码", "缺陷名称", "缺陷等级", "缺陷距离", "缺陷编号")))
"""Headers of tables of camera findings, which name the ends of their pipes too."""
_ANNOTATION = re.compile(r"[A-Za-z]{2}_?(annexe|text|mark)", re.IGNORECASE)
"""Tables of EPS databases that hold what is drawn beside the pipes."""


def header_of(sheet: Sheet, mapping: ColumnMapping, findings: Findings) -> Header | None:
    """Find the header of a table of points or pipes; None for any other table, which is listed."""
    said = mapping.said_of(*sheet.names)
    rule = None if said.kind else _reason_to_leave(sheet, mapping)
    header = find_header(sheet.head, said) if rule is None else None
    if header is None:
        findings.add(rule or "unknown-sheet", sheet.place)
    return header


def _reason_to_leave(sheet: Sheet, mapping: ColumnMapping) -> str | None:
    if mapping.kind_of(*sheet.names) is not None:
        return "table-not-wanted" if mapping.kind_of(*sheet.names) == LEFT_OUT else "table-of-others"
    if _ANNOTATION.fullmatch(sheet.stem.strip()):
        return "annotation-sheet"
    if any(plain_header(cell) in _OF_CAMERAS for row in sheet.head for cell in row):
        return "inspection-sheet"
    return None


def list_columns(table: Table, findings: Findings) -> None:
    """List what a person should know of the columns of a table: guesses, those left out, those that mean the same."""
    sheet = table.sheet
    for match in table.header.matches:
        if match.confidence < _UNSURE and match.field != IGNORED:
            findings.add("unsure-column", sheet.place, {"column": match.header, "field": match.field})
    for column, header in table.header.unknown:
        if table.text_at(column).null_count < len(table):
            findings.add("unknown-column", sheet.place, {"column": header[:_SHOWN]})
    _list_clashes(table, findings)
    if sheet.complaint:
        findings.add("table-cut", sheet.place, {"reason": sheet.complaint})
    if sheet.odd_rows:
        findings.add("mixed-encoding", sheet.where(sheet.odd_rows[0]), {"count": len(sheet.odd_rows)})
    for row in sheet.cut_rows:
        findings.add("too-many-columns", sheet.where(row), {"count": MAX_COLUMNS})


def _list_clashes(table: Table, findings: Findings) -> None:
    """List columns that mean a field which another one has: where they differ, the first is kept."""
    import pyarrow.compute as pc

    for match in table.header.more:
        main = next(other for other in table.header.matches if other.field == match.field)
        here, there = table.text_at(main.column), table.text_at(match.column)
        said = {"column": match.header, "first": main.header, "field": match.field}
        differ = np.flatnonzero(pc.fill_null(pc.not_equal(here, there), fill_value=False).to_numpy(zero_copy_only=False))
        if len(differ):
            findings.add("column-clash", table.where(int(differ[0])), said | {"count": len(differ)})
        elif there.null_count < len(there):
            findings.add("column-fills", table.name, said)
