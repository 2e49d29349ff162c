"""Making and opening survey files."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipemap.errors import PipemapError, SurveyFileError
from pipemap.progress import SILENT, Progress
from pipemap.store.connections import Connections, connect, said_plainly
from pipemap.store.locks import Holder, WriterLock, who_writes
from pipemap.store.migrations import bring_up_to_date, write_version
from pipemap.store.opening import Examined, examine, on_network_share
from pipemap.store.reference import reference
from pipemap.store.schema import APPLICATION_ID, GEOPACKAGE_VERSION, create_tables
from pipemap.store.survey import Survey
from pipemap.texts import _

_LISTENS_EVERY = 0.1
"""Seconds of waiting for the disk between two questions whether to go on."""


def create_survey(path: Path | str, *, crs: str = "", name: str = "") -> Survey:
    """Make an empty survey and open it for writing.

    Parameters
    ----------
    crs
        ``EPSG:4547``, or another text that PROJ understands; empty: that of the first delivery.
    name
        As a person calls it; empty: as the file is called.

    Raises
    ------
    SurveyFileError
        The file exists already, or cannot be written there.
    SurveyDataError
        ``crs`` is no coordinate system.
    """
    with creating(path, crs=crs, name=name):
        pass
    return open_survey(path)


@contextmanager
def creating(path: Path | str, *, crs: str = "", name: str = "", progress: Progress = SILENT) -> Iterator[Survey]:
    """Make a survey and fill it: the file stands under its name only when everything inside the ``with`` has gone well.

    ``progress`` is told while the disk takes the file; cancelled even then, there is none.
    """
    path = Path(path)
    srs = reference(crs)
    if path.exists():
        raise SurveyFileError(_("{path} exists already.").format(path=path), _("Open it, or choose another name."))
    if not path.parent.is_dir():
        raise SurveyFileError(
            _("There is no folder {path}.").format(path=path.parent), _("Make it first, or choose another place.")
        )
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.unfinished.gpkg")  # GDAL minds another ending
    try:
        with said_plainly(unfinished), contextlib.closing(connect(unfinished, "rwc")) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {GEOPACKAGE_VERSION}")
            connection.execute("BEGIN")
            create_tables(connection, srs)
            write_version(connection)
            settings = {"crs": crs, "name": name, "secrecy": None, "requires_acceptance": None}
            connection.executemany("INSERT INTO setting (name, value) VALUES (?, ?)", settings.items())
            connection.execute("COMMIT")
        connections = Connections(unfinished, read_only=False)
        with Survey(unfinished, connections, lock=None, holder=None, notices=()) as survey, said_plainly(unfinished):
            connections.writer.execute("PRAGMA journal_mode = MEMORY")  # a crash leaves a file that nobody has seen yet
            connections.writer.execute("PRAGMA synchronous = OFF")
            connections.writer.execute("PRAGMA threads = 2")  # indexes are sorted beside
            yield survey
        _flush(unfinished, progress)
        _rename(unfinished, path)
    except PipemapError as error:
        error.message = error.message.replace(str(unfinished), str(path))  # nobody knows the temporary name
        raise
    finally:
        for leftover in (unfinished, *(unfinished.with_name(unfinished.name + end) for end in ("-journal", "-wal", "-shm"))):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def _flush(path: Path, progress: Progress) -> None:
    """Wait until the disk has a file that was written without waiting; nobody who cancels has to wait for the disk."""
    progress(0, None, _("Waiting for the disk"))
    failed: list[OSError] = []

    def flush() -> None:
        try:
            with path.open("r+b") as file:
                os.fsync(file.fileno())
        except OSError as error:
            failed.append(error)

    waiting = threading.Thread(target=flush, name="pipemap-flush", daemon=True)
    waiting.start()
    while waiting.is_alive():
        waiting.join(_LISTENS_EVERY)
        progress(0, None)
    if failed:
        raise failed[0]


def _rename(unfinished: Path, path: Path) -> None:
    """Give the file its name, unless somebody took the name meanwhile."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise SurveyFileError(_("{path} exists already.").format(path=path), _("Open it, or choose another name.")) from error
    except OSError:  # a file system without links
        unfinished.rename(path)


def open_survey(path: Path | str, *, read_only: bool = False) -> Survey:
    """Open a survey: for writing where that is possible, else for reading.

    A survey that another program writes is opened for reading, and ``holder`` says who writes. An older one is brought up to
    date, with a copy of the old file beside it.

    Raises
    ------
    SurveyFileError
        The file is missing, damaged, locked, newer than this program, or no survey; it is left as it was.
    """
    path = Path(path)
    examined = examine(path)
    if read_only or not os.access(path, os.W_OK):
        return _open_for_reading(path, who_writes(path), asked=read_only)
    lock = WriterLock(path)
    try:
        if not lock.acquire():
            return _open_for_reading(path, lock.holder, asked=False)
    except OSError:
        return _open_for_reading(path, None, asked=False)
    try:
        return _open_for_writing(path, examined, lock)
    except BaseException:
        lock.release()
        raise


def _open_for_reading(path: Path, holder: Holder | None, *, asked: bool) -> Survey:
    notices = []
    if holder is not None and not asked:
        notices.append(_("{holder} is writing into this survey; it is open for reading only.").format(holder=holder))
    elif not asked:
        notices.append(_("The file cannot be written here; it is open for reading only."))
    beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    alone = not os.access(path.parent, os.W_OK) and not any(file.exists() for file in beside)
    connections = Connections(path, read_only=True, immutable=alone, holder=str(holder or ""))
    return Survey(path, connections, lock=None, holder=holder, notices=notices)


def _open_for_writing(path: Path, examined: Examined, lock: WriterLock) -> Survey:
    notices = []
    if examined.outdated:
        copy = bring_up_to_date(path, examined.version)
        notices.append(_("The survey was brought up to date; the file as it was is {copy}.").format(copy=copy.name))
    if examined.unclean:
        notices.append(_("The survey was not closed properly; everything that was confirmed is there."))
    connections = Connections(path, read_only=False)
    try:
        with said_plainly(path):
            if on_network_share(path):
                connections.writer.execute("PRAGMA journal_mode = DELETE")
                notices.append(_("The file lies on a network share: while one writes, others wait."))
            else:
                connections.writer.execute("PRAGMA journal_mode = WAL")
        survey = Survey(path, connections, lock=lock, holder=None, notices=notices)
    except BaseException:
        connections.close()
        raise
    survey.was_unclean = examined.unclean
    return survey
