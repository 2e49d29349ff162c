"""One Change: rows before and after. Edits, imports, merges and undo are all of this kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipemap.errors import EditError
from pipemap.progress import SILENT, Progress
from pipemap.store import rtree
from pipemap.store.reading import read_columns
from pipemap.store.schema import create_indexes, create_triggers, drop_indexes, drop_triggers, key_of
from pipemap.store.sql import chunks, insert_columns, marks, quoted
from pipemap.store.tables import FEATURE_TABLES
from pipemap.texts import _

_MANY = 2000
"""Rows from which the spatial index is kept in one go instead of by its triggers."""
_NONE = np.empty(0, dtype=np.int64)
_STEP = 10_000
"""Rows between two reports."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one table before and after, as columns by name; both hold the table's key.

    Added rows have an empty ``before``, deleted ones an empty ``after``; changed ones have the same keys and columns in both.
    """

    table: str
    before: pa.Table
    after: pa.Table

    def __invert__(self) -> Rows:
        return Rows(self.table, self.after, self.before)

    def __len__(self) -> int:
        return int(max(self.before.num_rows, self.after.num_rows))

    @property
    def keys(self) -> list[int]:
        """Keys of the rows concerned."""
        table = self.after if self.after.num_rows else self.before
        return table[key_of(self.table)].to_pylist()  # type: ignore[no-any-return]

    @classmethod
    def added(cls, table: str, after: pa.Table) -> Rows:
        """Rows that were not there."""
        return cls(table, after.slice(0, 0), after)

    @classmethod
    def deleted(cls, table: str, before: pa.Table) -> Rows:
        """Rows that are no longer there."""
        return cls(table, before, before.slice(0, 0))


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that one step did; ``~change`` takes it back."""

    label: str
    author: str
    parts: tuple[Rows, ...]

    def __invert__(self) -> Change:
        return Change(self.label, self.author, tuple(~part for part in reversed(self.parts)))

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)


def write_rows(
    connection: sqlite3.Connection, parts: Iterable[Rows], *, checked: bool = True, progress: Progress = SILENT
) -> None:
    """Do what a Change says, inside the transaction that is open.

    Parameters
    ----------
    checked
        Whether rows that are not as the Change expects them are refused; else they become what it says.

    Raises
    ------
    EditError
        The rows are not as the Change found them.
    """
    for part in parts:
        if not len(part):
            continue
        many = part.table in FEATURE_TABLES and len(part) > _MANY
        if many:
            drop_triggers(connection, part.table)
            _drop_indexes_when_most(connection, part)
        if not part.before.num_rows:
            _insert(connection, part, progress, checked=checked)
        elif not part.after.num_rows:
            _delete(connection, part, progress, checked=checked)
        else:
            _update(connection, part, progress, checked=checked)
        if many:
            if not part.before.num_rows or not part.after.num_rows or "geom" in part.after.column_names:
                rtree.follow(connection, part.table, part.before, part.after, progress)
            create_triggers(connection, part.table)
    progress(0, None, _("Indexing"))
    create_indexes(connection)


def _drop_indexes_when_most(connection: sqlite3.Connection, part: Rows) -> None:
    """Take the indexes away where making them anew costs less than following each row."""
    if part.before.num_rows and part.after.num_rows:
        return
    (there,) = connection.execute(f"SELECT count(*) FROM {quoted(part.table)}").fetchone()
    if 2 * len(part) > there:
        drop_indexes(connection, part.table)


def tuples(table: pa.Table, names: Iterable[str]) -> Iterable[tuple[object, ...]]:
    """Return rows as SQLite takes them; numbers that are not finite are unknown."""
    return zip(*(_plain(table[name]) for name in names), strict=True)


def _plain(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_floating(column.type):
        values: NDArray[np.float64] = column.to_numpy(zero_copy_only=False).astype(np.float64)
        plain = values.astype(np.object_)
        plain[~np.isfinite(values)] = None
        return plain.tolist()  # type: ignore[no-any-return]
    return column.to_pylist()  # type: ignore[no-any-return]


def _insert(connection: sqlite3.Connection, part: Rows, progress: Progress, *, checked: bool) -> None:
    rows = part.after
    names = [name for name in rows.column_names if rows[name].null_count < len(rows)]  # what nobody knows is null by itself
    try:
        for start in range(0, rows.num_rows, _STEP):
            progress(start, rows.num_rows)
            some = rows.slice(start, _STEP)
            insert_columns(connection, part.table, names, [_plain(some[name]) for name in names], replaces=not checked)
    except sqlite3.IntegrityError as error:
        raise EditError(_("Rows of “{table}” are there already.").format(table=part.table)) from error


def _delete(connection: sqlite3.Connection, part: Rows, progress: Progress, *, checked: bool) -> None:
    if checked:
        _check_unchanged(connection, part)
    statement = f"DELETE FROM {quoted(part.table)} WHERE {quoted(key_of(part.table))} = ?"
    _run(connection, statement, part.before, [key_of(part.table)], progress)


def _update(connection: sqlite3.Connection, part: Rows, progress: Progress, *, checked: bool) -> None:
    if checked:
        _check_unchanged(connection, part)
    key = key_of(part.table)
    names = [name for name in part.after.column_names if name != key]
    values = ", ".join(f"{quoted(name)} = ?" for name in names)
    _run(connection, f"UPDATE {quoted(part.table)} SET {values} WHERE {quoted(key)} = ?", part.after, [*names, key], progress)


def _run(connection: sqlite3.Connection, statement: str, rows: pa.Table, names: list[str], progress: Progress) -> None:
    for start in range(0, rows.num_rows, _STEP):
        progress(start, rows.num_rows)
        connection.executemany(statement, tuples(rows.slice(start, _STEP), names))


def _check_unchanged(connection: sqlite3.Connection, part: Rows) -> None:
    """Refuse to overwrite what somebody else has changed meanwhile."""
    key = key_of(part.table)
    before = part.before.sort_by(key)
    now = read_columns(connection, part.table, before.column_names, fids=before[key].to_pylist())
    if now.num_rows != before.num_rows or not all(same_values(now[name], before[name]).all() for name in before.column_names):
        raise EditError(
            _("Rows of “{table}” were changed meanwhile.").format(table=part.table),
            _("Nothing was done. Look at them, then try again."),
        )


def same_values(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return which rows of two columns hold the same; unknown is like unknown, and NaN is unknown."""
    if pa.types.is_floating(one.type):
        first, second = (column.to_numpy(zero_copy_only=False).astype(np.float64) for column in (one, other))
        unknown = ~np.isfinite(first), ~np.isfinite(second)
        return (first == second) | (unknown[0] & unknown[1])  # type: ignore[no-any-return]
    equal = pc.fill_null(pc.equal(one, other.cast(one.type)), pa.scalar(value=False)).to_numpy(zero_copy_only=False)
    both = pc.and_(pc.is_null(one), pc.is_null(other)).to_numpy(zero_copy_only=False)
    return np.asarray(equal | both, dtype=np.bool_)


def check_ends(connection: sqlite3.Connection, parts: Iterable[Rows]) -> list[int]:
    """Return pipes that would hang in the air after a Change: their ends were deleted, or never were."""
    parts = list(parts)
    gone = [key for part in parts if part.table == "node" and not part.after.num_rows for key in part.keys]
    here = np.concatenate(
        [_NONE, *(part.after["fid"].to_numpy() for part in parts if part.table == "node" and part.after.num_rows)]
    )
    found: list[int] = []
    for end in ("from_fid", "to_fid"):
        for some in chunks(gone):
            found += [row[0] for row in connection.execute(f"SELECT fid FROM pipe WHERE {end} IN ({marks(len(some))})", some)]
        for part in parts:
            if part.table != "pipe" or end not in part.after.column_names:
                continue
            wanted = pc.fill_null(part.after[end], -1).to_numpy()
            missing = _not_there(connection, np.unique(wanted[~np.isin(wanted, here)]))
            found += part.after["fid"].to_numpy()[np.isin(wanted, missing)].tolist()
    return sorted(set(found))


def _not_there(connection: sqlite3.Connection, nodes: NDArray[np.int64]) -> list[int]:
    there: set[int] = set()
    for some in chunks(nodes.tolist()):
        there |= {row[0] for row in connection.execute(f"SELECT fid FROM node WHERE fid IN ({marks(len(some))})", some)}
    return [fid for fid in nodes.tolist() if fid not in there]
