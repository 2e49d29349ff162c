"""CSV and its relatives: commas, semicolons or tabs, quotes, any encoding; and web pages that call themselves workbooks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.survey_tables.columnar import csv_rows, text_columns
from pipemap.formats.survey_tables.decoding import Decoded, decode
from pipemap.formats.survey_tables.markup import is_markup, sheets_of_markup
from pipemap.formats.survey_tables.sheets import Sheet, gather
from pipemap.formats.watching import MAX_BYTES
from pipemap.model.spreadsheet_text import RUNS
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_LINES = 60
_QUOTED = re.compile(r'"[^"\n]*"')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read_text_file(path: Path, *, progress: Progress = SILENT) -> list[Sheet]:
    """Read a text file: one table of separated cells, or the tables of a web page.

    Raises
    ------
    SurveyFileError
        It is too large to be a table, or not text.
    """
    if path.stat().st_size > MAX_BYTES:
        raise SurveyFileError(_("{file} is larger than 2 GB.").format(file=path.name), _("Split it and import the parts."))
    decoded = _text_of(path.read_bytes(), path.name, progress)
    nothing = Sheet(path.name, f"{path.name}:", (), (), path.stem, decoded.encoding)
    if is_markup(decoded.text):
        return sheets_of_markup(decoded.text, nothing, progress=progress)
    return [_separated(decoded, nothing, progress)]


def sheet_of_bytes(raw: bytes, name: str, mark: str, stem: str, *, progress: Progress = SILENT) -> Sheet:
    """Read the bytes of a text file as one table; the rest as for :class:`Sheet`.

    Raises
    ------
    SurveyFileError
        They are no text.
    """
    return _separated(_text_of(raw, name, progress), Sheet(name, mark, (), (), stem), progress)


def _text_of(raw: bytes, name: str, progress: Progress) -> Decoded:
    decoded = decode(raw, progress=progress)
    if not looks_like_text(decoded.text):
        raise SurveyFileError(
            _("{file} holds no text.").format(file=name), _("A survey table is a workbook (XLSX, XLS) or a CSV file.")
        )
    return decoded


def _separated(decoded: Decoded, like: Sheet, progress: Progress) -> Sheet:
    read = text_columns(decoded.text, separator_of(decoded.text), progress=progress)
    return replace(
        like,
        columns=tuple(map(_as_written, read.columns)),
        head=read.head,
        encoding=decoded.encoding,
        odd_rows=decoded.odd_lines,
        cut_rows=read.cut_rows,
    )


def heads_of_text(path: Path, *, size: int = 1 << 16) -> list[Sheet]:
    """Return the beginning of a text file as tables; nothing when it is no text."""
    with path.open("rb") as file:
        raw = file.read(size)
    if len(raw) == size:
        raw = raw[: raw.rfind(b"\n") + 1 or size]
    text = decode(raw).text
    if not looks_like_text(text):
        return []
    nothing = Sheet(path.name, f"{path.name}:", (), (), path.stem)
    if is_markup(text):
        return sheets_of_markup(text, nothing)
    columns = gather(csv_rows(text, separator_of(text)), limit=200)
    return [replace(nothing, columns=columns.columns, head=columns.head)]


def _as_written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without the apostrophes that mark text as no formula; see :func:`pipemap.model.spreadsheet_text.harmless`."""
    import pyarrow.compute as pc

    if not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pc.replace_substring_regex(column, f"(?s)^'{RUNS}$", r"\1")


def looks_like_text(text: str) -> bool:
    """Whether a text has no more than a stray control character and replacement sign."""
    sample = text[:100_000]
    strange = len(_CONTROL.findall(sample)) + sample.count("\ufffd")
    return strange <= 0.01 * len(sample)


def separator_of(text: str) -> str:
    """Return the separator that most lines hold, and hold alike; a comma when none does."""
    lines = [line for line in _QUOTED.sub("", text[:200_000]).splitlines()[:_SAMPLE_LINES] if line.strip()]

    def fitness(separator: str) -> tuple[float, int]:
        counts = [line.count(separator) for line in lines]
        return (median(counts) if counts else 0, sum(counts))

    return max(SEPARATORS, key=fitness) if lines else ","
