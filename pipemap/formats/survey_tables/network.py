"""Points and pipes of all tables to one delivery: duplicates, missing ends, levels, references, courses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import NodeKind, depth_reference, node_kind, pipe_kind
from pipemap.formats.survey_tables.coordinates import Written, place
from pipemap.formats.survey_tables.ends import BOTTOM, TOLERANCE, TOP, End
from pipemap.formats.survey_tables.points import SAME_PLACE, Points
from pipemap.model import delivery
from pipemap.model import fields as schema

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
    names: list[str]
    of_record: tuple[NDArray[np.int64] | None, ...]
    crs: str


def join_points(tables: Sequence[Table], points: Sequence[Points | None], crs: str, findings: Findings) -> Nodes:
    """Put the points of all tables into one, in the survey's coordinates; a number listed again at the same place is kept once."""
    import pyarrow as pa

    read = [part.table for part in points if part is not None]
    both = pa.concat_tables([_empty_points(), *read], promote_options="default").combine_chunks()
    names = both["id"].to_pylist()
    sheet, row = both["_sheet"].to_numpy(), both["_row"].to_numpy()

    def where(point: int) -> str:
        return tables[int(sheet[point])].sheet.where(int(row[point]))

    def table_of(point: int) -> str:
        return tables[int(sheet[point])].sheet.mark.rstrip(":!")

    placed = place(
        Written(
            _floats(both["_north"]), _floats(both["_east"]), np.asarray(both["_explicit"].to_numpy(), dtype=bool), sheet, names, where, table_of
        ),
        crs,
        findings,
    )
    target, kept = _merge_repeated(both, placed.east, placed.north, where, findings)
    for point in np.flatnonzero(~(np.isfinite(placed.east) & np.isfinite(placed.north))).tolist():
        findings.add("no-coordinates", where(point), layer="node", element=names[point])
    columns = {name: both[name].take(pa.array(kept)) for name in both.column_names if name not in {"_north", "_east", "_explicit"}}
    known = np.isfinite(placed.east) & np.isfinite(placed.north)
    columns["x"] = pa.array(placed.east[kept], mask=~known[kept])
    columns["y"] = pa.array(placed.north[kept], mask=~known[kept])
    rows, start = [], 0
    for part in points:
        rows.append(None if part is None else np.where(part.of_record >= 0, target[start + part.of_record], -1) if part.table.num_rows else part.of_record)
        start += 0 if part is None else part.table.num_rows
    return Nodes(pa.table(columns), [names[point] for point in kept.tolist()], tuple(rows), placed.crs)


def _empty_points() -> pa.Table:
    import pyarrow as pa

    fields = [
        ("id", pa.string()), ("category", pa.string()), ("ground", pa.float64()), ("_north", pa.float64()), ("_east", pa.float64()),
        ("_explicit", pa.bool_()), ("_sheet", pa.int32()), ("_row", pa.int64()),
    ]  # fmt: skip
    return pa.schema(fields).empty_table()


def _merge_repeated(
    points: pa.Table, east: NDArray[np.float64], north: NDArray[np.float64], where: object, findings: Findings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the new row of each point, and the old row of each new one."""
    count = points.num_rows
    first = _first_alike(points)
    distance = np.hypot(east - east[first], north - north[first])
    repeated = np.flatnonzero(first != np.arange(count))
    drop = np.zeros(count, dtype=bool)
    names = points["id"]
    for point in repeated.tolist():
        origin = int(first[point])
        told = {"first": where(origin), "distance": f"{distance[point]:.2f}"}  # type: ignore[operator]
        same = distance[point] <= SAME_PLACE
        drop[point] = same
        spot = (float(east[point]), float(north[point]))
        rule = "repeated-point" if same else "duplicate-point"
        findings.add(rule, where(point), told, layer="node", element=names[point].as_py(), place=spot)  # type: ignore[operator]
    kept = np.flatnonzero(~drop)
    new = np.full(count, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return np.where(drop, new[first], new), kept


def _first_alike(points: pa.Table) -> NDArray[np.int64]:
    """The first point with the same number and category."""
    import pyarrow.compute as pc

    count = points.num_rows
    code = np.asarray(pc.dictionary_encode(points["id"].combine_chunks()).indices, dtype=np.int64)
    kind = pc.fill_null(pc.dictionary_encode(points["category"].combine_chunks()).indices, -1)
    keys = code * 1_000_003 + np.asarray(kind, dtype=np.int64) + 1
    _keys, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64) if count else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Ended:
    """Pipes whose ends are all rows of ``nodes``."""

    nodes: pa.Table
    names: list[str]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]


def add_placeholders(nodes: Nodes, lines: Lines, tables: Sequence[Table], findings: Findings) -> Ended:
    """Give every missing end a node: a placeholder, or a point of its own where the line table says where it lies."""
    import pyarrow as pa

    places: dict[tuple[str, str | None], int] = {}
    new: list[dict[str, object]] = []
    from_node, to_node = lines.from_node.copy(), lines.to_node.copy()
    category = lines.table["category"]
    for rows, texts, other_texts, spots in (
        (from_node, lines.from_text, lines.to_text, lines.from_place),
        (to_node, lines.to_text, lines.from_text, lines.to_place),
    ):
        for line in np.flatnonzero(rows < 0).tolist():
            where = tables[lines.table["_sheet"][line].as_py()].sheet.where(lines.table["_row"][line].as_py())
            text, kind = texts[line].as_py(), category[line].as_py()
            name = text or f"?{lines.table['_row'][line].as_py() + 1}"
            spot = spots[line]
            placed = bool(np.isfinite(spot).all())
            if (name, kind) not in places:
                places[name, kind] = len(nodes.names) + len(new)
                new.append(_placeholder(name, kind, spot if placed else None))
            rows[line] = places[name, kind]
            if not placed:
                other = other_texts[line].as_py() or "?"
                rule = "missing-node" if text else "missing-end"
                findings.add(rule, where, {"node": name}, layer="pipe", element=f"{other}-{name}" if rows is to_node else f"{name}-{other}")
    if not new:
        return Ended(nodes.table, nodes.names, from_node, to_node)
    added = pa.Table.from_pylist(new, schema=pa.schema([("id", pa.string()), ("category", pa.string()), ("kind", pa.string()), ("x", pa.float64()), ("y", pa.float64())]))
    table = pa.concat_tables([nodes.table, added], promote_options="default").combine_chunks()
    return Ended(table, nodes.names + [str(row["id"]) for row in new], from_node, to_node)


def _placeholder(name: str, category: str | None, spot: NDArray[np.float64] | None) -> dict[str, object]:
    if spot is None:
        return {"id": name, "category": category, "kind": NodeKind.PLACEHOLDER.value, "x": None, "y": None}
    return {"id": name, "category": category, "kind": None, "x": float(spot[1]), "y": float(spot[0])}


@dataclass(frozen=True, slots=True)
class Measured:
    """One end of each pipe, complete as far as it can be: depth and level in metres, the course's level, the reference."""

    depth: NDArray[np.float64]
    level: NDArray[np.float64]
    reference: pa.Array


def measure(end: End, node: NDArray[np.int64], ground: NDArray[np.float64], base: pa.Array) -> Measured:
    """Complete depth and level from each other and the ground; what a header says of the reference is stronger than the usual.

    ``base``: the usual reference of each pipe, by category, way of laying and pressure.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    here = ground[node]
    level = np.where(np.isnan(end.level), np.round(here - end.depth, 6), end.level)
    depth = np.where(np.isnan(end.depth), np.round(here - end.level, 6), end.depth)
    bottom = pc.if_else(pc.is_in(base, pa.array(["outside_top", "unknown"])), "invert", base)
    reference = pc.if_else(pa.array(end.said == TOP), "outside_top", pc.if_else(pa.array(end.said == BOTTOM), bottom, base))
    return Measured(depth, level, reference)


def check_levels(
    end: End, node: NDArray[np.int64], ground: NDArray[np.float64], ids: Sequence[str], names: Sequence[str], lines: Lines,
    tables: Sequence[Table], findings: Findings,
) -> None:  # fmt: skip
    """List ends where ground, depth and level do not agree."""
    here = ground[node]
    difference = here - end.depth - end.level
    with np.errstate(invalid="ignore"):
        off = np.flatnonzero(np.abs(difference) > TOLERANCE + 1e-6)
    for line in off.tolist():
        where = tables[lines.table["_sheet"][line].as_py()].sheet.where(lines.table["_row"][line].as_py())
        said = {
            "node": names[int(node[line])],
            "ground": f"{here[line]:.3f}",
            "depth": f"{end.depth[line]:g}",
            "level": f"{end.level[line]:.3f}",
            "difference": f"{abs(difference[line]):.3f}",
        }
        findings.add("level-mismatch", where, said, layer="pipe", element=ids[line])


def usual_references(table: pa.Table) -> pa.Array:
    """Return what each pipe's depths are usually measured to."""
    return _by_combination(
        table, ("category", "burial", "pressurised"), lambda category, burial, pressurised: depth_reference(category, burial, pressurised=pressurised)
    )


def pipe_kinds(table: pa.Table) -> pa.Array:
    """Return each pipe's role in the network."""
    return _by_combination(table, ("category", "burial", "shape"), lambda category, burial, shape: pipe_kind(category, burial, shape).value)


def node_kinds(table: pa.Table) -> pa.Array:
    """Return each node's role; that of placeholders stays."""
    import pyarrow.compute as pc

    found = _by_combination(
        table, ("category", "feature", "appurtenance"), lambda category, feature, appurtenance: node_kind(category, feature, appurtenance).value
    )
    return pc.coalesce(table["kind"].combine_chunks(), found) if "kind" in table.column_names else found


def _by_combination(table: pa.Table, names: tuple[str, str, str], role: object) -> pa.Array:
    """Ask once for each combination of texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = pa.nulls(table.num_rows, pa.string())
    columns = [table[name].combine_chunks() if name in table.column_names else missing for name in names]
    encoded = [pc.dictionary_encode(column, null_encoding="encode") for column in columns]
    codes = [np.asarray(one.indices, dtype=np.int64) for one in encoded]
    sizes = [len(one.dictionary) + 1 for one in encoded]
    keys = (codes[0] * sizes[1] + codes[1]) * sizes[2] + codes[2]
    _unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    roles = [role(*(column[int(row)].as_py() for column in columns)) for row in first]  # type: ignore[operator]
    return pa.array(roles, pa.string()).take(pa.array(inverse))


def courses(nodes: pa.Table, from_node: NDArray[np.int64], to_node: NDArray[np.int64], from_level: NDArray[np.float64], to_level: NDArray[np.float64]) -> delivery.Lines:
    """Return a straight course for each pipe whose two ends have a place."""
    place_of = np.column_stack([_floats(nodes["x"]), _floats(nodes["y"])])
    start, end = place_of[from_node], place_of[to_node]
    placed = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    offsets = np.zeros(len(from_node) + 1, dtype=np.int64)
    np.cumsum(np.where(placed, 2, 0), out=offsets[1:])
    xyz = np.empty((int(offsets[-1]), 3))
    xyz[0::2] = np.column_stack([start, from_level])[placed]
    xyz[1::2] = np.column_stack([end, to_level])[placed]
    return delivery.Lines(offsets, xyz)


def pipe_ids(table: pa.Table, from_names: Sequence[str], to_names: Sequence[str]) -> list[str]:
    """Return printed ids, else ``A-B``, then ``A-B#2``: parallel pipes in the order of their attributes, not of the file."""
    printed = table["id"].to_pylist() if "id" in table.column_names else [None] * table.num_rows
    ids = [own or f"{start}-{end}" for own, start, end in zip(printed, from_names, to_names, strict=True)]
    groups: dict[str, list[int]] = {}
    for row, (own, name) in enumerate(zip(printed, ids, strict=True)):
        if not own:
            groups.setdefault(name, []).append(row)
    compared = [name for name in ("category", "size_text", "material", "burial", "from_depth", "to_depth", "built", "owner") if name in table.column_names]
    for name, rows in groups.items():
        if len(rows) > 1:
            rows.sort(key=lambda row: [str(table[column][row].as_py()) for column in compared])
            for number, row in enumerate(rows[1:], start=2):
                ids[row] = f"{name}#{number}"
    return ids


def in_schema(columns: pa.Table, layer: schema.Layer) -> pa.Table:
    """Return the columns that the layer's schema has, in its order and types."""
    import pyarrow as pa

    wanted = [field for field in schema.arrow_schema(layer) if field.name in columns.column_names]
    return pa.table([columns[field.name].cast(field.type) for field in wanted], schema=pa.schema(wanted))


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    import pyarrow.compute as pc

    return np.array(pc.fill_null(column, float("nan")).to_numpy(), dtype=np.float64)
