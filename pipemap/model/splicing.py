"""Long columns of which a few rows are new: the rest is copied in runs, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Splice:
    """How the rows of a new column come from an old one and from fresh ones.

    Parameters
    ----------
    runs
        Where each run of rows comes to lie, and from where to where it is taken: rows of the old column, or ``count`` and more:
        places among the fresh ones.
    count
        Rows of the old column.
    """

    def __init__(self, runs: list[tuple[int, int, int]], count: int) -> None:
        self._runs, self._count = runs, count
        rows = runs[-1][0] + runs[-1][2] - runs[-1][1] if runs else 0
        self.stays = rows == count and all(at == first for at, first, _last in runs if first < count)

    @classmethod
    def from_source(cls, source: NDArray[np.int64], count: int) -> Splice:
        """Return the splice in which each new row names its old row, or ``count`` and more: its place among the fresh ones."""
        breaks = (source[1:] != source[:-1] + 1) | (source[1:] == count)  # a fresh row never runs on from an old one
        starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])[: len(source)]
        first, length = source[starts], np.diff(np.append(starts, len(source)))
        return cls(list(zip(starts.tolist(), first.tolist(), (first + length).tolist(), strict=True)), count)

    @property
    def fresh(self) -> NDArray[np.int64]:
        """Where each of the fresh rows comes to lie."""
        runs = [(at, first - self._count, last - self._count) for at, first, last in self._runs if first >= self._count]
        found = np.empty(sum(last - first for _at, first, last in runs), dtype=np.int64)
        for at, first, last in runs:
            found[first:last] = np.arange(at, at + last - first)
        return found

    def moved(self) -> NDArray[np.int64]:
        """Return where each old row comes to lie, −1 where it is gone; and −1 at the end, so that −1 stays what it is."""
        found = np.full(self._count + 1, -1, dtype=np.int64)
        for at, first, last in self._runs:
            if first < self._count:
                found[first:last] = np.arange(at, at + last - first)
        return found

    def of(self, old: NDArray[Any], fresh: NDArray[Any]) -> NDArray[Any]:
        """Return the new column; the old one itself where nothing differs."""
        fresh = fresh.astype(old.dtype, copy=False)
        if self.stays:
            places = self.fresh
            if np.array_equal(old[places], fresh, equal_nan=old.dtype.kind == "f"):
                return old
            found = old.copy()
            found[places] = fresh
            return found
        count = self._count
        parts = [old[a:b] if a < count else fresh[a - count : b - count] for _at, a, b in self._runs]
        return np.concatenate(parts) if parts else old[:0]


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of some runs, one run after the other."""
    before = np.cumsum(counts) - counts
    found: NDArray[np.int64] = np.arange(int(counts.sum())) + np.repeat(starts - before, counts)
    return found
