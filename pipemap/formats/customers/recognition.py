"""Whether a file lists customers, by a look at its headings."""

from __future__ import annotations

import re
import zipfile
from collections import deque
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path

from pipemap.formats.customers.columns import match_headings
from pipemap.formats.survey_tables.decoding import decode
from pipemap.formats.survey_tables.headers import find_header
from pipemap.formats.survey_tables.text_files import heads_of_text
from pipemap.formats.survey_tables.workbooks import OLE_MAGIC, is_workbook, read_workbook

_SMALL_OLD_WORKBOOK = 4 << 20
_PIECE, _STRINGS = 1 << 17, 1 << 21
_ROWS, _SHEETS = 25, 6
_TEXT = re.compile(r"<t\b[^<>]*>([^<]*)</t>")
_VALUE = re.compile(r"<v>([^<]*)</v>")
_PROPERTIES = re.compile(r'"properties"\s*:\s*\{([^{}]*)\}')
_KEY = re.compile(r'"([^"\\]{1,60})"\s*:')
_LINES = re.compile(r'"type"\s*:\s*"(Multi)?LineString"')
_DBF_HEAD, _DBF_FIELD, _DBF_END = 32, 32, 0x0D


def recognizes(path: Path) -> float:
    """Return how sure it is that a file lists customers, 0 to 1; 0 for what cannot be opened."""
    try:
        if path.is_dir():
            return 0.0
        return max((_confidence(head) for head in heads(path)), default=0.0)
    except Exception:  # noqa: BLE001 -- whatever a foreign file does to a look at it, it is not known to list customers
        return 0.0


def _confidence(head: list[list[str]]) -> float:
    found = match_headings(head)
    if found is None:
        return 0.0
    surveyed = find_header(head)
    return 0.0 if surveyed is not None and len(surveyed.matches) > 2 * len(found.fields) else found.confidence


def heads(path: Path) -> Iterator[list[list[str]]]:
    """Give the first rows of each table, or one row with the names of the attributes."""
    suffix = path.suffix.lower()
    if is_workbook(path):
        with path.open("rb") as file:
            old = file.read(len(OLE_MAGIC)) == OLE_MAGIC
        if old and path.stat().st_size <= _SMALL_OLD_WORKBOOK:
            yield from ([list(row) for row in sheet.head] for sheet in read_workbook(path))
        elif not old:
            yield from _heads_of_workbook(path)
    elif suffix in {".shp", ".dbf"}:
        yield [_dbf_names(path.with_suffix(".dbf"))]
    elif suffix in {".geojson", ".json"}:
        yield [_json_names(path)]
    elif suffix in {".csv", ".txt", ".tsv", ""}:
        yield from ([list(row) for row in sheet.head] for sheet in heads_of_text(path))


def _heads_of_workbook(path: Path) -> Iterator[list[list[str]]]:
    """Look at the first rows of the first sheets, without unpacking the rest of a large workbook."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
        shared: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            with archive.open("xl/sharedStrings.xml") as file:
                text = file.read(_STRINGS).decode("utf-8", "replace")
            shared = ["".join(_TEXT.findall(entry)) for _attributes, entry in _elements(text, "si")]
        for name in names[:_SHEETS]:
            with archive.open(name) as file:
                text = file.read(_PIECE).decode("utf-8", "replace")
            yield [
                [_cell(attributes, body, shared) for attributes, body in _elements(row, "c")]
                for _attributes, row in islice(_elements(text, "row"), _ROWS)
            ]


def _elements(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield attributes and inside of each element that ends, in a time that grows with the text and not with its square."""
    opening = re.compile(rf"<{name}\b([^<>]*)>")
    for piece in text.split(f"</{name}>")[:-1]:
        for last in deque(opening.finditer(piece), maxlen=1):
            yield last[1], piece[last.end() :]


def _cell(attributes: str, body: str, shared: list[str]) -> str:
    value = _VALUE.search(body)
    if 't="s"' in attributes and value and value[1].isdigit() and int(value[1]) < len(shared):
        return unescape(shared[int(value[1])]).strip()
    return unescape("".join(_TEXT.findall(body)) or (value[1] if value else "")).strip()


def _json_names(path: Path) -> list[str]:
    with path.open("rb") as file:
        text = file.read(_PIECE).decode("utf-8", "replace")
    found = _PROPERTIES.search(text)
    return [] if found is None or _LINES.search(text) else _KEY.findall(found[1])


def _dbf_names(path: Path) -> list[str]:
    with path.open("rb") as file:
        head = file.read(_PIECE)
    names = []
    for at in range(_DBF_HEAD, len(head) - _DBF_FIELD, _DBF_FIELD):
        if head[at] == _DBF_END:
            break
        names.append(decode(head[at : at + 11].split(b"\0", 1)[0]).text)
    return names
