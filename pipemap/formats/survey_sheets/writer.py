"""Survey tables out: the result table of CJJ 61, one sheet or one text file a category."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.formats.plain_tables.content import plain_tables
from pipemap.formats.plain_tables.writer import losses_of as losses_of_plain_tables
from pipemap.formats.plain_tables.writer import put_sheets
from pipemap.formats.reproject import reproject
from pipemap.formats.spreadsheets import Row, sheet_name, text_table, workbook
from pipemap.formats.survey_sheets.head import head_of
from pipemap.formats.survey_sheets.losses import losses_of
from pipemap.formats.survey_sheets.pages import Pages
from pipemap.formats.survey_sheets.sheets import CategorySheet, SheetRows, category_sheets
from pipemap.formats.writing import WriteOptions, Written, whole_files
from pipemap.progress import SILENT, Progress, Told
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.extract import Extract
    from pipemap.model.problem import Problem

_Step = Callable[[int, str], None]


def write_survey_sheets(extract: Extract, to: Path, *, options: WriteOptions, progress: Progress = SILENT) -> Written:
    """Write the result tables of a survey.

    Parameters
    ----------
    to
        ``.xlsx``: one workbook, ready to be printed, with plain tables behind its sheets so that it reads back as it was.
        ``.csv``: one file a category, ``town-JS.csv``, ``town-YS.csv`` …; what they cannot carry is among the losses.

    Raises
    ------
    ReportError
        There is nothing to write, the ending is another one, or a file cannot be written.
    """
    ending = to.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        raise ReportError(_("“{file}” ends neither with .xlsx nor with .csv.").format(file=to.name))
    extract = reproject(extract, options.crs, Told(progress).again)
    sheets = category_sheets(extract)
    if not sheets:
        raise ReportError(_("There is nothing to write: no point and no pipe was chosen."))
    step = _counter(sum(len(sheet.rows) for sheet in sheets), progress)
    maker = SheetRows(extract, options)
    with whole_files(to) as folder:
        if ending == ".xlsx":
            losses = _write_workbook(folder / to.name, extract, sheets, maker, options, step, progress)
            return Written((to,), tuple(losses))
        names = _file_names(to, sheets)
        for sheet, name in zip(sheets, names, strict=True):
            _write_text(folder / name, extract, sheet, maker, options, step)
    return Written(tuple(to.with_name(name) for name in names), tuple(losses_of(extract)))


def _counter(total: int, progress: Progress) -> _Step:
    done = 0

    def step(rows: int, name: str) -> None:
        nonlocal done
        progress(done, total, _("Writing {file}").format(file=name))
        done += rows

    return step


def _chunks(maker: SheetRows, sheet: CategorySheet, name: str, step: _Step) -> Iterator[Row]:
    for rows in maker.make(sheet):
        step(len(rows), name)
        yield from rows


def _write_workbook(
    path: Path,
    extract: Extract,
    sheets: list[CategorySheet],
    maker: SheetRows,
    options: WriteOptions,
    step: _Step,
    progress: Progress,
) -> list[Problem]:
    taken: set[str] = set()
    with workbook(path, progress) as book:
        pages = Pages(book, maker.columns)
        for sheet in sheets:
            head = head_of(extract, sheet, options)
            pages.put(sheet_name(sheet.name, taken), head, _chunks(maker, sheet, sheet.name, step), taken)
        cut = put_sheets(book, plain_tables(extract, options), progress, hidden=True)
    return [*losses_of_plain_tables(extract), *cut]


def _write_text(path: Path, extract: Extract, sheet: CategorySheet, maker: SheetRows, options: WriteOptions, step: _Step) -> None:
    head = head_of(extract, sheet, options)
    with text_table(path, encoding=options.encoding) as file:
        file.put_row([head.title])
        file.put_row(head.first)
        file.put_row([*head.second, *head.signed])
        file.put_row([column.heading for column in maker.columns])
        for row in _chunks(maker, sheet, path.name, step):
            file.put_row(row)


def _file_names(to: Path, sheets: list[CategorySheet]) -> list[str]:
    """One category keeps the name that was asked for; several get their code behind it."""
    if len(sheets) == 1:
        return [to.name]
    taken: set[str] = set()
    return [f"{to.stem}-{sheet_name(_in_file_name(sheet), taken)}{to.suffix}" for sheet in sheets]


def _in_file_name(sheet: CategorySheet) -> str:
    plain = "".join(letter if letter.isalnum() else "_" for letter in sheet.code)
    return plain or "0"
