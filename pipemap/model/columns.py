"""Columns of text, kept small: repeated words as numbers, ids as Arrow text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of a few distinct words.

    Attributes
    ----------
    codes
        int16 (int32 where there are more than 32,766 words), one a row; −1 where the word is unknown.
    values
        The words, each once; ``values[codes[row]]`` is the word of a row.
    """

    codes: NDArray[np.int16] | NDArray[np.int32]
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str | None:
        code = self.codes[row]
        return self.values[code] if code >= 0 else None

    def is_in(self, *words: str) -> NDArray[np.bool_]:
        """Return which rows hold one of ``words``."""
        wanted = np.zeros(len(self.values) + 1, dtype=np.bool_)
        wanted[[number for number, value in enumerate(self.values) if value in words]] = True
        wanted[-1] = False
        return wanted[self.codes]

    def count(self) -> dict[str, int]:
        """Return how many rows hold each word, most first; unknown rows are not counted."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))
        order = np.argsort(-counts, kind="stable")
        return {self.values[code]: int(counts[code]) for code in order if counts[code]}

    @classmethod
    def from_arrow(cls, column: pa.ChunkedArray | pa.Array) -> Coded:
        """Take over an Arrow column of text; empty text counts as unknown."""
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        words = [word or "" for word in encoded.dictionary.to_pylist()]
        width = np.int16 if len(words) < np.iinfo(np.int16).max else np.int32
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(width, copy=False)
        if "" in words:
            codes = np.where(codes == words.index(""), -1, codes).astype(width)
        return cls(codes, tuple(words))

    @classmethod
    def unknown(cls, rows: int) -> Coded:
        """Return a column in which nothing is known."""
        return cls(np.full(rows, -1, dtype=np.int16), ())


class Ids(Sequence[str]):
    """Printed ids by row: text that costs no Python object until it is looked at. A missing id reads as empty text."""

    __slots__ = ("_array",)

    def __init__(self, texts: pa.ChunkedArray | pa.Array | Iterable[str | None]) -> None:
        if isinstance(texts, pa.ChunkedArray):
            array = texts.combine_chunks()
        elif isinstance(texts, pa.Array):
            array = texts
        else:
            array = pa.array(list(texts), type=pa.string())
        array = array.cast(pa.string()) if array.type != pa.string() else array
        self._array = pc.fill_null(array, "")

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, rows: int) -> str: ...
    @overload
    def __getitem__(self, rows: slice) -> list[str]: ...
    def __getitem__(self, rows: int | slice) -> str | list[str]:
        if isinstance(rows, slice):
            return self.take(np.arange(len(self))[rows])
        text: str = self._array[int(rows)].as_py()
        return text

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self._array), 65536):
            yield from self._array.slice(start, 65536).to_pylist()

    def take(self, rows: ArrayLike) -> list[str]:
        """Return the ids of many rows, in the order of ``rows``."""
        return self._array.take(pa.array(np.asarray(rows, dtype=np.int64))).to_pylist()  # type: ignore[no-any-return]

    def rows(self, wanted: str) -> NDArray[np.int64]:
        """Return every row with this id; ids may repeat, so none, one or many."""
        return pc.indices_nonzero(pc.equal(self._array, wanted)).to_numpy().astype(np.int64)  # type: ignore[no-any-return]

    def similar(self, wanted: str, *, limit: int = 3) -> list[str]:
        """Return the ids most like ``wanted``, best first, for "did you mean": misread characters before missing ones."""
        import difflib

        near = pc.match_substring(self._array, wanted[: max(1, len(wanted) // 2)], ignore_case=True)
        few = pc.unique(self._array.filter(near).slice(0, 20_000)).to_pylist()
        misread = [id_ for id_ in few if _plain(id_) == _plain(wanted)]
        return list(dict.fromkeys([*misread, *difflib.get_close_matches(wanted, few, n=limit, cutoff=0.5)]))[:limit]

    @property
    def arrow(self) -> pa.StringArray:
        """The same text for Arrow's own functions."""
        return self._array


def _plain(text: str) -> str:
    """Read alike what eyes and keyboards take for each other: case, full width, O and 0, I, l and 1."""
    return unicodedata.normalize("NFKC", text).casefold().translate(str.maketrans("oil", "011"))


def floats(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a number column as float64; absent columns and nulls are NaN."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return _plain_numbers(pc.fill_null(table[name].cast(pa.float64()), np.nan))


def integers(table: pa.Table, name: str, *, unknown: int) -> NDArray[np.int64]:
    """Return a whole-number column as int64; absent columns and nulls are ``unknown``."""
    if name not in table.column_names:
        return np.full(table.num_rows, unknown, dtype=np.int64)
    return _plain_numbers(pc.fill_null(table[name].cast(pa.int64()), unknown))


def _plain_numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return a column without nulls as NumPy sees it; what lies in one piece is not copied."""
    found: NDArray[Any] = column.chunk(0).to_numpy() if column.num_chunks == 1 else column.to_numpy()
    return found


def coded(table: pa.Table, name: str) -> Coded:
    """Return a text column as :class:`Coded`; absent columns are unknown throughout."""
    return Coded.from_arrow(table[name]) if name in table.column_names else Coded.unknown(table.num_rows)


def metres(millimetres: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return sizes in metres; one beyond what 32 bits hold is unknown."""
    with np.errstate(over="ignore"):
        found = (millimetres / 1000.0).astype(np.float32)
    return np.where(np.isinf(found), np.float32(np.nan), found)


def ids(table: pa.Table) -> Ids:
    """Return the printed ids of a table; all are missing where it has none."""
    return Ids(table["id"]) if "id" in table.column_names else Ids(pa.nulls(table.num_rows, pa.string()))


def rows_of(fids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of each wanted fid; ``KeyError`` where one is not there."""
    rows = rows_if_there(fids, wanted)
    if (rows < 0).any():
        raise KeyError(int(wanted[rows < 0][0]))
    return rows


def rows_if_there(fids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of each wanted fid, −1 for those that are not there.

    A subtraction where none was ever deleted, a binary search where they ascend at least, which they usually do.
    """
    if not len(wanted) or not len(fids):
        return np.full(len(wanted), -1, dtype=np.int64)
    ascending = bool((fids[1:] > fids[:-1]).all())
    if ascending and fids[-1] - fids[0] == len(fids) - 1:
        return np.where((wanted >= fids[0]) & (wanted <= fids[-1]), wanted - fids[0], -1).astype(np.int64)
    order = None if ascending else np.argsort(fids, kind="stable")
    place = np.minimum(np.searchsorted(fids, wanted, sorter=order), len(fids) - 1)
    rows = place if order is None else order[place]
    return np.where(fids[rows] == wanted, rows, -1).astype(np.int64)
