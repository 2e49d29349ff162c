"""The history as a person looks through it: filtered, a page at a time, and what stands in the way of an undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipemap.model.fields import LAYERS
from pipemap.store.change import Change, Rows
from pipemap.store.history import Entry, change_of
from pipemap.store.schema import key_of
from pipemap.store.sql import chunks, escaped, marks
from pipemap.texts import _

Kind = Literal["", "node", "pipe", "other"]
PAGE = 200
"""Entries that are read at once."""


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
    """Return entries that fit, newest first; ``before`` is the id of the last entry of the page before."""
    where, values = _conditions(connection, asked)
    if before is not None:
        where.append("h.id < ?")
        values.append(before)
    filtered = f"WHERE {' AND '.join(where)} " if where else ""
    rows = connection.execute(
        "SELECT h.id, h.label, h.author, h.time, h.undoes, h.hash, "
        "(SELECT coalesce(sum(r.rows), 0) FROM history_row r WHERE r.change = h.id) "
        f"FROM history h {filtered}ORDER BY h.id DESC LIMIT ?",
        (*values, limit),
    ).fetchall()
    return [
        Entry(number, label or "", author or "", time or "", undoes, digest or "", count, undone=is_undone(connection, number))
        for number, label, author, time, undoes, digest, count in rows
    ]


def count(connection: sqlite3.Connection, asked: Asked) -> int:
    """Return how many entries fit."""
    where, values = _conditions(connection, asked)
    filtered = f" WHERE {' AND '.join(where)}" if where else ""
    return int(connection.execute(f"SELECT count(*) FROM history h{filtered}", values).fetchone()[0])


def is_undone(connection: sqlite3.Connection, number: int) -> bool:
    """Whether an entry is taken back now: by an undo that is not itself taken back."""
    rows = connection.execute("SELECT id FROM history WHERE undoes = ?", (number,)).fetchall()
    return any(not is_undone(connection, row[0]) for row in rows)


def _conditions(connection: sqlite3.Connection, asked: Asked) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []
    for column, text in (("label", asked.text), ("author", asked.author)):
        if text:
            where.append(f"h.{column} LIKE ? ESCAPE '\\'")
            values.append(f"%{escaped(text)}%")
    for operator, time in ((">=", asked.since), ("<", asked.until)):
        if time:
            where.append(f"h.time {operator} ?")
            values.append(time)
    if asked.kind:
        tables = f"r.table_name = '{asked.kind}'" if asked.kind in LAYERS else "r.table_name NOT IN ('node', 'pipe')"
        where.append(f"EXISTS (SELECT 1 FROM history_row r WHERE r.change = h.id AND {tables})")
    if asked.elements:
        numbers = sorted(touching(connection, asked.elements))
        where.append(f"h.id IN ({', '.join(map(str, numbers))})")
    return where, values


def touching(connection: sqlite3.Connection, elements: Mapping[str, Collection[int]], *, after: int = 0) -> set[int]:
    """Return the entries after one that touched any of these rows: single rows by their index, chunks by their keys."""
    found: set[int] = set()
    for table, keys in elements.items():
        found |= _touching_singly(connection, table, keys, after)
        array = np.fromiter(keys, dtype=np.int64, count=len(keys))
        for change, old, new in _chunks_of(connection, table, after):
            if change not in found and np.isin(array, _keys_in(new if new is not None else old, table)).any():
                found.add(change)
    return found


def _touching_singly(connection: sqlite3.Connection, table: str, keys: Collection[int], after: int) -> set[int]:
    """Return the entries that kept one of these rows by itself: by the rows, or by the entries where those are fewer."""
    if after:
        (later,) = connection.execute("SELECT count(*) FROM history_row WHERE change > ?", (after,)).fetchone()
        if later < len(keys):
            statement = "SELECT change, element FROM history_row WHERE change > ? AND table_name = ? AND element NOT NULL"
            known = set(keys)
            return {change for change, element in connection.execute(statement, (after, table)) if element in known}
    found: set[int] = set()
    for some in chunks(sorted(keys)):
        statement = (
            f"SELECT DISTINCT change FROM history_row WHERE element IN ({marks(len(some))}) AND table_name = ? AND change > ?"
        )
        found |= {row[0] for row in connection.execute(statement, (*some, table, after))}
    return found


def _chunks_of(connection: sqlite3.Connection, table: str, after: int) -> Iterable[tuple[int, bytes | None, bytes | None]]:
    return connection.execute(
        "SELECT change, before, after FROM history_row WHERE element IS NULL AND table_name = ? AND change > ?", (table, after)
    ).fetchall()


def _keys_in(chunk: bytes | None, table: str) -> NDArray[np.int64]:
    """Return the keys of a compressed chunk, without unpacking its other columns."""
    if chunk is None:
        return np.empty(0, dtype=np.int64)
    with pa.ipc.open_stream(chunk) as whole:
        at = whole.schema.get_field_index(key_of(table))
    with pa.ipc.open_stream(chunk, options=pa.ipc.IpcReadOptions(included_fields=[at])) as reader:
        return reader.read_all()[key_of(table)].to_numpy()  # type: ignore[no-any-return]


# -- what stands in the way ----------------------------------------------------------------------------------------------


def in_the_way(connection: sqlite3.Connection, number: int, change: Change) -> dict[int, dict[str, set[int]]]:
    """Return the later entries, still in force, that touch or refer to the rows of an entry, oldest first, with those rows."""
    keys = _keys_by_table(change.parts)
    candidates = touching(connection, keys, after=number)
    if new_nodes := {key for part in change.parts if part.table == "node" and not part.before.num_rows for key in part.keys}:
        candidates |= _with_pipes_at(connection, new_nodes, number)
    found = {}
    for candidate in sorted(candidates):
        if _is_in_force(connection, candidate):
            met = _met(change_of(connection, candidate), keys)
            if met:
                found[candidate] = met
    return found


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
