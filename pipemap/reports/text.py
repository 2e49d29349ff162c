"""Text as it may stand in every form: without what no reader sees or no file holds, and values as they are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pipemap.reports.content import Cell, Column, Picture, Row, Table, Value, Wide
from pipemap.texts import _

UNKNOWN = "–"
"""Stands where nothing is known."""
LONGEST = 20_000
"""Characters of one text; what is longer is cut, and says so."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ufff9-\ufffb]"
)
"""Controls, what turns the direction of writing, and what is no character."""
_LONE = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\u2028|\u2029|\x85")

STATE = "pipemap-state:"
"""Stands before the state of the survey in what programs read of a report."""
_STATE_TEXT = re.compile(rb"pipemap-state:([0-9a-f]{64}|none)")
STATE_SHOWN = 12
"""Signs of the state that pages show."""


def clean(text: str) -> str:
    r"""Return a text without controls and signs that turn the direction of writing; lone halves of characters become U+FFFD.

    Examples
    --------
    >>> clean("valve\\x00\\u202e 7\\r\\nopen")
    'valve 7\\nopen'
    """
    told = _LONE.sub("\ufffd", _INVISIBLE.sub("", _BREAKS.sub("\n", text)))
    return told if len(told) <= LONGEST else f"{told[:LONGEST]} …"


def line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(clean(text).split())


def shown(column: Column, value: Value) -> str:
    """Return a value as a cell shows it: numbers grouped and with the decimals of their column, unknown ones as a dash.

    Examples
    --------
    >>> length = Column("length", "Length", "number", unit="m")
    >>> shown(length, 12345.67), shown(length, None)
    ('12,345.7', '–')
    """
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            return UNKNOWN
        return f"{value:,.{column.decimals if column.kind == 'number' else 0}f}"
    if value is None:
        return UNKNOWN if column.is_number else ""
    return clean(value)


def told(table: Table, place: int, cell: Cell) -> str:
    """Return what a cell of a table shows in words; an empty one of a form is room to write in."""
    if isinstance(cell, Picture):
        return ""
    if isinstance(cell, Wide):
        return clean(cell.text)
    return "" if cell is None and table.is_form else shown(table.columns[place], cell)


def spans(row: Row) -> Iterator[tuple[int, int, Cell]]:
    """Return each cell of a row with the columns that it covers: from, and up to but not with."""
    place = 0
    while place < len(row):
        cell = row[place]
        after = min(place + cell.columns, len(row)) if isinstance(cell, Wide) else place + 1
        yield place, after, cell
        place = after


def state_words(state: str) -> str:
    """Return what the file of a report carries so that :func:`state_in` finds the state again."""
    return f"{STATE}{state or 'none'}"


def state_in(content: bytes) -> str | None:
    """Return the state that stands in a piece of a report, empty where its survey had none; ``None`` when none is found."""
    found = _STATE_TEXT.search(content)
    return None if found is None else found[1].decode().replace("none", "")


def short_state(state: str) -> str:
    """Return the state as pages show it."""
    return state[:STATE_SHOWN] or UNKNOWN
