"""Which boxes meet: the quick first sieve of every rule that looks for what lies near each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.checks.facts import Metres, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 100_000


def meeting(some: Metres, others: Metres, told: Callable[[], None] = lambda: None) -> tuple[Rows, Rows]:
    """Return the rows of all pairs of boxes that meet; (K, 4) each: west, south, east, north, all known.

    ``told`` is called every now and then.
    """
    import shapely

    tree = shapely.STRtree(_diagonals(others))
    told()
    found = [np.empty((2, 0), dtype=np.int64)]
    for start in range(0, len(some), _AT_ONCE):
        told()
        pairs = tree.query(_diagonals(some[start : start + _AT_ONCE]))
        found.append(pairs + np.array([[start], [0]]))
    first, second = np.concatenate(found, axis=1)
    return first, second


def _diagonals(boxes: Metres) -> NDArray[np.object_]:
    """Lines from corner to corner: the cheapest shapes that have these boxes."""
    import shapely

    return np.asarray(shapely.linestrings(boxes.reshape(-1, 2, 2)), dtype=np.object_).reshape(-1)
