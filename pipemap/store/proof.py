"""Whether the tables hold what the history says: every Change is done again in an empty survey, and the two are compared."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pipemap.progress import SILENT, Progress
from pipemap.store.connections import add_functions, connect
from pipemap.store.history import read_part, read_row
from pipemap.store.past import Gathered
from pipemap.store.reference import reference
from pipemap.store.schema import columns_in_order, create_tables, drop_triggers, key_of
from pipemap.store.sql import quoted
from pipemap.store.tables import PROVEN_TABLES
from pipemap.texts import _

_REPORT_EVERY = 1000
_MOST = 1000
"""Rows that are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rows of one table that are not as the history says: ``keys`` the first of them, ``count`` all."""

    table: str
    count: int
    keys: tuple[int, ...]


def disagreements(connection: sqlite3.Connection, path: Path, *, progress: Progress = SILENT) -> tuple[Disagreement, ...]:
    """Return where the tables of a survey are not what its history leads to; nothing where they are.

    Parameters
    ----------
    connection
        Sees the survey as it is.
    path
        The survey's file, which is opened once more for reading.
    """
    with (
        tempfile.TemporaryDirectory(prefix="pipemap-proof-") as folder,
        contextlib.closing(connect(Path(folder) / "proof.gpkg", "rwc")) as proof,
    ):
        proof.execute("PRAGMA journal_mode = OFF")
        proof.execute("PRAGMA synchronous = OFF")
        add_functions(proof)
        proof.execute("PRAGMA trusted_schema = ON")
        create_tables(proof, reference(""))
        _do_again(connection, proof, progress)
        proof.execute("ATTACH ? AS told", (f"file:{quote(str(path.absolute()))}?mode=ro",))
        told = _("Comparing")
        found = []
        for done, table in enumerate(PROVEN_TABLES):
            progress(done, len(PROVEN_TABLES), told)
            if (one := _compared(connection, proof, table)) is not None:
                found.append(one)
        return tuple(found)


def _do_again(connection: sqlite3.Connection, proof: sqlite3.Connection, progress: Progress) -> None:
    for table in PROVEN_TABLES:
        drop_triggers(proof, table)
    (total,) = connection.execute("SELECT count(*) FROM history_row").fetchone()
    told, gathered = _("Doing every change again"), Gathered(proof)
    rows = connection.cursor().execute("SELECT table_name, element, before, after FROM history_row ORDER BY change, fid")
    for done, (table, key, before, after) in enumerate(rows):
        if done % _REPORT_EVERY == 0:
            progress(done, total, told)
        if table in PROVEN_TABLES and key is None:
            gathered.become_many(read_part(table, before, after))
        elif table in PROVEN_TABLES:
            gathered.become(table, key, read_row(before), read_row(after))
    gathered.write()


def _compared(connection: sqlite3.Connection, proof: sqlite3.Connection, table: str) -> Disagreement | None:
    names = [name for name in columns_in_order(connection, table) if name != key_of(table)]
    if not names:
        return None
    key, here, there = quoted(key_of(table)), f"main.{quoted(table)}", f"told.{quoted(table)}"
    others = " OR ".join(f"a.{quoted(name)} IS NOT b.{quoted(name)}" for name in names)
    statement = (
        f"SELECT a.{key} FROM {here} a JOIN {there} b ON a.{key} = b.{key} WHERE {others} "
        f"UNION ALL SELECT {key} FROM {here} WHERE {key} NOT IN (SELECT {key} FROM {there}) "
        f"UNION ALL SELECT {key} FROM {there} WHERE {key} NOT IN (SELECT {key} FROM {here})"
    )
    keys = [row[0] for row in proof.execute(statement)]
    return Disagreement(table, len(keys), tuple(sorted(keys)[:_MOST])) if keys else None
