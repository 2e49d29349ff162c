"""Rows of a table as written, for a person to look at: the first ones, and those that problems name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipemap.model.delivery import SourceRow, SourceTable

if TYPE_CHECKING:
    from pipemap.formats.survey_tables.sheets import Sheet
    from pipemap.model.problem import Problem

MOST_ROWS = 400
"""Rows of a table that are kept to be shown. Our own figure."""


def with_samples(sources: Sequence[SourceTable], sheets: Sequence[Sheet], problems: Sequence[Problem]) -> tuple[SourceTable, ...]:
    """Return tables with the rows of their sheets that are shown."""
    named = _rows_named({sheet.mark for sheet in sheets}, problems)
    return tuple(
        replace(source, sample=_sample(sheet, named[sheet.mark]), mark=sheet.mark)
        for source, sheet in zip(sources, sheets, strict=True)
    )


def _rows_named(marks: set[str], problems: Sequence[Problem]) -> dict[str, list[int]]:
    """Mark → rows (from 1) that problems name."""
    named: dict[str, list[int]] = {mark: [] for mark in marks}
    for problem in problems:
        for mark, rows in named.items():
            number = problem.where.removeprefix(mark)
            if len(rows) < MOST_ROWS and number != problem.where and number.isascii() and number.isdigit():
                rows.append(int(number))
    return named


def _sample(sheet: Sheet, named: Sequence[int]) -> tuple[SourceRow, ...]:
    first = [SourceRow(sheet.first + row + 1, cells) for row, cells in enumerate(sheet.head)]
    further = sorted({number for number in named if sheet.first + len(first) < number <= sheet.first + sheet.height})
    return (*first, *(SourceRow(number, _cells(sheet, number - sheet.first - 1)) for number in further[: MOST_ROWS - len(first)]))


def _cells(sheet: Sheet, row: int) -> tuple[str, ...]:
    return tuple(column[row].as_py() or "" for column in sheet.columns)
