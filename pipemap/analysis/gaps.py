"""How far pipes lie apart in space, wall to wall. Shapely ignores levels: it finds who is near in plan, the distance is ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Straight pieces of pipes.

    Attributes
    ----------
    ends
        float64 (K, 2, 3), metres: both ends on the axis; the level is NaN where it is unknown.
    pipe
        int64 (K): row of the pipe that each belongs to.
    radius
        float64 (K), metres: half of the larger outer size; 0 where no size is known.
    """

    ends: NDArray[np.float64]
    pipe: NDArray[np.int64]
    radius: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pipe)


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Pipes that lie near each other.

    Attributes
    ----------
    first, second
        int64 (G): pipe rows, each pair once, ordered by distance, then by rows.
    metres
        float64 (G): clear distance wall to wall, 0 where they touch.
    in_plan
        bool (G): a level is unknown, so that the distance is only that in plan: the true one is larger or equal.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    metres: NDArray[np.float64]
    in_plan: NDArray[np.bool_]


def pieces_of(network: Network, rows: NDArray[np.int64]) -> Pieces:
    """Cut the courses of pipes into straight pieces on their axes; what has no place in plan is left out."""
    offsets = network.lines.offsets
    counts = np.maximum(np.diff(offsets)[rows] - 1, 0)
    pipe = np.repeat(rows, counts)
    within = np.arange(len(pipe)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = offsets[pipe] + within
    ends = np.stack([network.lines.xyz[first], network.lines.xyz[first + 1]], axis=1).astype(np.float64)
    size = np.nan_to_num(np.maximum(network.width[pipe], network.height[pipe]).astype(np.float64))
    placed = np.isfinite(ends[:, :, :2]).all(axis=(1, 2))
    return Pieces(ends[placed], pipe[placed], (size / 2 + np.nan_to_num(network.wall[pipe]))[placed])


def gaps_between(one: Pieces, two: Pieces, within: float) -> Gaps:
    """Return which pipes of ``one`` and ``two`` lie at most ``within`` metres apart, wall to wall; no pipe lies near itself."""
    import shapely

    nothing = np.empty(0, dtype=np.int64)
    if not len(one) or not len(two):
        return Gaps(nothing, nothing, np.empty(0), np.empty(0, dtype=np.bool_))
    reach = within + float(one.radius.max()) + float(two.radius.max())
    tree = shapely.STRtree(np.asarray(shapely.linestrings(two.ends[:, :, :2]), dtype=np.object_))
    lines = np.asarray(shapely.linestrings(one.ends[:, :, :2]), dtype=np.object_)
    left, right = tree.query(lines, predicate="dwithin", distance=reach)
    other = one.pipe[left] != two.pipe[right]
    left, right = left[other], right[other]
    a, b = one.ends[left], two.ends[right]
    flat = ~(np.isfinite(a).all(axis=(1, 2)) & np.isfinite(b).all(axis=(1, 2)))
    a[flat, :, 2] = b[flat, :, 2] = 0.0
    clear = np.maximum(segment_distances(a, b) - one.radius[left] - two.radius[right], 0.0)
    near = clear <= within
    return _each_pair_once(one.pipe[left[near]], two.pipe[right[near]], clear[near], flat[near])


def _each_pair_once(
    first: NDArray[np.int64], second: NDArray[np.int64], metres: NDArray[np.float64], in_plan: NDArray[np.bool_]
) -> Gaps:
    order = np.lexsort((metres, second, first))
    first, second, metres, in_plan = first[order], second[order], metres[order], in_plan[order]
    new = np.ones(len(first), dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    keep = np.flatnonzero(new)
    keep = keep[np.lexsort((second[keep], first[keep], metres[keep]))]
    return Gaps(first[keep], second[keep], metres[keep], in_plan[keep])


def segment_distances(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of pairs of segments (K, 2, 3) in space: between the nearest points, held to the ends."""
    d1, d2, r = one[:, 1] - one[:, 0], two[:, 1] - two[:, 0], one[:, 0] - two[:, 0]
    a, e, f = (d1 * d1).sum(1), (d2 * d2).sum(1), (d2 * r).sum(1)
    b, c = (d1 * d2).sum(1), (d1 * r).sum(1)
    denominator = a * e - b * b
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(denominator > _TINY, np.clip((b * f - c * e) / denominator, 0.0, 1.0), 0.0)
        t = np.where(e > _TINY, (b * s + f) / e, 0.0)
        held = np.clip(t, 0.0, 1.0)
        s = np.where((t != held) | (e <= _TINY), np.where(a > _TINY, np.clip((b * held - c) / a, 0.0, 1.0), 0.0), s)
    apart = one[:, 0] + d1 * s[:, None] - (two[:, 0] + d2 * held[:, None])
    found: NDArray[np.float64] = np.sqrt((apart * apart).sum(1))
    return found
