"""Columns of a large table taken up a piece at a time, each in the form in which a network keeps it.

A piece is worked on while it is still in the processor's cache, and goes before the next one comes: a table of a million rows
needs little more room than what is kept of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.store import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = np.iinfo(np.int16).max


class Room:
    """An array that is filled from the front; asked for at its full size, so that nothing is laid together at the end."""

    def __init__(self, kind: Any, rows: int, *across: int) -> None:  # noqa: ANN401 -- what NumPy takes for a type
        self._held = np.empty((rows, *across), kind)
        self.used = 0

    def add(self, values: NDArray[Any]) -> None:
        """Take up the next values; what was thought to be enough may turn out too small."""
        end = self.used + len(values)
        if end > len(self._held):
            wider = np.empty((max(end, len(self._held) * 3 // 2), *self._held.shape[1:]), self._held.dtype)
            wider[: self.used] = self._held[: self.used]
            self._held = wider
        self._held[self.used : end] = values
        self.used = end

    def whole(self) -> NDArray[Any]:
        """Return what was filled."""
        return self._held[: self.used]


class Words:
    """A text column of few words: one number a row, and what each number stands for."""

    def __init__(self, rows: int) -> None:
        self._number: dict[str, int] = {}
        self._rows = rows
        self._codes = Room(np.int16, rows)

    def add(self, column: pa.Array) -> None:
        """Take up the next rows."""
        encoded = pc.dictionary_encode(column)
        number = [self._number.setdefault(word, len(self._number)) for word in encoded.dictionary.to_pylist()]
        if len(self._number) > _SMALL and self._codes.whole().dtype == np.int16:
            narrow, self._codes = self._codes.whole(), Room(np.int32, self._rows)
            self._codes.add(narrow)
        code = np.array([*number, -1], dtype=np.int32)  # the last one is reached by −1
        self._codes.add(code[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)])

    def column(self) -> pa.Array:
        """Return all rows."""
        codes = self._codes.whole()
        mask = codes < 0
        indices = pa.array(codes, mask=mask) if mask.any() else pa.array(codes)
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(self._number), pa.string()))


class Numbers:
    """A column of numbers, as NumPy holds them; a fraction that is unknown is NaN, a whole number that is unknown is null."""

    def __init__(self, kind: pa.DataType, rows: int) -> None:
        self._kind = kind
        self._blank = np.nan if kind == pa.float64() else False if kind == pa.bool_() else 0
        self._values = Room(kind.to_pandas_dtype(), rows)
        self._unknown: list[NDArray[np.int64]] = []

    def add(self, column: pa.Array) -> None:
        """Take up the next rows; copied, because one column of a piece that came from GDAL keeps all of it in memory."""
        column = column.cast(self._kind)
        if column.null_count:
            if self._kind != pa.float64():
                self._unknown.append(self._values.used + np.flatnonzero(column.is_null()))
            column = pc.fill_null(column, self._blank)
        self._values.add(column.to_numpy(zero_copy_only=False))

    def column(self) -> pa.Array:
        """Return all rows."""
        values = self._values.whole()
        if not self._unknown:
            return pa.array(values, self._kind)
        mask = np.zeros(len(values), dtype=np.bool_)
        mask[np.concatenate(self._unknown)] = True
        return pa.array(values, self._kind, mask=mask)


class Texts:
    """A column of many words: the ids."""

    def __init__(self) -> None:
        self._parts: list[pa.Array] = []

    def add(self, column: pa.Array) -> None:
        """Take up the next rows, copied as numbers are."""
        self._parts.append(pa.concat_arrays([column, column.slice(0, 0)]))

    def column(self) -> pa.Array:
        """Return all rows."""
        return pa.concat_arrays(self._parts) if self._parts else pa.array([], pa.string())


class Gathering:
    """The columns of one table.

    Parameters
    ----------
    types
        Column → type, ``geom`` included where the table has places.
    rows
        How many there will be, as far as is known.
    vertices
        How many a row has, as a rule.
    """

    def __init__(self, types: Mapping[str, pa.DataType], rows: int, *, vertices: int) -> None:
        self._columns: dict[str, Words | Numbers | Texts] = {
            name: Texts() if name == "id" else Words(rows) if kind == pa.string() else Numbers(kind, rows)
            for name, kind in types.items()
            if name != "geom"
        }
        self._ends, self._xyz = Room(np.int64, rows + 1), Room(np.float64, rows * vertices, 3)
        self._ends.add(np.zeros(1, dtype=np.int64))

    @property
    def rows(self) -> int:
        """How many were taken up."""
        return self._ends.used - 1

    def add(self, names: Sequence[str], columns: Sequence[pa.Array]) -> None:
        """Take up the next rows; geometries are taken apart at once."""
        for name, column in zip(names, columns, strict=True):
            if name == "geom":
                courses = geometry.decode(column)
                self._ends.add(courses.offsets[1:] + self._xyz.used)
                self._xyz.add(courses.xyz)
            else:
                self._columns[name].add(column)

    def table(self) -> pa.Table:
        """Return everything but the places."""
        return pa.table({name: column.column() for name, column in self._columns.items()})

    def courses(self) -> geometry.Courses:
        """Return the places, one course a row."""
        return geometry.Courses(self._ends.whole(), self._xyz.whole())
