"""Sorting by whole numbers, fast and the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 63


def order_of(key: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return the order that sorts keys from 0 to ``most``; equal ones stay as they were.

    The row is made part of the key, so that whichever way of sorting is fastest gives the same answer.
    """
    bits = max(len(key) - 1, 1).bit_length()
    if int(most).bit_length() + bits > _BITS:
        return np.argsort(key, kind="stable")
    joined = (key << bits) | np.arange(len(key))
    joined.sort()
    joined &= (1 << bits) - 1
    return joined
