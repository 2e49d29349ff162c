"""Tables in web pages and in the XML of old Excel: what web systems hand out under the name of a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from pipemap.formats.survey_tables.sheets import MAX_COLUMNS, Sheet, gather
from pipemap.progress import SILENT, Progress

_BEGINS = re.compile(r"\s*(<\?xml|<!doctype html|<html|<head|<meta|<style|<table|<workbook|<!--)", re.IGNORECASE)
_TABLE = re.compile(r"<(?:\w+:)?(table|worksheet)\b", re.IGNORECASE)
_ROWS, _CELLS = frozenset({"tr", "row"}), frozenset({"td", "th", "cell"})
_LOOKED_AT = 1 << 16
_PIECE = 1 << 20
_MOST_TABLES = 200


def is_markup(text: str) -> bool:
    """Whether a text is a page or an XML workbook with a table in it."""
    return bool(_BEGINS.match(text)) and bool(_TABLE.search(text[:_LOOKED_AT]))


def sheets_of_markup(text: str, like: Sheet, *, progress: Progress = SILENT) -> list[Sheet]:
    """Return every table in a text, named as ``like`` is, the second one with its number; a worksheet has a name of its own."""
    reader = _Reader()
    for start in range(0, len(text), _PIECE):
        progress(start, len(text))
        reader.feed(text[start : start + _PIECE])
    reader.close()
    return list(_sheets(reader.tables, like))


def _sheets(tables: Sequence[_Table], like: Sheet) -> Iterator[Sheet]:
    for number, table in enumerate(table for table in tables if table.rows):
        columns = gather(table.rows)
        name = table.name or (like.name if number == 0 else f"{like.name}#{number + 1}")
        stem = table.name or like.stem
        yield replace(
            like, name=name, mark=f"{name}:", columns=columns.columns, head=columns.head, stem=stem, cut_rows=columns.cut_rows
        )


@dataclass(slots=True)
class _Table:
    """Rows of one table; ``name`` is that of its worksheet."""

    name: str
    rows: list[list[str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Gathers rows and cells, whatever else stands around them; a broken page gives what can be seen of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._sheet = ""
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a worksheet, a table, a row or a cell."""
        name = tag.rpartition(":")[2]
        said = {key.rpartition(":")[2]: value or "" for key, value in attrs}
        if name == "worksheet":
            self._sheet = said.get("name", "")
        elif name == "table" and len(self.tables) < _MOST_TABLES:
            self._end_cell()
            self._open.append(_Table(self._sheet))
            self.tables.append(self._open[-1])
        elif name in _ROWS and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
        elif name in _CELLS and self._open and self._open[-1].rows:
            self._end_cell()
            self._begin_cell(said)
        elif name == "br" and self._cell is not None:
            self._cell.append(" ")

    def _begin_cell(self, said: dict[str, str]) -> None:
        row = self._open[-1].rows[-1]
        place = _whole(said.get("index", ""))
        row += [""] * (min(place, MAX_COLUMNS) - 1 - len(row))
        self._cell, self._span = [], min(max(1, _whole(said.get("colspan", "1"))), MAX_COLUMNS)

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a table."""
        name = tag.rpartition(":")[2]
        if name in _CELLS | _ROWS:
            self._end_cell()
        elif name == "table" and self._open:
            self._end_cell()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._open and self._open[-1].rows:
            self._open[-1].rows[-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
        self._cell = None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 -- no table is so wide
