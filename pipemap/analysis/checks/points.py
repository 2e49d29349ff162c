"""Points by themselves: numbers and places that repeat, places that cannot be, levels unlike their neighbours'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from pipemap.analysis.checks.facts import Facts, Metres, Rows
from pipemap.analysis.checks.registry import Found, finds
from pipemap.catalog.kinds import NodeKind
from pipemap.model.columns import Ids
from pipemap.texts import N_

_NEIGHBOURS, _AROUND = 6, 20.0
_FEWEST = 3
_AT_ONCE = 100_000


def _repeated(ids: Ids, batch: Rows) -> Rows:
    """Rows whose id another row of the batch has too."""
    codes = pc.dictionary_encode(ids.arrow).indices.to_numpy().astype(np.int64)
    blank = np.asarray(pc.equal(ids.arrow, "").to_numpy(zero_copy_only=False), dtype=np.bool_)
    keys = codes * (int(batch.max(initial=0)) + 2) + batch + 1
    _keys, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.flatnonzero((count[which.reshape(-1)] > 1) & ~blank)


@finds("duplicate-id", N_("The number {element} occurs more than once in its batch."))
def duplicate_id(facts: Facts, _limit: float) -> Sequence[Found]:
    """Point numbers that one batch has twice."""
    return [Found("node", _repeated(facts.network.node_ids, facts.network.node_batch))]


@finds("duplicate-pipe-id", N_("The pipe number {element} occurs more than once in its batch."))
def duplicate_pipe_id(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipe numbers that one batch has twice."""
    return [Found("pipe", _repeated(facts.network.pipe_ids, facts.network.pipe_batch))]


@finds("duplicate-place", N_("{element} lies within {metres} m of {other}, of the same category."))
def duplicate_place(facts: Facts, limit: float) -> Sequence[Found]:
    """Points of one category, and of one level, at one place."""
    first, second, metres = near_pairs(facts, limit)
    level = facts.network.node_xyz[:, 2]
    same = (facts.node_major[first] == facts.node_major[second]) & ~(np.abs(level[first] - level[second]) > limit)
    both = facts.standing[first] & facts.standing[second]
    chosen = same & both
    first, second = first[chosen], second[chosen]
    return [Found("node", second, {"other": facts.network.node_ids.take(first), "metres": metres[chosen]}, others=first)]


def near_pairs(facts: Facts, metres: float) -> tuple[Rows, Rows, Metres]:
    """Return pairs of points with a place that lie within ``metres`` of each other in plan, and how far apart they are."""
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(facts.placed)
    places = facts.network.node_xyz[rows, :2]
    if len(rows) < 2:  # noqa: PLR2004 -- no pair
        return (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    places = places - places.mean(axis=0)
    pairs = cKDTree(places).query_pairs(metres, output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    return rows[pairs[:, 0]], rows[pairs[:, 1]], apart


@finds("out-of-area", N_("{element} lies {km} km away from the middle of the survey."))
def out_of_area(facts: Facts, limit: float) -> Sequence[Found]:
    """Points farther from the middle of all of them than any town is wide."""
    apart = np.hypot(*(facts.network.node_xyz[:, :2] - facts.middle).T) / 1000
    rows = np.flatnonzero(facts.placed & (apart > limit))
    return [Found("node", rows, {"km": apart[rows]})]


@finds("ground-outlier", N_("The ground level of {element} is {metres} m off that of the points around it."))
def ground_outlier(facts: Facts, limit: float) -> Sequence[Found]:
    """Ground levels unlike those of the nearest points within twenty metres."""
    from scipy.spatial import cKDTree

    xyz = facts.network.node_xyz
    rows = np.flatnonzero(np.isfinite(xyz).all(axis=1) & facts.standing)
    if len(rows) <= _FEWEST:
        return []
    places = xyz[rows, :2] - xyz[rows, :2].mean(axis=0)
    tree, ground = cKDTree(places), np.append(xyz[rows, 2], np.nan)
    off = np.zeros(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        facts.told()
        here = slice(start, start + _AT_ONCE)
        _apart, near = tree.query(places[here], k=_NEIGHBOURS + 1, distance_upper_bound=_AROUND, workers=-1)
        level = ground[np.asarray(near)[:, 1:]]
        known = np.isfinite(level).sum(axis=1) >= _FEWEST
        off[here][known] = np.abs(ground[:-1][here][known] - np.nanmedian(level[known], axis=1))
    return [Found("node", rows[off > limit], {"metres": off[off > limit]})]


@finds("shallow-chamber", N_("{element} is {chamber} m deep, and a pipe ends {depth} m below its cover."))
def shallow_chamber(facts: Facts, limit: float) -> Sequence[Found]:
    """Chambers that end above the invert of a drain in them."""
    network = facts.network
    deepest = np.full(network.node_count, -np.inf)
    below = facts.ground - facts.invert
    for end in (0, 1):
        rows = np.flatnonzero(facts.gravity & np.isfinite(below[:, end]))
        np.maximum.at(deepest, network.pipe_ends[rows, end], below[rows, end])
    rows = np.flatnonzero(network.chamber_depth < deepest - limit)
    return [Found("node", rows, {"chamber": network.chamber_depth[rows], "depth": deepest[rows]})]


@finds("isolated-node", N_("No pipe uses {element}."))
def isolated_node(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points that no pipe uses; customers and poles may stand alone."""
    alone = (facts.network.adjacency.degree == 0) & facts.standing
    return [Found("node", np.flatnonzero(alone & ~facts.network.node_kind.is_in(NodeKind.CUSTOMER, NodeKind.POLE)))]


@finds("chamber-size", N_("{element} is {metres} m deep, which no chamber is."))
def chamber_size(facts: Facts, limit: float) -> Sequence[Found]:
    """Chambers deeper than the limit, or of negative depth."""
    depth = facts.network.chamber_depth
    rows = np.flatnonzero((depth > limit) | (depth < 0))
    return [Found("node", rows, {"metres": depth[rows]})]
