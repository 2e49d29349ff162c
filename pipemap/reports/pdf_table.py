"""Tables on pages: fitted to the width, head repeated, long rows broken over pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from pipemap.progress import told_every
from pipemap.reports.content import Page, Picture, Table, Wide
from pipemap.reports.layout import column_widths
from pipemap.reports.pdf_pictures import put_picture_at
from pipemap.reports.pdf_sheets import Sheets, height_of
from pipemap.reports.text import spans, told

if TYPE_CHECKING:
    from pipemap.reports.content import Column, Row

_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
_PAD = 1.4
_ROWS_AT_ONCE = 100
_SAMPLED = 400
_WIDEST_MM = 90.0
_PICTURE_MM = 16.0


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell with its width: lines of text, or a picture."""

    width: float
    content: list[str] | Picture
    right: bool = False

    @property
    def lines(self) -> list[str]:
        return [] if isinstance(self.content, Picture) else self.content

    def part(self, start: int, end: int | None) -> _Box:
        """As much of it as fits, or the rest; a picture stands on the first page."""
        if isinstance(self.content, Picture):
            return self if start == 0 else replace(self, content=[""])
        return replace(self, content=self.content[start:end] or [""])


@dataclass(slots=True)
class _Grid:
    """A table with the size of its text and the widths of its columns."""

    sheets: Sheets
    table: Table
    size: float
    widths: list[float]

    @property
    def line_mm(self) -> float:
        return height_of(self.size)

    def cells(self, row: Row, style: str = "") -> list[_Box]:
        found: list[_Box] = []
        for start, after, cell in spans(row):
            width, right = sum(self.widths[start:after]), self.table.columns[start].is_number and not self.table.is_form
            words = self.sheets.lines(told(self.table, start, cell), width - 2 * _PAD, self.size, style)
            found.append(_Box(width, cell if isinstance(cell, Picture) else words, right=right))
        return found


def put_table(sheets: Sheets, table: Table) -> None:
    """Put a table on paper from here down, over as many pages as it takes."""
    grid = _fitted(sheets, table, sheets.room)
    if grid is None:
        grid = _Grid(sheets, table, _SIZES[-1], [sheets.room / len(table.columns)] * len(table.columns))
    if table.title and table.is_titled:
        sheets.ensure(18)
        sheets.look(9.5, style="B")
        sheets.block(table.title, 9.5, style="B")
        sheets.set_y(sheets.get_y() + 1)
    _put_head(grid)
    for number, row in enumerate(told_every(table.rows, sheets.told, _ROWS_AT_ONCE)):
        strong = number in table.strong
        _put_row(grid, row, style="B" if strong else "", ground="#F2F4F7" if strong else "")
    if table.total is not None:
        _put_row(grid, table.total, style="B", ground="#E6EBF1")
    sheets.set_y(sheets.get_y() + 4)


def paper_for(sheets: Sheets, table: Table) -> Page:
    """Return the paper on which a table can be read: what is in where it is wide enough, else a wider one."""
    base = sheets.base
    pages = (base, Page(base.paper, landscape=True), Page("A3", landscape=True))
    return next((page for page in pages if _fitted(sheets, table, sheets.room_on(page)) is not None), pages[-1])


def _fitted(sheets: Sheets, table: Table, room: float) -> _Grid | None:
    """Choose the largest text in which every column finds its room; ``None`` where none does."""
    weights = [column.weight for column in table.columns]
    if all(weights):
        total = sum(weights)
        return _Grid(sheets, table, 8.0 if table.is_form else _SIZES[0], [room * weight / total for weight in weights])
    for size in _SIZES:
        sizes = [_column_size(sheets, table, place, column, size) for place, column in enumerate(table.columns)]
        widths = column_widths([one for one, _least in sizes], [least for _one, least in sizes], room)
        if widths is not None:
            return _Grid(sheets, table, size, widths)
    return None


def _column_size(sheets: Sheets, table: Table, place: int, column: Column, size: float) -> tuple[float, float]:
    """Return how wide a column wants to be, and at least has to be."""
    rows = [*islice(table.rows, _SAMPLED), *([table.total] if table.total else [])]
    wants = [sheets.wide(told(table, place, row[place]), size, "B") for row in rows if not isinstance(row[place], Wide)]
    head = sheets.wide(column.heading, size, "B")
    widest = min(max(wants, default=0.0), _WIDEST_MM)
    if column.is_number:
        least = max(widest, min(head, size * 2.2))
        return max(widest, min(head, size * 3.2)) + 2 * _PAD + 0.4, least + 2 * _PAD + 0.4
    return max(widest, head) + 2 * _PAD + 0.4, min(max(widest, head), size * 2.4) + 2 * _PAD


def _put_head(grid: _Grid) -> None:
    sheets, table = grid.sheets, grid.table
    heads = [sheets.lines(column.heading, width - 2 * _PAD, grid.size, "B") for column, width in _columns(grid)]
    height = max(len(lines) for lines in heads) * grid.line_mm + 2 * _PAD
    sheets.ensure(height + 3 * grid.line_mm)
    x, y = sheets.l_margin, sheets.get_y()
    sheets.set_fill_color(sheets.template.accent)
    sheets.rect(x, y, sum(grid.widths), height, "F")
    for (column, width), lines in zip(_columns(grid), heads, strict=True):
        sheets.look(grid.size, "#FFFFFF", "B")
        right = column.is_number and not table.is_form
        for number, words in enumerate(lines):
            at = x + width - _PAD if right else x + _PAD
            sheets.put(at, y + _PAD + number * grid.line_mm, words, grid.size, align="R" if right else "L", style="B")
        x += width
    sheets.set_y(y + height)


def _columns(grid: _Grid) -> list[tuple[Column, float]]:
    return list(zip(grid.table.columns, grid.widths, strict=True))


def _put_row(grid: _Grid, row: Row, *, style: str = "", ground: str = "") -> None:
    sheets = grid.sheets
    cells = grid.cells(row, style)
    while True:
        lines = max([1, *(len(cell.lines) for cell in cells)])
        least = max(grid.table.row_mm, _PICTURE_MM if any(isinstance(cell.content, Picture) for cell in cells) else 0.0)
        height = max(lines * grid.line_mm + 2 * _PAD, least)
        if sheets.get_y() + height <= sheets.bottom:
            _draw(grid, cells, height, style=style, ground=ground)
            return
        fitting = int((sheets.bottom - sheets.get_y() - 2 * _PAD) / grid.line_mm)
        whole_page = int((sheets.bottom - sheets.top - 12 - 2 * _PAD) / grid.line_mm)
        if lines > whole_page and fitting > 1:  # longer than a page: as much of it as fits, the rest on the next
            part = [cell.part(0, fitting) for cell in cells]
            _draw(grid, part, fitting * grid.line_mm + 2 * _PAD, style=style, ground=ground)
            cells = [cell.part(fitting, None) for cell in cells]
        sheets.turn()
        _put_head(grid)


def _draw(grid: _Grid, cells: list[_Box], height: float, *, style: str, ground: str) -> None:
    sheets, table = grid.sheets, grid.table
    x, y = sheets.l_margin, sheets.get_y()
    if ground:
        sheets.set_fill_color(ground)
        sheets.rect(x, y, sum(grid.widths), height, "F")
    sheets.set_draw_color("#8A93A0" if table.is_form else "#DDE2E7")
    sheets.set_line_width(0.15)
    for cell in cells:
        if table.is_form:
            sheets.rect(x, y, cell.width, height)
        if isinstance(cell.content, Picture):
            put_picture_at(sheets, cell.content, x=x + 0.5, y=y + 0.5, room=cell.width - 1, box=(cell.width - 1, height - 1))
        sheets.look(grid.size, style=style)
        for number, words in enumerate(cell.lines):
            at = x + cell.width - _PAD if cell.right else x + _PAD
            sheets.put(at, y + _PAD + number * grid.line_mm, words, grid.size, align="R" if cell.right else "L", style=style)
        x += cell.width
    if not table.is_form:
        sheets.line(sheets.l_margin, y + height, sheets.l_margin + sum(grid.widths), y + height)
    sheets.set_y(y + height)
