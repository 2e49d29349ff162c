"""Pipes in one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipemap.analysis.checks.facts import Facts, Metres
from pipemap.analysis.checks.registry import Found, finds
from pipemap.catalog.kinds import PipeKind
from pipemap.texts import N_


@finds("collision", N_("{element} and {other} would be in one place: their walls overlap by {metres} m."))
def collision(facts: Facts, limit: float) -> Sequence[Found]:
    """Pipes whose bodies overlap by more than the limit, in 3D, straight from end to end; those that share a point may touch."""
    import shapely

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
    lines = np.asarray(shapely.linestrings(ends[rows]), dtype=np.object_)
    reach = 2 * float(np.quantile(radius[rows], 0.99))
    one, two = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=reach)
    upper = one < two
    first, second = rows[one[upper]], rows[two[upper]]
    pairs = network.pipe_ends[np.column_stack([first, second])]
    strangers = (pairs[:, 0, :, None] != pairs[:, 1, None, :]).all(axis=(1, 2))
    first, second = first[strangers], second[strangers]
    segments = np.concatenate([ends, axis[:, :, None]], axis=2)
    gap = _between(segments[first], segments[second]) - radius[first] - radius[second]
    hit = gap < -limit
    return [Found("pipe", second[hit], {"other": network.pipe_ids.take(first[hit]), "metres": -gap[hit]})]


def _axis_levels(facts: Facts) -> Metres:
    found: Metres = facts.invert + np.nan_to_num(facts.network.height.astype(np.float64))[:, None] / 2
    return found


def _between(one: Metres, two: Metres) -> Metres:
    """Return the distance of pairs of segments (K, 2, 3) in space: between the nearest points, held to the ends."""
    d1, d2, r = one[:, 1] - one[:, 0], two[:, 1] - two[:, 0], one[:, 0] - two[:, 0]
    a, e, f = (d1 * d1).sum(1), (d2 * d2).sum(1), (d2 * r).sum(1)
    b, c = (d1 * d2).sum(1), (d1 * r).sum(1)
    tiny = 1e-12
    denominator = a * e - b * b
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(denominator > tiny, np.clip((b * f - c * e) / denominator, 0.0, 1.0), 0.0)
        t = np.where(e > tiny, (b * s + f) / e, 0.0)
        held = np.clip(t, 0.0, 1.0)
        s = np.where(t != held, np.where(a > tiny, np.clip((b * held - c) / a, 0.0, 1.0), 0.0), s)
    gap = one[:, 0] + d1 * s[:, None] - (two[:, 0] + d2 * held[:, None])
    found: Metres = np.sqrt((gap * gap).sum(1))
    return found
