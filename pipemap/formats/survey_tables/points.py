"""Points of a table: one a record in a point table, one a group of records in a table of points and connections."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category as category_named
from pipemap.formats.survey_tables import values
from pipemap.model import fields as schema

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.tables import Table

SAME_PLACE = 0.05
"""Metres: points of one number no further apart than this are one point (P02 of the check list)."""

_HERE_ONLY = frozenset({"id", "map_id", "category", "ground", "note", "kind", "x", "y"})
_LETTERS = re.compile(r"[A-Za-z]{2}(?=[-_]?\d)")
_NEARLY_ALL = 0.9
_OF_THE_PIPE = frozenset({"built", "lifecycle", "state", "normal_state"})
"""In a table of points and connections these belong to the pipe of the row."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one table.

    Attributes
    ----------
    table
        Arrow: fields of the schema, and ``_north``, ``_east`` (metres as written), ``_explicit`` (the headers say which axis is
        which), ``_sheet``, ``_row``.
    of_record
        int64, one a record: its point in ``table``, -1 for none.
    """

    table: pa.Table
    of_record: NDArray[np.int64]


def read_points(table: Table, findings: Findings) -> Points:
    """Read the points of a table; rows with neither a number nor coordinates are listed, and left out."""
    import pyarrow as pa

    north, east = _place(table, findings)
    names, own_name = _names(table, north, east)
    if table.header.layout == "row":
        group, first = _grouped(names, north, east)
    else:
        present = own_name | np.isfinite(north) | np.isfinite(east)
        group = np.where(present, np.cumsum(present) - 1, -1)
        first = np.flatnonzero(present)
    _list_empty(table, group, findings)
    columns = _columns(table, names, own_name, findings) | {
        "_north": pa.array(north),
        "_east": pa.array(east),
        "id": pa.array(names, pa.string()),
    }
    gathered = {name: _first_valid(column, group, len(first)) for name, column in columns.items()}
    count = len(first)
    gathered["_explicit"] = pa.repeat(pa.scalar(_is_explicit(table)), count)
    gathered["_sheet"] = pa.array(np.full(count, table.number, dtype=np.int32))
    gathered["_row"] = pa.array(table.rows[first])
    _list_unnamed(table, names, first, findings)
    return Points(pa.table(gathered), group)


def _place(table: Table, findings: Findings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unknown = np.full(len(table), np.nan)
    found = []
    for said, axis in (("north", "x_axis"), ("east", "y_axis")):
        column = table.numbers(said, findings)
        column = table.numbers(axis, findings) if column is None else column
        found.append(unknown.copy() if column is None else column)
    nowhere = (found[0] == 0) & (found[1] == 0)
    return np.where(nowhere, np.nan, found[0]), np.where(nowhere, np.nan, found[1])


def _is_explicit(table: Table) -> bool:
    return table.header.column("north") is not None and table.header.column("east") is not None


def _names(table: Table, north: NDArray[np.float64], east: NDArray[np.float64]) -> tuple[list[str | None], NDArray[np.bool_]]:
    """Return the number of each record's point, filled down where connections leave it blank, and whether it stands there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    printed = [column for name in ("id", "map_id") if (column := table.text(name)) is not None]
    column = pc.coalesce(*printed) if printed else pa.nulls(len(table), pa.string())
    names: list[str | None] = values.ids(column).to_pylist()
    own = np.array([name is not None for name in names], dtype=bool)
    placed = np.isfinite(north) & np.isfinite(east)
    filling = table.header.layout == "row"
    previous, spot = None, (np.nan, np.nan)
    for record in np.flatnonzero(~own).tolist() if not filling else range(len(names)):
        here = (float(north[record]), float(east[record]))
        moved = bool(placed[record]) and not (abs(here[0] - spot[0]) <= SAME_PLACE and abs(here[1] - spot[1]) <= SAME_PLACE)
        if names[record] is None:
            some = moved if filling else bool(np.isfinite(here).any())
            names[record] = f"?{table.rows[record] + 1}" if some else previous
        if filling:
            previous = names[record]
            spot = here if placed[record] else spot
    return names, own


def _grouped(
    names: list[str | None], north: NDArray[np.float64], east: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the points of a table of connections: one name at one place is one; without a place, the last of that name."""
    by_place: dict[tuple[str, float, float], int] = {}
    latest: dict[str, int] = {}
    group = np.full(len(names), -1, dtype=np.int64)
    first: list[int] = []
    for record, (name, x, y) in enumerate(zip(names, north.tolist(), east.tolist(), strict=True)):
        if name is None:
            continue
        placed = not (math.isnan(x) or math.isnan(y))
        place = (name, round(x, 1), round(y, 1)) if placed else None
        number = by_place.get(place) if place else latest.get(name)
        if number is None:
            number = len(first)
            first.append(record)
        if place:
            by_place[place] = number
        latest[name] = number
        group[record] = number
    return group, np.array(first, dtype=np.int64)


def _columns(table: Table, names: list[str | None], own_name: NDArray[np.bool_], findings: Findings) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    rowwise = table.header.layout == "row"
    columns: dict[str, pa.Array] = {"category": _categories(table, names, findings)}
    for match in table.header.matches:
        name = match.field
        if name not in schema.fields("node") or name in _HERE_ONLY or (rowwise and name in _OF_THE_PIPE):
            continue
        column = table.attribute(name, "node", findings)
        if column is not None:
            columns[name] = column
    ground = table.numbers("ground", findings)
    if ground is not None:
        columns["ground"] = pa.array(ground, from_pandas=True)
    map_id = table.text("map_id")
    if map_id is not None:
        columns["map_id"] = values.ids(map_id)
    note = table.text("note")
    if note is not None and rowwise:
        note = pc.if_else(pa.array(own_name), note, pa.scalar(None, pa.string()))
    if note is not None or table.notes:
        columns["note"] = with_notes(table, note)
        table.notes.clear()
    return columns


def _categories(table: Table, names: list[str | None], findings: Findings) -> pa.Array:
    """Categories by column or title, else by the letters that nearly all numbers begin with: ``JS12``."""
    import pyarrow as pa

    written = table.categories(findings)
    if written.null_count < len(written) or table.header.column("category") is not None:
        return written
    begun = [match[0].upper() if name and (match := _LETTERS.match(name)) else None for name in names]
    codes = [code if code and category_named(code) else None for code in begun]
    if sum(code is not None for code in codes) < _NEARLY_ALL * len(codes):
        return written
    findings.add("category-from-ids", table.name)
    return pa.array(codes, pa.string())


def with_notes(table: Table, note: pa.Array | None) -> pa.Array:
    """Return the notes of the records, with the texts that found no place in a field added."""
    import pyarrow as pa

    if not table.notes and note is not None:
        return note
    texts: list[str | None] = note.to_pylist() if note is not None else [None] * len(table)
    for record, more in table.notes.items():
        texts[record] = "; ".join(filter(None, [texts[record], *more]))
    return pa.array(texts, pa.string())


def _first_valid(column: pa.Array, group: NDArray[np.int64], count: int) -> pa.Array:
    """Return the first known value of each group of records."""
    import pyarrow as pa
    import pyarrow.compute as pc

    valid = pc.is_valid(column).to_numpy(zero_copy_only=False) & (group >= 0)
    if pa.types.is_floating(column.type):
        valid &= ~np.isnan(column.to_numpy(zero_copy_only=False))
    records = np.flatnonzero(valid)
    numbers, places = np.unique(group[records], return_index=True)
    chosen = np.full(count, -1, dtype=np.int64)
    chosen[numbers] = records[places]
    return column.take(pa.array(chosen, mask=chosen < 0))


def _list_empty(table: Table, group: NDArray[np.int64], findings: Findings) -> None:
    for record in np.flatnonzero(group < 0).tolist():
        findings.add("empty-point", table.where(record), {"text": table.row_text(record)})


def _list_unnamed(table: Table, names: list[str | None], first: NDArray[np.int64], findings: Findings) -> None:
    for record in first.tolist():
        name = names[record]
        if name is not None and name.startswith("?") and name[1:] == str(table.rows[record] + 1):
            findings.add("no-id", table.where(record), layer="node", element=name)
