"""The ground between the surveyed points: a smooth grid that passes near all of them and fades where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINEST = 8.0
CELLS = 96
MARGIN = 0.14
MANY = 1000
"""Points from which on the farthest few do not stretch the sheet."""
SAMPLE = 50_000
"""Points that are looked at to know how far most of them reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Ground levels on a regular grid, in survey coordinates.

    Attributes
    ----------
    east, north
        float64: eastings of columns, northings of rows.
    level
        float64 (rows, columns).
    weight
        float64 (rows, columns): 1 among surveyed points, falling to 0 away from them.
    known
        Whether any ground level was surveyed at all.
    """

    east: NDArray[np.float64]
    north: NDArray[np.float64]
    level: NDArray[np.float64]
    weight: NDArray[np.float64]
    known: bool

    def level_at(self, east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ground level at places, bilinear; beyond the grid that of its edge."""
        if not len(self.east):
            return np.zeros(np.shape(east))
        column = np.clip((east - self.east[0]) / (self.east[1] - self.east[0]), 0, len(self.east) - 1.000001)
        row = np.clip((north - self.north[0]) / (self.north[1] - self.north[0]), 0, len(self.north) - 1.000001)
        column, row = np.nan_to_num(column), np.nan_to_num(row)
        c, r = column.astype(np.int64), row.astype(np.int64)
        x, y = column - c, row - r
        level = self.level
        south = level[r, c] * (1 - x) + level[r, c + 1] * x
        north_side = level[r + 1, c] * (1 - x) + level[r + 1, c + 1] * x
        mixed: NDArray[np.float64] = south * (1 - y) + north_side * y
        return mixed


def terrain(nodes: NDArray[np.float64]) -> Terrain:
    """Return the ground for surveyed points (float64 (n, 3); NaN where unknown)."""
    placed = np.isfinite(nodes[:, 0]) & np.isfinite(nodes[:, 1])
    none = np.empty(0)
    if not placed.any():
        return Terrain(none, none, np.empty((0, 0)), np.empty((0, 0)), known=False)
    from scipy.ndimage import gaussian_filter

    plan = np.stack([nodes[:, axis][placed] for axis in (0, 1)])
    levels = nodes[:, 2][placed]
    low, high = _spread(plan)
    extent = max(float((high - low).max()), 1.0)
    low, high = low - MARGIN * extent, high + MARGIN * extent
    cell = max(extent * (1 + 2 * MARGIN) / CELLS, min(FINEST, extent / 24))
    columns, rows = np.maximum(np.ceil((high - low) / cell).astype(int) + 1, 2)
    east, north = low[0] + cell * np.arange(columns), low[1] + cell * np.arange(rows)
    inside = (plan[0] >= low[0]) & (plan[0] <= high[0]) & (plan[1] >= low[1]) & (plan[1] <= high[1])
    if not inside.all():
        plan, levels = plan[:, inside], levels[inside]
    column, row = (np.rint((plan[axis] - low[axis]) / cell).astype(np.int64) for axis in (0, 1))
    flat = np.clip(row, 0, rows - 1) * columns + np.clip(column, 0, columns - 1)
    measured = np.isfinite(levels)
    if not measured.all():
        levels = levels[measured]
    count, weight, total = (
        np.bincount(where, weights=what, minlength=rows * columns).reshape(rows, columns).astype(float)
        for where, what in ((flat, None), (flat[measured], None), (flat[measured], levels))
    )
    near = gaussian_filter((count > 0).astype(float), 3.0, mode="constant")
    cover = np.clip(near / 0.05, 0, 1) * _rim(rows, columns)
    if not len(levels):
        return Terrain(east, north, np.zeros((rows, columns)), cover, known=False)
    return Terrain(east, north, _filled(total, weight), cover, known=True)


def _spread(plan: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of some points, (2, n); of many without the farthest few, as a part of them tells."""
    some = plan[:, :: max(plan.shape[1] // SAMPLE, 1)]
    spread = (0.2, 99.8) if plan.shape[1] > MANY else (0.0, 100.0)
    found = np.array([np.percentile(side, spread) for side in some])
    return found[:, 0], found[:, 1]


def _rim(rows: int, columns: int) -> NDArray[np.float64]:
    """0 at the edge of the grid, 1 a few cells inside, so that the sheet never ends in a line."""
    inward = [np.minimum(np.arange(size), np.arange(size)[::-1]) / max(size * 0.08, 1.0) for size in (rows, columns)]
    rim: NDArray[np.float64] = np.clip(inward[0], 0, 1)[:, None] * np.clip(inward[1], 0, 1)
    return rim


def _filled(total: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread known levels outwards, ever wider, then smooth a little."""
    from scipy.ndimage import gaussian_filter

    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(weight > 0, total / weight, np.nan)
    known = (weight > 0).astype(float)
    base = np.where(known > 0, level, 0.0)
    for sigma in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
        empty = ~np.isfinite(level)
        if not empty.any():
            break
        reach = gaussian_filter(known, sigma, mode="constant")
        spread = gaussian_filter(base, sigma, mode="constant")
        usable = empty & (reach > 1e-4)  # noqa: PLR2004 -- what a Gaussian still says something at
        level[usable] = spread[usable] / reach[usable]
    level = np.where(np.isfinite(level), level, np.nanmedian(level))
    smooth: NDArray[np.float64] = gaussian_filter(level, 0.7)
    return smooth
