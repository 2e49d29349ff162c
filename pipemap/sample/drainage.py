"""Drains: storm water falls to outfalls on the river, sewage to a works beside it; combined sewers in the old quarter.

Which way a street drains follows the land: the shortest way to an outfall, going uphill as little as possible. Along that tree
sizes grow and inverts fall, in whole centimetres, from the heads of the network down.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipemap.sample import practice
from pipemap.sample.practice import Utility, min_slope, sizes_for
from pipemap.sample.sheet import Bools, Floats, Ints
from pipemap.sample.strands import BETWEEN, ON_ARM, Strand, lay
from pipemap.sample.streets import LOCAL, OLD, Streets
from pipemap.sample.terrain import RIVER_HALF_WIDTH, RIVER_SPACING, Terrain, distance_to_river

_RIVERSIDE = 66.0
_LIFT_BELOW_CM = 740
_LIFT_BY_CM = 320
_NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True)
class Drains:
    """One drained network: the strand's nodes, then one mouth (outfall or works) for each of ``roots``.

    Pipes run downstream from ``upper`` to ``lower``; levels are inverts in centimetres, at a node that of its outlet.
    ``lifted`` pipes are rising mains behind a pump at their upper node, ``dropped`` ones end high in a drop manhole.
    """

    strand: Strand
    place: Floats
    ground_cm: Ints
    roots: Ints
    upper: Ints
    lower: Ints
    edge: Ints
    km: Floats
    size_mm: Floats
    width_mm: Floats
    height_mm: Floats
    outlet_cm: Ints
    upper_cm: Ints
    lower_cm: Ints
    lifted: Bools
    dropped: Bools

    @property
    def mouths(self) -> Ints:
        """Numbers of the nodes at which the network ends."""
        return np.arange(self.strand.node_count, len(self.place))


def drain_storm(streets: Streets, terrain: Terrain, rng: np.random.Generator) -> Drains:
    """Lay storm drains in every street but the old quarter's lanes, with an outfall every few hundred metres of bank."""
    edges = np.flatnonzero(~streets.bridge & ~is_combined(streets))
    roots = _mouths(streets, edges, apart=360.0)
    return _drain(streets, terrain, practice.STORM, edges, roots, rng)


def drain_sewage(streets: Streets, terrain: Terrain, storm: Drains, rng: np.random.Generator) -> Drains:
    """Lay sewers in every street, below the storm drains wherever they cross, to a works every few kilometres of bank."""
    edges = np.flatnonzero(~streets.bridge)
    roots = _mouths(streets, edges, apart=4800.0)
    ceiling = np.full(streets.junction_count, _NO_LIMIT, dtype=np.int64)
    near = storm.strand.junction
    at = np.flatnonzero(near >= 0)
    np.minimum.at(ceiling, near[at], storm.outlet_cm[at] - 30)
    return _drain(streets, terrain, practice.SEWAGE, edges, roots, rng, ceiling=ceiling)


def is_combined(streets: Streets) -> Bools:
    """Return bool a street edge: one sewer takes rain and sewage there."""
    return np.asarray((streets.quarter == OLD) & (streets.edge_class == LOCAL))


def _mouths(streets: Streets, edges: Ints, *, apart: float) -> Ints:
    """Riverside junctions at which a network ends, about ``apart`` metres from each other; one for every connected part."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count = streets.junction_count
    ends = (streets.a[edges], streets.b[edges])
    part = connected_components(csr_array((np.ones(len(edges)), ends), shape=(count, count)), directed=False)[1]
    used = np.unique(np.concatenate(ends))
    banks = used[distance_to_river(streets.place[used, 1]) < _RIVERSIDE]
    stretch = np.floor(streets.place[banks, 0] / apart + 0.5).astype(np.int64)
    key = np.column_stack([part[banks], streets.h[banks], stretch])
    order = np.lexsort((streets.place[banks, 0], *key.T))
    last = np.append((np.diff(key[order], axis=0) != 0).any(axis=1), [True] if len(order) else [])
    return np.sort(banks[order[last.astype(np.bool_)]])


def _downhill(streets: Streets, terrain: Terrain, edges: Ints, roots: Ints) -> tuple[Ints, Floats]:
    """For each junction the edge by which it drains (−1: none), and how far it is from its mouth."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    count = streets.junction_count
    a, b, length = streets.a[edges], streets.b[edges], streets.length[edges]
    ground = terrain.ground_cm(streets.place) / 100.0
    pace = np.array([1.0, 0.9, 0.82])[streets.edge_class[edges]]
    costs = [length * pace + 45.0 * np.maximum(ground[low] - ground[high], 0.0) for low, high in ((a, b), (b, a))]
    # Seen from the mouth: a step from a to b means that b drains to a.
    matrix = csr_array((np.concatenate(costs), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(count, count))
    far, before, _root = dijkstra(matrix, directed=True, indices=roots, min_only=True, return_predecessors=True)
    number = np.concatenate([edges, edges])
    lookup = csr_array((number + 1, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(count, count))
    fed = np.flatnonzero(before >= 0)
    found = np.full(count, -1, dtype=np.int64)
    if len(fed):
        found[fed] = np.asarray(lookup[before[fed], fed]).ravel() - 1
    return found, far


def _drain(
    streets: Streets,
    terrain: Terrain,
    utility: Utility,
    edges: Ints,
    roots: Ints,
    rng: np.random.Generator,
    *,
    ceiling: Ints | None = None,
) -> Drains:
    down_edge, far = _downhill(streets, terrain, edges, roots)
    edges = edges[np.isfinite(far[streets.a[edges]]) & np.isfinite(far[streets.b[edges]])]
    a, b = streets.a[edges], streets.b[edges]
    from_a, from_b = down_edge[a] == edges, down_edge[b] == edges
    forward = from_a | (~from_b & (far[b] < far[a]))
    strand = lay(streets, utility, edges, joined=(from_a | ~forward, from_b | forward))
    is_forward = np.zeros(streets.edge_count, dtype=np.bool_)
    is_forward[edges] = forward
    ahead = is_forward[strand.pipe_edge]
    roots = roots[strand.node_at[roots] >= 0]
    mouths = strand.node_count + np.arange(len(roots))
    place = np.concatenate([strand.place, _bank_places(strand.place[strand.node_at[roots]])])
    upper = np.concatenate([np.where(ahead, strand.start, strand.end), strand.node_at[roots]])
    lower = np.concatenate([np.where(ahead, strand.end, strand.start), mouths])
    edge = np.concatenate([strand.pipe_edge, strand.edge[strand.node_at[roots]]])
    flow = _Flow(len(place), upper, lower)
    length = terrain.length(place[upper], place[lower])
    km = flow.gather(length / 1000.0)
    size, width, height = _sizes(utility, km)
    crown = _crown_limits(terrain, utility, strand, place, ceiling)
    levels = _fall(flow, strand, crown, height / 10.0, size, length, terrain.ground_cm(place))
    outlet, lifted = levels
    upper_cm, lower_cm, dropped = _ends(flow, crown, height / 10.0, outlet, lifted, length, size, rng)
    return Drains(
        strand=strand,
        place=place,
        ground_cm=terrain.ground_cm(place),
        roots=roots,
        upper=upper,
        lower=lower,
        edge=edge,
        km=km,
        size_mm=size,
        width_mm=width,
        height_mm=height,
        outlet_cm=outlet,
        upper_cm=upper_cm,
        lower_cm=lower_cm,
        lifted=lifted,
        dropped=dropped,
    )


def _bank_places(junctions: Floats) -> Floats:
    """Places on the river bank straight across from nodes on the riverside road."""
    river = RIVER_SPACING * np.round(junctions[:, 1] / RIVER_SPACING)
    side = np.sign(junctions[:, 1] - river)
    return np.column_stack([junctions[:, 0], river + side * (RIVER_HALF_WIDTH + 4.0)])


class _Flow:
    """The forest of pipes, swept level by level from its heads down."""

    def __init__(self, count: int, upper: Ints, lower: Ints) -> None:
        self.count = count
        self.upper, self.lower = upper, lower
        self.outlet = np.full(count, -1, dtype=np.int64)
        self.outlet[upper] = np.arange(len(upper))
        following = np.arange(count)
        following[upper] = lower
        steps = (following != np.arange(count)).astype(np.int64)
        while (following[following] != following).any():
            steps = steps + steps[following]
            following = following[following]
        order = np.argsort(-steps, kind="stable")
        order = order[steps[order] > 0]
        bounds = np.flatnonzero(np.diff(steps[order], prepend=-1, append=-1))
        self.levels = [order[low:high] for low, high in pairwise(bounds)]

    def gather(self, own: Floats) -> Floats:
        """Return, for each pipe, its own share with everything upstream of it."""
        total = np.zeros(self.count)
        found = np.empty(len(self.upper))
        for nodes in self.levels:
            pipes = self.outlet[nodes]
            found[pipes] = total[nodes] + own[pipes]
            np.add.at(total, self.lower[pipes], found[pipes])
        return found


def _sizes(utility: Utility, km: Floats) -> tuple[Floats, Floats, Floats]:
    """Diameter (NaN for boxes), width and height, all in millimetres."""
    table = practice.STORM_SIZES if utility is practice.STORM else practice.SEWAGE_SIZES
    size = sizes_for(km, table)
    width, height = size.copy(), size.copy()
    if utility is practice.STORM:
        for limit, box_width, box_height in practice.STORM_BOXES:
            box = km >= limit
            size[box], width[box], height[box] = np.nan, box_width, box_height
    return size, width, height


def _crown_limits(terrain: Terrain, utility: Utility, strand: Strand, place: Floats, ceiling: Ints | None) -> Ints:
    """Level that the crown may not exceed at each node, in centimetres."""
    ground = terrain.ground_cm(place)
    least = np.round(100.0 * utility.depth(strand.zone)).astype(np.int64)
    found = ground.copy()
    found[: strand.node_count] -= least
    if ceiling is not None:
        near = strand.junction
        held = np.flatnonzero(near >= 0)
        found[held] = np.minimum(found[held], ceiling[near[held]])
    # On the bank there is nothing above but the slope.
    found[strand.node_count :] -= 100
    return found


def _fall(
    flow: _Flow, strand: Strand, crown: Ints, height_cm: Floats, size: Floats, length: Floats, ground: Ints
) -> tuple[Ints, Bools]:
    """Outlet invert of each node, and which pipes are lifted by a pump: each as high as what is above and below allows."""
    out_height = np.zeros(flow.count)
    np.maximum.at(out_height, flow.lower, height_cm)
    out_height[flow.upper] = height_cm
    deep = np.round(1.1 * out_height).astype(np.int64)
    level = crown - deep
    fall = np.maximum(np.ceil(100.0 * min_slope(np.nan_to_num(size, nan=3000.0)) * length), 3).astype(np.int64)
    own = np.round(1.1 * height_cm).astype(np.int64)
    step = np.maximum(out_height[flow.lower] - height_cm, 0.0).astype(np.int64)
    pumped = np.zeros(len(flow.upper), dtype=np.bool_)
    between = np.zeros(flow.count, dtype=np.bool_)
    between[: strand.node_count] = strand.role == BETWEEN
    landing = between.copy()
    landing[: strand.node_count] |= strand.role == ON_ARM
    liftable = between[flow.upper] & landing[flow.lower] & (height_cm < 200)  # no pumps behind a box
    for nodes in flow.levels:
        pipes = flow.outlet[nodes]
        below = flow.lower[pipes]
        end = level[nodes] - fall[pipes]
        high = crown[below] - own[pipes]
        lift = liftable[pipes] & (ground[nodes] - level[nodes] > _LIFT_BELOW_CM) & (high - end > _LIFT_BY_CM)
        pumped[pipes] = lift
        end = np.where(lift, high, end)
        np.minimum.at(level, below, end - step[pipes])
    return level, pumped


def _ends(
    flow: _Flow,
    crown: Ints,
    height_cm: Floats,
    level: Ints,
    lifted: Bools,
    length: Floats,
    size: Floats,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Bools]:
    """Invert at the upper and at the lower end of each pipe, and whether it ends in a drop manhole.

    Crowns meet in a manhole; a pipe that would have to fall steeply for that sometimes ends high instead.
    """
    step = np.zeros(flow.count)
    np.maximum.at(step, flow.lower, height_cm)
    step[flow.upper] = height_cm
    upper = level[flow.upper].copy()
    meet = level[flow.lower] + np.maximum(step[flow.lower] - height_cm, 0.0).astype(np.int64)
    fall = np.maximum(np.ceil(100.0 * min_slope(np.nan_to_num(size, nan=3000.0)) * length), 3).astype(np.int64)
    natural = np.minimum(upper - fall, crown[flow.lower] - np.round(1.1 * height_cm).astype(np.int64))
    drop = natural - meet
    draw = rng.random(len(drop))
    dropped = ~lifted & (drop > 100) & (height_cm <= 80) & ((draw < 0.12) | (drop > 260))
    lower = np.where(dropped, natural, meet)
    return upper, lower, dropped
