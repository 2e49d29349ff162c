"""Pipes in one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.boxes import meeting
from pipemap.analysis.checks.facts import Facts, Metres, strangers
from pipemap.analysis.checks.registry import Found, finds
from pipemap.analysis.gaps import segment_distances
from pipemap.catalog.kinds import PipeKind
from pipemap.texts import N_


@finds("collision", N_("{element} and {other} would be in one place: their walls overlap by {metres} m."))
def collision(facts: Facts, limit: float) -> Sequence[Found]:
    """Pipes whose bodies overlap by more than the limit, in 3D, straight from end to end; those that share a point may touch."""
    network = facts.network
    ends = network.node_xyz[network.pipe_ends][:, :, :2]
    axis = _axis_levels(facts)
    radius = np.nan_to_num(np.maximum(network.width, network.height).astype(np.float64)) / 2 + np.nan_to_num(network.wall)
    apart = network.pipe_kind.is_in(PipeKind.CHANNEL, PipeKind.SERVICE) | network.pipe_burial.is_in("管沟", "GG")
    placed = np.isfinite(ends).all(axis=(1, 2)) & np.isfinite(axis).all(axis=1) & (radius > 0)
    known = placed & facts.surveyed & ~apart & ~facts.carries("power", "telecom")
    rows = np.flatnonzero(known)
    if len(rows) < 2:  # noqa: PLR2004 -- nobody to meet
        return []
    grown = np.column_stack([ends[rows].min(axis=1) - radius[rows, None], ends[rows].max(axis=1) + radius[rows, None]])
    one, two = meeting(grown, grown, facts.told)
    upper = one < two
    first, second = rows[one[upper]], rows[two[upper]]
    apart = strangers(facts, first, second)
    first, second = first[apart], second[apart]
    facts.told()
    segments = np.concatenate([ends, axis[:, :, None]], axis=2)
    gap = segment_distances(segments[first], segments[second]) - radius[first] - radius[second]
    hit = gap < -limit
    first, second = first[hit], second[hit]
    return [Found("pipe", second, {"other": network.pipe_ids.take(first), "metres": -gap[hit]}, "pipe", first)]


def _axis_levels(facts: Facts) -> Metres:
    found: Metres = facts.invert + np.nan_to_num(facts.network.height.astype(np.float64))[:, None] / 2
    return found
