"""The history as a person looks through it: filtered, a page at a time, and what stands in the way of an undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipemap.errors import EditError
from pipemap.model.fields import LAYERS
from pipemap.store.change import Change, Rows
from pipemap.store.history import Entry, change_of, is_undone
from pipemap.store.schema import key_of
from pipemap.store.sql import chunks, escaped, marks
from pipemap.store.tables import own_tables
from pipemap.texts import _

Kind = Literal["", "node", "pipe", "other"]
PAGE = 200
"""Entries that are read at once."""
_MOST_UNPACKED = 8_000_000
"""Keys of chunks that are kept, those that were asked for last: a chunk with its hash never changes."""
_unpacked: dict[tuple[str, int], NDArray[np.int64]] = {}
_NEAR = 20_000
"""Newest entries that are looked through one by one before the indexes are asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries of the history are wanted; what is empty does not matter.

    Attributes
    ----------
    text
        Part of the label.
    author
        Part of the name.
    since, until
        ISO times in UTC: from the first, up to but without the second.
    kind
        Only Changes of nodes, of pipes, or of other tables.
    elements
        Keys by table: only Changes of one of these rows.
    """

    text: str = ""
    author: str = ""
    since: str = ""
    until: str = ""
    kind: Kind = ""
    elements: Mapping[str, Collection[int]] = field(default_factory=dict)


def page(connection: sqlite3.Connection, asked: Asked, *, before: int | None = None, limit: int = PAGE) -> list[Entry]:
    """Return entries that fit, newest first; ``before`` is the id of the last entry of the page before.

    The newest entries are looked through first, and only where these do not fill the page the indexes are asked.
    """
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM history").fetchone()
    top = newest + 1 if before is None else min(before, newest + 1)
    if asked == Asked():
        return _entries(connection, [], [], top, 0, limit)
    found = _entries(connection, *_conditions(connection, asked, is_near=True), top, max(0, top - _NEAR), limit)
    if len(found) < limit and top > _NEAR:
        found = _entries(connection, *_conditions(connection, asked, is_near=False), top, 0, limit)
    return found


def _entries(
    connection: sqlite3.Connection, where: list[str], values: list[object], below: int, down_to: int, limit: int
) -> list[Entry]:
    walked = "+" if where and not down_to else ""  # from all entries the indexes of what is asked for choose
    conditions = " AND ".join([f"{walked}h.id < ?", f"{walked}h.id >= ?", *where])
    rows = connection.execute(
        "SELECT h.id, h.label, h.author, h.time, h.undoes, h.hash, "
        "(SELECT coalesce(sum(r.rows), 0) FROM history_row r WHERE r.change = h.id) "
        f"FROM history h WHERE {conditions} ORDER BY h.id DESC LIMIT ?",
        (below, down_to, *values, limit),
    ).fetchall()
    return [
        Entry(number, label or "", author or "", time or "", undoes, digest or "", count, undone=is_undone(connection, number))
        for number, label, author, time, undoes, digest, count in rows
    ]


def look(connection: sqlite3.Connection, asked: Asked, *, limit: int = PAGE) -> tuple[list[Entry], int]:
    """Return the first page of entries that fit, and how many fit; they are counted only where the page does not hold all."""
    first = page(connection, asked, limit=limit)
    return first, len(first) if len(first) < limit else count(connection, asked)


def entry(connection: sqlite3.Connection, number: int) -> Entry:
    """Return one entry.

    Raises
    ------
    EditError
        There is none of that number.
    """
    found = page(connection, Asked(), before=number + 1, limit=1)
    if not found or found[0].id != number:
        raise EditError(_("The history has no entry {number}.").format(number=number))
    return found[0]


def entry_of(connection: sqlite3.Connection, digest: str) -> int | None:
    """Return the number of the newest entry that has a hash."""
    found = connection.execute("SELECT max(id) FROM history WHERE hash = ?", (digest,)).fetchone()
    return None if found[0] is None else int(found[0])


def count(connection: sqlite3.Connection, asked: Asked) -> int:
    """Return how many entries fit."""
    if asked.kind and asked == Asked(kind=asked.kind):
        tables = _tables_of(asked.kind)
        statement = f"SELECT count(DISTINCT change) FROM history_row WHERE table_name IN ({marks(len(tables))})"
        return int(connection.execute(statement, tables).fetchone()[0])
    where, values = _conditions(connection, asked, is_near=False)
    filtered = f" WHERE {' AND '.join(where)}" if where else ""
    return int(connection.execute(f"SELECT count(*) FROM history h{filtered}", values).fetchone()[0])


def _conditions(connection: sqlite3.Connection, asked: Asked, *, is_near: bool) -> tuple[list[str], list[object]]:
    """Return what entries have to fulfil: ``is_near`` where some are walked through one by one, else so that indexes serve."""
    where: list[str] = []
    values: list[object] = []
    walked = "+" if is_near else ""
    if asked.text:
        like = "label LIKE ? ESCAPE '\\'"
        where.append(f"h.{like}" if is_near else f"h.id IN (SELECT id FROM history WHERE {like})")
        values.append(f"%{escaped(asked.text)}%")
    if asked.author:
        names = _authors(connection, asked.author)
        where.append(f"{walked}h.author IN ({marks(len(names))})")
        values += names
    for operator, time in ((">=", asked.since), ("<", asked.until)):
        if time:
            where.append(f"{walked}h.time {operator} ?")
            values.append(time)
    if asked.kind:
        tables = _tables_of(asked.kind)
        named = f"table_name IN ({marks(len(tables))})"
        where.append(
            f"EXISTS (SELECT 1 FROM history_row r WHERE r.change = h.id AND r.{named})"
            if is_near
            else f"h.id IN (SELECT change FROM history_row WHERE {named})"
        )
        values += tables
    if asked.elements:
        numbers = sorted(touching(connection, asked.elements))
        where.append(f"h.id IN ({', '.join(map(str, numbers))})")
    return where, values


def _tables_of(kind: Kind) -> list[str]:
    return [kind] if kind in LAYERS else [table for table in own_tables() if table not in LAYERS]


def _authors(connection: sqlite3.Connection, text: str) -> list[str]:
    """Return the people whose names hold a text: each name is looked up once in the index, however many entries have it."""
    statement = (
        "WITH RECURSIVE names (name) AS (SELECT min(author) FROM history "
        "UNION ALL SELECT (SELECT min(author) FROM history WHERE author > name) FROM names WHERE name IS NOT NULL) "
        "SELECT name FROM names WHERE name LIKE ? ESCAPE '\\'"
    )
    return [row[0] for row in connection.execute(statement, (f"%{escaped(text)}%",))]


def touching(connection: sqlite3.Connection, elements: Mapping[str, Collection[int]], *, after: int = 0) -> set[int]:
    """Return the entries after one that touched any of these rows: single rows by their index, chunks by their keys."""
    found: set[int] = set()
    for table, keys in elements.items():
        found |= _touching_singly(connection, table, keys, after)
        array = np.fromiter(keys, dtype=np.int64, count=len(keys))
        for change, chunk in _chunks_of(connection, table, after):
            if change not in found and np.isin(array, chunk).any():
                found.add(change)
    return found


def _touching_singly(connection: sqlite3.Connection, table: str, keys: Collection[int], after: int) -> set[int]:
    """Return the entries that kept one of these rows by itself: by the rows, or by the entries where those are fewer."""
    if after:
        some_later = "SELECT count(*) FROM (SELECT 1 FROM history_row WHERE change > ? LIMIT ?)"
        (later,) = connection.execute(some_later, (after, len(keys))).fetchone()
        if later < len(keys):
            statement = "SELECT change, element FROM history_row WHERE change > ? AND table_name = ? AND element NOT NULL"
            known = set(keys)
            return {change for change, element in connection.execute(statement, (after, table)) if element in known}
    found: set[int] = set()
    for some in chunks(sorted(keys)):
        statement = (
            f"SELECT DISTINCT change FROM history_row WHERE element IN ({marks(len(some))}) AND +table_name = ? AND +change > ?"
        )
        found |= {row[0] for row in connection.execute(statement, (*some, table, after))}
    return found


def _chunks_of(connection: sqlite3.Connection, table: str, after: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give each chunk of very many rows: its entry and the keys of its rows, which are unpacked once."""
    listed = connection.execute(
        "SELECT r.fid, r.change, h.hash FROM history_row r JOIN history h ON h.id = r.change "
        "WHERE r.element IS NULL AND +r.table_name = ? AND +r.change > ?",
        (table, after),
    ).fetchall()
    for fid, change, digest in listed:
        keys = _unpacked.pop((digest, fid), None)
        if keys is None:
            (chunk,) = connection.execute("SELECT coalesce(after, before) FROM history_row WHERE fid = ?", (fid,)).fetchone()
            keys = _keys_in(chunk, table)
        _unpacked[digest, fid] = keys
        while len(_unpacked) > 1 and sum(map(len, _unpacked.values())) > _MOST_UNPACKED:
            _unpacked.pop(next(iter(_unpacked)), None)
        yield change, keys


def _keys_in(chunk: bytes | None, table: str) -> NDArray[np.int64]:
    """Return the keys of a compressed chunk, without unpacking its other columns."""
    if chunk is None:
        return np.empty(0, dtype=np.int64)
    with pa.ipc.open_stream(chunk) as whole:
        at = whole.schema.get_field_index(key_of(table))
    with pa.ipc.open_stream(chunk, options=pa.ipc.IpcReadOptions(included_fields=[at])) as reader:
        return reader.read_all()[key_of(table)].to_numpy()  # type: ignore[no-any-return]


# -- what stands in the way ----------------------------------------------------------------------------------------------


def in_the_way(connection: sqlite3.Connection, number: int, change: Change) -> Iterator[tuple[int, dict[str, set[int]]]]:
    """Give the later entries, still in force, that touch or refer to the rows of an entry, oldest first, with those rows.

    Only those that are asked for are read.
    """
    keys = _keys_by_table(change.parts)
    candidates = touching(connection, keys, after=number)
    if new_nodes := {key for part in change.parts if part.table == "node" and not part.before.num_rows for key in part.keys}:
        candidates |= _with_pipes_at(connection, new_nodes, number)
    for candidate in sorted(candidates):
        if _is_in_force(connection, candidate) and (met := _met(change_of(connection, candidate), keys)):
            yield candidate, met


def _with_pipes_at(connection: sqlite3.Connection, nodes: Collection[int], after: int) -> set[int]:
    """Return later entries that wrote the pipes which end at these nodes now."""
    pipes: set[int] = set()
    for some in chunks(sorted(nodes)):
        asked = marks(len(some))
        statement = f"SELECT fid FROM pipe WHERE from_fid IN ({asked}) UNION SELECT fid FROM pipe WHERE to_fid IN ({asked})"
        pipes |= {row[0] for row in connection.execute(statement, (*some, *some))}
    return touching(connection, {"pipe": pipes}, after=after)


def _is_in_force(connection: sqlite3.Connection, number: int) -> bool:
    (undoes,) = connection.execute("SELECT undoes FROM history WHERE id = ?", (number,)).fetchone()
    return undoes is None and not is_undone(connection, number)


def _met(later: Change, keys: Mapping[str, set[int]]) -> dict[str, set[int]]:
    met: dict[str, set[int]] = {}
    for part in later.parts:
        if shared := keys.get(part.table, set()) & set(part.keys):
            met.setdefault(part.table, set()).update(shared)
        if part.table == "pipe" and (nodes := keys.get("node")):
            for end in ("from_fid", "to_fid"):
                if end in part.after.column_names and (shared := nodes & set(part.after[end].to_pylist())):
                    met.setdefault("node", set()).update(shared)
    return met


def _keys_by_table(parts: Sequence[Rows]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for part in parts:
        found.setdefault(part.table, set()).update(part.keys)
    return found


def what_is_free(connection: sqlite3.Connection, change: Change, kept: Mapping[str, Collection[int]]) -> Change:
    """Return the part of a Change that can be taken back while these rows stay: with them stay the nodes they hang on.

    The row of a batch stays where any of its elements does.
    """
    stays = {table: set(keys) for table, keys in kept.items()}
    if any(stays.values()):
        for part in change.parts:
            if part.table == "batch":
                stays.setdefault("batch", set()).update(part.keys)
    new = [key for part in change.parts if part.table == "node" and not part.before.num_rows for key in part.keys]
    gone = {key for part in change.parts if part.table == "pipe" and not part.before.num_rows for key in part.keys}
    gone -= stays.get("pipe", set())
    held = stays.setdefault("node", set())
    for some in chunks(new):
        asked = marks(len(some))
        for fid, *ends in connection.execute(
            f"SELECT fid, from_fid, to_fid FROM pipe WHERE from_fid IN ({asked}) OR to_fid IN ({asked})", (*some, *some)
        ):
            if fid not in gone:
                held.update(ends)
    parts = tuple(part for part in (_without(part, stays.get(part.table, set())) for part in change.parts) if len(part))
    label = _("Part of “{label}”").format(label=change.label)
    return Change(label, change.author, parts)


def only(change: Change, wanted: Mapping[str, Collection[int]]) -> dict[str, set[int]]:
    """Return the rows of a Change that are not wanted, by table."""
    return {table: keys - set(wanted.get(table, ())) for table, keys in _keys_by_table(change.parts).items()}


def _without(part: Rows, keys: Collection[int]) -> Rows:
    if not keys:
        return part
    stays = pa.array(sorted(keys), pa.int64())

    def left(table: pa.Table) -> pa.Table:
        import pyarrow.compute as pc

        return table.filter(pc.invert(pc.is_in(table[key_of(part.table)], value_set=stays))) if table.num_rows else table

    return Rows(part.table, left(part.before), left(part.after))
