"""Columns that grow at their end without being copied: a snapshot sees its own rows, the next one the same and some more.

Copying every column of a million pipes to add one costs 0.4 s, most of it for fresh memory. So an array that must be copied to
grow gets room behind its rows; the next rows go there. A snapshot of before never looks beyond its own rows, so nothing in it
changes; where two snapshots would grow from the same one, only the first finds the room free, and the other is copied.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPARE = 4096
"""Rows that fit behind those of an array before it is copied again."""

_used: dict[int, int] = {}
"""Rows that are taken, by the identity of the array that holds them and the room behind them."""


def grown(old: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """Return an array with more rows at its end; ``old`` stays as it is."""
    count, all_rows = len(old), len(old) + len(more)
    whole = old.base
    if not isinstance(whole, np.ndarray) or _used.get(id(whole)) != count or all_rows > len(whole) or whole.dtype != old.dtype:
        whole = np.empty((all_rows + _SPARE, *old.shape[1:]), old.dtype)
        whole[:count] = old
        weakref.finalize(whole, _used.pop, id(whole), None)
    whole[count:all_rows] = more
    _used[id(whole)] = all_rows
    found: NDArray[Any] = whole[:all_rows]
    return found
