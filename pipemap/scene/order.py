"""Sorting by whole numbers, fast and the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 63
_ODD = 2_654_435_761


def order_of(key: NDArray[np.int64], most: int, *, mixed: bool = False) -> NDArray[np.int64]:
    """Return the order that sorts keys from 0 to ``most``; equal ones stay as they were, or are ``mixed``, always alike.

    The row is made part of the key, so that whichever way of sorting is fastest gives the same answer.
    """
    bits = max(len(key) - 1, 1).bit_length()
    if int(most).bit_length() + bits > _BITS:
        return np.argsort(key, kind="stable")
    row, mask = np.arange(len(key)), (1 << bits) - 1
    if mixed:  # an odd factor numbers the rows anew, its inverse brings them back
        row = (row * _ODD) & mask
    joined = (key << bits) | row
    joined.sort()
    joined &= mask
    return (joined * pow(_ODD, -1, 1 << bits)) & mask if mixed else joined
