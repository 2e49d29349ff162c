"""Which delivered element is which stored one. A batch's ids may repeat: then the place decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    free = np.ones(len(ids[0]), dtype=np.bool_)
    free[found[found >= 0]] = False
    stored, delivered = np.flatnonzero(once[0] & free), np.flatnonzero(once[1] & (found < 0))
    partner = pair(ids[0][stored], ids[1][delivered])
    found[delivered[partner >= 0]] = stored[partner[partner >= 0]]
    return found


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
