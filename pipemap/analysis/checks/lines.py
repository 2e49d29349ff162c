"""Pipes by themselves: missing ends, listed twice, too long, too short, too steep."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.facts import Facts
from pipemap.analysis.checks.registry import Found, finds
from pipemap.analysis.checks.tables import by_carried
from pipemap.catalog.kinds import NodeKind
from pipemap.texts import N_

_STEEP_ONLY_BEYOND = 1.0
"""Metres of plan length from which a slope is worth a word."""


@finds("missing-node", N_("{element} ends at {node}, a point that no table has."))
def missing_node(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes that end at a placeholder."""
    network = facts.network
    gone = network.node_kind.is_in(NodeKind.PLACEHOLDER)[network.pipe_ends]
    rows = np.flatnonzero(gone.any(axis=1))
    end = network.pipe_ends[rows, np.where(gone[rows, 0], 0, 1)]
    return [Found("pipe", rows, {"node": network.node_ids.take(end)}, others=end.astype(np.int64))]


@finds("self-loop", N_("{element} begins and ends at {node}."))
def self_loop(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes from a point to itself."""
    ends = facts.network.pipe_ends
    rows = np.flatnonzero(ends[:, 0] == ends[:, 1])
    return [Found("pipe", rows, {"node": facts.network.node_ids.take(ends[rows, 0])})]


@finds("duplicate-pipe", N_("{element} is the same pipe as {other}: same ends, category, size and course."))
def duplicate_pipe(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes listed twice, in the same or the other direction; parallel pipes differ in size, circuit or course."""
    network = facts.network
    pair = np.sort(network.pipe_ends, axis=1).astype(np.int64)
    width = np.nan_to_num(network.width, nan=-1.0).round(4)
    keys = (
        pair[:, 0], pair[:, 1], network.pipe_category.codes, network.pipe_circuit.codes, network.pipe_kind.codes, width,
        np.nan_to_num(facts.plan_length, nan=-1.0).round(2), np.nan_to_num(network.length, nan=-1.0).round(1),
    )  # fmt: skip
    order = np.lexsort(keys[::-1])
    same = np.ones(max(0, len(order) - 1), dtype=np.bool_)
    for key in keys:
        column = np.asarray(key)[order]
        same &= column[1:] == column[:-1]
    same &= (pair[order[1:], 0] != pair[order[1:], 1]) & facts.live[order[1:]] & facts.live[order[:-1]]
    later, earlier = order[1:][same], order[:-1][same]
    later, earlier = later.astype(np.int64), earlier.astype(np.int64)
    return [Found("pipe", later, {"other": network.pipe_ids.take(earlier)}, "pipe", earlier)]


@finds("long-pipe", N_("{element} is {metres} m long without a point between."))
def long_pipe(facts: Facts, _limit: float) -> Sequence[Found]:
    """Pipes longer than two points of a survey of what they carry should lie apart."""
    rows = np.flatnonzero(facts.surveyed & (facts.plan_length > by_carried(facts, "long-pipe")))
    return [Found("pipe", rows, {"metres": facts.plan_length[rows]})]


@finds("short-pipe", N_("{element} is {metres} m long."))
def short_pipe(facts: Facts, limit: float) -> Sequence[Found]:
    """Pipes whose ends lie at one place, though not one above the other."""
    level = np.abs(facts.level[:, 0] - facts.level[:, 1])
    rows = np.flatnonzero(facts.surveyed & (facts.plan_length < limit) & ~(level > limit))
    return [Found("pipe", rows, {"metres": facts.plan_length[rows]})]


@finds("steep-pipe", N_("{element} falls at {degrees}°."))
def steep_pipe(facts: Facts, limit: float) -> Sequence[Found]:
    """Pipes steeper than pipes are laid, risers aside."""
    fall = np.abs(facts.invert[:, 0] - facts.invert[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.degrees(np.arctan2(fall, facts.plan_length))
    rows = np.flatnonzero(facts.surveyed & (facts.plan_length > _STEEP_ONLY_BEYOND) & (angle > limit))
    return [Found("pipe", rows, {"degrees": angle[rows]})]
