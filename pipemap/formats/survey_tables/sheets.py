"""Cells of a table as columns of text: what CSV files and workbooks have in common once they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 20_000
MAX_COLUMNS = 512
HEAD = 40
"""Rows kept as lists, where headers and titles are looked for."""
_LARGEST_WHOLE = 1e15

Cell = object


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of cells, before anything is known of its meaning.

    Attributes
    ----------
    name
        For people and for a mapping: ``管点.csv``, or the sheet's name.
    mark
        What stands before a row number: ``管点.csv:`` or ``J!``.
    columns
        Text without surrounding space; null where a cell is empty. All of one length.
    head
        The first rows, as text.
    encoding
        Of a text file; empty for a workbook.
    odd_rows
        Rows (from 0) that were in another encoding than the rest.
    cut_rows
        Rows (from 0) with more cells than anyone reads; the rest of them is left out.
    stem
        File name without its ending, or the sheet's name: what may tell the category.
    first
        Row of the whole sheet (from 0) that is row 0 here, where a sheet holds several tables.
    complaint
        Why it could not be read whole; empty when it was.
    """

    name: str
    mark: str
    columns: tuple[pa.ChunkedArray, ...]
    head: tuple[tuple[str, ...], ...]
    stem: str
    encoding: str = ""
    odd_rows: tuple[int, ...] = ()
    cut_rows: tuple[int, ...] = ()
    first: int = 0
    complaint: str = ""

    @property
    def height(self) -> int:
        """Number of rows, blank ones included."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def place(self) -> str:
        """The sheet, for a person, where no row is meant."""
        return self.mark.rstrip(":!")

    @property
    def title(self) -> str:
        """Name that tells it from other tables in the same sheet, as a mapping may use it."""
        return f"{self.name}:{self.first + 1}" if self.first > 0 else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a mapping may call it by, the weakest first."""
        return tuple(dict.fromkeys((self.stem, self.name, self.title)))

    def where(self, row: int) -> str:
        """Place of a row (from 0) as a person finds it: rows count from 1."""
        return f"{self.mark}{self.first + row + 1}"


@dataclass(frozen=True, slots=True)
class Columns:
    """What :func:`gather` makes of rows."""

    columns: tuple[pa.ChunkedArray, ...]
    head: tuple[tuple[str, ...], ...]
    cut_rows: tuple[int, ...]
    height: int


def gather(
    rows: Iterable[Sequence[str]], *, progress: Progress = SILENT, total: int | None = None, limit: int | None = None
) -> Columns:
    """Turn rows of text into columns, a chunk at a time; short rows are filled up."""
    source = iter(rows)
    if limit is not None:
        source = islice(source, limit)
    chunks: list[list[pa.Array]] = []
    heights: list[int] = []
    head: list[tuple[str, ...]] = []
    cut: list[int] = []
    done = 0
    while chunk := list(islice(source, CHUNK)):
        cut += _cut(chunk, done)
        head += [tuple(cell.strip() for cell in row) for row in chunk[: max(0, HEAD - len(head))]]
        chunks.append(list(_transposed(chunk)))
        heights.append(len(chunk))
        done += len(chunk)
        progress(done, total)
    return Columns(joined(chunks, heights), tuple(head), tuple(cut), done)


def _cut(chunk: list[Sequence[str]], first: int) -> list[int]:
    if max(map(len, chunk)) <= MAX_COLUMNS:
        return []
    long = [row for row, cells in enumerate(chunk) if len(cells) > MAX_COLUMNS]
    for row in long:
        chunk[row] = chunk[row][:MAX_COLUMNS]
    return [first + row for row in long]


def _transposed(chunk: list[Sequence[str]]) -> Iterator[pa.Array]:
    import pyarrow as pa

    for cells in zip_longest(*chunk, fillvalue=""):
        yield cleaned(pa.array(cells, pa.string()))


def cleaned(texts: pa.Array) -> pa.Array:
    """Texts without space around them, null where nothing is left."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def joined(chunks: list[list[pa.Array]], heights: list[int]) -> tuple[pa.ChunkedArray, ...]:
    """Put columns of several chunks of rows below each other, each as one array where it fits; narrow chunks are filled up."""
    import pyarrow as pa

    width = max(map(len, chunks), default=0)
    for columns, height in zip(chunks, heights, strict=True):
        columns.extend([pa.nulls(height, pa.string())] * (width - len(columns)))
    found = []
    for place in range(width):
        parts = [columns[place] for columns in chunks]
        for columns in chunks:
            columns[place] = None
        whole = pa.chunked_array(parts, pa.string()).combine_chunks()
        found.append(whole if isinstance(whole, pa.ChunkedArray) else pa.chunked_array([whole], pa.string()))
    return tuple(found)


def cell_text(cell: Cell) -> str:
    """Return a workbook's cell as it would stand in a text file: 2005.0 is ``2005``, a date ``2005-03-01``."""
    if isinstance(cell, str):
        return cell.replace("\x00", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _LARGEST_WHOLE else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
