"""Which boxes meet: the quick first sieve of every rule that looks for what lies near each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.facts import Metres, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 100_000
_MOST_PAIRS, _MOST_EACH = 10_000_000, 30
"""Pairs that are looked at: so many, or so many a box where these are more; a city has four. Our own figures."""
_CELLS = 1024
_ONE_IN = 10
"""Of how many boxes one is asked first whether all of them meet so many."""


def most_pairs(count: int) -> int:
    """Return how many pairs may be looked at among so many things."""
    return max(_MOST_PAIRS, _MOST_EACH * count)


def meeting(some: Metres, others: Metres, told: Callable[[], None] = lambda: None) -> tuple[Rows, Rows]:
    """Return the rows of all pairs of boxes that meet; (K, 4) each: west, south, east, north, all known.

    Where nearly everything meets nearly everything, as with thousands of pipes across a whole country, boxes that meet the
    most others are left out: rules of their own name what is so long or so far away. ``told`` is called every now and then.
    """
    import shapely

    mine = _sparing(some, others)
    told()
    theirs = mine if others is some else _sparing(others, some)
    told()
    tree = shapely.STRtree(_diagonals(others[theirs]))
    found = [np.empty((2, 0), dtype=np.int64)]
    for start in range(0, len(mine), _AT_ONCE):
        told()
        here = mine[start : start + _AT_ONCE]
        first, second = tree.query(_diagonals(some[here]))
        found.append(np.stack([here[first], theirs[second]]))
    first, second = np.concatenate(found, axis=1)
    return first, second


def _sparing(boxes: Metres, others: Metres) -> Rows:
    """Return the rows of the boxes that can be looked at: all of them, or those that meet the fewest others."""
    most = most_pairs(max(len(boxes), len(others)))
    if len(boxes) * len(others) <= most:
        return np.arange(len(boxes))
    if _met(boxes[::_ONE_IN], others[::_ONE_IN]).sum() * _ONE_IN**2 <= most:
        return np.arange(len(boxes))
    met = _met(boxes, others)
    order = np.argsort(met, kind="stable")
    return np.sort(order[np.cumsum(met[order]) <= most])


def _met(boxes: Metres, others: Metres) -> Rows:
    """Return about how many others have their middle in each box: counted in cells that hold equally many, from all of them."""
    middles = (others[:, :2] + others[:, 2:]) / 2
    count = len(others)
    cells, edges = [], []
    for axis in (0, 1):
        ranks = np.sort(middles[:, axis])
        cells.append(np.searchsorted(ranks, middles[:, axis]) * _CELLS // count)
        low = np.searchsorted(ranks, boxes[:, axis]) * _CELLS // count
        high = -(-np.searchsorted(ranks, boxes[:, axis + 2], side="right") * _CELLS // count)
        edges.append((low, high))
    held = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
    held[1:, 1:] = np.bincount(cells[0] * _CELLS + cells[1], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    below = held.cumsum(axis=0).cumsum(axis=1)
    (west, east), (south, north) = edges
    found: Rows = below[east, north] - below[west, north] - below[east, south] + below[west, south]
    return found


def _diagonals(boxes: Metres) -> NDArray[np.object_]:
    """Lines from corner to corner: the cheapest shapes that have these boxes."""
    import shapely

    return np.asarray(shapely.linestrings(boxes.reshape(-1, 2, 2)), dtype=np.object_).reshape(-1)
