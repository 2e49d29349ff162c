"""Drains: that they fall, get no narrower, keep storm water and sewage apart, and end somewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.facts import Facts, Mask, Rows
from pipemap.analysis.checks.registry import Found, finds
from pipemap.analysis.checks.tables import by_height
from pipemap.catalog.kinds import NodeKind
from pipemap.texts import N_

_ENTRANCES = (NodeKind.GULLY, NodeKind.CUSTOMER, NodeKind.SOURCE, NodeKind.STORAGE, NodeKind.PUMP)
_ENDS = (NodeKind.OUTFALL, NodeKind.STORAGE, NodeKind.PUMP, NodeKind.BOUNDARY)


@finds("reverse-slope", N_("{element} rises by {metres} m along its flow."))
def reverse_slope(facts: Facts, limit: float) -> Sequence[Found]:
    """Drains whose invert rises along the recorded flow, or along what else says which way they flow."""
    network = facts.network
    invert = facts.along(facts.invert)
    recorded = np.where(network.pipe_flow.is_in("-"), -1, np.where(network.pipe_flow.is_in("+"), 1, facts.flow_sign))
    rise = np.where(recorded == facts.flow_sign, 1, -1) * (invert[:, 1] - invert[:, 0])
    rows = np.flatnonzero(facts.gravity & (recorded != 0) & (rise > limit))
    return [Found("pipe", rows, {"metres": rise[rows]})]


def _at(facts: Facts, pipes: Mask, end: int) -> Rows:
    """int64 (N): how many of some pipes begin (0) or end (1) at each node, by their flow."""
    return np.bincount(facts.stream[pipes & (facts.flow_sign != 0), end], minlength=facts.network.node_count)


def _undecided(facts: Facts) -> Mask:
    """bool (N): something else meets there, or a drain of which nobody knows which way it flows."""
    network = facts.network
    found = network.is_boundary.copy()
    other = facts.live & ~(facts.gravity & (facts.flow_sign != 0))
    found[network.pipe_ends[other].reshape(-1)] = True
    return found


@finds("no-way-out", N_("Every drain at {element} flows into it, and it is no outfall."))
def no_way_out(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points into which two or more drains flow and from which none leads on."""
    out, into = _at(facts, facts.gravity, 0), _at(facts, facts.gravity, 1)
    ends = facts.network.node_kind.is_in(*_ENDS)
    return [Found("node", np.flatnonzero((out == 0) & (into > 1) & ~ends & ~_undecided(facts)))]


@finds("no-way-in", N_("Every drain at {element} flows out of it, and nothing lets water in."))
def no_way_in(facts: Facts, _limit: float) -> Sequence[Found]:
    """Points out of which two or more drains flow and into which none does."""
    out, into = _at(facts, facts.gravity, 0), _at(facts, facts.gravity, 1)
    entrances = facts.network.node_kind.is_in(*_ENTRANCES)
    return [Found("node", np.flatnonzero((into == 0) & (out > 1) & ~entrances & ~_undecided(facts)))]


@finds("narrower-downstream", N_("{element} is {mm} mm high, and {other} flows into it with {wider} mm."))
def narrower_downstream(facts: Facts, limit: float) -> Sequence[Found]:
    """Drains narrower than one that flows into them, by more than the limit; only where one way leads on."""
    network = facts.network
    height = network.height.astype(np.float64) * 1000
    known = facts.gravity & (facts.flow_sign != 0) & np.isfinite(height)
    rows = np.flatnonzero(known)
    widest = np.zeros(network.node_count)
    np.maximum.at(widest, facts.stream[rows, 1], height[rows])
    which = np.full(network.node_count, -1, dtype=np.int64)
    top = rows[height[rows] == widest[facts.stream[rows, 1]]]
    which[facts.stream[top, 1]] = top
    one_way = _at(facts, facts.gravity, 0) == 1
    start = facts.stream[rows, 0]
    narrow = rows[one_way[start] & (which[start] >= 0) & (height[rows] < widest[start] - limit)]
    before = which[facts.stream[narrow, 0]]
    values = {"mm": height[narrow].round().astype(int).tolist(), "wider": height[before].round().astype(int).tolist()}
    return [Found("pipe", narrow, values | {"other": network.pipe_ids.take(before)}, "pipe", before)]


@finds("flat-drain", N_("{element} falls by {slope} ‰; at least {least} ‰ are asked for at its size."))
def flat_drain(facts: Facts, _limit: float) -> Sequence[Found]:
    """Drains that fall, and less than their size asks for."""
    height = np.nan_to_num(facts.network.height.astype(np.float64))
    least = by_height(facts, "flat-drain") / 1000
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.abs(facts.invert[:, 0] - facts.invert[:, 1]) / facts.plan_length
    rows = np.flatnonzero(facts.gravity & facts.surveyed & (height > 0) & (slope < least) & (facts.plan_length > 1))
    return [Found("pipe", rows, {"slope": slope[rows] * 1000, "least": least[rows] * 1000})]


@finds("storm-into-sewer", N_("{element} joins storm water and sewage at {node}."))
def storm_into_sewer(facts: Facts, _limit: float) -> Sequence[Found]:
    """Storm drains that meet sewers at one point, or that end at a point of the other kind; combined drains may."""
    network = facts.network
    storm, sewage = network.pipe_category.is_in("YS"), network.pipe_category.is_in("WS")
    at_sewage = network.node_category.is_in("WS")
    at_storm = network.node_category.is_in("YS")
    wrong = (storm[:, None] & at_sewage[network.pipe_ends]) | (sewage[:, None] & at_storm[network.pipe_ends])
    rows = np.flatnonzero(facts.live & wrong.any(axis=1))
    end = wrong[rows].argmax(axis=1)
    node = network.pipe_ends[rows, end].astype(np.int64)
    return [Found("pipe", rows, {"node": network.node_ids.take(node)}, others=node)]


@finds("drop", N_("{element}: a drain comes in {metres} m above the one that leaves."))
def drop(facts: Facts, limit: float) -> Sequence[Found]:
    """Drops at manholes from which on a drop manhole is advisable."""
    network = facts.network
    invert = facts.along(facts.invert)
    known = facts.gravity & (facts.flow_sign != 0) & np.isfinite(invert).all(axis=1)
    highest = np.full(network.node_count, -np.inf)
    lowest = np.full(network.node_count, np.inf)
    rows = np.flatnonzero(known & ~network.node_kind.is_in(NodeKind.GULLY)[network.pipe_ends].any(axis=1))
    np.maximum.at(highest, facts.stream[rows, 1], invert[rows, 1])
    np.minimum.at(lowest, facts.stream[rows, 0], invert[rows, 0])
    fall = highest - lowest
    there = np.flatnonzero(np.isfinite(fall) & (fall > limit))
    return [Found("node", there, {"metres": fall[there]})]


@finds("manhole-spacing", N_("{element} is {metres} m long; {most} m between manholes are usual at its size."))
def manhole_spacing(facts: Facts, _limit: float) -> Sequence[Found]:
    """Drains longer between their manholes than can be cleaned."""
    height = np.nan_to_num(facts.network.height.astype(np.float64))
    most = by_height(facts, "manhole-spacing")
    rows = np.flatnonzero(facts.gravity & facts.surveyed & (height > 0) & (facts.plan_length > most))
    return [Found("pipe", rows, {"metres": facts.plan_length[rows], "most": most[rows]})]


@finds("no-outfall", N_("{element} leads to no outfall, and to no edge of the survey."))
def no_outfall(facts: Facts, _limit: float) -> Sequence[Found]:
    """Drains in a part of the network that has no end at all; one problem a part, at its lowest pipe."""
    network = facts.network
    has_end = np.zeros(int(network.component.max(initial=-1)) + 1, dtype=np.bool_)
    ends = network.node_kind.is_in(NodeKind.OUTFALL, NodeKind.STORAGE, NodeKind.PUMP) | network.is_boundary
    has_end[network.component[ends]] = True
    has_end[network.component[network.possible_sources]] = True
    rows = np.flatnonzero(facts.gravity)
    part = network.component[network.pipe_ends[rows, 0]]
    rows = rows[~has_end[part]]
    lowest = np.nan_to_num(facts.invert[rows].min(axis=1, initial=np.inf), nan=np.inf)
    order = rows[np.lexsort((rows, lowest))]
    _parts, first = np.unique(network.component[network.pipe_ends[order, 0]], return_index=True)
    return [Found("pipe", np.sort(order[first]))]


@finds("gravity-loop", N_("{element} lies on a loop around which the water would flow for ever."))
def gravity_loop(facts: Facts, _limit: float) -> Sequence[Found]:
    """Drains on a directed cycle."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    network = facts.network
    rows = np.flatnonzero(facts.gravity & (facts.flow_sign != 0))
    if not len(rows):
        return []
    first, second = facts.stream[rows].T
    shape = (network.node_count, network.node_count)
    matrix = coo_array((np.ones(len(rows), dtype=np.int8), (first, second)), shape=shape)
    label = connected_components(matrix, directed=True, connection="strong")[1]
    return [Found("pipe", rows[(label[first] == label[second]) & (first != second)])]
