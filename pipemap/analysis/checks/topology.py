"""Connections: ends that should meet, crossings that should be points, points unlike what meets there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipemap import catalog
from pipemap.analysis.checks.boxes import meeting
from pipemap.analysis.checks.facts import Facts, Mask, Metres, Rows, coded_where, strangers
from pipemap.analysis.checks.points import near_pairs
from pipemap.analysis.checks.registry import Found, finds
from pipemap.catalog.kinds import NodeKind
from pipemap.model.release import lines_of
from pipemap.texts import N_

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAY_END = (
    NodeKind.DEAD_END, NodeKind.BOUNDARY, NodeKind.OUTFALL, NodeKind.SOURCE, NodeKind.RESERVOIR, NodeKind.TANK, NodeKind.WELL,
    NodeKind.HYDRANT, NodeKind.METER, NodeKind.CUSTOMER, NodeKind.CABINET, NodeKind.POLE, NodeKind.GULLY, NodeKind.AIR_VALVE,
    NodeKind.DRAIN_VALVE, NodeKind.REGULATOR, NodeKind.EXCHANGER, NodeKind.TRANSFORMER, NodeKind.PUMP, NodeKind.MANHOLE,
    NodeKind.CHAMBER, NodeKind.STORAGE, NodeKind.PLACEHOLDER,
)  # fmt: skip
_SAME_LEVEL = 0.15
"""Metres of level within which two ends or a point and a pipe count as of one level. Our own figure."""


@finds("near-miss", N_("{element} ends {metres} m beside {other}, and is not connected with it."))
def near_miss(facts: Facts, limit: float) -> Sequence[Found]:
    """Ends of pipes that lie near a point of the same category in another part of the network, or far away through it."""
    network = facts.network
    first, second, metres = near_pairs(facts, limit)
    same = (facts.node_major[first] == facts.node_major[second]) & (facts.node_major[first] != "")
    joined = facts.degree > 0
    same &= joined[first] & joined[second] & facts.standing[first] & facts.standing[second]
    loose = (facts.degree == 1) & ~facts.network.node_kind.is_in(NodeKind.GULLY, NodeKind.CUSTOMER, NodeKind.METER, NodeKind.POLE)
    same &= (loose[first] | loose[second]) & ~_neighbours(facts, first, second)
    swap = ~loose[first]
    end, other = np.where(swap, second, first)[same], np.where(swap, first, second)[same]
    return [Found("node", end, {"metres": metres[same], "other": network.node_ids.take(other)}, others=other)]


def _neighbours(facts: Facts, first: Rows, second: Rows) -> Mask:
    """Whether a pipe joins the two points of each pair."""
    network = facts.network
    counts = network.adjacency.degree[first].astype(np.int64)
    pair = np.repeat(np.arange(len(first)), counts)
    entries = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts) + network.indptr[first][pair]
    joined = network.neighbour[entries] == second[pair]
    return np.bincount(pair[joined], minlength=len(first)) > 0


@finds("dangling-end", N_("{element} ends a pipe, and is nothing that a pipe ends at."))
def dangling_end(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points at which one pipe ends although nothing says why."""
    network = facts.network
    one = (facts.degree == 1) & facts.standing & ~network.node_kind.is_in(*_MAY_END) & ~network.is_boundary
    at_pipe = np.zeros(network.node_count, dtype=np.bool_)
    at_pipe[network.pipe_ends[facts.surveyed & ~facts.carries("power", "telecom")].reshape(-1)] = True
    return [Found("node", np.flatnonzero(one & at_pipe))]


@finds("wrong-degree", N_("{element} is a {feature}, and {count} pipes meet there instead of {expected}."))
def wrong_degree(facts: Facts, _limit: float) -> Sequence[Found]:
    """Features at which another number of pipes meets than their name says (三通: 3)."""
    network = facts.network
    expected = np.full(network.node_count, -1, dtype=np.int64)
    codes, feature = network.node_category, network.node_feature
    keys = np.unique(np.column_stack([codes.codes, feature.codes]), axis=0)
    for code, word in keys.tolist():
        if word >= 0:
            degree = catalog.expected_degree(codes.values[code] if code >= 0 else None, feature.values[word])
            if degree is not None:
                expected[(codes.codes == code) & (feature.codes == word)] = degree
    rows = np.flatnonzero((expected >= 0) & (facts.degree != expected) & (facts.degree > 0) & facts.standing)
    words = [feature[int(row)] or "" for row in rows]
    values = {"feature": words, "count": facts.degree[rows].tolist(), "expected": expected[rows].tolist()}
    return [Found("node", rows, values)]


@finds("island", N_("{element} and what hangs on it are {count} points that join nothing else of their kind."))
def island(facts: Facts, limit: float) -> Sequence[Found]:
    """Parts of the network of very few points; one problem a part, at its first pipe."""
    network = facts.network
    sizes = np.bincount(network.component, minlength=1)
    rows = np.flatnonzero(facts.live & (sizes[network.component[network.pipe_ends[:, 0]]] <= limit))
    part, first = np.unique(network.component[network.pipe_ends[rows, 0]], return_index=True)
    return [Found("pipe", rows[first], {"count": sizes[part].tolist()})]


@finds("node-on-pipe", N_("{element} lies on {other}, {metres} m from its axis, and does not split it."))
def node_on_pipe(facts: Facts, limit: float) -> Sequence[Found]:
    """Points of one category that lie on a pipe of it, at its level, without being one of its points."""
    import shapely

    network = facts.network
    places = network.node_xyz[:, :2]
    asked = facts.placed & facts.standing & (facts.degree > 0)
    found = [np.empty((2, 0), np.int64)]
    for major, pipes, boxes in _by_major(facts, facts.live):
        nodes = np.flatnonzero(asked & (facts.node_major == major))
        at, on = meeting(np.column_stack([places[nodes] - limit, places[nodes] + limit]), boxes, facts.told)
        others = (network.pipe_ends[pipes[on]] != nodes[at][:, None]).all(axis=1)  # most lie near because they end there
        at, on = nodes[at[others]], pipes[on[others]]
        near = shapely.dwithin(shapely.points(places[at]), _plan_lines(facts, on), limit)
        found.append(np.stack([at[near], on[near]]))
    node, pipe = np.concatenate(found, axis=1)
    ends = network.pipe_ends[pipe]
    inside = np.hypot(*(places[ends] - places[node][:, None]).transpose(2, 0, 1)).min(axis=1, initial=np.inf) > limit
    beside = _neighbours(facts, node, ends[:, 0]) | _neighbours(facts, node, ends[:, 1])  # two branches of one tee
    off = np.abs(_level_at(facts, pipe, places[node]) - _node_level(facts)[node]) > _SAME_LEVEL
    chosen = np.flatnonzero(inside & ~beside & ~off)
    _nodes, first = np.unique(node[chosen], return_index=True)
    node, pipe = node[chosen[first]], pipe[chosen[first]]
    other, metres = network.pipe_ids.take(pipe), _beside(facts, node, pipe)
    return [Found("node", node, {"other": other, "metres": metres}, "pipe", pipe)]


def _beside(facts: Facts, node: Rows, pipe: Rows) -> Metres:
    """How far each point lies from the course of a pipe, in plan."""
    import shapely

    points = shapely.points(facts.network.node_xyz[node, :2])
    return np.asarray(shapely.distance(points, _plan_lines(facts, pipe)), dtype=np.float64).reshape(-1)


@finds("crossing-without-node", N_("{element} crosses {other} at one level without a point between them."))
def crossing(facts: Facts, limit: float) -> Sequence[Found]:
    """Pipes of one category that cross in plan and touch in level, and have no point in common."""
    import shapely

    network = facts.network
    height = np.nan_to_num(network.height.astype(np.float64))
    found = [np.empty((2, 0), np.int64)]
    for _major, pipes, boxes in _by_major(facts, facts.live & ~facts.carries("power", "telecom")):
        one, two = meeting(boxes, boxes, facts.told)
        upper = one < two
        first, second = pipes[one[upper]], pipes[two[upper]]
        apart = strangers(facts, first, second)  # most boxes meet because their pipes do
        first, second = first[apart], second[apart]
        lines = _plan_lines(facts, first), _plan_lines(facts, second)
        cross = shapely.crosses(*lines)
        first, second, lines = first[cross], second[cross], (lines[0][cross], lines[1][cross])
        facts.told()
        places = shapely.get_coordinates(shapely.centroid(shapely.intersection(*lines))).reshape(-1, 2)
        gap = np.abs(_level_at(facts, first, places) - _level_at(facts, second, places))
        found.append(np.stack([first, second])[:, gap < (height[first] + height[second]) / 2 + limit])
    first, second = np.concatenate(found, axis=1)
    return [Found("pipe", second, {"other": network.pipe_ids.take(first)}, "pipe", first)]


def _by_major(facts: Facts, wanted: Mask) -> Iterator[tuple[str, Rows, Metres]]:
    """Each major category, those of its pipes that have a course, and the box of each (K, 4) in plan."""
    boxes = np.column_stack(facts.network.boxes)
    wanted = wanted & np.isfinite(boxes).all(axis=1) & (np.diff(facts.network.lines.offsets) > 1)
    for major in np.unique(facts.major[wanted]).tolist():
        facts.told()
        pipes = np.flatnonzero(wanted & (facts.major == major))
        if len(pipes) and major:
            yield major, pipes, boxes[pipes]


def _plan_lines(facts: Facts, pipes: Rows) -> NDArray[np.object_]:
    """The straight or bent line of each pipe in plan; pipes may repeat, and all of them have a course."""
    import shapely

    once, which = np.unique(pipes, return_inverse=True)
    if not len(once):
        return np.empty(0, dtype=np.object_)
    lines = lines_of(facts.network.lines, once)
    made = shapely.linestrings(lines.xyz[:, :2], indices=np.repeat(np.arange(len(once)), np.diff(lines.offsets)))
    return np.asarray(made, dtype=np.object_)[which.reshape(-1)]


def _level_at(facts: Facts, pipes: Rows, places: Metres) -> Metres:
    """Invert level of each pipe beside a place, straight from end to end."""
    network = facts.network
    ends = network.node_xyz[network.pipe_ends[pipes]][:, :, :2]
    way = ends[:, 1] - ends[:, 0]
    length = np.maximum((way**2).sum(axis=1), 1e-9)
    share = np.clip(((places - ends[:, 0]) * way).sum(axis=1) / length, 0.0, 1.0)
    level = facts.invert[pipes]
    found: Metres = level[:, 0] + share * (level[:, 1] - level[:, 0])
    return found


def _node_level(facts: Facts) -> Metres:
    """float64 (N): invert of some pipe at each point; NaN where none knows it."""
    network = facts.network
    found = np.full(network.node_count, np.nan)
    for end in (0, 1):
        known = facts.live & np.isfinite(facts.invert[:, end])
        found[network.pipe_ends[known, end]] = facts.invert[known, end]
    return found


@finds("sharp-angle", N_("{element}: the two pipes that meet there turn back at {degrees}°."))
def sharp_angle(facts: Facts, limit: float) -> Sequence[Found]:
    """Points between two pipes that nearly lie on each other."""
    network = facts.network
    nodes, first, second, ends = facts.pairs(facts.live & ~facts.carries("power", "telecom"))
    here = network.node_xyz[nodes, :2]
    legs = [network.node_xyz[network.pipe_ends[pipe, 1 - ends[:, side]], :2] - here for side, pipe in enumerate((first, second))]
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (legs[0] * legs[1]).sum(axis=1) / (np.hypot(*legs[0].T) * np.hypot(*legs[1].T))
        angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    chosen = (angle < limit) & (facts.major[first] == facts.major[second])
    return [Found("node", nodes[chosen], {"degrees": angle[chosen]})]


_CHANGES_INSIDE = (NodeKind.MANHOLE, NodeKind.CHAMBER, NodeKind.METER, NodeKind.ISOLATION_VALVE)
"""What a pipe may change at without a word."""


@finds("size-change", N_("{element}: {first} mm meets {second} mm, and it is no reducer."))
def size_change(facts: Facts, limit: float) -> Sequence[Found]:
    """Points between two pipes whose sizes differ by more than the limit, that do not say so."""
    network = facts.network
    nodes, first, second, _ends = facts.pairs(facts.pressure)
    width = network.width.astype(np.float64) * 1000
    says = network.node_feature.is_in("变径", "变径点") | network.node_kind.is_in(*_CHANGES_INSIDE)
    chosen = (np.abs(width[first] - width[second]) > limit) & ~says[nodes] & (facts.major[first] == facts.major[second])
    values = {name: width[pipe[chosen]].round().astype(int) for name, pipe in (("first", first), ("second", second))}
    return [Found("node", nodes[chosen], values)]


@finds("material-change", N_("{element}: {first} meets {second}, and it does not say so."))
def material_change(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points between two pipes of different material that do not say so."""
    network = facts.network
    nodes, first, second, _ends = facts.pairs(facts.pressure)
    codes = network.pipe_material.codes
    says = network.node_feature.is_in("变材", "变材点", "变径") | network.node_kind.is_in(*_CHANGES_INSIDE)
    chosen = (codes[first] != codes[second]) & (codes[first] >= 0) & (codes[second] >= 0) & ~says[nodes]
    chosen &= facts.major[first] == facts.major[second]
    pairs = (("first", first), ("second", second))
    words = {name: [network.pipe_material[int(row)] or "" for row in pipe[chosen]] for name, pipe in pairs}
    return [Found("node", nodes[chosen], words)]


@finds("category-mismatch", N_("{element} is {own}, and joins {node}, a point of {category}."))
def category_mismatch(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes that end at a point of another major category; chambers of utility tunnels and boundary points may be shared."""
    network = facts.network
    beside = facts.node_major[network.pipe_ends]
    wrong = (beside != facts.major[:, None]) & (beside != "") & (facts.major != "")[:, None]
    shared = network.node_kind.is_in(NodeKind.CABINET, NodeKind.TRANSFORMER) | network.is_boundary
    wrong &= ~shared[network.pipe_ends] & (beside != "ZH") & (facts.major != "ZH")[:, None]
    wrong &= coded_where(network.pipe_category, lambda code: catalog.category(code) is not None)[:, None]  # else unknown-category
    rows = np.flatnonzero(facts.live & wrong.any(axis=1))
    end = wrong[rows].argmax(axis=1)
    node = network.pipe_ends[rows, end]
    values = {"own": [str(word) for word in facts.major[rows]], "node": network.node_ids.take(node)}
    values["category"] = [str(word) for word in facts.node_major[node]]
    return [Found("pipe", rows, values, others=node.astype(np.int64))]
