"""Text with separators straight into columns, a piece at a time; pieces with anything unusual are read row by row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.formats.survey_tables.sheets import HEAD, MAX_COLUMNS, Columns, cleaned, gather, joined
from pipemap.progress import SILENT, Progress

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

PIECE = 2 << 20
"""Characters read at once."""
_QUOTE = ord('"')
_NEWLINES = (ord("\n"), ord("\r"))
_SAMPLE_ROWS = 200


@dataclass(slots=True)
class _Gathered:
    """Pieces as read so far."""

    chunks: list[list[pa.Array]]
    heights: list[int]
    cut: list[int]
    done: int = 0

    def add(self, columns: Sequence[pa.Array], height: int, cut: Sequence[int] = ()) -> None:
        self.chunks.append(list(columns))
        self.heights.append(height)
        self.cut += [self.done + row for row in cut]
        self.done += height


def text_columns(text: str, separator: str, *, progress: Progress = SILENT, piece: int = PIECE) -> Columns:
    """Turn a text into columns, the same as reading it row by row would.

    ``piece``: about how many characters are read at once; the answer does not depend on it unless a quote is never closed.
    """
    total = text.count("\n") + 1
    width = _usual_width(text, separator)
    found = _Gathered([], [], [])
    head: tuple[tuple[str, ...], ...] = ()
    slowly = _Slowly(text, separator)
    start, end = 0, _after_lines(text, HEAD)
    while start < len(text):
        columns = _fast(text[start:end], separator, width) if start else None
        if columns is None:
            rows = slowly.read(start, end, progress, total)
            head = head or rows.head
            found.add([column.combine_chunks() for column in rows.columns], rows.height, rows.cut_rows)
            start = max(slowly.place, start + 1)
        else:
            found.add(columns, len(columns[0]))
            start = end
        end = _line_end(text, start + piece)
        progress(found.done, total)
    return Columns(joined(found.chunks, found.heights), head, tuple(found.cut), found.done)


def csv_rows(text: str, separator: str) -> Iterator[Sequence[str]]:
    """Rows of a text, one by one; a quote that never ends, ends them."""
    try:
        yield from _reader(io.StringIO(text, newline=""), separator)
    except csv.Error:
        return


class _Slowly:
    """Reads stretches of a text row by row, always whole rows; ``place`` is where the last one ended."""

    def __init__(self, text: str, separator: str) -> None:
        self._text = text
        self._separator = separator
        self._stream: io.StringIO | None = None
        self.place = 0

    def read(self, start: int, end: int, progress: Progress, total: int) -> Columns:
        """Read the rows that begin between two places."""
        self._stream = self._stream or io.StringIO(self._text, newline="")
        try:
            return gather(self._rows(self._stream, start, end, quoted=True), progress=progress, total=total)
        except csv.Error:  # a quote that never ends, or a cell without end
            return gather(self._rows(self._stream, start, end, quoted=False), progress=progress, total=total)

    def _rows(self, stream: io.StringIO, start: int, end: int, *, quoted: bool) -> Iterator[Sequence[str]]:
        stream.seek(start)
        lines = iter(stream.readline, "")
        plain = (line.rstrip("\r\n").split(self._separator) for line in lines)
        for row in _reader(lines, self._separator) if quoted else plain:
            self.place = stream.tell()
            yield row
            if self.place >= end:
                return
        self.place = len(self._text)


def _reader(lines: Iterable[str], separator: str) -> Iterator[Sequence[str]]:
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _usual_width(text: str, separator: str) -> int:
    rows = list(csv_rows("\n".join(text[: 1 << 18].split("\n")[:_SAMPLE_ROWS]), separator))
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _after_lines(text: str, count: int) -> int:
    end = 0
    for _line in range(count):
        end = _line_end(text, end)
    return end


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return len(text) if found < 0 else found + 1


def _fast(text: str, separator: str, width: int) -> list[pa.Array] | None:
    """Columns of rows that are all of one width and quoted as usual; None for any others."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    raw = text.encode("utf-8", errors="replace")
    if not 1 < width <= MAX_COLUMNS or f'{separator} "'.encode() in raw or not _quoted_as_usual(raw, ord(separator)):
        return None
    names = [str(place) for place in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(raw),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(raw) + 1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=b'"' in raw, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [cleaned(column.combine_chunks()) for column in table.columns] if table.num_rows else None


def _quoted_as_usual(raw: bytes, separator: int) -> bool:
    """Whether every quote opens or closes a cell."""
    if b'"' not in raw:
        return True
    signs: NDArray[np.uint8] = np.frombuffer(raw, dtype=np.uint8)
    places = np.flatnonzero(signs == _QUOTE)
    before = signs[np.maximum(places - 1, 0)]
    after = signs[np.minimum(places + 1, len(signs) - 1)]
    opens = (places == 0) | np.isin(before, (separator, *_NEWLINES))
    closes = (places == len(signs) - 1) | np.isin(after, (separator, *_NEWLINES))
    turns = opens[0::2].all() and closes[1::2].all()
    return bool(turns and len(places) % 2 == 0)
