"""Points of a table: one a record in a point table, one a group of records in a table of points and connections."""

from __future__ import annotations

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
_LETTERS = r"^[A-Za-z]{2}[-_]?\d"
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
        which), ``_other`` (one more number, where a table has it), ``_sheet``, ``_row``.
    of_record
        int64, one a record: its point in ``table``, -1 for none.
    """

    table: pa.Table
    of_record: NDArray[np.int64]


def read_points(table: Table, findings: Findings) -> Points:
    """Read the points of a table; rows with neither a number nor coordinates are listed, and left out."""
    import pyarrow as pa

    north, east = _place(table, findings)
    named = _named(table, north, east)
    if table.header.layout == "row":
        group, first = grouped(named.column, north, east)
    else:
        present = named.own | named.made
        group = np.where(present, np.cumsum(present) - 1, -1)
        first = np.flatnonzero(present)
    _list_empty(table, group, findings)
    columns = _columns(table, named, findings) | {"_north": pa.array(north), "_east": pa.array(east), "id": named.column}
    gathered = {}
    for name, column in columns.items():
        table.progress(0)
        gathered[name] = first_valid(column, group, len(first))
    count = len(first)
    gathered["_explicit"] = pa.repeat(pa.scalar(_is_explicit(table)), count)
    gathered["_sheet"] = pa.array(np.full(count, table.number, dtype=np.int32))
    gathered["_row"] = pa.array(table.rows[first])
    for record in first[named.made[first]].tolist():
        findings.add("no-id", table.where(record), layer="node", element=named.column[record].as_py())
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


@dataclass(frozen=True, slots=True)
class _Named:
    """Number of each record's point; ``own``: it stands in the record itself; ``made``: there is none, and one was made."""

    column: pa.Array
    own: NDArray[np.bool_]
    made: NDArray[np.bool_]


def _named(table: Table, north: NDArray[np.float64], east: NDArray[np.float64]) -> _Named:
    """Find the number of each record's point, filled down where connections leave it blank."""
    import pyarrow as pa
    import pyarrow.compute as pc

    printed = [column for name in ("id", "map_id") if (column := table.text(name)) is not None]
    column = values.ids(pc.coalesce(*printed) if printed else pa.nulls(len(table), pa.string()))
    own = column.is_valid().to_numpy(zero_copy_only=False)
    filling = table.header.layout == "row"
    made = ~own & (_moved(north, east) if filling else np.isfinite(north) | np.isfinite(east))
    if made.any():
        rows = pc.cast(pa.array(table.rows + 1), pa.string())
        column = pc.if_else(pa.array(made), pc.binary_join_element_wise("?", rows, ""), column)
    return _Named(pc.fill_null_forward(column) if filling else column, own, made)


def _moved(north: NDArray[np.float64], east: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a record has a place, and the last place before it was another one."""
    placed = np.isfinite(north) & np.isfinite(east)
    last = np.maximum.accumulate(np.where(placed, np.arange(len(north)), -1))
    before = np.concatenate([[-1], last[:-1]]).astype(np.int64)[: len(north)]
    near = (np.abs(north - north[before]) <= SAME_PLACE) & (np.abs(east - east[before]) <= SAME_PLACE)
    return placed & ~((before >= 0) & near)


def grouped(
    names: pa.Array, north: NDArray[np.float64], east: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the points of a table of connections: one name at one place is one; without a place, the last of that name.

    Returns the point of each record, −1 for none, and the first record of each point.
    """
    import pyarrow.compute as pc

    name = np.asarray(pc.fill_null(pc.dictionary_encode(names).indices, -1), dtype=np.int64)
    placed = np.isfinite(north) & np.isfinite(east)
    spot = _numbered(_numbered(np.where(placed, name, -1), np.round(north, 1)), np.round(east, 1))
    order = np.argsort(name, kind="stable")
    sorted_name = name[order]
    begins = np.searchsorted(sorted_name, sorted_name)
    last = np.maximum.accumulate(np.where(placed[order], np.arange(len(order)), -1))
    token = np.empty(len(name), dtype=np.int64)
    token[order] = np.where(last >= begins, spot[order][last], -2 - sorted_name)
    known = np.flatnonzero(name >= 0)
    _tokens, first, inverse = np.unique(token[known], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    by_row = np.argsort(first)
    rank[by_row] = np.arange(len(first))
    group = np.full(len(name), -1, dtype=np.int64)
    group[known] = rank[inverse]
    return group, known[first[by_row]]


def _numbered(first: NDArray[np.int64], second: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number the pairs of two columns; equal pairs have one number."""
    _unique, code = np.unique(second, return_inverse=True)
    _pairs, number = np.unique((first + 1) * (len(second) + 1) + code, return_inverse=True)
    return np.asarray(number, dtype=np.int64)


def _columns(table: Table, named: _Named, findings: Findings) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    rowwise = table.header.layout == "row"
    columns: dict[str, pa.Array] = {"category": _categories(table, named.column, findings)}
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
    other = next((match.column for match in table.header.more if match.field in {"id", "map_id"}), None)
    if other is not None:
        columns["_other"] = values.ids(table.text_at(other))
    note = table.text("note")
    if note is not None and rowwise:
        note = pc.if_else(pa.array(named.own), note, pa.scalar(None, pa.string()))
    if note is not None or table.notes:
        columns["note"] = with_notes(table, note)
        table.notes.clear()
    return columns


def _categories(table: Table, names: pa.Array, findings: Findings) -> pa.Array:
    """Categories by column or title, else by the letters that nearly all numbers begin with: ``JS12``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written = table.categories(findings)
    if written.null_count < len(written) or table.header.column("category") is not None:
        return written
    begun = pc.utf8_upper(pc.utf8_slice_codeunits(names, 0, 2))
    begun = pc.if_else(pc.match_substring_regex(names, _LETTERS), begun, pa.scalar(None, pa.string()))
    known = [code for code in pc.unique(begun.drop_null()).to_pylist() if category_named(code)]
    codes = pc.if_else(pc.is_in(begun, pa.array(known, pa.string())), begun, pa.scalar(None, pa.string()))
    if not len(codes) or len(codes) - codes.null_count < _NEARLY_ALL * len(codes):
        return written
    findings.add("category-from-ids", table.name)
    return codes


def with_notes(table: Table, note: pa.Array | None) -> pa.Array:
    """Return the notes of the records, with the texts that found no place in a field added."""
    import pyarrow as pa
    import pyarrow.compute as pc

    note = pa.nulls(len(table), pa.string()) if note is None else note
    if not table.notes:
        return note
    records = sorted(table.notes)
    written = note.take(pa.array(records)).to_pylist()
    texts = ["; ".join(filter(None, [old, *table.notes[record]])) for record, old in zip(records, written, strict=True)]
    mask = np.zeros(len(table), dtype=bool)
    mask[records] = True
    return pc.replace_with_mask(note, pa.array(mask), pa.array(texts, pa.string()))


def first_valid(column: pa.Array, group: NDArray[np.int64], count: int) -> pa.Array:
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
