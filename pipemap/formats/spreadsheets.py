"""Rows into workbooks and text tables as they come: a million of them never stand in memory at once."""

from __future__ import annotations

import csv
import math
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from pipemap.errors import ReportError
from pipemap.model.spreadsheet_text import harmless
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import _

if TYPE_CHECKING:
    from typing import TextIO

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""Rows of one sheet of a workbook."""
LONGEST_TEXT = 32_767
"""Characters of one cell of a workbook."""

CHUNK = 5000
"""Rows made at a time."""

_PIECE = 1 << 20

_EXACT_WHOLE = 1 << 53
_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]")
_LONGEST_SHEET_NAME = 31

Row = Sequence[object]


# -- workbooks -----------------------------------------------------------------------------------------------------------


@contextmanager
def workbook(path: Path, progress: Progress = SILENT) -> Iterator[Workbook]:
    """Give a workbook whose sheets are written row by row; it is whole when the block ends well.

    Parameters
    ----------
    progress
        Asked all the while that the sheets are packed, which takes seconds for large ones.

    Raises
    ------
    OSError
        The disk refuses.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    told = Told(progress)
    with tempfile.TemporaryDirectory(prefix=".pipemap-", dir=path.parent) as folder:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": folder,
        }
        file = _Packed(path, told)
        book = xlsxwriter.Workbook(file, options)
        try:
            yield book
            book.use_zip64()
            told(0, None, _("Packing {file}").format(file=path.name))
            for sheet in book.worksheets():
                sheet.told = told.again
            book.close()
            file.close()
        except BaseException as error:
            book.fileclosed = True  # nothing is packed when it goes
            for sheet in book.worksheets():
                with suppress(OSError):  # what is still to be written has no room either
                    sheet.row_data_fh.close()
            with suppress(OSError):
                file.close()
            if isinstance(error, FileCreateError):
                raise error.args[0] from error
            raise


class _Packed:
    """The file of a workbook: asks with each piece whether to go on; closed, it swallows what the library still has to say."""

    def __init__(self, path: Path, told: Told) -> None:
        self._file = path.open("wb")
        self._told = told

    def write(self, piece: bytes) -> int:
        if self._file.closed:
            return len(piece)
        self._told.again()
        return self._file.write(piece)

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0 if self._file.closed else self._file.seek(offset, whence)

    def tell(self) -> int:
        return 0 if self._file.closed else self._file.tell()

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def add_sheet(book: Workbook, name: str) -> Worksheet:
    """Add a sheet with ``put_row(number, row)``, which keeps every digit of a number."""
    return book.add_worksheet(name, worksheet_class=_exact_worksheet())


def sheet_name(text: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and none in ``taken`` has; it is put into it."""
    plain = _NO_SHEET_NAME.sub(" ", text).strip().strip("'")[:_LONGEST_SHEET_NAME] or "_"
    plain = f"{plain} " if plain.casefold() == "history" else plain
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        tail = f"({number})"
        name = plain[: _LONGEST_SHEET_NAME - len(tail)] + tail
    taken.add(name.casefold())
    return name


def cell_text(text: str) -> str:
    """Return text as a cell of a workbook can hold it."""
    return text if fits_cell(text) else _NO_CHARACTER.sub("\ufffd", text)[:LONGEST_TEXT]


def fits_cell(text: str) -> bool:
    """Whether a cell of a workbook holds the text as it is."""
    return len(text) <= LONGEST_TEXT and not _NO_CHARACTER.search(text)


@cache
def _exact_worksheet() -> type[Worksheet]:
    """Sheets that are written a row at a time, and write numbers with as many digits as they have.

    The library's own way goes cell by cell, and writes 16 digits, which lose the last bit of some numbers.
    """
    from xlsxwriter.utility import xl_col_to_name
    from xlsxwriter.worksheet import Worksheet

    class Exact(Worksheet):  # type: ignore[misc]
        told: Callable[[], None] = staticmethod(lambda: None)

        def put_row(self, number: int, row: Row) -> None:
            """Write one row (from 0) below those that were written; text stays text, unknown stays empty."""
            if not hasattr(self, "_columns"):
                self._columns = [(f'r="{xl_col_to_name(column)}', f'"{self._look_of(column)}') for column in range(len(row))]
            one = number + 1
            cells = [
                _cell_of(self, f"{before}{one}{after}", value)
                for (before, after), value in zip(self._columns, row, strict=True)
                if value is not None
            ]
            self._write_single_row(number)  # those that came cell by cell
            self._check_dimensions(number, len(row) - 1)
            self.fh.write(f'<row r="{number + 1}">{"".join(cells)}</row>')

        def _write_optimized_sheet_data(self) -> None:
            """Put the rows, which stand in a file of their own until now, into the sheet."""
            if self.dim_rowmin is None:
                self._xml_empty_tag("sheetData")
                return
            self._xml_start_tag("sheetData")
            self.row_data_fh.seek(0)
            while piece := self.row_data_fh.read(_PIECE):
                self.told()
                self.fh.write(piece)
            self.row_data_fh.close()
            Path(self.row_data_filename).unlink()
            self._xml_end_tag("sheetData")

        def _look_of(self, column: int) -> str:
            """Format of a column: cells of a row do not take it over by themselves."""
            info = self.col_info.get(column)
            return f' s="{info.column_format._get_xf_index()}"' if info is not None and info.column_format else ""  # noqa: SLF001

    return Exact


def _cell_of(sheet: Worksheet, head: str, value: object) -> str:
    """Return one cell as it stands in the file."""
    if type(value) is float and value - value == 0.0:  # by far the most, and finite
        return f"<c {head}><v>{value!r}</v></c>"
    if isinstance(value, bool):
        return f'<c {head} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int) and abs(value) > _EXACT_WHOLE:
        value = str(value)
    if isinstance(value, (int, float)):
        return f"<c {head}><v>{value!r}</v></c>" if math.isfinite(value) else f"<c {head}/>"
    text = cell_text(str(value))
    if not text.isprintable() or "_x" in text:
        text = sheet._escape_control_characters(text)  # noqa: SLF001 -- the one that the sheet itself uses
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c {head} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'


# -- text tables -----------------------------------------------------------------------------------------------------------


@contextmanager
def text_table(path: Path, *, encoding: str = "") -> Iterator[TextTable]:
    """Give a CSV file to write rows to.

    Parameters
    ----------
    encoding
        Empty: UTF-8 with the mark that Excel wants. ``gbk`` is written as GB18030, which holds GBK and every other character.

    Raises
    ------
    ReportError
        There is no such encoding.
    """
    codec = {"": "utf-8-sig", "utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030"}.get(encoding.lower(), encoding)
    try:
        file = path.open("w", encoding=codec, newline="", errors="replace")
    except LookupError as error:
        raise ReportError(
            _("There is no encoding “{encoding}”.").format(encoding=encoding), _("Known: {names}.").format(names="utf-8, gbk")
        ) from error
    with file:
        yield TextTable(file)


class TextTable:
    """A CSV file; text that a spreadsheet would run as a formula stands behind an apostrophe."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)

    def put_row(self, row: Row) -> None:
        """Write one row; unknown is an empty cell, numbers keep every digit."""
        self._writer.writerow([harmless(_plain(value)) for value in row])


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return None if isinstance(value, float) and not math.isfinite(value) else value
