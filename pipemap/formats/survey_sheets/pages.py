"""Sheets of a workbook as an office prints them: A3 across, head on every page, page x of y, lines to sign on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipemap.formats.spreadsheets import MOST_ROWS, Row, add_sheet, sheet_name

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from pipemap.formats.survey_sheets.head import Head
    from pipemap.formats.survey_sheets.layout import Column

HEAD_ROWS = 4
_A3 = 8
_LONGEST_FOOTER = 250
_LONGEST_DATE = 40
_PAGE = "第 &P 页 共 &N 页"
_SHOWN: dict[str, dict[str, object]] = {
    "text": {"align": "center", "num_format": "@"},
    "long": {"align": "left", "indent": 1, "num_format": "@"},
    "place": {"num_format": "0.000", "align": "right"},
    "level": {"num_format": "0.000", "align": "right"},
    "whole": {"num_format": "0", "align": "center"},
}


class Pages:
    """Puts tables into a workbook; a table longer than a sheet goes on in another one, at a point and not within it."""

    def __init__(self, book: Workbook, columns: Sequence[Column]) -> None:
        self._book = book
        self._columns = columns
        font: dict[str, object] = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        box = font | {"border": 1, "border_color": "#7F7F7F"}
        self._cells = {kind: book.add_format(box | shown) for kind, shown in _SHOWN.items()}
        self._title = book.add_format(font | {"bold": True, "font_size": 18, "align": "center"})
        self._line = book.add_format(font | {"align": "left"})
        self._heading = book.add_format(box | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#EDEDED"})

    def put(self, name: str, head: Head, rows: Iterable[Row], taken: set[str]) -> None:
        """Write one table under a name; further sheets are called alike, with a number."""
        sheet, at = self._new(name, head), HEAD_ROWS
        numbered = [column.name for column in self._columns].index("id")
        waiting: list[Row] = []
        for row in rows:
            if row[numbered] is not None:  # a new point: the rows of the one before stay together
                sheet, at = self._flush(sheet, at, waiting, name, head, taken)
                waiting = []
            waiting.append(row)
        sheet, at = self._flush(sheet, at, waiting, name, head, taken)
        self._finish(sheet, at)

    def _flush(
        self, sheet: Worksheet, at: int, waiting: list[Row], name: str, head: Head, taken: set[str]
    ) -> tuple[Worksheet, int]:
        if at + len(waiting) > MOST_ROWS and at > HEAD_ROWS:
            self._finish(sheet, at)
            sheet, at = self._new(sheet_name(name, taken), head), HEAD_ROWS
        for row in waiting[: MOST_ROWS - HEAD_ROWS]:
            sheet.put_row(at, row)
            at += 1
        return sheet, at

    def _new(self, name: str, head: Head) -> Worksheet:
        sheet = add_sheet(self._book, name)
        for number, column in enumerate(self._columns):
            sheet.set_column(number, number, column.width, self._cells[column.kind])
        last = len(self._columns) - 1
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, last, head.title, self._title)
        for row, pieces in enumerate((head.first, head.second), start=1):
            sheet.set_row(row, 18)
            self._put_pieces(sheet, row, pieces, last)
        sheet.set_row(HEAD_ROWS - 1, 42)
        for number, column in enumerate(self._columns):
            sheet.write_string(
                HEAD_ROWS - 1, number, column.heading.replace("(m)", "\n(m)").replace("(mm)", "\n(mm)"), self._heading
            )
        sheet.freeze_panes(HEAD_ROWS, 3)
        self._set_paper(sheet, head)
        return sheet

    def _put_pieces(self, sheet: Worksheet, row: int, pieces: Sequence[str], last: int) -> None:
        """Spread pieces over the width of the table, the first one wider."""
        count = len(pieces)
        starts = [0, *(round((last + 1) * (0.32 + 0.68 * (place - 1) / (count - 1))) for place in range(1, count)), last + 1]
        for piece, start, stop in zip(pieces, starts, starts[1:], strict=False):
            if stop - start > 1:
                sheet.merge_range(row, start, row, stop - 1, piece, self._line)
            elif stop > start:
                sheet.write_string(row, start, piece, self._line)

    def _set_paper(self, sheet: Worksheet, head: Head) -> None:
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.4, top=0.5, bottom=0.8)
        sheet.repeat_rows(0, HEAD_ROWS - 1)
        sheet.hide_gridlines(1)
        sheet.center_horizontally()
        sheet.set_footer(footer_of(head), {"margin": 0.4})

    def _finish(self, sheet: Worksheet, rows: int) -> None:
        sheet.print_area(0, 0, rows - 1, len(self._columns) - 1)


def footer_of(head: Head) -> str:
    """Return the footer of every page: who drew, checked and approved, the page, the date; 255 characters are allowed."""
    date = _in_footer(head.date, _LONGEST_DATE)
    room = (_LONGEST_FOOTER - len(_PAGE) - len(date) - 20) // len(head.signed) - 2
    left = "　　".join(_in_footer(piece, room) for piece in head.signed)
    return f"&L{left}&C{_PAGE}&R日期：{date}"


def _in_footer(text: str, most: int) -> str:
    """Cut text to so many characters of a footer, in which an ampersand counts twice."""
    kept = text[:most]
    while len(kept) + kept.count("&") > most:
        kept = kept[:-1]
    return kept.replace("&", "&&")
