"""A report as a workbook: a first sheet to read, then each table as a sheet of its own, to filter, sort and sum."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import ReportError
from pipemap.progress import SILENT, Progress, Told, beside, told_every
from pipemap.reports.content import (
    Cell,
    Column,
    Contents,
    Cover,
    Facts,
    Gallery,
    Heading,
    Legend,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Row,
    Signatures,
    Table,
    Wide,
)
from pipemap.reports.dates import moment
from pipemap.reports.pictures import prepared
from pipemap.reports.text import clean, line, shown, state_words
from pipemap.texts import _

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from pipemap.reports.template import Template

Look = dict[str, Any]
"""How a cell looks, in the words of the library."""

MOST_ROWS = 1_048_000
_LONGEST = 32_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_PAPER = {"A4": 9, "A3": 8}
_WIDTHS = (22, 44, 22, 44)
_SCREEN_DPI = 96
_STYLES: dict[str, Look] = {"note": {"bg_color": "#FFF4DC"}, "strong": {"bold": True}, "quiet": {"font_color": "#5B6470"}}
_MM = 25.4


class _Book:
    """The workbook with its formats, and how far down the first sheet is."""

    def __init__(self, book: Workbook, report: Report, template: Template, told: Callable[[], None]) -> None:
        self.book, self.report, self.template, self.told = book, report, template, told
        self.formats: dict[tuple[tuple[str, object], ...], Format] = {}
        self.names: set[str] = set()
        self.tables = 0
        self.front = self.sheet(report.title)
        for place, width in enumerate(_WIDTHS):
            self.front.set_column(place, place, width)
        self.row = 0

    def format(self, **look: Any) -> Format:  # noqa: ANN401 -- words of the library
        """Return the format of a look, made once."""
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top", **look})
        return self.formats[key]

    def sheet(self, name: str) -> Worksheet:
        """Add a sheet that prints with head and foot."""
        plain = _NO_SHEET_NAME.sub(" ", line(name)).strip().strip("'")[:31].strip() or "_"
        plain = f"{plain} " if plain.casefold() == "history" else plain
        wanted, number = plain, 1
        while wanted.casefold() in self.names:
            number += 1
            wanted = f"{plain[: 30 - len(str(number))]} {number}"
        self.names.add(wanted.casefold())
        made = self.book.add_worksheet(wanted)
        paper = self.report.page
        made.set_paper(_PAPER[paper.paper])
        made.fit_to_pages(1, 0)
        if paper.landscape:
            made.set_landscape()
        for where, put in (("header", made.set_header), ("footer", made.set_footer)):
            told = self.template.around(where, self.report, page="\ufff0", pages="\ufff1")
            put("".join(f"&{side}{_coded(text)}" for side, text in zip("LCR", told, strict=True) if text)[:250])
        return made

    def write(self, sheet: Worksheet, row: int, column: int, text: str, **look: Any) -> None:  # noqa: ANN401 -- words of the library
        """Write a text: never run as a formula, also when someone edits the cell."""
        told = clean(text)[:_LONGEST]
        if told.startswith(_FORMULA):
            look["quote_prefix"] = True
        if told:
            sheet.write_string(row, column, told, self.format(**look))
        else:
            sheet.write_blank(row, column, None, self.format(**look))

    def put(self, text: str, column: int = 0, **look: Any) -> None:  # noqa: ANN401 -- words of the library
        """Write into the row of the first sheet that is at hand."""
        self.write(self.front, self.row, column, text, **look)


def _coded(text: str) -> str:
    return text.replace("&", "&&").replace("\ufff0", "&P").replace("\ufff1", "&N")


def write_xlsx(report: Report, to: Path, template: Template, *, progress: Progress = SILENT) -> int:
    """Write a report as a workbook; a spreadsheet chooses its own fonts, so nothing is unreadable.

    Raises
    ------
    ReportError
        A table has more rows than a sheet takes.
    """
    import xlsxwriter

    told, content = Told(progress), io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(content, options)
    workbook.set_properties(
        {
            "title": line(report.title),
            "subject": line(report.subject or report.survey),
            "author": line(template.text("office", "name")),
            "keywords": state_words(report.state),
            "created": moment(report.as_of).replace(tzinfo=None),
        }
    )
    book = _Book(workbook, report, template, told.again)
    for place, section in enumerate(report.sections):
        told(place, len(report.sections), _("Writing {file}").format(file=to.name))
        _PARTS[type(section)](book, section)
    workbook.use_zip64()
    beside(workbook.close, told.again)
    to.write_bytes(content.getvalue())
    told(len(report.sections), len(report.sections))
    return 0


def _cover(book: _Book, section: Cover) -> None:
    book.put(book.template.text("office", "name"), font_color="#5B6470")
    book.front.set_row(book.row + 1, 30)
    book.row += 1
    book.put(section.title, bold=True, font_size=20, font_color=book.template.accent)
    book.row += 1
    for told in (section.subtitle, *book.template.texts("cover", "lines")):
        if told:
            book.put(told)
            book.row += 1
    book.row += 1
    _facts(book, Facts(section.facts, 1))
    if section.picture is not None:
        _picture(book, section.picture)


def _contents(_book: _Book, _section: Contents) -> None:
    """Sheets name themselves."""


def _heading(book: _Book, section: Heading) -> None:
    book.row += 1
    book.put(section.text, bold=True, font_size={1: 14, 2: 12}.get(section.level, 11), font_color=book.template.accent)
    book.row += 1


def _paragraph(book: _Book, section: Paragraph) -> None:
    look = {"text_wrap": True, **_STYLES.get(section.style, {})}
    for told in clean(section.text).split("\n"):
        book.front.merge_range(book.row, 0, book.row, len(_WIDTHS) - 1, "", book.format(**look))
        book.put(told, **look)
        units = sum(2 if ord(letter) > 0x2E80 else 1 for letter in told)  # noqa: PLR2004 -- Chinese characters are twice as wide
        book.front.set_row(book.row, min(15.0 * (units // sum(_WIDTHS) + 1), 400))
        book.row += 1


def _facts(book: _Book, section: Facts) -> None:
    columns = min(section.columns, len(_WIDTHS) // 2)
    for start in range(0, len(section.rows), columns):
        for place, (name, value) in enumerate(section.rows[start : start + columns]):
            book.put(name, place * 2, font_color="#5B6470")
            book.put(value, place * 2 + 1, text_wrap=True)
        book.row += 1


def _table(book: _Book, section: Table) -> None:
    """Each table stands on a sheet of its own; a form, which is written on by hand, stays with its words."""
    if len(section.rows) > MOST_ROWS:
        raise ReportError(
            _("A spreadsheet takes {most} rows, and these are {count}.").format(
                most=f"{MOST_ROWS:,}", count=f"{len(section.rows):,}"
            ),
            _("Write a .pdf, .docx or .html file instead."),
        )
    sheet = book.sheet(section.title or section.name)
    book.write(sheet, 0, 0, section.title, bold=True, font_size=12, font_color=book.template.accent)
    for place, column in enumerate(section.columns):
        look = _look(column) | ({"border": 1, "text_wrap": True} if section.is_form else {})
        sheet.set_column(place, place, _width(section, place), book.format(**look))
    for number, row in enumerate(told_every(section.rows, book.told), start=2):
        if section.row_mm:
            sheet.set_row(number, section.row_mm / _MM * 72)
        _write_row(book, sheet, number, section, row, bold=number - 2 in section.strong)
    last = max(len(section.rows), 1) + 1
    _as_table(book, sheet, section, last)
    if section.total is not None:
        _write_row(book, sheet, last + 1, section, section.total, bold=True)
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(1)
    book.put("→ " + (section.title or section.name), font_color="#5B6470")
    book.row += 1


def _as_table(book: _Book, sheet: Worksheet, section: Table, last: int) -> None:
    titles: list[str] = []
    for column in section.columns:
        title = line(column.heading)[:250] or " "
        while title.casefold() in {one.casefold() for one in titles}:
            title += " "
        titles.append(title)
    book.tables += 1
    head = book.format(bold=True, text_wrap=True, valign="vcenter", bg_color=book.template.accent, font_color="#FFFFFF")
    sheet.add_table(
        1,
        0,
        last,
        len(section.columns) - 1,
        {
            "name": f"T{book.tables}_{re.sub(r'[^A-Za-z0-9_]', '_', section.name)}",
            "style": "Table Style Light 15" if section.is_form else "Table Style Medium 2",
            "autofilter": not section.is_form,
            "columns": [{"header": title, "header_format": head} for title in titles],
        },
    )


def _write_row(book: _Book, sheet: Worksheet, number: int, section: Table, row: Row, *, bold: bool) -> None:
    for place, (column, cell) in enumerate(zip(section.columns, row, strict=True)):
        look = _look(column) | ({"border": 1, "text_wrap": True} if section.is_form else {}) | ({"bold": True} if bold else {})
        _write_cell(book, sheet, (number, place), cell, look)


def _write_cell(book: _Book, sheet: Worksheet, at: tuple[int, int], cell: Cell, look: Look) -> None:
    if isinstance(cell, Picture):
        sheet.write_blank(*at, None, book.format(**look))
        _insert(book, sheet, at, cell, 34, 16)
    elif isinstance(cell, Wide):
        book.write(sheet, *at, cell.text, **(look | {"text_wrap": False}))
    elif isinstance(cell, bool):
        book.write(sheet, *at, shown(Column("", ""), cell), **look)
    elif isinstance(cell, (int, float)):
        if math.isfinite(cell):
            sheet.write_number(*at, cell, book.format(**look))
        else:
            sheet.write_blank(*at, None, book.format(**look))
    else:
        book.write(sheet, *at, cell or "", **look)


def _look(column: Column) -> Look:
    if column.kind == "number":
        return {"num_format": "#,##0" + ("." + "0" * column.decimals if column.decimals else "")}
    return {"num_format": "#,##0"} if column.kind == "whole" else {}


def _width(table: Table, place: int) -> float:
    column = table.columns[place]
    told = [column.heading, *(_told(column, row[place]) for row in table.rows[:200])]
    units = max(sum(2 if ord(letter) > 0x2E80 else 1 for letter in text) for text in told)  # noqa: PLR2004 -- as above
    return min(max(units + 3, 9), 48)


def _told(column: Column, cell: Cell) -> str:
    if isinstance(cell, Wide):
        return ""
    return "x" * 16 if isinstance(cell, Picture) else shown(column, cell)


def _picture(book: _Book, section: Picture) -> None:
    height = _insert(book, book.front, (book.row, 0), section, 240 * section.share, section.height_mm or 170)
    book.row += math.ceil(height / _MM * 72 / 15) + 1
    if section.caption:
        book.put(section.caption, font_color="#5B6470")
        book.row += 1


def _insert(book: _Book, sheet: Worksheet, at: tuple[int, int], picture: Picture, width: float, height: float) -> float:
    """Put a picture over cells; return its height in millimetres."""
    made = prepared(picture, width, height)
    if made is None:
        told = _("Picture missing: {name}").format(name=line(picture.name) or "?")
        book.write(sheet, *at, told, font_color="#5B6470", bg_color="#F2F4F7")
        return 5.0
    wide, high = made.fitted(width, height)
    scale = wide / _MM * _SCREEN_DPI / made.width  # kept without a resolution, which is taken for that of a screen
    sheet.insert_image(
        *at,
        f"picture.{made.format}",
        {
            "image_data": io.BytesIO(made.content),
            "x_scale": scale,
            "y_scale": scale,
            "x_offset": 2,
            "y_offset": 2,
            "object_position": 1,
            "description": line(picture.caption or picture.name),
        },
    )
    return high


def _gallery(book: _Book, section: Gallery) -> None:
    for start in range(0, len(section.pictures), 2):
        for place, picture in enumerate(section.pictures[start : start + 2]):
            _insert(book, book.front, (book.row, place * 2), picture, 110, section.height_mm)
            book.write(book.front, book.row + math.ceil(section.height_mm / _MM * 72 / 15) + 1, place * 2, picture.caption)
        book.row += math.ceil(section.height_mm / _MM * 72 / 15) + 3


def _legend(book: _Book, section: Legend) -> None:
    for key in section.keys:
        book.put(key.sign or " ", bg_color=key.colour, font_color="#FFFFFF", bold=True, align="center")
        book.put(key.text, 1)
        book.row += 1


def _signatures(book: _Book, section: Signatures) -> None:
    book.row += 1
    for place, role in enumerate(section.roles):
        book.put(f"{role}: ", (place % 2) * 2)
        book.put("", (place % 2) * 2 + 1, bottom=1)
        if place % 2 or place == len(section.roles) - 1:
            book.row += 2


def _break(book: _Book, _section: PageBreak) -> None:
    book.front.set_h_pagebreaks([*book.front.hbreaks, book.row])


_PARTS: dict[type, Callable[[_Book, Any], None]] = {
    Cover: _cover,
    Contents: _contents,
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Table: _table,
    Picture: _picture,
    Gallery: _gallery,
    Legend: _legend,
    Signatures: _signatures,
    PageBreak: _break,
}
