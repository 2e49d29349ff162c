"""Access databases (MDB, ACCDB) as tables, read by whatever this machine has for them."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyFileError
from pipemap.formats.survey_tables import access_child
from pipemap.formats.survey_tables.mending import mended
from pipemap.formats.survey_tables.sheets import Sheet
from pipemap.formats.survey_tables.text_files import sheet_of_bytes
from pipemap.formats.watching import run_watched
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (b"Standard Jet DB", b"Standard ACE DB")
_MARK_AT = 4
_VERSION_AT = 0x14
_JET3 = 0
_PATIENCE_S, _PATIENCE_S_PER_MB = 60.0, 5.0
_MOST_TABLES = 1000


def is_access(path: Path) -> bool:
    """Whether a file is an Access database by what is inside."""
    with path.open("rb") as file:
        return file.read(_MARK_AT + len(_MARKS[0]))[_MARK_AT:] in _MARKS


def read_access(path: Path, *, alone: bool = True, progress: Progress = SILENT) -> list[Sheet]:
    """Read every table of an Access database, its own system tables left out.

    The system's driver reads it on Windows; ``mdb-export`` (mdbtools) where it is installed; else the package access-parser.
    Each runs in a process of its own.

    Parameters
    ----------
    path
        The database, whatever its ending.
    alone
        Whether it is the only file with several tables in the delivery; if not, places name the file too.
    progress
        Asked whether to go on.

    Raises
    ------
    SurveyFileError
        It is damaged or locked, or nothing here can read it; the hint says what to install.
    """
    with tempfile.TemporaryDirectory(prefix="pipemap-access-") as name:
        sheets = [
            mended(_named(sheet, path, alone=alone), old=_is_jet3(path))
            for sheet in _way(path)(path.absolute(), Path(name), progress)
        ]
    return [sheet for sheet in sheets if sheet.height]


def _way(path: Path) -> Callable[[Path, Path, Progress], Iterator[Sheet]]:
    if sys.platform == "win32" and importlib.util.find_spec("pyodbc"):
        return lambda source, folder, progress: _by_child("driver", source, folder, progress)
    if shutil.which("mdb-export") and shutil.which("mdb-tables"):
        return _by_mdbtools
    if importlib.util.find_spec("access_parser"):
        return lambda source, folder, progress: _by_child("parser", source, folder, progress)
    hints = {
        "win32": _(
            "Install “Microsoft Access Database Engine 2016” of the same 32 or 64 bits as Python, and pip install pyodbc."
        ),
        "darwin": _("Install mdbtools (brew install mdbtools), or pip install pipemap[access]."),
    }
    raise SurveyFileError(
        _("{file} is an Access database, and nothing on this machine can read those.").format(file=path.name),
        hints.get(sys.platform, _("Install mdbtools (sudo apt install mdbtools), or pip install pipemap[access].")),
    )


def _is_jet3(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_VERSION_AT + 1)[_VERSION_AT:] == bytes([_JET3])


def _named(sheet: Sheet, path: Path, *, alone: bool) -> Sheet:
    shown = sheet.stem if alone else f"{path.name}:{sheet.stem}"
    return replace(sheet, name=shown, mark=f"{shown}!")


def _sheet(raw: bytes, name: str, complaint: str, progress: Progress) -> Sheet:
    """Rows count from 1 as records do: the row of the names is not one of them."""
    read = sheet_of_bytes(raw, name, f"{name}!", name, progress=progress)
    return replace(read, first=-1, encoding="", complaint=complaint)


def _by_mdbtools(path: Path, folder: Path, progress: Progress) -> Iterator[Sheet]:
    listed = folder / "tables"
    complaint = _run(["mdb-tables", "-1", "-t", "table", "--", str(path)], listed, path, progress)
    names = [name for name in listed.read_text(encoding="utf-8", errors="replace").splitlines() if name.strip()]
    if complaint and not names:
        raise _unreadable(path, complaint)
    for number, name in enumerate(names[:_MOST_TABLES]):
        written = folder / f"{number}.csv"
        dates = ["-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S"]
        complaint = _run(["mdb-export", "-b", "strip", *dates, "--", str(path), name], written, path, progress)
        if written.stat().st_size:
            yield _sheet(written.read_bytes(), name, complaint, progress)


def _by_child(how: str, path: Path, folder: Path, progress: Progress) -> Iterator[Sheet]:
    command = [sys.executable, "-P", str(Path(access_child.__file__)), how, str(folder), str(path)]
    complaint = _run(command, folder / "said", path, progress)
    listed = folder / access_child.TABLES
    entries = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []
    broken = [entry["error"] for entry in entries if "error" in entry]
    if len(broken) == len(entries) and (broken or not listed.exists()):
        raise _unreadable(path, broken[0] if broken else complaint)
    for entry in entries:
        written = folder / entry["file"]
        if written.stat().st_size:
            yield _sheet(written.read_bytes(), entry["name"], entry.get("error", ""), progress)


def _run(command: Sequence[str], output: Path, path: Path, progress: Progress) -> str:
    """Run a reader; what it complained of, empty when all went well.

    Raises
    ------
    SurveyFileError
        It wrote nothing and ended badly, took far too long, or wrote far too much.
    """
    ended = run_watched(
        command,
        output=output,
        source=path,
        patience_s=_PATIENCE_S + _PATIENCE_S_PER_MB * path.stat().st_size / 1e6,
        progress=progress,
        label=_("Reading {file}").format(file=path.name),
        environment={"MDBICONV": "UTF-8"},
    )
    if ended.status and not output.stat().st_size:
        raise _unreadable(path, ended.said or str(ended.status))
    return ended.said or (str(ended.status) if ended.status else "")


def _unreadable(path: Path, reason: str) -> SurveyFileError:
    return SurveyFileError(
        _("{file} is damaged, locked by a password, or of a kind that cannot be read: {reason}").format(
            file=path.name, reason=reason
        ),
        _("Open it in Access and export its tables to Excel, or ask for it without a password."),
    )
