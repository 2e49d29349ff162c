"""Levels and depths: that they agree with each other, with the ground, and with what a trench can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Found, finds
from pipemap.analysis.checks.tables import by_carried
from pipemap.catalog.kinds import NodeKind
from pipemap.texts import N_

_RISERS = (NodeKind.POLE, NodeKind.CUSTOMER, NodeKind.CABINET, NodeKind.TRANSFORMER, NodeKind.HYDRANT, NodeKind.METER)


@finds("level-mismatch", N_("{element}: ground less depth and the level differ by {metres} m at {node}."))
def level_mismatch(facts: Facts, limit: float) -> Sequence[Found]:
    """Ends where ground − depth is not the level."""
    off = np.abs(facts.ground - facts.depth - facts.level)
    worst = np.nan_to_num(off, nan=0.0)
    rows = np.flatnonzero(facts.surveyed & (worst.max(axis=1, initial=0.0) > limit))
    end = worst[rows].argmax(axis=1)
    names = facts.network.node_ids.take(facts.network.pipe_ends[rows, end])
    return [Found("pipe", rows, {"metres": worst[rows, end], "node": names})]


@finds("depth-out-of-range", N_("{element} lies {metres} m deep at {node}."))
def depth_out_of_range(facts: Facts, _limit: float) -> Sequence[Found]:
    """Depths beyond the limit of what is carried, and pipes above ground where nothing rises."""
    depth = facts.depth
    riser = facts.network.node_kind.is_in(*_RISERS)[facts.network.pipe_ends].any(axis=1) | facts.network.pipe_burial.is_in(
        "架空", "JK"
    )
    above = (np.nan_to_num(depth, nan=0.0) < 0) & ~riser[:, None]
    most = by_carried(facts, "depth-out-of-range")
    wrong = (np.nan_to_num(depth, nan=0.0) > most[:, None]) | above
    rows = np.flatnonzero(facts.surveyed & wrong.any(axis=1))
    end = wrong[rows].argmax(axis=1)
    names = facts.network.node_ids.take(facts.network.pipe_ends[rows, end])
    return [Found("pipe", rows, {"metres": depth[rows, end], "node": names})]


@finds("shallow-cover", N_("{element} has {metres} m of cover at {node}; at least {least} m are asked for."))
def shallow_cover(facts: Facts, limit: float) -> Sequence[Found]:
    """Mains with less cover than what they carry asks for, less the tolerance; risers and channels aside."""
    network = facts.network
    least = by_carried(facts, "shallow-cover")
    top = np.column_stack([network.from_reference.is_in("outside_top"), network.to_reference.is_in("outside_top")])
    height = np.nan_to_num(network.height.astype(np.float64))[:, None] + np.nan_to_num(network.wall)[:, None]
    cover = np.where(top, facts.depth, facts.depth - height)
    ends = network.pipe_ends
    riser = network.node_kind.is_in(*_RISERS, NodeKind.GULLY)[ends] | network.pipe_kind.is_in("channel")[:, None]
    low = (cover < (least - limit)[:, None]) & (cover >= 0) & ~riser
    rows = np.flatnonzero(facts.surveyed & low.any(axis=1))
    end = np.where(low[rows], cover[rows], np.inf).argmin(axis=1)
    values = {"metres": cover[rows, end], "least": least[rows], "node": network.node_ids.take(ends[rows, end])}
    return [Found("pipe", rows, values)]


@finds("level-jump", N_("{element}: the two pipes that meet there differ by {metres} m in level."))
def level_jump(facts: Facts, limit: float) -> Sequence[Found]:
    """Points under pressure where exactly two pipes meet at different levels of their tops."""
    nodes, first, second, ends = facts.pairs(facts.pressure & facts.surveyed)
    network = facts.network
    top = np.column_stack([network.from_reference.is_in("outside_top"), network.to_reference.is_in("outside_top")])
    both = top[first, ends[:, 0]] & top[second, ends[:, 1]] & (network.width[first] == network.width[second])
    apart = np.abs(facts.level[first, ends[:, 0]] - facts.level[second, ends[:, 1]])
    chosen = both & (apart > limit) & (facts.major[first] == facts.major[second])
    return [Found("node", nodes[chosen], {"metres": apart[chosen]})]


@finds("unknown-reference", N_("{element} has a depth of which nobody knows what it was measured to."))
def unknown_reference(facts: Facts, _limit: float) -> Sequence[Found]:
    """Depths without a reference."""
    network = facts.network
    known = np.column_stack([column.codes >= 0 for column in (network.from_reference, network.to_reference)])
    known &= ~np.column_stack([column.is_in("unknown") for column in (network.from_reference, network.to_reference)])
    return [Found("pipe", np.flatnonzero(facts.surveyed & (np.isfinite(facts.depth) & ~known).any(axis=1)))]
