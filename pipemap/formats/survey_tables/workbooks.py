"""Workbooks (XLSX, XLS) as tables, with an eye on damaged, locked and absurd ones."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipemap.errors import SurveyFileError
from pipemap.formats.survey_tables.old_workbooks import survives_reading
from pipemap.formats.survey_tables.sheets import MAX_COLUMNS, Sheet, cell_text, gather
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_MARK = "EncryptedPackage".encode("utf-16-le")
_MAX_UNPACKED = 4 << 30
_MAX_RATIO = 500
_SMALL = 64 << 20
_MAX_CELLS = 60_000_000
_COLUMN_OF_FILLED = re.compile(rb'\br="([A-Z]{1,3})\d{1,7}"[^>/]*>\s*<')
_ROW_OF_FILLED = re.compile(rb'\br="[A-Z]{1,3}(\d{1,7})"[^>/]*>\s*<')
_PIECE = 8 << 20
_OVERLAP = 256

T = TypeVar("T")

_OLD_HEAD = 512


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook by what is inside: XLSX, XLSM, or XLS, locked ones included."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == OLE_MAGIC:
        return True
    return start.startswith(ZIP_MAGIC) and (_names(path) is None or "xl/workbook.xml" in (_names(path) or ()))


def read_workbook(path: Path, *, alone: bool = True, progress: Progress = SILENT) -> list[Sheet]:
    """Read every sheet that holds anything.

    Parameters
    ----------
    path
        A workbook, whatever its ending.
    alone
        Whether it is the only workbook of the delivery; if not, places name the file too.
    progress
        Told rows read, sheet by sheet.

    Raises
    ------
    SurveyFileError
        It is damaged, protected by a password, or unpacks to an absurd size.
    """
    _check(path)
    workbook = _open(path)
    sheets = []
    for name in workbook.sheet_names:
        progress(0, None, _("Reading {file}: {sheet}").format(file=path.name, sheet=name))
        found = _guarded(path, lambda name=name: _sheet(workbook, name, path, alone=alone, progress=progress))  # type: ignore[misc]
        if found is not None and found.height:
            sheets.append(found)
    return sheets


def _sheet(workbook: CalamineWorkbook, name: str, path: Path, *, alone: bool, progress: Progress) -> Sheet | None:
    try:
        sheet = workbook.get_sheet_by_name(name)
    except TypeError:  # a chart
        return None
    if sheet.start is None:
        return None
    columns = gather(_rows(sheet), progress=progress, total=sheet.total_height + 1)
    mark = f"{name}!" if alone else f"{path.name}:{name}!"
    shown = name if alone else f"{path.name}:{name}"
    return Sheet(shown, mark, columns.columns, columns.head, name, cut_rows=columns.cut_rows)


def _rows(sheet: CalamineSheet) -> Iterator[Sequence[str]]:
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield left + [cell_text(cell) for cell in row[: MAX_COLUMNS + 1]]


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    if _is_old(path) and not survives_reading(path):
        raise _damaged(path, "XLS")
    return _guarded(path, lambda: CalamineWorkbook.from_path(str(path)))


def _is_old(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(OLE_MAGIC)) == OLE_MAGIC


def _guarded(path: Path, action: Callable[[], T]) -> T:
    """Run a step of the workbook reader; whatever it stumbles over becomes one sentence."""
    from python_calamine import CalamineError, PasswordError

    try:
        return action()
    except PasswordError as error:
        raise _locked(path) from error
    except (CalamineError, ValueError, OverflowError, MemoryError) as error:
        raise _damaged(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the reader's own language; no subclass of Exception
            raise
        raise _damaged(path, error) from error


def _locked(path: Path) -> SurveyFileError:
    return SurveyFileError(
        _("{file} is protected by a password.").format(file=path.name),
        _("Open it in Excel or WPS, remove the password and save it again."),
    )


def _damaged(path: Path, reason: object) -> SurveyFileError:
    return SurveyFileError(
        _("{file} is damaged or cut short: {reason}").format(file=path.name, reason=str(reason)[:200]),
        _("Open it in Excel or WPS and save it again, or ask for it again."),
    )


def _check(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
        if start == OLE_MAGIC and _LOCKED_MARK in file.read(4 << 20):
            raise _locked(path)
        if start == OLE_MAGIC:
            file.seek(0)
            _check_old(path, file.read(_OLD_HEAD))
    if start.startswith(ZIP_MAGIC):
        _check_unpacked_size(path)


def _check_old(path: Path, head: bytes) -> None:
    """Refuse an old workbook whose lists of sectors would be larger than the file: the reader would reserve all that memory."""
    if len(head) < _OLD_HEAD:
        raise _damaged(path, "header")
    shift = int.from_bytes(head[30:32], "little")
    counts = [int.from_bytes(head[at : at + 4], "little") for at in (40, 44, 64, 72)]
    if shift not in {9, 12} or max(counts) > (path.stat().st_size >> shift) + 1:
        raise _damaged(path, "sectors")


def _names(path: Path) -> tuple[str, ...] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        return None


def _check_unpacked_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = max(path.stat().st_size, 1)
            absurd = unpacked > _MAX_UNPACKED or (unpacked > _SMALL and unpacked > _MAX_RATIO * packed)
            if absurd:
                entries = []
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    _check_extent(path, archive, entry)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        raise _damaged(path, error) from error
    if absurd:
        raise SurveyFileError(
            _("{file} would unpack to {size} MB; no survey table does that.").format(file=path.name, size=unpacked >> 20),
            _("Open it in Excel or WPS and save only the sheets with the tables."),
        )


def _check_extent(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose few cells lie so far apart that the rectangle around them would not fit into memory."""
    right = below = read = 0
    rest = b""
    with archive.open(entry) as file:
        while piece := file.read(_PIECE):
            read += len(piece)
            if read > entry.file_size + _PIECE:
                raise _damaged(path, entry.filename)
            rest += piece
            right = max(right, *map(_column, set(_COLUMN_OF_FILLED.findall(rest))), 0)
            below = max(below, *map(int, set(_ROW_OF_FILLED.findall(rest))), 0)
            rest = rest[-_OVERLAP:]
    if right * below > _MAX_CELLS:
        raise SurveyFileError(
            _("{file} has a sheet of {rows} rows and {columns} columns; that is no survey table.").format(
                file=path.name, rows=below, columns=right
            ),
            _("Delete the stray cell far below or to the right of the table, and save it again."),
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def read_cells(path: Path, *, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Give the sheets with a wanted name and their rows, as they are: text is neither trimmed nor are blank rows left out.

    Raises
    ------
    SurveyFileError
        As for :func:`read_workbook`.
    """
    _check(path)
    book = _open(path)
    for name in book.sheet_names:
        if wanted(name):
            try:
                sheet = _guarded(path, lambda name=name: book.get_sheet_by_name(name))  # type: ignore[misc]
            except TypeError:  # a chart
                continue
            yield name, ([cell_text(cell) for cell in row] for row in sheet.iter_rows())
