"""Points by themselves: numbers and places that repeat, places that cannot be, levels unlike their neighbours'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from pipemap.analysis.checks.boxes import most_pairs
from pipemap.analysis.checks.facts import Facts, Metres, Rows
from pipemap.analysis.checks.registry import Found, finds
from pipemap.catalog.kinds import NodeKind
from pipemap.model.columns import Ids
from pipemap.texts import N_

_NEIGHBOURS, _AROUND = 6, 20.0
_FEWEST = 3
_AT_ONCE = 100_000
_HEAP = 50
"""Points of one small square from which they are a heap, where the pairs of all squares are too many."""
_BUCKETS, _SPREAD, _FINEST = 1 << 22, 2_654_435_761, 0.001


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
    """Return pairs of points with a place that lie within ``metres`` of each other in plan, and how far apart they are.

    Where thousands lie in one place, each of them is a pair with the one that is most like it alone.
    """
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(facts.placed)
    places = facts.network.node_xyz[rows, :2]
    if len(rows) < 2:  # noqa: PLR2004 -- no pair
        return (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    places = places - places.mean(axis=0)
    heap = _heaps(places, metres)
    single = np.flatnonzero(heap < 0)
    pairs = np.concatenate(
        [single[cKDTree(places[single]).query_pairs(metres, output_type="ndarray")], _alike(facts, rows, heap)]
    )
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    near = apart <= metres
    return rows[pairs[near, 0]], rows[pairs[near, 1]], apart[near]


def _heaps(places: Metres, metres: float) -> Rows:
    """Return a number a point for those that lie in heaps whose pairs nobody could look at, else −1."""
    with np.errstate(over="ignore"):
        east, north = (np.floor(places / max(metres, _FINEST)) % _BUCKETS).astype(np.int64).T
        bucket = (east * _SPREAD + north) % _BUCKETS
    held = np.bincount(bucket, minlength=_BUCKETS)
    if (held * (held - 1) // 2).sum() <= most_pairs(len(places)):
        return np.full(len(places), -1, dtype=np.int64)
    return np.where(held[bucket] > _HEAP, bucket, -1)


def _alike(facts: Facts, rows: Rows, heap: Rows) -> Rows:
    """Return pairs (K, 2) of neighbours in each heap, those of one category and of the nearest level side by side."""
    inside = np.flatnonzero(heap >= 0)
    if not len(inside):
        return np.empty((0, 2), dtype=np.int64)
    kind = np.unique(facts.node_major[rows[inside]], return_inverse=True)[1]
    order = inside[np.lexsort((facts.network.node_xyz[rows[inside], 2], kind, heap[inside]))]
    first, second = order[:-1], order[1:]
    together = heap[first] == heap[second]
    return np.sort(np.column_stack([first[together], second[together]]), axis=1)


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
