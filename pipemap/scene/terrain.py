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
    placed = nodes[np.isfinite(nodes[:, :2]).all(axis=1)]
    none = np.empty(0)
    if not len(placed):
        return Terrain(none, none, np.empty((0, 0)), np.empty((0, 0)), known=False)
    from scipy.ndimage import gaussian_filter

    spread = (0.2, 99.8) if len(placed) > MANY else (0.0, 100.0)
    low, high = np.percentile(placed[:, :2], spread, axis=0)
    extent = max(float((high - low).max()), 1.0)
    low, high = low - MARGIN * extent, high + MARGIN * extent
    cell = max(extent * (1 + 2 * MARGIN) / CELLS, min(FINEST, extent / 24))
    columns, rows = np.maximum(np.ceil((high - low) / cell).astype(int) + 1, 2)
    east, north = low[0] + cell * np.arange(columns), low[1] + cell * np.arange(rows)
    inside = ((placed[:, :2] >= low) & (placed[:, :2] <= high)).all(axis=1)
    place = np.rint((placed[inside, :2] - low) / cell).astype(np.int64)
    flat = np.clip(place[:, 1], 0, rows - 1) * columns + np.clip(place[:, 0], 0, columns - 1)
    levels = placed[inside, 2]
    measured = np.isfinite(levels)
    count = np.bincount(flat, minlength=rows * columns).reshape(rows, columns)
    weight = np.bincount(flat[measured], minlength=rows * columns).reshape(rows, columns).astype(float)
    total = np.bincount(flat[measured], weights=levels[measured], minlength=rows * columns).reshape(rows, columns).astype(float)
    near = gaussian_filter((count > 0).astype(float), 3.0, mode="constant")
    cover = np.clip(near / 0.05, 0, 1) * _rim(rows, columns)
    if not measured.any():
        return Terrain(east, north, np.zeros((rows, columns)), cover, known=False)
    return Terrain(east, north, _filled(total, weight), cover, known=True)


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
