"""Straight runs: pipes of one category that follow one another in a line are one line to an eye that is far away.

A street of thirty pipes between manholes becomes one stroke, on the same pixels: several times fewer lines to draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOW = 0.4
"""Metres that an inner point may lie off the line through its neighbours."""

ROUNDS = 6
"""Each joins pairs, so that up to 2⁶ bars become one."""

CELL = np.array([0.5, 0.5, 4.0])
"""Metres within which two ends are looked at together."""

_TURNED = 0.3
"""Radians that bearings are turned by, so that no street of a town laid out north to south lies where they wrap around."""


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Runs of bars.

    Attributes
    ----------
    of_bar
        int64 (S): the run of each bar.
    start, end
        float32 (C, 3).
    size
        int64 (C): bars in each.
    """

    of_bar: NDArray[np.int64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    size: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Lines of a far picture, sorted by group of tiles, then what lies high first, since it hides the rest.

    ``starts`` are the starts of each group's slice.
    """

    starts: NDArray[np.int64]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    colours: NDArray[np.uint8]


def chains(start: NDArray[np.float32], end: NDArray[np.float32], key: NDArray[np.int64]) -> Chains:
    """Join bars that continue one another; only those of the same ``key``."""
    of_bar = np.arange(len(start))
    for __ in range(ROUNDS):
        first, second, outer_first, outer_second = _continuing(start, end, key)
        if not len(first):
            break
        start, end = start.copy(), end.copy()
        start[first], end[first] = outer_first, outer_second
        parent = np.arange(len(start))
        parent[second] = first
        kept = parent == np.arange(len(start))
        number = np.cumsum(kept) - 1
        of_bar = number[parent[of_bar]]
        start, end, key = start[kept], end[kept], key[kept]
    return Chains(of_bar, start, end, np.bincount(of_bar, minlength=len(start)))


def strokes(
    runs: Chains,
    rows: NDArray[np.int64],
    colours: NDArray[np.uint8],
    start: NDArray[np.float32],
    end: NDArray[np.float32],
    limits: NDArray[np.int64],
) -> Strokes:
    """Return the lines of some bars: a run is one line where all of it is there in one colour, else bar by bar.

    Parameters
    ----------
    rows
        int64 (n): bars, ascending.
    colours
        uint8 (n, 3), one a row.
    start, end
        float32 (S, 3): all bars.
    limits
        Bars at which groups start; no run goes beyond its group.
    """
    run = runs.of_bar[rows]
    packed = colours.astype(np.int64) @ np.array([65536, 256, 1])
    one = np.zeros(len(runs.size), dtype=np.int64)
    one[run] = packed
    whole = np.bincount(run, minlength=len(runs.size)) == runs.size
    whole &= np.bincount(run[packed != one[run]], minlength=len(runs.size)) == 0
    member = np.zeros(len(runs.size), dtype=np.int64)
    member[run[::-1]] = np.arange(len(rows))[::-1]
    joined, single = np.flatnonzero(whole), np.flatnonzero(~whole[run])
    source = np.concatenate([member[joined], single])
    first, last = np.concatenate([runs.start[joined], start[rows[single]]]), np.concatenate([runs.end[joined], end[rows[single]]])
    group = np.searchsorted(limits, rows[source], side="right") - 1
    order = np.lexsort((-(first[:, 2] + last[:, 2]), group))
    starts = np.searchsorted(group[order], np.arange(len(limits)))
    return Strokes(starts, first[order], last[order], colours[source[order]])


def _continuing(
    start: NDArray[np.float32], end: NDArray[np.float32], key: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Pairs of bars that run on in a line, none in two pairs, and the outer ends of each pair."""
    count = len(start)
    tips = np.concatenate([start, end])
    near, far = _beside(start, end, key)
    one, other = near % count, far % count
    outer_one, outer_other = tips[(near + count) % (2 * count)], tips[(far + count) % (2 * count)]
    run = outer_other - outer_one
    length = np.maximum(np.einsum("ni,ni->n", run, run), 1e-9)
    share = np.einsum("ni,ni->n", tips[near] - outer_one, run) / length
    off = np.abs(tips[near] - outer_one - run * share[:, None]).max(axis=1, initial=0.0)
    gap = np.abs(tips[near] - tips[far]).max(axis=1, initial=0.0)
    fine = np.flatnonzero((off < BOW) & (gap < 2 * BOW) & (share > 0) & (share < 1))
    one, other = one[fine], other[fine]
    turn = (np.arange(len(fine)) * 2_654_435_761) % 4_294_967_291  # any order that is none, so that long runs halve
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, one, turn)
    np.minimum.at(first, other, turn)
    won = (first[one] == turn) & (first[other] == turn)
    return one[won], other[won], outer_one[fine[won]], outer_other[fine[won]]


def _beside(
    start: NDArray[np.float32], end: NDArray[np.float32], key: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ends (starts first, then ends) at one place with about one bearing and one key, as neighbours in a sorted list."""
    count = len(start)
    cell = np.rint(np.concatenate([start, end]) / CELL).astype(np.int64)
    run = end[:, :2] - start[:, :2]
    bearing = (((np.arctan2(run[:, 1], run[:, 0]) + _TURNED) % np.pi) * (1023 / np.pi)).astype(np.int64)
    place = (cell[:, 0] * 73_856_093) ^ (cell[:, 1] * 19_349_663) ^ (cell[:, 2] * 83_492_791) ^ np.tile(key * 49_979_687, 2)
    place = (place << 10) | np.tile(bearing, 2)
    order = np.argsort(place)
    near, far = order[:-1], order[1:]
    together = (place[near] >> 10 == place[far] >> 10) & (near % count != far % count)
    together &= key[near % count] == key[far % count]
    return near[together], far[together]
