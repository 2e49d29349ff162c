"""The plan in squares, and squares of squares: what lies together is drawn, hidden and made coarser together.

The smallest squares are tiles. Four of them make the square above, and so on up to one that holds everything. Tiles are
numbered so that those of every square follow one another: whatever a square holds is one slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.order import order_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE_BARS = 600
"""Bars that a tile with something in it should hold at most, on average."""

DEEPEST = 9
"""Levels of squares below the one that holds everything, at most."""

ACROSS = 640
"""Details that a square above the tiles tells apart along its side: what is finer is left out of it."""


def _apart(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers with a 0 between any two of their bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        numbers = (numbers | (numbers << shift)) & mask
    return numbers


_APART = _apart(np.arange(1 << DEEPEST))


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """All squares, level by level from the one that holds everything down to the tiles, which come last.

    Attributes
    ----------
    low, high
        float64 (M, 3): corners of what each holds.
    first, last
        int64 (M): its tiles.
    below
        int64 (M, 2): its squares one level below, from and up to; none for tiles.
    finest
        float64 (M): metres below which it leaves things out; 0 for tiles, which leave out nothing.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    below: NDArray[np.int64]
    finest: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The grid that tiles are cells of: its low corner and its side in local metres, and how often that is halved."""

    low: NDArray[np.float64]
    side: float
    levels: int

    def numbers(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the number of each point's cell: the bits of column and row take turns, so that squares are runs of numbers."""
        across = 1 << self.levels
        number = np.zeros(len(points), dtype=np.int64)
        for axis in (0, 1):
            cell = np.clip((points[:, axis] - self.low[axis]) * (across / self.side), 0, across - 1).astype(np.intp)
            number |= _APART.take(cell) << axis
        return number


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """The tiles that hold something; ``bars`` and ``nodes`` are starts of each one's slice (one more than there are tiles).

    ``low`` and ``high`` are the corners (float64, (t, 3)) of what each holds; ``thickest`` the size in metres of its largest
    pipe; ``used`` the numbers of its cells in ``grid``.
    """

    bars: NDArray[np.int64]
    nodes: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    thickest: NDArray[np.float64]
    squares: Squares
    grid: Grid
    used: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bars) - 1

    def nearest(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the tile of each point; where its cell held nothing so far, one beside it."""
        return np.minimum(np.searchsorted(self.used, self.grid.numbers(points)), len(self) - 1)

    def holding(self, bars: NDArray[np.int64], nodes: NDArray[np.int64], boxes: Boxes) -> Tiles:
        """Return the same tiles with other slices and boxes."""
        squares = _squares(self.used, self.grid.levels, boxes.low, boxes.high, self.grid.side / ACROSS)
        return Tiles(bars, nodes, boxes.low, boxes.high, boxes.thickest, squares, self.grid, self.used)


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Corners of what each tile holds, and its thickest pipe."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    thickest: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """Tiles, and the order that they ask for: rows of bars (thick ones first in each tile) and of drawn nodes."""

    tiles: Tiles
    bars: NDArray[np.int64]
    nodes: NDArray[np.int64]


def robust_bounds(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of a cloud, leaving out what lies absurdly far from the rest."""
    columns = [np.ascontiguousarray(points[:, axis]) for axis in range(points.shape[1])]
    ends = [(float(column.min()), float(column.max())) for column in columns]
    if len(points) > 50:  # noqa: PLR2004 -- too few to say what is far
        near = [np.percentile(column[:: max(len(column) // 20_000, 1)], (1, 99)) for column in columns]
        slack = 20 * max(1.0, *(float(high - low) for low, high in near))
        inside = [(float(low) - slack, float(high) + slack) for low, high in near]
        if any(low < least or high > most for (low, high), (least, most) in zip(ends, inside, strict=True)):
            kept = np.ones(len(points), np.bool_)
            for column, (least, most) in zip(columns, inside, strict=True):
                kept &= (column >= least) & (column <= most)
            ends = [(float(column[kept].min()), float(column[kept].max())) for column in columns]
    return np.array([low for low, _high in ends]), np.array([high for _low, high in ends])


def tiled(
    start: NDArray[np.float64], end: NDArray[np.float64], half_height: NDArray[np.float32], top: NDArray[np.float64]
) -> Tiling:
    """Sort bars and nodes (local; NaN in plan: not drawn) into a square grid and measure its tiles."""
    middle = np.stack([(start[:, axis] + end[:, axis]) / 2 for axis in (0, 1)]).T
    drawn = np.flatnonzero(np.isfinite(top[:, 0]) & np.isfinite(top[:, 1]))
    cloud = middle if len(middle) else top[drawn, :2]
    levels = _levels(len(middle), len(drawn))
    low, side = np.zeros(2), 1.0
    if len(cloud):
        low, high = robust_bounds(cloud)
        side = max(float((high - low).max()), 1e-6)
    grid = Grid(low, side, levels)
    bar_tile, node_tile = grid.numbers(middle), grid.numbers(top[drawn, :2])
    bars, nodes = order_of((bar_tile << 16) | thinness(half_height), 4**levels << 16), order_of(node_tile, 4**levels)
    bar_tile, node_tile, nodes = bar_tile.take(bars), node_tile.take(nodes), drawn.take(nodes)
    used = np.flatnonzero(np.bincount(bar_tile, minlength=4**levels) + np.bincount(node_tile, minlength=4**levels))
    bar_starts = np.append(np.searchsorted(bar_tile, used), len(bars))
    node_starts = np.append(np.searchsorted(node_tile, used), len(nodes))
    lowest, highest = np.full((len(used), 3), np.inf), np.full((len(used), 3), -np.inf)
    for starts, points, order in ((bar_starts, start, bars), (bar_starts, end, bars), (node_starts, top, nodes)):
        _measure(lowest, highest, starts, points, order)
    thickest = np.zeros(len(used))
    filled = np.diff(bar_starts) > 0
    thickest[filled] = 2 * half_height[bars[bar_starts[:-1][filled]]]
    squares = _squares(used, levels, lowest, highest, side / ACROSS)
    return Tiling(Tiles(bar_starts, node_starts, lowest, highest, thickest, squares, grid, used), bars, nodes)


def _levels(bars: int, nodes: int) -> int:
    """Halvings after which a tile holds few enough; a town fills about half of its square."""
    wanted = max(bars, nodes, 1) / TILE_BARS * 2
    return int(np.clip(np.ceil(np.log2(max(wanted, 1.0)) / 2), 0, DEEPEST))


def thinness(half_height: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return what bars of a tile are sorted by; alike to a millimetre is alike."""
    thick: NDArray[np.int64] = np.minimum(half_height * 1000.0, 0xFFFF).astype(np.int64)
    return 0xFFFF - thick


def _measure(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    starts: NDArray[np.int64],
    points: NDArray[np.float64],
    order: NDArray[np.int64],
) -> None:
    """Stretch the boxes of tiles over their slices of points."""
    filled = np.flatnonzero(np.diff(starts) > 0)
    if len(filled):
        for axis in range(3):
            column = points[:, axis].take(order)
            low[filled, axis] = np.fmin(low[filled, axis], np.fmin.reduceat(column, starts[:-1][filled]))
            high[filled, axis] = np.fmax(high[filled, axis], np.fmax.reduceat(column, starts[:-1][filled]))


def _squares(
    used: NDArray[np.int64], levels: int, low: NDArray[np.float64], high: NDArray[np.float64], coarsest: float
) -> Squares:
    """Squares of all levels above some tiles with these numbers and boxes."""
    if not len(used):
        none, boxes = np.empty(0, dtype=np.int64), np.empty((0, 3))
        return Squares(boxes, boxes, none, none, np.empty((0, 2), dtype=np.int64), np.empty(0))
    lows, highs, firsts, lasts, finest, numbers = [], [], [], [], [], []
    for level in range(levels + 1):
        number = used >> (2 * (levels - level))
        first = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
        numbers.append(number[first])
        firsts.append(first)
        lasts.append(np.append(first[1:], len(used)))
        lows.append(np.fmin.reduceat(low, first))
        highs.append(np.fmax.reduceat(high, first))
        finest.append(np.full(len(first), coarsest / 2**level if level < levels else 0.0))
    below, base = [], 0
    for level, number in enumerate(numbers):
        base += len(number)
        if level < levels:
            place = np.searchsorted(numbers[level + 1] >> 2, np.stack([number, number + 1], axis=1))
            below.append(place + base)
        else:
            below.append(np.zeros((len(number), 2), dtype=np.int64))
    joined = [np.concatenate(parts) for parts in (lows, highs, firsts, lasts, below, finest)]
    return Squares(*joined)
