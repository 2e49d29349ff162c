"""Pipes of a table: one a record in a line table, half a one a record in a table of points and connections."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import category as category_named
from pipemap.catalog import pressurised_of
from pipemap.formats.survey_tables import values
from pipemap.formats.survey_tables.ends import End, read_line_end, read_row_ends
from pipemap.formats.survey_tables.points import with_notes
from pipemap.formats.survey_tables.sizes import parse_size
from pipemap.model import fields as schema

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.joining import PointIndex
    from pipemap.formats.survey_tables.tables import Table

_HERE_ONLY = frozenset({
    "id", "category", "from_node", "to_node", "from_depth", "to_depth", "from_level", "to_level", "flow", "note", "kind",
    "size_text", "from_reference", "to_reference",
    "from_fid", "to_fid", "batch",
})  # fmt: skip
_OF_A_SIZE = ("diameter_mm", "wall_mm", "width_mm", "height_mm", "holes", "cables", "barrels", "shape")
_PAIR_OF_HOLES = re.compile(r"'?\s*(\d*)\s*[/／]\s*(\d*)\s*")


@dataclass(frozen=True)
class Lines:
    """Pipes as read; an end that no table lists is still a number.

    Attributes
    ----------
    table
        Arrow: fields of the schema but for ends, and ``_sheet``, ``_row``.
    from_node, to_node
        int64 rows of the node table, −1 where no table lists the point.
    from_text, to_text
        Ends as written.
    from_end, to_end
        Depths and levels.
    from_place, to_place
        float64 (n, 2) north and east of the ends where a line table has them, else NaN.
    """

    table: pa.Table
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    from_text: pa.Array
    to_text: pa.Array
    from_end: End
    to_end: End
    from_place: NDArray[np.float64]
    to_place: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.from_node)

    def where(self, line: int, tables: Sequence[Table]) -> str:
        """Place of a pipe in its source, for a person."""
        sheet, row = self._origin
        return tables[int(sheet[line])].sheet.where(int(row[line]))

    @cached_property
    def _origin(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sheet and row of each pipe, for as many questions as there are problems."""
        sheet, row = (np.asarray(self.table[name].to_numpy(), dtype=np.int64) for name in ("_sheet", "_row"))
        return sheet, row


def read_lines(table: Table, numbers: Mapping[str, PointIndex], findings: Findings) -> Lines:
    """Read a line table; a row that names no end is listed and left out.

    ``numbers``: points by each kind of number that they have; the kind that most ends are found by is the one that is meant.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = [values.ids(column) for which in ("from", "to") if (column := table.text(f"{which}_node")) is not None]
    table.progress(0)
    category = table.categories(findings)
    meant = _meant(numbers, ends)
    if meant != "id":
        findings.add("chosen-join", table.name, {"column": meant})
    from_end = read_line_end(table, "from", findings)
    table.progress(0)
    to_end = read_line_end(table, "to", findings)
    table.progress(0)
    places = [_place(table, which, findings) for which in ("from", "to")]
    columns = _columns(table, category, findings)
    named = pc.or_(pc.is_valid(ends[0]), pc.is_valid(ends[1])).to_numpy(zero_copy_only=False)
    for record in np.flatnonzero(~named).tolist():
        findings.add("no-ends", table.where(record), {"text": table.row_text(record)})
    kept = np.flatnonzero(named)
    rows = []
    for end in ends:
        table.progress(0)
        rows.append(numbers[meant].rows(end, category))
    table.progress(0)
    return taken(Lines(pa.table(columns), rows[0], rows[1], ends[0], ends[1], from_end, to_end, places[0], places[1]), kept)


def _meant(numbers: Mapping[str, PointIndex], ends: Sequence[pa.Array]) -> str:
    """The kind of number that most ends are found by; the first of equals."""
    return next(iter(numbers)) if len(numbers) == 1 else max(numbers, key=lambda kind: sum(map(numbers[kind].hits, ends)))


def read_halves(
    table: Table,
    of_record: NDArray[np.int64],
    numbers: Mapping[str, PointIndex],
    ground: NDArray[np.float64],
    findings: Findings,
) -> Lines:
    """Read the connections of a table of points and connections: each from its own point to the point it names.

    Parameters
    ----------
    table
        Its records.
    of_record
        Row of the node table that each record belongs to; −1: none.
    numbers
        Points by each kind of number that they have.
    ground
        Ground level of each record's point, metres.
    findings
        Where problems go.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    category = table.categories(findings)
    near, far = read_row_ends(table, ground, findings)
    columns = _columns(table, category, findings)
    sheet = np.full(len(table), table.number, dtype=np.int32)
    nowhere = np.full((len(table), 2), np.nan)
    parts = []
    for column in table.header.columns("connect"):
        wanted = values.ids(table.text_at(column))
        kept = np.flatnonzero(pc.is_valid(wanted).to_numpy(zero_copy_only=False) & (of_record >= 0))
        found = numbers[_meant(numbers, [wanted])].rows(wanted, category, sheet)
        all_rows = Lines(
            pa.table(columns), of_record, found, pa.nulls(len(table), pa.string()), wanted, near, far, nowhere, nowhere
        )
        parts.append(taken(all_rows, kept))
    table.progress(0)
    halves = joined(parts)
    table.progress(0)
    return taken(halves, np.argsort(halves.table["_row"].to_numpy(), kind="stable"))


def _columns(table: Table, category: pa.Array, findings: Findings) -> dict[str, pa.Array]:
    """Return the fields of the pipes that need nothing but their own row."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {"category": category}
    for match in table.header.matches:
        if match.field in schema.fields("pipe") and match.field not in _HERE_ONLY:
            column = table.attribute(match.field, "pipe", findings)
            if column is not None:
                columns[match.field] = column
    named = table.text("id") if table.header.layout == "pipe" else None
    if named is not None:
        columns["id"] = values.ids(named)
    recorded = table.text("flow")
    if recorded is not None:
        columns["flow"] = values.map_texts(values.whole_texts(recorded), values.flow).column
    columns |= _pressure_or_voltage(table, category) | _pair_of_holes(table)
    columns |= _pressurised(columns)
    columns = _with_sizes(table, columns, findings)
    note = table.text("note")
    if note is not None or table.notes:
        columns["note"] = with_notes(table, note)
    columns["_sheet"] = pa.array(np.full(len(table), table.number, dtype=np.int32))
    columns["_row"] = pa.array(table.rows)
    return columns


def _with_sizes(table: Table, columns: dict[str, pa.Array], findings: Findings) -> dict[str, pa.Array]:
    """Add the size as written and what it means; a column of its own (电缆条数, 总孔数) is stronger than the size."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = table.text("size_text")
    if text is None:
        return columns
    encoded = pc.dictionary_encode(text)
    sizes = [parse_size(size) for size in encoded.dictionary.to_pylist()]
    codes = encoded.indices
    types = schema.arrow_schema("pipe")
    found = {"size_text": text}
    for name in _OF_A_SIZE:
        distinct = pa.array([getattr(size, name) for size in sizes], types.field(name).type)
        told = pc.take(distinct, codes)
        found[name] = pc.coalesce(columns[name], told) if name in columns else told
    strange = [code for code, size in enumerate(sizes) if not size.understood]
    if strange:
        ends = [column for name in ("from_node", "to_node", "connect") if (column := table.text(name)) is not None]
        mask = pc.fill_null(pc.is_in(codes, pa.array(strange, codes.type)), fill_value=False).to_numpy(zero_copy_only=False)
        for record in np.flatnonzero(mask).tolist():
            findings.add(
                "unknown-size", table.where(record), {"value": text[record].as_py(), "element": _ends_text(ends, record)}
            )
    return columns | found


def _ends_text(ends: Sequence[pa.Array], record: int) -> str:
    return "-".join(cell for column in ends if (cell := column[record].as_py()))


def _pressure_or_voltage(table: Table, category: pa.Array) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    both = table.text("pressure_or_voltage")
    if both is None:
        return {}
    codes = [
        code
        for code in pc.unique(category.drop_null()).to_pylist()
        if (known := category_named(code)) and known.carries == "power"
    ]
    power = pc.is_in(category, pa.array(codes, pa.string()))
    nothing = pa.scalar(None, pa.string())
    told = values.whole_texts(both)
    return {"voltage": pc.if_else(power, told, nothing), "pressure": pc.if_else(power, nothing, told)}


def _pressurised(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Take 压力 and 重力 where the column of pressures holds them instead of a pressure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "pressure" not in columns:
        return {}
    encoded = pc.dictionary_encode(columns["pressure"])
    said = pa.array([pressurised_of(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
    return {"pressurised": pc.coalesce(columns["pressurised"], said) if "pressurised" in columns else said}


def _pair_of_holes(table: Table) -> dict[str, pa.Array]:
    """Read 已用孔数/总孔数: ``3/12``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    both = table.text("holes_pair")
    if both is None:
        return {}
    encoded = pc.dictionary_encode(both)
    matches = [_PAIR_OF_HOLES.fullmatch(text) for text in encoded.dictionary.to_pylist()]

    def part(place: int) -> pa.Array:
        counts = pa.array([int(match[place]) if match and match[place] else None for match in matches], pa.int64())
        return counts.take(encoded.indices)

    return {"holes_used": part(1), "holes": part(2)}


def _place(table: Table, which: str, findings: Findings) -> NDArray[np.float64]:
    place = np.full((len(table), 2), np.nan)
    for axis, name in enumerate(("x_axis", "y_axis")):
        column = table.numbers(f"{which}_{name}", findings)
        if column is not None:
            place[:, axis] = column
    return place


def _end_of(end: End, rows: NDArray[np.int64]) -> End:
    return End(end.depth[rows], end.level[rows], end.said[rows])


def taken(lines: Lines, rows: NDArray[np.int64]) -> Lines:
    """Return some pipes, in the order of ``rows``."""
    import pyarrow as pa

    if len(rows) == len(lines) and np.array_equal(rows, np.arange(len(lines))):
        return lines

    where = pa.array(rows)
    return Lines(
        lines.table.take(where),
        lines.from_node[rows],
        lines.to_node[rows],
        lines.from_text.take(where),
        lines.to_text.take(where),
        _end_of(lines.from_end, rows),
        _end_of(lines.to_end, rows),
        lines.from_place[rows],
        lines.to_place[rows],
    )


def joined(parts: list[Lines]) -> Lines:
    """Put pipes of several tables one after another."""
    import pyarrow as pa

    def ends(choose: Callable[[Lines], End]) -> End:
        chosen = [choose(part) for part in parts]
        return End(
            np.concatenate([end.depth for end in chosen]),
            np.concatenate([end.level for end in chosen]),
            np.concatenate([end.said for end in chosen]),
        )

    return Lines(
        pa.concat_tables([part.table for part in parts], promote_options="default").combine_chunks(),
        np.concatenate([part.from_node for part in parts]),
        np.concatenate([part.to_node for part in parts]),
        pa.concat_arrays([part.from_text for part in parts]),
        pa.concat_arrays([part.to_text for part in parts]),
        ends(lambda part: part.from_end),
        ends(lambda part: part.to_end),
        np.concatenate([part.from_place for part in parts]),
        np.concatenate([part.to_place for part in parts]),
    )
