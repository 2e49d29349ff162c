"""Points of all tables put together: duplicates, and placeholders for ends that no table lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import NodeKind
from pipemap.formats.survey_tables.coordinates import Placed, Written, place
from pipemap.formats.survey_tables.joining import MISSING, First, Names
from pipemap.formats.survey_tables.points import SAME_PLACE, Points, first_valid
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.pipes import Lines
    from pipemap.formats.survey_tables.tables import Table


@dataclass(frozen=True, slots=True)
class Nodes:
    """Points of the whole delivery.

    Attributes
    ----------
    table
        Arrow: ``x``, ``y`` and fields of the schema, and ``_sheet``, ``_row``.
    names
        Their numbers.
    of_record
        For each table its records' rows here, −1 for none; None for a line table.
    crs
        The coordinate system of ``x`` and ``y``; empty when unknown.
    """

    table: pa.Table
    names: Names
    of_record: tuple[NDArray[np.int64] | None, ...]
    crs: str


def join_points(
    tables: Sequence[Table], points: Sequence[Points | None], crs: str, findings: Findings, *, progress: Progress = SILENT
) -> Nodes:
    """Put the points of all tables into one, in the survey's coordinates; one listed again at its place is kept once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    read = [part.table for part in points if part is not None]
    both = pa.concat_tables([_empty_points(), *read], promote_options="default").combine_chunks()
    names = Names(both["id"].combine_chunks())
    sheet, row = both["_sheet"].to_numpy(), both["_row"].to_numpy()

    def where(point: int) -> str:
        return tables[int(sheet[point])].sheet.where(int(row[point]))

    explicit = np.asarray(both["_explicit"].to_numpy(), dtype=bool)
    written = Written(
        floats(both["_north"]), floats(both["_east"]), explicit, sheet, names, where, lambda point: tables[int(sheet[point])].name
    )
    placed = place(written, crs, findings)
    progress(0)
    target, kept = _merge_repeated(both, placed, where, findings)
    progress(0)
    known = np.isfinite(placed.east) & np.isfinite(placed.north)
    columns = {name: both[name].combine_chunks() for name in both.column_names if name not in {"_north", "_east", "_explicit"}}
    columns |= {"x": pa.array(placed.east, mask=~known), "y": pa.array(placed.north, mask=~known)}
    if len(kept) < both.num_rows:
        columns = {name: first_valid(column, target, len(kept)) for name, column in columns.items()}
    unplaced = pc.is_null(columns["x"]).to_numpy(zero_copy_only=False)
    for point in kept[unplaced].tolist():
        findings.add("no-coordinates", where(point), layer="node", element=names[point])
    return Nodes(pa.table(columns), Names(columns["id"]), tuple(_of_records(points, target)), placed.crs)


def _of_records(points: Sequence[Points | None], target: NDArray[np.int64]) -> Iterator[NDArray[np.int64] | None]:
    """Row of the joined points for each record of each table."""
    start = 0
    for part in points:
        if part is None:
            yield None
            continue
        here = target[start : start + part.table.num_rows]
        yield np.where(part.of_record >= 0, here[part.of_record], -1) if len(here) else part.of_record
        start += len(here)


def _empty_points() -> pa.Table:
    import pyarrow as pa

    fields = [
        ("id", pa.string()), ("category", pa.string()), ("ground", pa.float64()), ("_north", pa.float64()),
        ("_east", pa.float64()), ("_explicit", pa.bool_()), ("_sheet", pa.int32()), ("_row", pa.int64()),
    ]  # fmt: skip
    return pa.schema(fields).empty_table()


def _merge_repeated(
    points: pa.Table, placed: Placed, where: Callable[[int], str], findings: Findings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the new row of each point, and the old row of each new one.

    A point without a place is the one of the same number in another table.
    """
    count = points.num_rows
    east, north = placed.east, placed.north
    first = _first_alike(points, np.isfinite(east) & np.isfinite(north))
    distance = np.hypot(east - east[first], north - north[first])
    repeated = np.flatnonzero(first != np.arange(count))
    drop = np.zeros(count, dtype=bool)
    names, sheet = points["id"], points["_sheet"].to_numpy()
    for point in repeated.tolist():
        origin = int(first[point])
        same = bool(distance[point] <= SAME_PLACE)
        unplaced = bool(np.isnan(distance[point]))
        drop[point] = same or (unplaced and sheet[point] != sheet[origin])
        if unplaced and drop[point]:
            continue
        rule = "repeated-point" if same else "duplicate-unplaced" if unplaced else "duplicate-point"
        told = {"first": where(origin), "distance": f"{distance[point]:.2f}"}
        spot = (float(east[point]), float(north[point]))
        findings.add(rule, where(point), told, layer="node", element=names[point].as_py(), place=spot)
    kept = np.flatnonzero(~drop)
    new = np.full(count, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return np.where(drop, new[first], new), kept


def _first_alike(points: pa.Table, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first point with the same number and category, one that has a place before any other.

    A point without a place may also be one whose table does not say the category.
    """
    import pyarrow.compute as pc

    code = np.asarray(pc.dictionary_encode(points["id"].combine_chunks(), null_encoding="encode").indices, dtype=np.int64)
    kind = np.asarray(pc.fill_null(pc.dictionary_encode(points["category"].combine_chunks()).indices, -1), dtype=np.int64) + 1
    keys = code * 1_000_003 + kind
    found = First(np.where(known, keys, MISSING)).rows(keys)
    if not known.all():
        said = First(np.where(known, code, MISSING)).rows(code)
        unsaid = First(np.where(known & (kind == 0), code, MISSING)).rows(code)
        found = np.where(~known & (found < 0), np.where(kind == 0, said, unsaid), found)
    return np.where(found < 0, First(keys).rows(keys), found)


@dataclass(frozen=True, slots=True)
class Ended:
    """Pipes whose ends are all rows of ``nodes``."""

    nodes: pa.Table
    names: Names
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]


def add_placeholders(nodes: Nodes, lines: Lines, tables: Sequence[Table], findings: Findings) -> Ended:
    """Give every missing end a node: a placeholder, or a point of its own where the line table says where it lies."""
    import pyarrow as pa

    places: dict[tuple[str, str | None], int] = {}
    new: list[dict[str, object]] = []
    from_node, to_node = lines.from_node.copy(), lines.to_node.copy()
    category = lines.table["category"]
    for rows, texts, others, other_texts, spots in (
        (from_node, lines.from_text, lines.to_node, lines.to_text, lines.from_place),
        (to_node, lines.to_text, lines.from_node, lines.from_text, lines.to_place),
    ):
        for line in np.flatnonzero(rows < 0).tolist():
            where = lines.where(line, tables)
            text, kind = texts[line].as_py(), category[line].as_py()
            name = text or f"?{lines.table['_row'][line].as_py() + 1}"
            spot = spots[line]
            placed = bool(np.isfinite(spot).all())
            if (name, kind) not in places:
                places[name, kind] = len(nodes.names) + len(new)
                new.append(_placeholder(name, kind, spot if placed else None))
            rows[line] = places[name, kind]
            if not placed:
                other = nodes.names[others[line]] if others[line] >= 0 else other_texts[line].as_py() or "?"
                rule = "missing-node" if text else "missing-end"
                findings.add(
                    rule, where, {"node": name}, layer="pipe", element=f"{other}-{name}" if rows is to_node else f"{name}-{other}"
                )
    if not new:
        return Ended(nodes.table, nodes.names, from_node, to_node)
    added = pa.Table.from_pylist(
        new,
        schema=pa.schema(
            [("id", pa.string()), ("category", pa.string()), ("kind", pa.string()), ("x", pa.float64()), ("y", pa.float64())]
        ),
    )
    table = pa.concat_tables([nodes.table, added], promote_options="default").combine_chunks()
    return Ended(table, nodes.names.more([str(row["id"]) for row in new]), from_node, to_node)


def _placeholder(name: str, category: str | None, spot: NDArray[np.float64] | None) -> dict[str, object]:
    if spot is None:
        return {"id": name, "category": category, "kind": NodeKind.PLACEHOLDER.value, "x": None, "y": None}
    return {"id": name, "category": category, "kind": None, "x": float(spot[1]), "y": float(spot[0])}


def floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Numbers of a column, NaN where null."""
    import pyarrow.compute as pc

    return np.array(pc.fill_null(column, float("nan")).to_numpy(), dtype=np.float64)
