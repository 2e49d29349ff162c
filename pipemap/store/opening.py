"""From a path to a file that may be trusted: every doubt ends in a message, and the file stays as it was."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipemap.errors import SurveyFileError
from pipemap.store.connections import connect, held_by_us, said_plainly
from pipemap.store.schema import is_known_trigger, walk_masters
from pipemap.store.sql import quoted
from pipemap.store.tables import FEATURE_TABLES, SCHEMA_VERSION, columns, own_tables
from pipemap.texts import _

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "davfs",
    "fuse.sshfs",
    "fuse.davfs2",
    "fuse.rclone",
    "ncpfs",
}
_DRIVE_REMOTE = 4


@dataclass(frozen=True, slots=True)
class Examined:
    """What looking at a file told.

    Attributes
    ----------
    version
        Of its schema.
    outdated
        Whether tables or columns are missing that this program knows.
    unclean
        Whether a program that wrote it ended without closing it.
    """

    version: int
    outdated: bool
    unclean: bool


def examine(path: Path) -> Examined:
    """Make sure that a file is a survey database that this program can open, without changing it.

    Raises
    ------
    SurveyFileError
        It is missing, no survey, damaged, newer, locked, or holds programs (triggers, views) that are not ours.
    """
    wal = _check_file(path)
    with said_plainly(path), _looking(path, wal=wal) as connection:
        masters = list(walk_masters(connection))
        _check_ours(path, masters)
        version = _version(path, connection)
        _check_programs(path, connection, masters)
        outdated = version < SCHEMA_VERSION or _lacks_columns(connection, masters)
        for table in FEATURE_TABLES:
            connection.execute(
                f"SELECT (SELECT max(fid) FROM {quoted(table)}), (SELECT min(fid) FROM {quoted(table)})"
            ).fetchone()
        return Examined(version, outdated, wal or _journal(path).exists())


def is_survey(path: Path) -> bool:
    """Whether a file is a survey database, whatever its state; a file that cannot be looked into is taken for one."""
    if held_by_us(path):
        return True
    with path.open("rb") as file:
        if not file.read(len(_MAGIC)).startswith(_MAGIC):
            return False
    try:
        with said_plainly(path), contextlib.closing(connect(path, "ro", immutable=True)) as connection:
            tables = {row["name"] for row in walk_masters(connection) if row["type"] == "table"}
    except SurveyFileError:
        return True
    return {"schema_version", *FEATURE_TABLES} <= tables


def _check_file(path: Path) -> bool:
    """Look at the bytes; return whether a write-ahead log with content lies beside the file."""
    if not path.exists():
        raise SurveyFileError(
            _("There is no file {path}.").format(path=path), _("Check the name, or make a survey with “pipemap import”.")
        )
    if not path.is_file():
        raise SurveyFileError(_("{path} is a folder, not a survey.").format(path=path), _("Name the .gpkg file inside it."))
    log = path.with_name(path.name + "-wal")
    wal = log.exists() and log.stat().st_size > 0
    if held_by_us(path):
        return wal
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
        size = path.stat().st_size
    except OSError as error:
        raise SurveyFileError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error), _("Check its permissions.")
        ) from error
    _check_head(path, head, size, wal=wal)
    return wal


def _check_head(path: Path, head: bytes, size: int, *, wal: bool) -> None:
    hint = _("To bring other data in, import it into a survey: pipemap import.")
    if not head:
        raise SurveyFileError(_("{path} is empty.").format(path=path), hint)
    if not head.startswith(_MAGIC):
        raise SurveyFileError(_("{path} is not a survey database.").format(path=path), hint)
    if len(head) < _HEADER:
        raise SurveyFileError(_("{path} is cut short.").format(path=path), _("Copy it again, or restore a backup."))
    page = struct.unpack_from(">H", head, 16)[0]
    page = 65536 if page == 1 else page
    changes, pages, valid_for = *struct.unpack_from(">II", head, 24), struct.unpack_from(">I", head, 92)[0]
    if not wal and changes == valid_for and size < page * pages:
        raise SurveyFileError(
            _("{path} is cut short: {size} of {whole} bytes.").format(path=path, size=size, whole=page * pages),
            _("Copy it again, or restore a backup."),
        )


@contextlib.contextmanager
def _looking(path: Path, *, wal: bool) -> Iterator[sqlite3.Connection]:
    """Open for a look: without making files beside it, and finishing what a crash left only when there is no other way."""
    with path.open("rb") if not held_by_us(path) else contextlib.nullcontext() as file:
        in_wal_mode = file is not None and file.read(20)[18:20] == b"\x02\x02"
    hot = _journal(path).exists() and not held_by_us(path)
    connection = connect(path, "rw" if hot else "ro", immutable=in_wal_mode and not wal)
    try:
        yield connection
    finally:
        connection.close()


def _journal(path: Path) -> Path:
    return path.with_name(path.name + "-journal")


def _check_ours(path: Path, masters: list[sqlite3.Row]) -> None:
    tables = {row["name"] for row in masters if row["type"] == "table"}
    if {"schema_version", *FEATURE_TABLES} <= tables:
        return
    hint = _("To bring its data into a survey: pipemap import.")
    if "gpkg_contents" in tables:
        raise SurveyFileError(_("{path} is a GeoPackage, but not a survey of pipemap's.").format(path=path), hint)
    raise SurveyFileError(_("{path} is a database of another program.").format(path=path), hint)


def _version(path: Path, connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    if not isinstance(found, int):
        raise SurveyFileError(_("{path} does not say which version it has.").format(path=path), _("Restore a backup."))
    if found > SCHEMA_VERSION:
        raise SurveyFileError(
            _("{path} was written by a newer pipemap (schema {found}, this one knows {known}).").format(
                path=path, found=found, known=SCHEMA_VERSION
            ),
            _("Update pipemap to open it."),
        )
    return found


def _check_programs(path: Path, connection: sqlite3.Connection, masters: list[sqlite3.Row]) -> None:
    """Compare everything in the schema that could run: triggers, views, virtual and computed columns, expressions."""
    layers = _spatial_layers(connection)
    ours = {*FEATURE_TABLES, *own_tables()}
    for row in masters:
        kind, name, table, statement = row["type"], str(row["name"]), str(row["tbl_name"]), row["sql"] or ""
        if kind == "trigger":
            fine = is_known_trigger(name, table, statement, *layers.get(table, ("geom", "fid")))
        elif kind == "view":
            fine = False
        elif kind == "index":
            fine = table not in ours or not _has_expressions(connection, table, name)
        else:
            fine = name not in ours or _is_plain_table(connection, name, statement)
        if not fine:
            raise SurveyFileError(
                _("{path} holds a program that is not pipemap's: {kind} “{name}”.").format(path=path, kind=kind, name=name),
                _("Do not open it unless you know who put it there; without it the file opens."),
            )


def _spatial_layers(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Return the geometry column and the key of every layer in the file."""
    found = {}
    with contextlib.suppress(sqlite3.OperationalError):
        for table, geometry in connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall():
            keys = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(str(table))})") if row[5]]
            found[str(table)] = (str(geometry), str(keys[0]) if keys else "fid")
    return found


def _is_plain_table(connection: sqlite3.Connection, name: str, statement: str) -> bool:
    if not re.match(r"\s*CREATE\s+TABLE\b", statement, re.IGNORECASE) or re.search(r"\bCHECK\s*\(", statement, re.IGNORECASE):
        return False
    return not any(row[6] for row in connection.execute(f"PRAGMA table_xinfo({quoted(name)})"))


def _has_expressions(connection: sqlite3.Connection, table: str, index: str) -> bool:
    partial = any(row[1] == index and row[4] for row in connection.execute(f"PRAGMA index_list({quoted(table)})"))
    return partial or any(row[1] == -2 for row in connection.execute(f"PRAGMA index_xinfo({quoted(index)})"))  # noqa: PLR2004


def _lacks_columns(connection: sqlite3.Connection, masters: list[sqlite3.Row]) -> bool:
    there = {row["name"] for row in masters if row["type"] == "table"}
    for table in (*FEATURE_TABLES, *own_tables()):
        if table not in there:
            return True
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}
        if not found.issuperset(columns(table)):
            return True
    return False


def on_network_share(path: Path) -> bool:
    """Whether a file lies on another computer, where SQLite's write-ahead log does not work."""
    if sys.platform == "win32":
        import ctypes

        whole = path.resolve()
        return str(whole).startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(whole.anchor) == _DRIVE_REMOTE
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    whole, best, kind = path.resolve(), "", ""
    for mount in mounts:
        _device, place, system, *_rest = mount.split(" ")
        place = place.replace("\\040", " ")
        if len(place) >= len(best) and whole.is_relative_to(place):
            best, kind = place, system
    return kind in _NETWORK_FILE_SYSTEMS
