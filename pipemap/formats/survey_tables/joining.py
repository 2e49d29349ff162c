"""Which point an end means: printed numbers to rows of the node table, nearest meaning first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MISSING = -1


class Names:
    """Printed numbers, read one at a time: a million of them stay one column."""

    def __init__(self, column: pa.Array) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    def __getitem__(self, row: int) -> str:
        return str(self.column[int(row)].as_py())

    def more(self, others: list[str]) -> Names:
        """Return these and others after them."""
        import pyarrow as pa

        return Names(pa.concat_arrays([self.column, pa.array(others, pa.string())])) if others else self


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
        self._anywhere = First(code)
        self._in_category = First(_paired(code, kind))
        self._in_sheet = First(_paired(code, sheet.astype(np.int64)))
        self._alike: pa.Array | None = None
        self._code_alike = First(np.empty(0, dtype=np.int64))

    def rows(self, wanted: pa.Array, category: pa.Array, sheet: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
        """Return the row of each wanted point, ``MISSING`` where no table lists it."""
        code = _codes(wanted, self._names)
        found = self._anywhere.rows(code)
        in_category = self._in_category.rows(_paired(code, _codes(category, self._categories)))
        found = np.where(in_category >= 0, in_category, found)
        if sheet is not None:
            in_sheet = self._in_sheet.rows(_paired(code, sheet.astype(np.int64)))
            found = np.where(in_sheet >= 0, in_sheet, found)
        import pyarrow as pa

        missing = np.flatnonzero((found < 0) & wanted.is_valid().to_numpy(zero_copy_only=False))
        if len(missing):
            found[missing] = self._written_alike(wanted.take(pa.array(missing)))
        return found

    def hits(self, wanted: pa.Array) -> int:
        """How many wanted points there are, by number as written."""
        return int((_codes(wanted, self._names) >= 0).sum())

    def _written_alike(self, wanted: pa.Array) -> NDArray[np.int64]:
        """``js１`` for ``JS1``: width, case and space do not tell points apart when nothing fits better."""
        import pyarrow.compute as pc

        if self._alike is None:
            plain = _plain(self._names)
            self._alike = pc.unique(plain)
            self._code_alike = First(_codes(plain, self._alike))
        code = self._code_alike.rows(_codes(_plain(wanted), self._alike))
        return self._anywhere.rows(code)


class First:
    """The first row of each key; negative keys are no keys."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        rows = np.flatnonzero(keys >= 0)
        self._keys, places = np.unique(keys[rows], return_index=True)
        self._rows = rows[places]

    def rows(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each wanted key, ``MISSING`` where there is none."""
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


def _plain(texts: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    narrowed = pc.utf8_normalize(texts, form="NFKC")
    return pc.utf8_lower(pc.replace_substring_regex(narrowed, r"\s+", ""))
