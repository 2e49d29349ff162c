"""Plain tables out: sheets of a workbook, or one text file a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.formats.plain_tables.content import PlainTable, plain_tables
from pipemap.formats.reproject import reproject
from pipemap.formats.spreadsheets import CHUNK, MOST_ROWS, add_sheet, fits_cell, text_table, workbook
from pipemap.formats.writing import WriteOptions, Written, whole_files
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from pipemap.formats.spreadsheets import Row
    from pipemap.model.extract import Extract

SHEET = "pipemap {kind}"
"""Name of a table's sheet; with a number behind it where one sheet does not hold all rows."""


def write_plain_tables(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write everything that is known of an extract, so that reading it again gives it back.

    Parameters
    ----------
    to
        ``.xlsx``: one workbook. ``.csv``: a file a table, ``town-node.csv``, ``town-pipe.csv`` …

    Raises
    ------
    ReportError
        The ending is another one, or a file cannot be written.
    """
    ending = to.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        raise ReportError(_("“{file}” ends neither with .xlsx nor with .csv.").format(file=to.name))
    extract = reproject(extract, options.crs, Told(progress).again)
    tables = plain_tables(extract, options)
    losses = losses_of(extract)
    with whole_files(to) as folder:
        if ending == ".xlsx":
            with workbook(folder / to.name, progress) as book:
                cut = put_sheets(book, tables, progress)
            names, losses = [to.name], [*losses, *cut]
        else:
            names = [f"{to.stem}-{table.kind}{to.suffix}" for table in tables]
            for table, name in zip(tables, names, strict=True):
                with text_table(folder / name, encoding=options.encoding) as file:
                    file.put_row(table.headings)
                    for row in counted(table, name, progress):
                        file.put_row(row)
    return Written(tuple(to.with_name(name) for name in names), tuple(losses))


def put_sheets(book: Workbook, tables: list[PlainTable], progress: Progress, *, hidden: bool = False) -> list[Problem]:
    """Add the tables to a workbook; return what its cells could not hold.

    Parameters
    ----------
    hidden
        The sheets stand behind others, for programs; a person can unhide them.
    """
    cut = 0
    bold = book.add_format({"bold": True})
    for table in tables:
        sheet, number, part = None, MOST_ROWS, 0
        for row in counted(table, SHEET.format(kind=table.kind), progress):
            if sheet is None or number >= MOST_ROWS:
                part += 1
                sheet, number = _new_sheet(book, table, part, bold, hidden=hidden), 1
            sheet.put_row(number, row)
            cut += sum(isinstance(value, str) and not fits_cell(value) for value in row)
            number += 1
        if sheet is None:
            _new_sheet(book, table, 1, bold, hidden=hidden)
    if not cut:
        return []
    text = N_("{count} texts are longer than a cell takes, or hold characters that it does not take; they are cut.")
    return [Problem("text-cut", "warning", "", text, {"count": cut})]


def _new_sheet(book: Workbook, table: PlainTable, part: int, bold: object, *, hidden: bool) -> Worksheet:
    name = SHEET.format(kind=table.kind)
    sheet = add_sheet(book, name if part == 1 else f"{name} {part}")
    for column, title in enumerate(table.headings):
        sheet.write_string(0, column, title, bold)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(table.headings) - 1, 14)
    if hidden:
        sheet.hide()
    return sheet


def counted(table: PlainTable, name: str, progress: Progress) -> Iterator[Row]:
    """Give the rows of a table, telling how many are done."""
    for number, row in enumerate(table.rows()):
        if number % CHUNK == 0:
            progress(number, table.count, _("Writing {file}").format(file=name))
        yield row


def losses_of(extract: Extract) -> list[Problem]:
    """Return what plain tables do not give back when they are read: one delivery has one batch."""
    if len(extract.batches) < 2:  # noqa: PLR2004 -- several
        return []
    text = N_(
        "The elements come from {count} batches. Each row names its own, but read again they are one delivery, of one batch."
    )
    return [Problem("several-batches", "info", "", text, {"count": len(extract.batches)})]
