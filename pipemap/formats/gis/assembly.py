"""Pipes and points of all layers put together: ends joined, pieces cut, ids, levels and roles given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import major_of, pipe_kind
from pipemap.catalog.kinds import NodeKind, PipeKind
from pipemap.formats.gis import courses, topology
from pipemap.formats.gis.attributes import read_attributes, read_levels, read_sizes
from pipemap.formats.gis.columns import Columns
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.nodes import Recorded, name_points, read_points
from pipemap.formats.gis.sorting import Sorted, category_around, read_categories
from pipemap.model import delivery
from pipemap.model import fields as schema
from pipemap.progress import Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_FEW = 5
_LINK_KINDS = {
    "pump": PipeKind.PUMP,
    "check_valve": PipeKind.CHECK_VALVE,
    "isolation_valve": PipeKind.VALVE,
    "regulator": PipeKind.PRV,
}


@dataclass(frozen=True, slots=True)
class Assembled:
    """Tables of a delivery, by its schema, and the courses of its pipes."""

    nodes: pa.Table
    pipes: pa.Table
    courses: delivery.Lines


@dataclass(frozen=True, slots=True)
class Features:
    """Line features of all layers in one run.

    Attributes
    ----------
    columns, starts
        The layers, and the first feature of each.
    table
        Arrow: fields of the schema, ``id`` null where none is printed.
    levels
        float64 (features, 2): levels of the ends that columns record.
    named
        Texts that name the ends, (features, 2); None for none.
    linked
        bool: features that are devices drawn as points.
    """

    columns: tuple[Columns, ...]
    starts: NDArray[np.int64]
    table: pa.Table
    levels: NDArray[np.float64]
    named: NDArray[np.object_]
    linked: NDArray[np.bool_]

    def where(self, feature: int) -> str:
        """Place of a feature, for a person."""
        layer = int(np.searchsorted(self.starts, feature, side="right")) - 1
        return self.columns[layer].where(feature - int(self.starts[layer]))


def assemble(found: Sorted, findings: Findings, *, progress: Progress) -> Assembled:
    """Join what meets, and give every element its id, level and role; what does not fit is listed."""
    around = category_around((*found.pipes, *found.nodes, *found.links))
    features = _features(found, around, findings)
    if not len(features.linked):
        findings.add("no-lines")
    recorded = read_points(found.nodes, features.named, findings)
    pieces = _pieces(found, features, findings)
    progress(1, 4, _("Joining points and pipes"))
    codes = _name_codes(features, recorded)
    groups = _groups(features, recorded)
    points = topology.Points(recorded.place, groups.points, codes.of_name)
    of_end = _trusted(found, pieces, groups.features, codes.of_end, points, findings)
    pieces = _split(pieces, groups.features, points, np.asarray((of_end >= 0).all(axis=1)), features, findings)
    progress(2, 4)
    ends = _ends(pieces, groups.features, of_end)
    joined = topology.join(ends, points)
    progress(3, 4)
    return _finish(features, pieces, ends, joined, recorded, codes.names, findings)


def _trusted(
    found: Sorted,
    pieces: courses.Pieces,
    groups: NDArray[np.int64],
    of_end: NDArray[np.int64],
    points: topology.Points,
    findings: Findings,
) -> NDArray[np.int64]:
    """Return the names of ends where they fit the places, else none."""
    if not (of_end >= 0).any():
        return of_end
    fit = topology.names_fit(_ends(pieces, groups, of_end), points)
    findings.add("end-ids-used" if fit else "end-ids-ignored", values={"columns": _end_columns(found)})
    return of_end if fit else np.full(of_end.shape, -1, dtype=np.int64)


def _end_columns(found: Sorted) -> str:
    names = [
        columns.fields[field]
        for columns in (*found.pipes, *found.links)
        for field in ("from_node", "to_node")
        if field in columns.fields
    ]
    return ", ".join(dict.fromkeys(names))


def _features(found: Sorted, around: str | None, findings: Findings) -> Features:
    import pyarrow as pa

    every = (*found.pipes, *found.links)
    tables, levels, named = [], [], []
    for columns in every:
        of_ends = read_levels(columns, findings)
        values = read_attributes(columns, findings) | read_sizes(columns, findings)
        values = {name: value for name, value in values.items() if name not in {"from_level", "to_level"}}
        values["category"] = read_categories(columns, around, findings)
        values["id"] = _printed_ids(columns, findings)
        inverted = {"from_invert", "to_invert"} & set(columns.fields)
        values["_reference"] = pa.repeat(pa.scalar("invert" if inverted else None, pa.string()), len(columns))
        if "roughness" in columns.fields and "length" in columns.layer.table.column_names:
            values["length"] = _model_length(columns)
        tables.append(pa.table(values))
        unknown = np.full(len(columns), np.nan)
        levels.append(np.column_stack([of_ends.get("from_level", unknown), of_ends.get("to_level", unknown)]))
        named.append(np.column_stack([_end_names(columns, "from_node"), _end_names(columns, "to_node")]))
    empty = pa.schema([("id", pa.string()), ("category", pa.string()), ("_reference", pa.string())]).empty_table()
    table = pa.concat_tables([empty, *tables], promote_options="permissive").combine_chunks()
    counts = [len(columns) for columns in every]
    starts = np.concatenate([[0], np.cumsum(counts)])[: len(counts)].astype(np.int64)
    linked = np.repeat([columns in found.links for columns in every] or [False], counts or [0])
    return Features(
        every,
        starts,
        table,
        np.concatenate([np.empty((0, 2)), *levels]),
        np.concatenate([np.empty((0, 2), dtype=object), *named]),
        linked.astype(bool),
    )


def _model_length(columns: Columns) -> pa.Array:
    import pyarrow as pa

    from pipemap.formats.gis.columns import numbers_of, texts_of

    values, _bad = numbers_of(texts_of(columns.layer, "length", columns.rows))
    return pa.array(np.where(values >= 0, values, np.nan), from_pandas=True)


def _end_names(columns: Columns, field: str) -> NDArray[np.object_]:
    from pipemap.formats.gis import words

    texts = columns.text(field)
    if texts is None:
        return np.full(len(columns), None, dtype=object)
    blank = {"0", "-1", "-9999"}
    return np.array(
        [None if text is None or text in blank or words.is_unknown(text) else text for text in texts.to_pylist()], dtype=object
    )


def _printed_ids(columns: Columns, findings: Findings) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = columns.text("id")
    if texts is None:
        return pa.nulls(len(columns), pa.string())
    counts = pc.value_counts(texts.drop_null())
    often = pc.greater(counts.field("counts"), 1)
    for row in counts.filter(often).to_pylist():
        first = pc.index(texts, row["values"]).as_py()
        findings.add("duplicate-id", columns.where(first), {"count": row["counts"]}, layer=columns.kind, element=row["values"])
    return texts


def _pieces(found: Sorted, features: Features, findings: Findings) -> courses.Pieces:
    parts = []
    ids = features.table["id"]
    for columns, start in zip(features.columns, features.starts.tolist(), strict=True):
        geometry = columns.layer.geometry[columns.rows]
        if columns in found.links:
            count = len(columns)
            share = np.tile([0.0, 1.0], (count, 1))
            parts.append(courses.Pieces(np.zeros(count + 1, dtype=np.int64), np.empty((0, 3)), np.arange(count), share))
            continue

        def name(row: int, start: int = start, columns: Columns = columns) -> str:
            return ids[start + row].as_py() or columns.where(row)

        read = courses.read_courses(geometry, columns.where, name, findings)
        parts.append(courses.without_flat_levels(read, columns.layer.name, findings))
    return courses.joined(parts, features.starts.tolist())


@dataclass(frozen=True, slots=True)
class _Names:
    names: list[str]
    of_end: NDArray[np.int64]
    of_name: NDArray[np.int64]


def _name_codes(features: Features, recorded: Recorded) -> _Names:
    """Number the texts that name ends; each one's point where exactly one point has it."""
    codes: dict[str, int] = {}
    of_end = np.full(features.named.shape, -1, dtype=np.int64)
    for row, side in zip(*np.nonzero(features.named != None), strict=True):  # noqa: E711 -- element by element
        of_end[row, side] = codes.setdefault(features.named[row, side], len(codes))
    of_name = np.full(len(codes), -1, dtype=np.int64)
    seen = np.zeros(len(codes), dtype=np.int64)
    for point, text in enumerate(recorded.join_ids):
        code = codes.get(text) if text is not None else None
        if code is not None:
            of_name[code] = point
            seen[code] += 1
    of_name[seen > 1] = -1
    return _Names(list(codes), of_end, of_name)


@dataclass(frozen=True, slots=True)
class _Groups:
    features: NDArray[np.int64]
    points: NDArray[np.int64]


def _groups(features: Features, recorded: Recorded) -> _Groups:
    """Number the major categories of pipes; points of none of these may join any."""
    majors: dict[str, int] = {}

    def number(category: str | None, *, new: bool) -> int:
        major = (major_of(category) or category) if category else ""
        return majors.setdefault(major, len(majors)) if new else majors.get(major, -1) if category else -1

    of_features = [number(category, new=True) for category in features.table["category"].to_pylist()]
    of_points = [number(category, new=False) for category in recorded.table["category"].to_pylist()]
    return _Groups(np.array(of_features, dtype=np.int64), np.array(of_points, dtype=np.int64))


def _split(
    pieces: courses.Pieces,
    groups: NDArray[np.int64],
    points: topology.Points,
    named: NDArray[np.bool_],
    features: Features,
    findings: Findings,
) -> courses.Pieces:
    """Cut pipes at the points that lie on them; where a pipe names both its ends, that is believed, and it is not cut."""
    cuts = topology.cuts(pieces, groups[pieces.feature], points)
    piece, along, point = cuts.piece, cuts.along, cuts.point
    kept: NDArray[np.bool_] = named[pieces.feature[piece]]
    if kept.any():
        examples = ", ".join(
            features.table["id"][row].as_py() or features.where(row) for row in pieces.feature[piece[kept]][:_FEW].tolist()
        )
        findings.add("point-on-pipe", values={"count": int(kept.sum()), "examples": examples})
    piece, along, point = piece[~kept], along[~kept], point[~kept]
    for row, count in zip(*np.unique(pieces.feature[piece], return_counts=True), strict=True):
        name = features.table["id"][int(row)].as_py() or features.where(int(row))
        findings.add("split", features.where(int(row)), {"count": int(count)}, layer="pipe", element=name)
    return courses.split(pieces, piece, along, points.place[point])


def _ends(pieces: courses.Pieces, groups: NDArray[np.int64], named: NDArray[np.int64]) -> topology.Ends:
    place = pieces.ends().reshape(-1, 2)
    of_piece = np.full((len(pieces), 2), -1, dtype=np.int64)
    for side, border in ((0, 0.0), (1, 1.0)):
        outer = pieces.share[:, side] == border
        of_piece[outer, side] = named[pieces.feature[outer], side]
    several = pieces.number() > 0
    parts = (
        several & (pieces.share[:, 0] == 0) & (pieces.share[:, 1] == 1)
    )  # parts of a multi-line: nobody knows which end is meant
    of_piece[parts] = -1
    return topology.Ends(place, np.repeat(groups[pieces.feature], 2), of_piece.reshape(-1))


def _finish(
    features: Features,
    pieces: courses.Pieces,
    ends: topology.Ends,
    joined: topology.Joined,
    recorded: Recorded,
    names: Sequence[str],
    findings: Findings,
) -> Assembled:
    import pyarrow as pa

    taken = set(recorded.table["id"].to_pylist())
    added, number = [], 0
    for code in joined.name.tolist():
        name = names[code] if code >= 0 else ""
        while not name or (code < 0 and name in taken):
            number += 1
            name = f"N{number}"
        added.append(name)
    place = np.concatenate([recorded.place, joined.place])
    node = joined.node.reshape(-1, 2)
    pieces = _moved_ends(pieces, node, place, len(recorded.place), findings)
    pieces = _straight(pieces, node, place)
    categories = features.table["category"].combine_chunks().take(pa.array(pieces.feature))
    node_table = name_points(recorded, added, place, node, categories, bool(features.linked.any()))
    node_names = node_table["id"].to_pylist()
    ids = _pipe_ids(features, pieces, node, node_names)
    _list_joints(features, pieces, ends, joined, recorded, ids, node, names, findings)
    table = _pipe_table(features, pieces, node, node_names, ids)
    return Assembled(_in_schema(node_table, "node"), table, _with_levels(features, pieces))


def _moved_ends(
    pieces: courses.Pieces, node: NDArray[np.int64], place: NDArray[np.float64], recorded: int, findings: Findings
) -> courses.Pieces:
    """Put ends within the tolerance exactly on their nodes."""
    xyz = pieces.xyz.copy()
    drawn = pieces.drawn
    largest, count = 0.0, 0
    for side, at in enumerate((pieces.offsets[:-1], pieces.offsets[1:] - 1)):
        target = place[node[drawn, side]]
        distance = np.hypot(*(xyz[at[drawn], :2] - target).T)
        made = node[drawn, side] >= recorded  # where several ends meet, the first is the node, and the others lie around it
        near = distance <= np.where(made, 2, 1) * topology.TOLERANCE
        moved = near & (distance > 1e-4)  # noqa: PLR2004 -- a tenth of a millimetre is the same place
        count += int(moved.sum())
        largest = max(largest, float(distance[moved].max(initial=0.0)))
        xyz[at[drawn][near], :2] = target[near]
    if count:
        findings.add("snapped", values={"count": count, "largest": f"{largest:.3f}", "tolerance": f"{topology.TOLERANCE:g}"})
    return courses.Pieces(pieces.offsets, xyz, pieces.feature, pieces.share)


def _straight(pieces: courses.Pieces, node: NDArray[np.int64], place: NDArray[np.float64]) -> courses.Pieces:
    """Draw pieces without a course straight between their nodes, where both are known by their ids and apart."""
    both = np.isfinite(place[node]).all(axis=(1, 2)) & (node[:, 0] != node[:, 1])
    bare = np.flatnonzero(~pieces.drawn & both)
    if not len(bare):
        return pieces
    counts = np.diff(pieces.offsets)
    counts[bare] = 2
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    xyz = np.full((int(offsets[-1]), 3), np.nan)
    kept = np.ones(len(xyz), dtype=bool)
    for side in (0, 1):
        xyz[offsets[bare] + side, :2] = place[node[bare, side]]
        kept[offsets[bare] + side] = False
    xyz[kept] = pieces.xyz
    return courses.Pieces(offsets, xyz, pieces.feature, pieces.share)


def _pipe_ids(features: Features, pieces: courses.Pieces, node: NDArray[np.int64], node_names: Sequence[str]) -> list[str]:
    """Printed ids, with ``#2`` behind those of several pieces; without one ``A-B``, then ``A-B#2``."""
    import pyarrow as pa

    printed = features.table["id"].combine_chunks().take(pa.array(pieces.feature)).to_pylist()
    used: dict[str, int] = {}
    found = []
    for text, number, (first, second) in zip(printed, pieces.number().tolist(), node.tolist(), strict=True):
        if text is not None:
            found.append(f"{text}#{number}" if number else text)
            continue
        base = f"{node_names[first]}-{node_names[second]}"
        used[base] = used.get(base, 0) + 1
        found.append(base if used[base] == 1 else f"{base}#{used[base]}")
    return found


def _list_joints(  # noqa: PLR0913, PLR0917 -- everything that is known by now
    features: Features,
    pieces: courses.Pieces,
    ends: topology.Ends,
    joined: topology.Joined,
    recorded: Recorded,
    ids: Sequence[str],
    node: NDArray[np.int64],
    names: Sequence[str],
    findings: Findings,
) -> None:
    for end in joined.far.tolist():
        piece, code = end // 2, int(ends.named[end])
        far = recorded.place[np.array(recorded.rows_of(names[code])[:1], dtype=np.int64)]
        distance = float(np.hypot(*(ends.place[end] - far[0]))) if len(far) else float("nan")
        findings.add(
            "end-far",
            features.where(int(pieces.feature[piece])),
            {"node": names[code], "distance": f"{distance:.1f}"},
            layer="pipe",
            element=ids[piece],
            place=(float(ends.place[end, 0]), float(ends.place[end, 1])),
        )
    looped = (node[:, 0] == node[:, 1]) & pieces.drawn
    long = np.zeros(len(pieces), dtype=bool)
    spread = pieces.ends()
    long[pieces.drawn] = np.hypot(*(spread[:, 0] - spread[:, 1])[pieces.drawn].T) >= 0
    for piece in np.flatnonzero(looped & long).tolist():
        findings.add("same-end", features.where(int(pieces.feature[piece])), layer="pipe", element=ids[piece])
    degree = np.bincount(node.reshape(-1), minlength=len(recorded.place) + len(joined.place))
    lonely = np.flatnonzero(degree[joined.node] == 1)
    groups = ends.group[::2]
    hanging = topology.ends_on_pieces(pieces, groups, ends, lonely)
    if len(hanging):
        examples = ", ".join(ids[end // 2] for end in hanging[:_FEW].tolist())
        findings.add("end-on-pipe", values={"count": len(hanging), "examples": examples})
    recorded.list_lonely(degree, findings)


def _with_levels(features: Features, pieces: courses.Pieces) -> delivery.Lines:
    placed = courses.with_levels(pieces, _levels_of(features, pieces))
    return delivery.Lines(placed.offsets, placed.xyz)


def _levels_of(features: Features, pieces: courses.Pieces) -> NDArray[np.float64]:
    """Levels of both ends of each piece: recorded, on the straight between recorded ones where a pipe was cut."""
    recorded = features.levels[pieces.feature]
    between = recorded[:, :1] + pieces.share * (recorded[:, 1:] - recorded[:, :1])
    return np.where(pieces.share == 0, recorded[:, :1], np.where(pieces.share == 1, recorded[:, 1:], between))


def _pipe_table(
    features: Features, pieces: courses.Pieces, node: NDArray[np.int64], node_names: Sequence[str], ids: Sequence[str]
) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = features.table.take(pa.array(pieces.feature))
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    levels = _levels_of(features, pieces)
    reference = columns.pop("_reference")
    for side, end in enumerate(("from", "to")):
        level = levels[:, side].copy()
        at = (pieces.offsets[:-1], pieces.offsets[1:] - 1)[side]
        drawn = pieces.drawn & np.isnan(level)
        level[drawn] = pieces.xyz[at[drawn], 2]
        known = pa.array(np.isfinite(level))
        columns[f"{end}_level"] = pa.array(level, from_pandas=True)
        written = pa.array(np.isfinite(levels[:, side]))
        stated = pc.if_else(written, pc.fill_null(reference, "unknown"), pa.scalar("unknown"))
        columns[f"{end}_reference"] = pc.if_else(known, stated, pa.scalar(None, pa.string()))
        columns[f"{end}_fid"] = pa.array(node[:, side])
        columns[f"{end}_node"] = pa.array([node_names[row] for row in node[:, side].tolist()], pa.string())
    columns["id"] = pa.array(ids, pa.string())
    columns["kind"] = _pipe_kinds(features, pieces, columns)
    if "length" in columns:
        columns["length"] = pc.if_else(pa.array(pieces.number() > 0), pa.scalar(None, pa.float64()), columns["length"])
    return _in_schema(pa.table(columns), "pipe")


def _pipe_kinds(features: Features, pieces: courses.Pieces, columns: dict[str, pa.Array]) -> pa.Array:
    import pyarrow as pa

    from pipemap.formats.gis import words

    nothing = [None] * len(pieces)
    burial = columns["burial"].to_pylist() if "burial" in columns else nothing
    shape = columns["shape"].to_pylist() if "shape" in columns else nothing
    found = [str(pipe_kind(*row).value) for row in zip(columns["category"].to_pylist(), burial, shape, strict=True)]
    for piece in np.flatnonzero(features.linked[pieces.feature]).tolist():
        layer = int(np.searchsorted(features.starts, pieces.feature[piece], side="right")) - 1
        role = words.kind_in(None, features.columns[layer].layer.name)
        found[piece] = str(_LINK_KINDS.get(role or "", PipeKind.PIPE).value)
    return pa.array(found, pa.string())


def _in_schema(table: pa.Table, layer: schema.Layer) -> pa.Table:
    import pyarrow as pa

    described = schema.arrow_schema(layer)
    names = [field.name for field in described if field.name in table.column_names]
    return table.select(names).cast(pa.schema([described.field(name) for name in names]))


__all__ = ["Assembled", "NodeKind", "assemble"]
