"""CSV and its relatives: commas, semicolons or tabs, quotes, any encoding."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from pipemap.errors import SurveyFileError
from pipemap.formats.survey_tables.decoding import decode
from pipemap.formats.survey_tables.sheets import Sheet, gather
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

SEPARATORS = (",", ";", "\t", "|")
MAX_BYTES = 2 << 30
_SAMPLE_LINES = 60
_QUOTED = re.compile(r'"[^"\n]*"')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read_text_sheet(path: Path, *, progress: Progress = SILENT) -> Sheet:
    """Read a text file as one table.

    Raises
    ------
    SurveyFileError
        It is too large to be a table, or not text.
    """
    if path.stat().st_size > MAX_BYTES:
        raise SurveyFileError(_("{file} is larger than 2 GB.").format(file=path.name), _("Split it and import the parts."))
    decoded = decode(path.read_bytes())
    if not looks_like_text(decoded.text):
        raise SurveyFileError(
            _("{file} holds no text.").format(file=path.name), _("A survey table is a workbook (XLSX, XLS) or a CSV file.")
        )
    separator = separator_of(decoded.text)
    total = decoded.text.count("\n") + 1
    try:
        columns = gather(_rows(decoded.text, separator), progress=progress, total=total)
    except csv.Error:  # a quote that never ends
        columns = gather(_rows(decoded.text, separator, quoting=csv.QUOTE_NONE), progress=progress, total=total)
    return Sheet(
        path.name,
        f"{path.name}:",
        columns.columns,
        columns.head,
        path.stem,
        decoded.encoding,
        decoded.odd_lines,
        columns.cut_rows,
    )


def head_of_text(path: Path, *, size: int = 1 << 16) -> Sheet | None:
    """Return the beginning of a text file as a table, or None when it is no text."""
    with path.open("rb") as file:
        raw = file.read(size)
    if len(raw) == size:
        raw = raw[: raw.rfind(b"\n") + 1 or size]
    text = decode(raw).text
    if not looks_like_text(text):
        return None
    columns = gather(_rows(text, separator_of(text), quoting=csv.QUOTE_MINIMAL, strict=False), limit=200)
    return Sheet(path.name, f"{path.name}:", columns.columns, columns.head, path.stem)


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


def _rows(text: str, separator: str, *, quoting: int = csv.QUOTE_MINIMAL, strict: bool = True) -> Iterator[Sequence[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting, skipinitialspace=True)  # type: ignore[arg-type]
    if strict:
        yield from reader
        return
    try:
        yield from reader
    except csv.Error:
        return
