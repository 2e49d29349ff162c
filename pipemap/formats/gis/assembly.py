"""Pipes and points of all layers put together: ends joined, pieces cut, ids, levels and roles given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import major_of
from pipemap.formats.gis import courses, topology
from pipemap.formats.gis.cutting import Cutting
from pipemap.formats.gis.features import Features, read_features, read_pieces
from pipemap.formats.gis.findings import Findings
from pipemap.formats.gis.nodes import Recorded, name_points, read_points
from pipemap.formats.gis.pipes import course_levels, in_schema, pipe_table
from pipemap.formats.gis.sorting import Sorted, category_around
from pipemap.model import delivery
from pipemap.progress import Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_FEW = 5


@dataclass(frozen=True, slots=True)
class Joining:
    """What a person decides about joining: how far apart ends may be, and whether ends on the middle of a line join it."""

    tolerance: float = topology.TOLERANCE
    tees: bool = False


@dataclass(frozen=True, slots=True)
class Assembled:
    """Tables of a delivery, by its schema, and the courses of its pipes."""

    nodes: pa.Table
    pipes: pa.Table
    courses: delivery.Lines


def assemble(found: Sorted, findings: Findings, joining: Joining, *, progress: Progress) -> Assembled:
    """Join what meets, and give every element its id, level and role; what does not fit is listed."""
    around = category_around((*found.pipes, *found.nodes, *found.links))
    features = read_features(found, around, findings)
    if not len(features):
        findings.add("no-lines")
    recorded = read_points(found.nodes, features.named, findings)
    pieces = read_pieces(found, features, findings)
    progress(1, 4, _("Joining points and pipes"))
    exact = bool(len(features)) and bool(features.exact.all())
    limits = topology.Limits(joining.tolerance, np.inf if exact else topology.IDS_WITHIN)
    codes = _name_codes(features, recorded)
    groups = _groups(features, recorded)
    points = topology.Points(recorded.place, groups.points, codes.of_name)
    of_end = codes.of_end if exact else _trusted(found, pieces, groups.features, codes.of_end, points, findings)
    cutting = Cutting(features, groups.features, (of_end >= 0).all(axis=1) | features.exact, limits.tolerance)
    pieces = cutting.at_points(pieces, points, findings)
    if joining.tees:
        pieces = cutting.at_ends(pieces, findings)
    progress(2, 4)
    ends = _ends(pieces, groups.features, of_end)
    joined = topology.join(ends, points, limits)
    progress(3, 4)
    return _finish(_Net(features, pieces, ends, joined, recorded, codes, limits), findings)


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


@dataclass(frozen=True, slots=True)
class _Names:
    names: list[str]
    of_end: NDArray[np.int64]
    of_name: NDArray[np.int64]


def _name_codes(features: Features, recorded: Recorded) -> _Names:
    """Number the texts that name ends; each one's point where exactly one point has it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    both = pc.dictionary_encode(pa.concat_arrays(features.named))
    names = both.dictionary
    of_end = np.asarray(pc.fill_null(both.indices, -1), dtype=np.int64).reshape(2, -1).T.copy()
    of_name = np.full(len(names), -1, dtype=np.int64)
    if len(recorded.join_ids) and len(names):
        code = np.asarray(pc.fill_null(pc.index_in(recorded.join_ids, names), -1), dtype=np.int64)
        points = np.flatnonzero(code >= 0)
        of_name[code[points]] = points
        of_name[np.bincount(code[points], minlength=len(names)) > 1] = -1
    return _Names(names.to_pylist(), of_end, of_name)


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

    def numbers(table: pa.Table, *, new: bool) -> NDArray[np.int64]:
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(table["category"].combine_chunks())
        codes = [*(number(category, new=new) for category in encoded.dictionary.to_pylist())]
        missing = number(None, new=new) if new and encoded.null_count else -1
        known: NDArray[np.int64] = np.array([*codes, missing], dtype=np.int64)[np.asarray(pc.fill_null(encoded.indices, -1))]
        return known

    return _Groups(numbers(features.table, new=True), numbers(recorded.table, new=False))


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


@dataclass(frozen=True, slots=True)
class _Net:
    """What is known once ends have nodes: ``node`` (pieces, 2) are rows of ``place``, recorded points first."""

    features: Features
    pieces: courses.Pieces
    ends: topology.Ends
    joined: topology.Joined
    recorded: Recorded
    codes: _Names
    limits: topology.Limits

    @property
    def node(self) -> NDArray[np.int64]:
        """Node of each end."""
        return self.joined.node.reshape(-1, 2)

    @property
    def place(self) -> NDArray[np.float64]:
        """East and north of each node."""
        return np.concatenate([self.recorded.place, self.joined.place])


def _finish(net: _Net, findings: Findings) -> Assembled:
    import pyarrow as pa

    features = net.features
    pieces = _straight(_moved_ends(net, findings), net.node, net.place)
    categories = features.table["category"].combine_chunks().take(pa.array(pieces.feature))
    node_table = name_points(net.recorded, _added(net), net.place, net.node, categories, bool(features.linked.any()))
    node_names = node_table["id"].to_pylist()
    ids = _pipe_ids(features, pieces, net.node, node_names)
    _list_joints(net, ids, findings)
    table = pipe_table(features, pieces, net.node, node_names, ids)
    return Assembled(in_schema(_with_arms(node_table, ids), "node"), table, course_levels(features, pieces))


def _added(net: _Net) -> list[str]:
    """Names of the nodes that were added: as an end names them, else by a number that is free."""
    taken = set(net.recorded.table["id"].to_pylist())
    added, number = [], 0
    for code in net.joined.name.tolist():
        name = net.codes.names[code] if code >= 0 else ""
        while not name or (code < 0 and name in taken):
            number += 1
            name = f"N{number}"
        added.append(name)
    return added


def _with_arms(nodes: pa.Table, ids: Sequence[str]) -> pa.Table:
    """Arms of valves, as a layer of ours names them by pipe, become rows of the pipes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "arm_pipe" not in nodes.column_names:
        return nodes
    rows = pc.index_in(nodes["arm_pipe"].combine_chunks(), pa.array(ids, pa.string()))
    rows = pc.if_else(nodes["arm_pipe"].combine_chunks().is_null(), pa.scalar(None, pa.int32()), rows)
    return nodes.set_column(nodes.column_names.index("arm_pipe"), "arm_pipe", rows)


def _moved_ends(net: _Net, findings: Findings) -> courses.Pieces:
    """Put ends within the tolerance exactly on their nodes; what pipemap wrote stays as it is."""
    pieces, tolerance = net.pieces, net.limits.tolerance
    xyz = pieces.xyz.copy()
    drawn = pieces.drawn & ~net.features.exact[pieces.feature]
    largest, count = 0.0, 0
    for side, at in enumerate((pieces.offsets[:-1], pieces.offsets[1:] - 1)):
        target = net.place[net.node[drawn, side]]
        distance = np.hypot(*(xyz[at[drawn], :2] - target).T)
        made = net.node[drawn, side] >= len(
            net.recorded.place
        )  # several ends meet: the first is the node, the others lie around it
        near = distance <= np.where(made, 2, 1) * tolerance
        moved = near & (distance > 1e-4)  # noqa: PLR2004 -- a tenth of a millimetre is the same place
        count += int(moved.sum())
        largest = max(largest, float(distance[moved].max(initial=0.0)))
        xyz[at[drawn][near], :2] = target[near]
    if count:
        findings.add("snapped", values={"count": count, "largest": f"{largest:.3f}", "tolerance": f"{tolerance:g}"})
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


def _list_joints(net: _Net, ids: Sequence[str], findings: Findings) -> None:
    ends, pieces = net.ends, net.pieces
    for end in net.joined.far.tolist():
        piece, code = end // 2, int(ends.named[end])
        distance = float(np.hypot(*(ends.place[end] - net.recorded.place[net.codes.of_name[code]])))
        findings.add(
            "end-far",
            net.features.where(int(pieces.feature[piece])),
            {"node": net.codes.names[code], "distance": f"{distance:.1f}"},
            layer="pipe",
            element=ids[piece],
            place=(float(ends.place[end, 0]), float(ends.place[end, 1])),
        )
    looped = (net.node[:, 0] == net.node[:, 1]) & pieces.drawn
    for piece in np.flatnonzero(looped).tolist():
        findings.add("same-end", net.features.where(int(pieces.feature[piece])), layer="pipe", element=ids[piece])
    degree = np.bincount(net.joined.node, minlength=len(net.place))
    lonely = np.flatnonzero(degree[net.joined.node] == 1)
    hanging = topology.ends_on_pieces(pieces, ends.group[::2], ends, lonely, net.limits.tolerance)
    if len(hanging):
        examples = ", ".join(ids[end // 2] for end in hanging[:_FEW].tolist())
        findings.add("end-on-pipe", values={"count": len(hanging), "examples": examples})
    net.recorded.list_lonely(degree, net.limits.tolerance, findings)
