"""The plan in squares: what lies together is drawn, hidden and made coarser together.

Tiles are small, so that little beyond the edge of a near view is drawn; what is drawn as lines goes by groups of tiles, so
that a whole city is few pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINE_TILE, TILE_BARS, FINE_GRID = 150, 1200, 32
"""Bars that a tile should hold on average: few while there are at most 32 × 32 tiles, then more."""

GROUP = 4
"""Tiles along the side of a group."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """A square grid over the plan; ``bars`` and ``nodes`` are starts of each tile's slice (one more than there are tiles).

    ``low`` and ``high`` are the corners (float64, (t, 3)) of what each tile holds; ``thickness`` the size in metres that most
    of its pipes stay under. Neighbouring tiles follow one another in groups, of which ``groups`` are the starts.
    """

    bars: NDArray[np.int64]
    nodes: NDArray[np.int64]
    groups: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    thickness: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.bars) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """Tiles, and the order that they ask for: rows of bars (thick ones first in each tile) and of drawn nodes."""

    tiles: Tiles
    bars: NDArray[np.int64]
    nodes: NDArray[np.int64]


def robust_bounds(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of a cloud, leaving out what lies absurdly far from the rest."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    if len(points) > 50:  # noqa: PLR2004 -- too few to say what is far
        near_low, near_high = np.percentile(points, (1, 99), axis=0)
        slack = 20 * np.maximum((near_high - near_low).max(), 1.0)
        kept = ((points >= near_low - slack) & (points <= near_high + slack)).all(axis=1)
        low, high = points[kept].min(axis=0).astype(np.float64), points[kept].max(axis=0).astype(np.float64)
    return low, high


def tiled(
    start: NDArray[np.float64], end: NDArray[np.float64], half_height: NDArray[np.float32], top: NDArray[np.float64]
) -> Tiling:
    """Sort bars and nodes (local; NaN in plan: not drawn) into a square grid and measure its tiles."""
    middle = (start[:, :2] + end[:, :2]) / 2
    drawn = np.flatnonzero(np.isfinite(top[:, :2]).all(axis=1))
    cloud = np.concatenate([middle, top[drawn, :2]])
    bulk = max(len(middle), len(drawn), 1)
    across = int(np.ceil(max(min(np.sqrt(bulk / FINE_TILE), FINE_GRID), np.sqrt(bulk / TILE_BARS))))
    low, side = np.zeros(2), 1.0
    if len(cloud):
        low, high = robust_bounds(cloud)
        side = max(float((high - low).max()) / across, 1e-6)
    bar_tile, node_tile = (_numbers(points, low, side, across) for points in (middle, top[drawn, :2]))
    bars, nodes = np.lexsort((-half_height, bar_tile)), np.argsort(node_tile, kind="stable")
    bar_tile, node_tile, nodes = bar_tile[bars], node_tile[nodes], drawn[nodes]
    used = np.union1d(bar_tile, node_tile)
    bar_starts = np.append(np.searchsorted(bar_tile, used), len(bars))
    node_starts = np.append(np.searchsorted(node_tile, used), len(nodes))
    groups = np.append(np.unique(used // GROUP**2, return_index=True)[1], len(used))
    lowest, highest = np.full((len(used), 3), np.inf), np.full((len(used), 3), -np.inf)
    for starts, points in ((bar_starts, start[bars]), (bar_starts, end[bars]), (node_starts, top[nodes])):
        _measure(lowest, highest, starts, points)
    thickness = np.zeros(len(used))
    filled = np.diff(bar_starts) > 0
    thickness[filled] = 2 * half_height[bars[(bar_starts[:-1] + np.diff(bar_starts) // 4)[filled]]]
    return Tiling(Tiles(bar_starts, node_starts, groups, lowest, highest, thickness), bars, nodes)


def _numbers(points: NDArray[np.float64], low: NDArray[np.float64], side: float, across: int) -> NDArray[np.int64]:
    """Number of the tile of each point; the tiles of a group have consecutive ones."""
    cell = np.clip(((points - low) / side).astype(np.int64), 0, across - 1)
    group, inner = cell // GROUP, cell % GROUP
    wide = across // GROUP + 1
    numbers: NDArray[np.int64] = (group[:, 0] * wide + group[:, 1]) * GROUP**2 + inner[:, 0] * GROUP + inner[:, 1]
    return numbers


def _measure(low: NDArray[np.float64], high: NDArray[np.float64], starts: NDArray[np.int64], points: NDArray[np.float64]) -> None:
    """Stretch the boxes of tiles over their slices of points."""
    filled = np.flatnonzero(np.diff(starts) > 0)
    if len(filled):
        low[filled] = np.fmin(low[filled], np.fmin.reduceat(points, starts[:-1][filled], axis=0))
        high[filled] = np.fmax(high[filled], np.fmax.reduceat(points, starts[:-1][filled], axis=0))
