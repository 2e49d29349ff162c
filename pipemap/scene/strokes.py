"""Lines for an eye that is far away: only what covers a pixel of its own, joined to strokes where it runs on.

Of pipes that share a street and a pixel the main is drawn, else one by lot, the same along the street: so a coarse picture is
the mixture of colours that a fine one is, and nobody sees where one meets the other. A street of thirty pipes between
manholes becomes one stroke, on the same pixels: many times fewer lines to draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.scene.order import order_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 5
"""Each joins pairs, so that up to 2⁵ bars become one."""

BOW = 0.25
"""Share of the finest detail that an inner point may lie off the line through its neighbours."""

GAP = 1.5
"""Finest details that two ends may lie apart and still be joined: what was between them lies under a larger pipe."""

SHORT = 0.5
"""Finest details that a stroke must be long to be seen beside others."""

MAIN = 0.5
"""Metres of half a pipe's size from which on it is seen before all others."""

STREETS = 16
"""Bearings by which streets are told apart when lots are drawn."""

LONG = 200
"""Details that a bar may be long and still be looked at detail by detail; what is longer is drawn in any case."""

BEARINGS = 31
"""Bearings that are told apart, of lines that may run on in one another; it has eight bits."""

PLACES = (1 << 31) - 1
"""Places that ends are sorted by; two that get one number by chance are told apart by their distance."""

AT_ONCE = 32_768
"""Bars that are looked at together."""

MOST_CELLS, ROOMY = 4_000_000, 8
"""Cells of a grid that is always made, and how many more a bar of it may have."""

_TURNED = 0.3
"""Radians that bearings are turned by, so that no street of a town laid out north to south lies where they wrap around."""


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Straight lines: float32 (n, 3) ends, and int32 (n) colours, packed by :func:`packed`."""

    start: NDArray[np.float32]
    end: NDArray[np.float32]
    packed: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def colours(self) -> NDArray[np.uint8]:
        """The colours, uint8 (n, 3)."""
        return np.stack([self.packed >> 16, self.packed >> 8, self.packed], axis=1).astype(np.uint8)

    def only(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Strokes:
        """Return some of the lines."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        return Strokes(self.start.take(rows, axis=0), self.end.take(rows, axis=0), self.packed.take(rows))

    def from_above(self) -> Strokes:
        """Return the same lines, what lies high first, since it hides the rest."""
        return self.only(np.argsort(-(self.start[:, 2] + self.end[:, 2]), kind="stable"))


def packed(colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return colours (n, 3) as one number each."""
    wide = colours.astype(np.int32)
    return (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2]


def strokes(lines: Strokes, size: NDArray[np.float32], finest: float) -> Strokes:
    """Return what is seen of some lines by an eye that tells apart places ``finest`` metres from one another."""
    if finest <= 0:
        return lines.from_above()
    return joined(lines.only(covering(lines, size, finest)), finest).from_above()


def covering(lines: Strokes, size: NDArray[np.float32], cell: float) -> NDArray[np.int64]:
    """Return rows of the bars that are seen first in some cell of a grid over the plan, ascending; long ones in any case."""
    if not len(lines):
        return np.empty(0, dtype=np.int64)
    low, high = _corners(lines)
    wide, deep = (int((high[axis] - low[axis]) / cell) + 2 for axis in (0, 1))
    if wide * deep > ROOMY * len(lines) + MOST_CELLS:  # a few lie far off: so coarse a grid that nothing of the rest counts
        return np.arange(len(lines))
    top, chosen = np.full(wide * deep, -1, dtype=np.int64), np.zeros(len(lines), np.bool_)
    rank = _rank(lines, size, cell)
    for first in range(0, len(lines), AT_ONCE):  # what is looked at together stays in the processor's own memory
        part = slice(first, first + AT_ONCE)
        bar, column, row, long = _cells((lines.start[part, :2] - low) / cell, (lines.end[part, :2] - low) / cell)
        chosen[part] = long
        np.maximum.at(top, row * wide + column, rank[part][bar])
    chosen[top[top >= 0] & 0xFFFFFFFF] = True
    return np.flatnonzero(chosen)


def _corners(lines: Strokes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The corners of some lines in plan; column by column, because that is ten times as fast as row by row."""
    columns = [(lines.start[:, axis], lines.end[:, axis]) for axis in (0, 1)]
    low = np.array([min(start.min(), end.min()) for start, end in columns], dtype=np.float32)
    return low, np.array([max(start.max(), end.max()) for start, end in columns], dtype=np.float32)


def _cells(
    start: NDArray[np.float32], end: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Cells that bars pass through, as bar, column and row, and which bars are too long for that."""
    run = end - start
    steps = np.maximum(np.abs(run[:, 0]), np.abs(run[:, 1])).astype(np.int64) + 1
    long = steps > LONG
    steps[long] = 0
    bar = np.repeat(np.arange(len(start)), steps)
    share = (np.arange(len(bar)) - np.repeat(np.cumsum(steps) - steps, steps) + 0.5).astype(np.float32) / steps[bar]
    column, row = ((start[bar, axis] + run[bar, axis] * share).astype(np.int64) for axis in (0, 1))
    return bar, column, row, long


def _rank(lines: Strokes, size: NDArray[np.float32], cell: float) -> NDArray[np.int64]:
    """What is seen rather than another: mains, then one colour along a street, by lot from street to street; and its row."""
    run = lines.end[:, :2] - lines.start[:, :2]
    turn = (np.arctan2(run[:, 1], run[:, 0]) % np.pi * (STREETS / np.pi) + 0.5).astype(np.int64) % STREETS
    angle = np.arange(STREETS) * (np.pi / STREETS)
    across = lines.start[:, 0] * np.sin(angle).take(turn) - lines.start[:, 1] * np.cos(angle).take(turn)
    lot = (
        (lines.packed.astype(np.int64) * 2_654_435_761)
        ^ (turn * 40_503_001)
        ^ (np.floor(across / (2 * cell)).astype(np.int64) * 73_856_093)
    )
    lot = ((lot & 0xFFFFFFFF) * 2_246_822_519 >> 13) & 0xFFFFFF
    rank: NDArray[np.int64] = ((size >= MAIN).astype(np.int64) << 60) | (lot << 32) | np.arange(len(size))
    return rank


def joined(lines: Strokes, finest: float) -> Strokes:
    """Return lines of one colour that continue one another as one; a stub that is too short to be seen is left out."""
    for __ in range(ROUNDS):
        first, second, outer_first, outer_second = _continuing(lines, finest)
        if len(first) < len(lines) // 50:
            break
        start, end = lines.start.copy(), lines.end.copy()
        start[first], end[first] = outer_first, outer_second
        kept = np.ones(len(lines), np.bool_)
        kept[second] = False
        lines = Strokes(start, end, lines.packed).only(kept)
    run = np.abs(lines.end - lines.start)
    return lines.only(np.maximum(np.maximum(run[:, 0], run[:, 1]), run[:, 2]) > SHORT * finest)


def _continuing(
    lines: Strokes, finest: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Pairs of bars that run on in a line, none in two pairs, and the outer ends of each pair."""
    count = len(lines)
    tips = np.stack([lines.start, lines.end], axis=1).reshape(-1, 3)
    near, far = _beside(lines, tips, finest)
    outer_one, outer_other = tips.take(near ^ 1, axis=0), tips.take(far ^ 1, axis=0)
    tip = tips.take(near, axis=0)
    run, here = outer_other - outer_one, tip - outer_one
    length = np.maximum(run[:, 0] ** 2 + run[:, 1] ** 2, 1e-9)
    share = (here[:, 0] * run[:, 0] + here[:, 1] * run[:, 1]) / length
    off = np.abs(here[:, 0] * run[:, 1] - here[:, 1] * run[:, 0]) / np.sqrt(length)
    gap = tip - tips.take(far, axis=0)
    apart = np.maximum(np.maximum(np.abs(gap[:, 0]), np.abs(gap[:, 1])), np.abs(gap[:, 2]) / 4)
    bow = BOW * finest
    fine = np.flatnonzero((off < bow) & (apart < GAP * finest) & (share > 0) & (share < 1))
    one, other = near[fine] >> 1, far[fine] >> 1
    turn = (np.arange(len(fine)) * 2_654_435_761) % 4_294_967_291  # any order that is none, so that long runs halve
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, one, turn)
    np.minimum.at(first, other, turn)
    won = (first[one] == turn) & (first[other] == turn)
    return one[won], other[won], outer_one[fine[won]], outer_other[fine[won]]


def _beside(lines: Strokes, tips: NDArray[np.float32], finest: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ends (the start and the end of each line in turn) at one place with about one bearing and one colour, side by side."""
    run, cell = lines.end[:, :2] - lines.start[:, :2], GAP * finest
    bearing = (((np.arctan2(run[:, 1], run[:, 0]) + _TURNED) % np.pi) * (BEARINGS / np.pi)).astype(np.int64)
    place = _twice(lines.packed.astype(np.int64) * 49_979_687)
    for axis, (step, factor) in enumerate(((cell, 73_856_093), (cell, 19_349_663), (4 * cell, 83_492_791))):
        place ^= np.rint(tips[:, axis] / np.float32(step)).astype(np.int64) * factor
    place = ((place & PLACES) << 8) | _twice(bearing)
    order = order_of(place, (PLACES << 8) | 0xFF, mixed=True)
    place = place.take(order) >> 8
    beside = np.flatnonzero(place[1:] == place[:-1])
    near, far = order.take(beside), order.take(beside + 1)
    one, other = near >> 1, far >> 1
    together = (one != other) & (lines.packed.take(one) == lines.packed.take(other))
    return near[together], far[together]


def _twice(column: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([column, column], axis=1).reshape(-1)
