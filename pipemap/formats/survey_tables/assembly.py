"""Points and pipes with known ends to the tables of a delivery: levels, references, roles, ids, courses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import depth_reference, node_kind, pipe_kind
from pipemap.formats.survey_tables.ends import BOTTOM, TOLERANCE, TOP, End
from pipemap.formats.survey_tables.joining import Names
from pipemap.formats.survey_tables.network import Ended, Nodes, add_placeholders, floats
from pipemap.model import delivery
from pipemap.model import fields as schema
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.survey_tables.findings import Findings
    from pipemap.formats.survey_tables.pipes import Lines
    from pipemap.formats.survey_tables.tables import Table

_NO_PIPES = ("id", "category", "kind", "from_fid", "to_fid", "from_node", "to_node")
_ORDERED_BY = ("category", "size_text", "material", "burial", "from_depth", "to_depth", "built", "owner")
_ALIKE = ("category", "circuit", "size_text", "material", "burial", "built", "owner", "road", "note")


@dataclass(frozen=True, slots=True)
class Assembled:
    """Tables of a delivery, by its schema, and the courses of its pipes."""

    nodes: pa.Table
    pipes: pa.Table
    courses: delivery.Lines


def assemble(
    nodes: Nodes, lines: Lines | None, tables: Sequence[Table], findings: Findings, *, progress: Progress = SILENT
) -> Assembled:
    """Give pipes their ends, levels, references and ids, and every element its role; what does not fit is listed."""
    import pyarrow as pa

    if lines is None:
        table = _with_kinds(nodes.table)
        empty = schema.arrow_schema("pipe").empty_table().select(list(_NO_PIPES))
        return Assembled(in_schema(table, "node"), empty, delivery.Lines(np.zeros(1, dtype=np.int64), np.empty((0, 3))))
    ended = add_placeholders(nodes, lines, tables, findings)
    table = _with_kinds(ended.nodes)
    progress(0)
    ground = floats(table["ground"])
    columns = {name: lines.table[name] for name in lines.table.column_names if not name.startswith("_")}
    columns["category"] = _categories(lines.table["category"].combine_chunks(), ended, lines, tables, findings)
    described = pa.table(columns)
    progress(0)
    base = usual_references(described)
    near, far = measure(lines.from_end, ended.from_node, ground, base), measure(lines.to_end, ended.to_node, ground, base)
    columns |= _ends(ended) | _measured("from", near) | _measured("to", far) | {"kind": pipe_kinds(described)}
    progress(0)
    columns["id"] = pipe_ids(pa.table(columns))
    pipes = pa.table(columns)
    for which, end, rows in (("from", lines.from_end, ended.from_node), ("to", lines.to_end, ended.to_node)):
        progress(0)
        names = Names(columns[f"{which}_node"])
        check_levels(end, ground[rows], names, Names(columns["id"]), lines, tables, findings)
    progress(0)
    check_repeated(pipes, lines, tables, findings)
    return Assembled(in_schema(table, "node"), in_schema(pipes, "pipe"), courses(table, ended, near.level, far.level))


def _with_kinds(nodes: pa.Table) -> pa.Table:
    kinds = node_kinds(nodes)
    return (nodes.drop_columns("kind") if "kind" in nodes.column_names else nodes).append_column("kind", kinds)


def _ends(ended: Ended) -> dict[str, pa.Array]:
    import pyarrow as pa

    names = ended.names.column
    start, end = pa.array(ended.from_node), pa.array(ended.to_node)
    return {"from_node": names.take(start), "to_node": names.take(end), "from_fid": start, "to_fid": end}


def _measured(which: str, end: Measured) -> dict[str, pa.Array]:
    import pyarrow as pa

    return {
        f"{which}_depth": pa.array(end.depth, from_pandas=True),
        f"{which}_level": pa.array(end.level, from_pandas=True),
        f"{which}_reference": end.reference,
    }


def _categories(written: pa.Array, ended: Ended, lines: Lines, tables: Sequence[Table], findings: Findings) -> pa.Array:
    """Categories as the pipes have them, else as their points do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not written.null_count:
        return written
    of_points = ended.nodes["category"].combine_chunks()
    start, end = of_points.take(pa.array(ended.from_node)), of_points.take(pa.array(ended.to_node))
    found = pc.coalesce(written, start, end)
    if found.null_count < written.null_count:
        findings.add(
            "category-from-points",
            lines.where(int(np.flatnonzero(pc.is_null(written).to_numpy(zero_copy_only=False))[0]), tables),
        )
    return found


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
    end: End,
    ground: NDArray[np.float64],
    names: Names,
    ids: Names,
    lines: Lines,
    tables: Sequence[Table],
    findings: Findings,
) -> None:
    """List ends where ground, depth and level do not agree; ``ground`` and ``names`` are those of the points there."""
    difference = ground - end.depth - end.level
    with np.errstate(invalid="ignore"):
        off = np.flatnonzero(np.abs(difference) > TOLERANCE + 1e-6)
    for line in off.tolist():
        said = {
            "node": names[line],
            "ground": f"{ground[line]:.3f}",
            "depth": f"{end.depth[line]:g}",
            "level": f"{end.level[line]:.3f}",
            "difference": f"{abs(difference[line]):.3f}",
        }
        findings.add("level-mismatch", lines.where(line, tables), said, layer="pipe", element=ids[line])


def check_repeated(pipes: pa.Table, lines: Lines, tables: Sequence[Table], findings: Findings) -> None:
    """List pipes that start where they end, and pipes listed again, either way round, with nothing to tell them apart."""
    import pyarrow as pa

    start, end = pipes["from_fid"].to_numpy(), pipes["to_fid"].to_numpy()
    ids = pipes["id"]
    for line in np.flatnonzero(start == end).tolist():
        findings.add("same-end", lines.where(line, tables), layer="pipe", element=ids[line].as_py())
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((np.arange(len(low)), high, low))
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    parallel = np.unique(np.concatenate([order[:-1][same], order[1:][same]]))
    if not len(parallel):
        return
    near, far = (pipes[f"{which}_depth"].to_numpy()[parallel] for which in ("from", "to"))
    turned = (start > end)[parallel]
    ends = [low[parallel], high[parallel], *map(_ranked, (np.where(turned, far, near), np.where(turned, near, far)))]
    told = [_codes(pipes[name].take(pa.array(parallel))) for name in _ALIKE if name in pipes.column_names]
    _keys, first, inverse = np.unique(np.column_stack([*ends, *told]), axis=0, return_index=True, return_inverse=True)
    origin = parallel[first[inverse.reshape(-1)]]
    for line, earlier in zip(parallel.tolist(), origin.tolist(), strict=True):
        if line != earlier:
            there = lines.where(earlier, tables)
            findings.add("duplicate-pipe", lines.where(line, tables), {"first": there}, layer="pipe", element=ids[line].as_py())


def _ranked(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Equal numbers, unknown ones included, as equal whole numbers."""
    return np.asarray(np.unique(numbers, return_inverse=True)[1], dtype=np.int64)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Texts by their place in the alphabet, unknown ones first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column.cast(pa.string()).combine_chunks())
    rank = np.argsort(np.argsort(np.array(encoded.dictionary.to_pylist(), dtype=str)))
    codes = np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64)
    return np.where(codes >= 0, rank[codes] if len(rank) else codes, -1)


def usual_references(table: pa.Table) -> pa.Array:
    """Return what each pipe's depths are usually measured to."""
    return _by_combination(
        table,
        ("category", "burial", "pressurised"),
        lambda category, burial, pressurised: depth_reference(category, burial, pressurised=pressurised),
    )


def pipe_kinds(table: pa.Table) -> pa.Array:
    """Return each pipe's role in the network."""
    return _by_combination(
        table, ("category", "burial", "shape"), lambda category, burial, shape: pipe_kind(category, burial, shape).value
    )


def node_kinds(table: pa.Table) -> pa.Array:
    """Return each node's role; that of placeholders stays."""
    import pyarrow.compute as pc

    found = _by_combination(
        table,
        ("category", "feature", "appurtenance"),
        lambda category, feature, appurtenance: node_kind(category, feature, appurtenance).value,
    )
    return pc.coalesce(table["kind"].combine_chunks(), found) if "kind" in table.column_names else found


def _by_combination(
    table: pa.Table, names: tuple[str, str, str], role: Callable[[str | None, str | None, str | None], str]
) -> pa.Array:
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
    roles = [role(*(column[int(row)].as_py() for column in columns)) for row in first]
    return pa.array(roles, pa.string()).take(pa.array(inverse))


def courses(nodes: pa.Table, ended: Ended, from_level: NDArray[np.float64], to_level: NDArray[np.float64]) -> delivery.Lines:
    """Return a straight course for each pipe whose two ends have a place."""
    place_of = np.column_stack([floats(nodes["x"]), floats(nodes["y"])])
    start, end = place_of[ended.from_node], place_of[ended.to_node]
    placed = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    offsets = np.zeros(len(ended.from_node) + 1, dtype=np.int64)
    np.cumsum(np.where(placed, 2, 0), out=offsets[1:])
    xyz = np.empty((int(offsets[-1]), 3))
    xyz[0::2] = np.column_stack([start, from_level])[placed]
    xyz[1::2] = np.column_stack([end, to_level])[placed]
    return delivery.Lines(offsets, xyz)


def pipe_ids(table: pa.Table) -> pa.Array:
    """Return printed ids, else ``A-B``, then ``A-B#2``: parallel pipes in the order of their attributes, not of the file."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = [table[name].combine_chunks() for name in ("from_node", "to_node")]
    joined = pc.binary_join_element_wise(*ends, "-")
    if "id" in table.column_names:
        printed = table["id"].combine_chunks()
        unnamed = pc.if_else(pc.is_null(printed), joined, pa.scalar(None, pa.string()))
        ids = pc.coalesce(printed, joined)
    else:
        unnamed, ids = joined, joined
    code = np.asarray(pc.fill_null(pc.dictionary_encode(unnamed).indices, -1), dtype=np.int64)
    _names, inverse, count = np.unique(code, return_inverse=True, return_counts=True)
    parallel = np.flatnonzero((count[inverse] > 1) & (code >= 0))
    if not len(parallel):
        return ids
    taken = pa.array(parallel)
    compared = [_codes(table[name].take(taken)) for name in _ORDERED_BY if name in table.column_names]
    circuit = table["circuit"].take(taken) if "circuit" in table.column_names else pa.nulls(len(parallel), pa.string())
    back = pc.fill_null(pc.equal(circuit, "return"), fill_value=False).to_numpy(zero_copy_only=False)  # a supply comes first
    order = np.lexsort((np.arange(len(parallel)), *compared[::-1], back, code[parallel]))
    begins = np.flatnonzero(np.diff(code[parallel][order], prepend=-1))
    number = np.empty(len(parallel), dtype=np.int64)
    number[order] = np.arange(len(parallel)) - np.repeat(begins, np.diff(np.append(begins, len(parallel)))) + 1
    later = number > 1
    mask = np.zeros(len(ids), dtype=bool)
    mask[parallel[later]] = True
    numbers = pa.array(number[later]).cast(pa.string())
    return pc.replace_with_mask(ids, pa.array(mask), pc.binary_join_element_wise(ids.filter(pa.array(mask)), numbers, "#"))


def in_schema(columns: pa.Table, layer: schema.Layer) -> pa.Table:
    """Return the columns that the layer's schema has, in its order and types."""
    import pyarrow as pa

    wanted = [field for field in schema.arrow_schema(layer) if field.name in columns.column_names]
    return pa.table([columns[field.name].cast(field.type) for field in wanted], schema=pa.schema(wanted))
