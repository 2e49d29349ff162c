"""Which point an end means: printed numbers to rows of the node table, nearest meaning first."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MISSING = -1


class PointIndex:
    """Looks up points by number: in the same sheet first, then in the same category, then anywhere; the first listed wins.

    Parameters
    ----------
    names
        Numbers of the points; null where a point has none of this kind.
    category
        Category of each point.
    sheet
        Place in the delivery of the sheet each point was read from.
    """

    def __init__(self, names: pa.Array, category: pa.Array, sheet: NDArray[np.int32]) -> None:
        import pyarrow.compute as pc

        self._names = pc.unique(names.drop_null())
        self._categories = pc.unique(category.drop_null())
        code, kind = _codes(names, self._names), _codes(category, self._categories)
        self._anywhere = _First(code)
        self._in_category = _First(_paired(code, kind))
        self._in_sheet = _First(_paired(code, sheet.astype(np.int64)))
        self._alike: dict[str, int] | None = None

    def rows(self, wanted: pa.Array, category: pa.Array, sheet: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
        """Return the row of each wanted point, ``MISSING`` where no table lists it."""
        code = _codes(wanted, self._names)
        found = self._anywhere.rows(code)
        in_category = self._in_category.rows(_paired(code, _codes(category, self._categories)))
        found = np.where(in_category >= 0, in_category, found)
        if sheet is not None:
            in_sheet = self._in_sheet.rows(_paired(code, sheet.astype(np.int64)))
            found = np.where(in_sheet >= 0, in_sheet, found)
        for place in np.flatnonzero(found < 0).tolist():
            text = wanted[place].as_py()
            if text is not None:
                found[place] = self._written_alike(text)
        return found

    def hits(self, wanted: pa.Array) -> int:
        """How many wanted points there are, by number as written."""
        return int((_codes(wanted, self._names) >= 0).sum())

    def _written_alike(self, text: str) -> int:
        """``js１`` for ``JS1``: width, case and space do not tell points apart when nothing fits better."""
        if self._alike is None:
            self._alike = {}
            for code, name in enumerate(self._names.to_pylist()):
                self._alike.setdefault(_plain(name), code)
        code = self._alike.get(_plain(text), MISSING)
        return int(self._anywhere.rows(np.array([code]))[0])


class _First:
    """The first row of each key; negative keys are no keys."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        rows = np.flatnonzero(keys >= 0)
        self._keys, places = np.unique(keys[rows], return_index=True)
        self._rows = rows[places]

    def rows(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self._keys):
            return np.full(len(wanted), MISSING, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where((wanted >= 0) & (self._keys[place] == wanted), self._rows[place], MISSING)


def _codes(texts: pa.Array, known: pa.Array) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    found = pc.index_in(texts, value_set=known, skip_nulls=True)
    return np.asarray(pc.fill_null(found, MISSING).to_numpy(zero_copy_only=False), dtype=np.int64)


def _paired(code: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where((code >= 0) & (other >= 0), code * 1_000_003 + other, MISSING)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
