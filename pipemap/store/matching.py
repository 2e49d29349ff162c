"""Which delivered element is which stored one. A batch's ids may repeat: then the place decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SAME_PLACE = 0.05
"""Metres within which a point with another number counts as the same: files round. Our own figure."""
_APART = 1e6
"""Metres between categories, so that none is near another."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


def numbered(stored: pa.ChunkedArray | pa.Array, delivered: pa.ChunkedArray | pa.Array) -> tuple[Codes, Codes]:
    """Give equal texts equal numbers on both sides; 0 where there is none."""
    both = pa.chunked_array([*_chunks(stored), *_chunks(delivered)], type=pa.string())
    words = pc.dictionary_encode(both.combine_chunks()) if len(both) else None
    codes = pc.fill_null(words.indices, -1).to_numpy().astype(np.int64) + 1 if words is not None else np.empty(0, np.int64)
    return codes[: len(stored)], codes[len(stored) :]


def places(stored: NDArray[np.float64], delivered: NDArray[np.float64]) -> tuple[Codes, Codes]:
    """Give equal places (N, 2), to the millimetre, equal numbers on both sides; one number for those without a place."""
    both = np.concatenate([stored, delivered])
    codes = np.zeros(len(both), dtype=np.int64)
    for axis in (0, 1):
        codes = _combined(codes, _ranks(np.round(both[:, axis], 3)))
    return codes[: len(stored)], codes[len(stored) :]


def combined(one: tuple[Codes, Codes], other: tuple[Codes, Codes]) -> tuple[Codes, Codes]:
    """Give equal pairs equal numbers on both sides."""
    codes = _combined(np.concatenate(one), np.concatenate(other))
    return codes[: len(one[0])], codes[len(one[0]) :]


def pair(stored: Codes, delivered: Codes) -> Codes:
    """Return, for each delivered row, the stored row with the same number, −1 where there is none.

    Among rows with the same number the first goes with the first, the second with the second, and so on.
    """
    key_stored, key_delivered = _with_rank(stored), _with_rank(delivered)
    order = np.argsort(key_stored, kind="stable")
    if not len(order):
        return np.full(len(delivered), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(key_stored, key_delivered, sorter=order), len(order) - 1)
    found = order[at]
    return np.where(key_stored[found] == key_delivered, found, -1).astype(np.int64)


def match(ids: tuple[Codes, Codes], exact: tuple[Codes, Codes]) -> Codes:
    """Return the stored row of each delivered one: same id and ``exact`` number first, then an id that both sides have once."""
    found = pair(*combined(ids, exact))
    once = [(ids[side] > 0) & (np.bincount(ids[side], minlength=1)[ids[side]] == 1) for side in (0, 1)]
    stored, delivered = _left(found, len(ids[0]))
    stored, delivered = stored[once[0][stored]], delivered[once[1][delivered]]
    _put_pairs(found, stored, delivered, pair(ids[0][stored], ids[1][delivered]))
    return found


def match_by_place(found: Codes, here: NDArray[np.float64], there: NDArray[np.float64], kinds: tuple[Codes, Codes]) -> Codes:
    """Pair what has another id but stands where one of its kind stood, alone on both sides; return the delivered rows so paired.

    Parameters
    ----------
    found
        The stored row of each delivered one, −1 where there is none yet; filled in.
    here, there
        Stored and delivered places (N, 2).
    kinds
        Numbers of categories, equal where they are the same.
    """
    from scipy.spatial import cKDTree

    stored, delivered = _left(found, len(here))
    stored = stored[np.isfinite(here[stored]).all(axis=1)]
    delivered = delivered[np.isfinite(there[delivered]).all(axis=1)]
    if not len(stored) or not len(delivered):
        return np.empty(0, dtype=np.int64)
    trees = [
        cKDTree(np.column_stack([places[rows], kind[rows] * _APART]))
        for places, rows, kind in ((here, stored, kinds[0]), (there, delivered, kinds[1]))
    ]
    near = [
        tree.query(other.data, k=2, distance_upper_bound=SAME_PLACE)[1].reshape(-1, 2) for tree, other in (trees, trees[::-1])
    ]
    alone = [(one[:, 0] < size) & (one[:, 1] == size) for one, size in zip(near, (len(stored), len(delivered)), strict=True)]
    partner = np.where(alone[0], near[0][:, 0], -1)
    mutual = np.flatnonzero(partner >= 0)
    mutual = mutual[alone[1][partner[mutual]]]
    found[delivered[mutual]] = stored[partner[mutual]]
    rows: Codes = delivered[mutual]
    return rows


def match_by_ends(
    found: Codes, ends: tuple[Codes, Codes], kinds: tuple[Codes, Codes], sizes: tuple[Codes, Codes]
) -> tuple[Codes, NDArray[np.bool_]]:
    """Pair pipes that have another id between the same two nodes; return the delivered rows, and which of them lie side by side.

    ``ends`` are the same for both directions. Of several side by side those of one size and material go together, in their order.
    """
    stored, delivered = _left(found, len(ends[0]))
    sides = combined(ends, kinds)
    exact = combined(sides, sizes)
    paired: list[int] = []
    crowd = np.bincount(np.concatenate([sides[0], sides[1]]))
    for keys in (exact, sides):
        stored, delivered = _left(found, len(ends[0]))
        partner = pair(keys[0][stored], keys[1][delivered])
        _put_pairs(found, stored, delivered, partner)
        paired += delivered[partner >= 0].tolist()
    rows = np.array(sorted(paired), dtype=np.int64)
    return rows, crowd[sides[1][rows]] > 2  # noqa: PLR2004 -- one on either side


def _left(found: Codes, stored: int) -> tuple[Codes, Codes]:
    """Return the stored and the delivered rows that have no partner yet."""
    free = np.ones(stored, dtype=np.bool_)
    free[found[found >= 0]] = False
    return np.flatnonzero(free), np.flatnonzero(found < 0)


def _put_pairs(found: Codes, stored: Codes, delivered: Codes, partner: Codes) -> None:
    found[delivered[partner >= 0]] = stored[partner[partner >= 0]]


def _chunks(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _ranks(values: NDArray[np.float64]) -> Codes:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _combined(one: Codes, other: Codes) -> Codes:
    narrow: Codes = np.unique(other, return_inverse=True)[1].reshape(-1).astype(np.int64)  # keys of two rows fill 62 bits
    paired: Codes = one * (int(narrow.max(initial=0)) + 1) + narrow
    return np.unique(paired, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _with_rank(codes: Codes) -> Codes:
    """Number the rows with the same code 0, 1, 2 … and put that number into the code."""
    if not len(codes):
        return codes
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    rank = np.empty(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes)) - np.repeat(starts, np.diff(np.append(starts, len(codes))))
    ranked: Codes = codes * (1 << 31) + rank
    return ranked
