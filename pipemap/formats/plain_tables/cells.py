"""Plain tables as they stand in their files: columns of text under known headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import SurveyFileError
from pipemap.formats.plain_tables.recognition import KINDS
from pipemap.formats.survey_tables.decoding import decode
from pipemap.formats.survey_tables.sheets import MAX_COLUMNS
from pipemap.formats.survey_tables.text_files import SEPARATORS
from pipemap.formats.survey_tables.workbooks import is_workbook, read_cells
from pipemap.formats.watching import MAX_BYTES
from pipemap.model.spreadsheet_text import as_written
from pipemap.progress import Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pipemap.formats.plain_tables.findings import Findings

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Cells:
    """One table.

    Attributes
    ----------
    kind
        ``node``, ``pipe`` …
    place
        Where it stands, for a person: a file or a sheet.
    columns
        Text by heading; null where a cell is empty.
    rows
        How many.
    """

    kind: str
    place: str
    columns: dict[str, pa.Array]
    rows: int

    def where(self, row: int) -> str:
        """Place of a row (from 0) as a person finds it."""
        return f"{self.place}:{row + 2}"

    def text(self, name: str) -> pa.Array:
        """Return a column of text; unknown throughout where there is none."""
        import pyarrow as pa

        return self.columns[name] if name in self.columns else pa.nulls(self.rows, pa.string())

    def number(self, name: str, findings: Findings, *, whole: bool = False) -> pa.Array:
        """Return a column of numbers; what is none is unknown, and listed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self.text(name)
        kind = pa.int64() if whole else pa.float64()
        try:
            found = pc.cast(column, kind)
        except pa.ArrowInvalid:
            found = pa.array(
                [self._one(row, name, text, findings, whole=whole) for row, text in enumerate(column.to_pylist())], kind
            )
        return found if whole else pc.if_else(pc.is_finite(found), found, None)

    def _one(self, row: int, name: str, text: str | None, findings: Findings, *, whole: bool) -> float | int | None:
        if text is None:
            return None
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            number = None
        if number is None or (whole and not -(1 << 63) <= number < 1 << 63):
            findings.add("not-a-number", self.where(row), {"column": name, "value": text[:80]})
            return None
        return number

    def keys(self, name: str, findings: Findings) -> NDArray[np.int64]:
        """Return a column of keys, −1 where there is none."""
        import pyarrow.compute as pc

        return np.asarray(
            pc.fill_null(self.number(name, findings, whole=True), -1).to_numpy(zero_copy_only=False), dtype=np.int64
        )


def read_tables(paths: Sequence[Path], *, progress: Progress) -> list[Cells]:
    """Read every plain table in the files.

    Raises
    ------
    SurveyFileError
        A file is damaged, locked or absurdly large.
    """
    found = []
    for path in paths:
        progress(0, None, _("Reading {file}").format(file=path.name))
        sheets = _sheets(path) if is_workbook(path) else iter([(path.name, _text_rows(path))])
        for place, rows in sheets:
            table = _gathered(place, rows, progress)
            if table is not None:
                found.append(table)
    return found


def _sheets(path: Path) -> Iterator[tuple[str, Iterator[list[str]]]]:
    for name, rows in read_cells(path, wanted=lambda name: name.startswith("pipemap ")):
        yield f"{path.name}:{name}", rows


def _text_rows(path: Path) -> Iterator[list[str]]:
    if path.stat().st_size > MAX_BYTES:
        raise SurveyFileError(_("{file} is larger than 2 GB.").format(file=path.name), _("Split it and import the parts."))
    text = decode(path.read_bytes()).text
    heading = text[: text.find("\n")] if "\n" in text else text
    separator = max(SEPARATORS, key=heading.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [as_written(cell) for cell in row]
    except csv.Error as error:
        raise SurveyFileError(
            _("{file} is damaged or cut short: {reason}").format(file=path.name, reason=error),
            _("Open it in Excel or WPS and save it again, or ask for it again."),
        ) from error


def _gathered(place: str, rows: Iterable[list[str]], progress: Progress) -> Cells | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    source = iter(rows)
    headings = [heading.strip() for heading in next(source, [])][:MAX_COLUMNS]
    kind = KINDS.get(headings[0]) if headings else None
    if kind is None:
        return None
    chunks: list[list[pa.Array]] = []
    done = 0
    while chunk := list(islice(source, _CHUNK)):
        filled = [row for row in chunk if any(row)]
        # a first row as long as the headings makes all columns appear
        cells = list(zip_longest(*chain([headings], filled), fillvalue=""))[: len(headings)]
        chunks.append([pa.array(column[1:], pa.string()) for column in cells])
        done += len(chunk)
        progress(done, None)
    columns: dict[str, pa.Array] = {}
    for number, heading in enumerate(headings):
        column = pa.concat_arrays([chunk[number] for chunk in chunks]) if chunks else pa.array([], pa.string())
        columns.setdefault(heading, pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column))
    return Cells(kind, place, columns, len(next(iter(columns.values()))))
