"""Older surveys are brought up to date: in one transaction, with a copy of the old file beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipemap.store.connections import connect, said_plainly, trust
from pipemap.store.schema import add_missing
from pipemap.store.tables import SCHEMA_VERSION

MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""What turns a survey of version n into n + 1, beyond tables and columns that were added: those are added by themselves."""


def bring_up_to_date(path: Path, version: int) -> Path:
    """Migrate a survey file; return where the copy of the old one is."""
    copy = _backup(path, version)
    with said_plainly(path):
        connection = connect(path, "rw")
        try:
            trust(connection)
            connection.execute("BEGIN EXCLUSIVE")
            for step in range(version, SCHEMA_VERSION):
                if step in MIGRATIONS:
                    MIGRATIONS[step](connection)
            add_missing(connection)
            write_version(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
    return copy


def write_version(connection: sqlite3.Connection) -> None:
    """Note that the file now has this program's schema."""
    from pipemap import __version__

    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(
        "INSERT INTO schema_version (version, program, time) VALUES (?, ?, ?)", (SCHEMA_VERSION, f"pipemap {__version__}", now)
    )


def _backup(path: Path, version: int) -> Path:
    stem, number = f"{path.stem}.schema{version}", 1
    copy = path.with_name(f"{stem}{path.suffix}")
    while copy.exists():
        number += 1
        copy = path.with_name(f"{stem}.{number}{path.suffix}")
    with said_plainly(path):
        source, target = connect(path, "ro"), connect(copy, "rwc")
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        finally:
            source.close()
            target.close()
    return copy
