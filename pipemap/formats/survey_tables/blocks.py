"""Several tables one below the other in one sheet: each a line such as ``J-给水``, its own header, its records."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category_of_sheet
from pipemap.formats.survey_tables.headers import find_header
from pipemap.formats.survey_tables.sheets import HEAD, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

_TITLE = re.compile(r"[A-Za-z]{1,2}\s*[-_—:：]\s*\S{1,12}")
_HEADER_ROWS = 4


def category_of_block(title: str) -> str | None:
    """Return the category that a line such as ``J-给水`` stands for, None for any other text."""
    return category_of_sheet(title) if _TITLE.fullmatch(title.strip()) else None


def blocks(sheet: Sheet) -> list[Sheet]:
    """Return the tables of a sheet, each as a sheet of its own whose rows count as they did; mostly one."""
    starts = [0, *_starts(sheet)]
    if len(starts) == 1:
        return [sheet]
    ends = [*starts[1:], sheet.height]
    return [_part(sheet, start, end) for start, end in zip(starts, ends, strict=True) if end > start]


def _starts(sheet: Sheet) -> Iterator[int]:
    """Rows with a title, but for one that opens the sheet."""
    if not sheet.columns:
        return
    filled = np.zeros(sheet.height, dtype=np.int64)
    for column in sheet.columns:
        filled += column.is_valid().to_numpy()
    rows = np.flatnonzero(filled)
    alone = np.flatnonzero(filled[rows[:-1]] == 1)
    for place, row in zip(alone.tolist(), rows[alone].tolist(), strict=True):
        if place == 0:
            continue
        title = next(text for text in _row(sheet, row) if text)
        if category_of_block(title) and find_header([_row(sheet, int(below)) for below in rows[place + 1 :][:_HEADER_ROWS]]):
            yield row


def _row(sheet: Sheet, row: int) -> tuple[str, ...]:
    return tuple(column[row].as_py() or "" for column in sheet.columns)


def _part(sheet: Sheet, start: int, end: int) -> Sheet:
    columns = tuple(column.slice(start, end - start) for column in sheet.columns)
    part = replace(sheet, columns=columns, first=sheet.first + start)
    return replace(
        part,
        head=tuple(_row(part, row) for row in range(min(HEAD, end - start))),
        odd_rows=tuple(row - start for row in sheet.odd_rows if start <= row < end),
        cut_rows=tuple(row - start for row in sheet.cut_rows if start <= row < end),
    )
