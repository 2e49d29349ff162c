"""Copies of a survey beside it, made by themselves and rotated, from which it can be brought back."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipemap.errors import SurveyFileError
from pipemap.progress import SILENT, Progress
from pipemap.store.connections import connect, held_by_us, said_plainly
from pipemap.store.locks import WriterLock
from pipemap.store.opening import examine
from pipemap.store.past import copy_file
from pipemap.store.patience import interruptible
from pipemap.texts import _

_STAMP = "%Y-%m-%d-%H%M%S"
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-\d{6}(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy: where it is, the local time at which it was made, its bytes."""

    path: Path
    time: datetime
    size: int


def folder_of(survey: Path) -> Path:
    """Return the folder in which the backups of a survey are."""
    return survey.with_name(f"{survey.stem}.backups")


def backups_of(survey: Path) -> list[Backup]:
    """Return the backups of a survey, newest first; the survey itself may be lost."""
    found = []
    with contextlib.suppress(OSError):
        for file in folder_of(survey).glob(f"*{survey.suffix}"):
            if _NAME.fullmatch(file.stem) and file.is_file():
                time = datetime.strptime(file.stem[:17], _STAMP).astimezone()
                found.append(Backup(file, time, file.stat().st_size))
    return sorted(found, key=lambda one: one.path.stem, reverse=True)


def back_up(connection: sqlite3.Connection, survey: Path, *, keep: int, progress: Progress = SILENT) -> Backup:
    """Copy a survey as a connection sees it, then let the oldest copies go beyond ``keep``.

    Raises
    ------
    SurveyFileError
        The folder takes no file, or the disk is full; older backups are left as they are.
    """
    folder = folder_of(survey)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise SurveyFileError(
            _("No backup can be made in {path}: {reason}.").format(path=folder, reason=error.strerror or error)
        ) from error
    with _standing(_free_name(folder, survey.suffix)) as draft:
        copy_file(connection, draft, progress=progress)
    for old in backups_of(survey)[max(1, keep) :]:
        with contextlib.suppress(OSError):
            old.path.unlink()
    return backups_of(survey)[0]


def restore(survey: Path, backup: Path, *, progress: Progress = SILENT) -> Path | None:
    """Bring a survey back from a copy; return where the survey as it was has been put, None where there was none.

    Raises
    ------
    SurveyFileError
        The backup is no survey, or somebody has the survey open.
    """
    examine(backup)
    if held_by_us(survey):
        raise SurveyFileError(_("{path} is open.").format(path=survey), _("Close it, then try again."))
    lock = WriterLock(survey)
    if not lock.acquire():
        raise SurveyFileError(
            _("{holder} is writing into {path}.").format(holder=lock.holder, path=survey), _("Close it there, then try again.")
        )
    try:
        kept = _put_aside(survey, progress) if survey.exists() else None
        with (
            _standing(survey, replaces=True) as draft,
            said_plainly(backup),
            contextlib.closing(connect(backup, "ro")) as source,
        ):
            copy_file(source, draft, progress=progress)
    finally:
        lock.release()
    return kept


def save_copy(survey: Path, target: Path, *, progress: Progress = SILENT) -> None:
    """Write a survey as one compact file of its own under another name.

    Raises
    ------
    SurveyFileError
        The file exists already, or cannot be written.
    """
    if target.exists():
        raise SurveyFileError(_("{path} exists already.").format(path=target), _("Choose another name."))
    if not target.parent.is_dir():
        raise SurveyFileError(_("There is no folder {path}.").format(path=target.parent), _("Choose another place."))
    with (
        _standing(target) as draft,
        said_plainly(target),
        contextlib.closing(connect(survey, "ro")) as connection,
        interruptible(connection, progress) as told,
    ):
        told(0, None, _("Writing {file}").format(file=target.name))
        connection.execute("VACUUM INTO ?", (str(draft),))


def _put_aside(survey: Path, progress: Progress) -> Path:
    """Keep the survey as it is as one more backup, and leave no journal that could be read into the file that comes."""
    with said_plainly(survey), contextlib.closing(connect(survey, "rw")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        kept = back_up(connection, survey, keep=1_000_000, progress=progress)
    return kept.path


@contextmanager
def _standing(path: Path, *, replaces: bool = False) -> Iterator[Path]:
    """Give a draft that gets its name when everything inside has gone well."""
    draft = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.unfinished{path.suffix}")
    try:
        yield draft
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        if replaces:
            draft.replace(path)
        else:
            draft.rename(path)
    finally:
        for leftover in (draft, draft.with_name(draft.name + "-journal")):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def _free_name(folder: Path, suffix: str) -> Path:
    stem = datetime.now().astimezone().strftime(_STAMP)
    taken = [file.stem for file in folder.glob(f"{stem}*{suffix}")]  # of the same second
    numbers = [int(name.rpartition("-")[2]) if name != stem else 1 for name in taken]
    return folder / f"{stem}{f'-{max(numbers) + 1}' if numbers else ''}{suffix}"
