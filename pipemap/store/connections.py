"""Connections to one survey: one that writes, and as many that read as there are threads asking at once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from pipemap.errors import SurveyFileError
from pipemap.store.geometry import FUNCTIONS
from pipemap.store.tables import OURS
from pipemap.texts import _

BUSY_SECONDS = 3.0
"""How long to wait for another program before saying that the file is locked."""

_in_use: Counter[tuple[int, int]] = Counter()
_registry = threading.Lock()


def connect(path: Path, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
    """Open a database that may be hostile: no function of ours runs from its schema until the schema has been compared.

    Parameters
    ----------
    mode
        ``ro``, ``rw`` or ``rwc``, as in SQLite's URIs.
    immutable
        Promise that nobody writes; SQLite then makes no file beside it.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA foreign_keys = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite says into an error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _worded(path, error) from error


def _worded(path: Path, error: sqlite3.Error) -> SurveyFileError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return SurveyFileError(_("{path} is locked by another program.").format(path=path), _("Close it there, then try again."))
    if code == sqlite3.SQLITE_FULL:
        return SurveyFileError(_("There is no space left to write {path}.").format(path=path), _("Make room, then try again."))
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}:
        return SurveyFileError(
            _("{path} cannot be opened for this: {reason}.").format(path=path, reason=error), _("Check its permissions.")
        )
    if code == sqlite3.SQLITE_IOERR:
        return SurveyFileError(_("{path} cannot be read from the disk: {reason}.").format(path=path, reason=error))
    return SurveyFileError(
        _("{path} is damaged: {reason}.").format(path=path, reason=error), _("Restore a backup, or copy the file again.")
    )


def file_key(path: Path) -> tuple[int, int]:
    """Return what identifies a file whatever it is called."""
    status = path.stat()
    return status.st_dev, status.st_ino or hash(os.path.normcase(path.resolve()))


def held_by_us(path: Path) -> bool:
    """Whether this process has connections to a file: then nothing else may open it here.

    When any other handle of a process on the same file is closed, POSIX drops the locks of all of them, and another program
    can write into our transaction. GDAL's handles are such.
    """
    try:
        key = file_key(path)
    except OSError:
        return False
    with _registry:
        return _in_use[key] > 0


class Connections:
    """The open file. Reading is possible from any thread at any time, writing by one thread at a time."""

    def __init__(self, path: Path, *, read_only: bool, immutable: bool = False, holder: str = "") -> None:
        self.path = path
        self.read_only = read_only
        self.holder = holder
        self._immutable = immutable
        self._idle: list[sqlite3.Connection] = []
        self._reading = 0
        self._closed = False
        self._gate = threading.Condition()
        self._writing = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._key = file_key(path)
        with _registry:
            _in_use[self._key] += 1

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the file for as long as it is used."""
        with said_plainly(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._return(connection)

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the connection that writes, inside a transaction: all of it stands at the end, or nothing.

        Without ``keep`` nothing ever stands: what would be done can be looked at.
        """
        if self.read_only:
            hint = _("{holder} is writing into it.").format(holder=self.holder) if self.holder else ""
            raise SurveyFileError(_("{path} is open for reading only.").format(path=self.path), hint)
        with self._writing, said_plainly(self.path):
            connection = self.writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("INSERT OR IGNORE INTO foreign_edit (fid) VALUES (?)", (OURS,))  # its triggers rest
                yield connection
                connection.execute("DELETE FROM foreign_edit WHERE fid = ?", (OURS,))
                connection.execute("COMMIT" if keep else "ROLLBACK")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @property
    def writer(self) -> sqlite3.Connection:
        """The connection that writes; its schema has been compared with ours."""
        with self._gate:
            self._check_open()
            if self._writer is None:
                self._writer = connect(self.path, "rw")
                trust(self._writer)
            return self._writer

    @contextmanager
    def stepping_aside(self) -> Iterator[bool]:
        """Close every connection while GDAL reads the file; False, and nothing closed, where one is in use."""
        with self._gate:
            with _registry:
                others = _in_use[self._key] > 1
            writing = not self._writing.acquire(blocking=False)
            try:
                if others or writing or self._reading or (self._writer is not None and self._writer.in_transaction):
                    yield False
                else:
                    self._close_all()
                    yield True
            finally:
                if not writing:
                    self._writing.release()

    def close(self) -> None:
        """Close every connection, and leave the file as one plain file where nobody else has it open."""
        with self._writing, self._gate:
            if self._closed:
                return
            if self._writer is None and not self.read_only:  # closed while GDAL read the file
                with contextlib.suppress(sqlite3.Error):
                    self._writer = connect(self.path, "rw")
            if self._writer is not None and not self._writer.in_transaction:
                self._close_idle()
                try:
                    self._writer.execute("PRAGMA busy_timeout = 0")
                    self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()  # else it does not know of the journal
                    self._writer.execute("PRAGMA journal_mode = DELETE")
                except sqlite3.Error:
                    pass  # Somebody reads it; the journal stays beside the file until the last one goes.
            self._close_all()
            self._closed = True
        with _registry:
            _in_use[self._key] -= 1

    def _take(self) -> sqlite3.Connection:
        with self._gate:
            self._check_open()
            connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = connect(self.path, "ro", immutable=self._immutable)
                connection.execute("PRAGMA query_only = ON")
                add_functions(connection)
            self._reading += 1
            return connection

    def _return(self, connection: sqlite3.Connection) -> None:
        with self._gate:
            self._reading -= 1
            try:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            except sqlite3.Error:
                connection.close()
            else:
                self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def _check_open(self) -> None:
        if self._closed:
            raise SurveyFileError(_("{path} has been closed.").format(path=self.path))

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _close_all(self) -> None:
        self._close_idle()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def add_functions(connection: sqlite3.Connection) -> None:
    """Teach SQLite the functions that the spatial index calls."""
    for name, function in FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)


def trust(connection: sqlite3.Connection) -> None:
    """Let triggers call the spatial functions: only after the schema has been compared with ours."""
    add_functions(connection)
    connection.execute("PRAGMA trusted_schema = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = FAST")
    connection.execute("PRAGMA cache_size = -64000")
