"""What is different between two states of a survey: what came, what went, which fields of what stayed have another value."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipemap.progress import SILENT, Progress
from pipemap.store import foreign
from pipemap.store.change import Rows
from pipemap.store.history import read_part, read_row
from pipemap.store.past import Moment
from pipemap.store.rowwise import parts_of
from pipemap.store.schema import columns_there, key_of
from pipemap.store.sql import chunks, marks, quoted
from pipemap.store.tables import WATCHED_TABLES
from pipemap.texts import _

Row = dict[str, Any]
_REPORT_EVERY = 1000
_AT_ONCE = 5000
_FOLLOWS = frozenset({"from_fid", "to_fid"})
"""Keys of ends: the ids beside them say the same to a person."""


@dataclass(frozen=True, slots=True)
class Altered:
    """One row that is there before and after, with the values that are others: field → (before, after)."""

    table: str
    key: int
    id: str
    fields: dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between two states.

    ``added`` and ``removed``: id by key, by table. ``gone``: the removed rows as they were at the first state.
    """

    first: Moment
    last: Moment
    added: dict[str, dict[int, str]]
    removed: dict[str, dict[int, str]]
    altered: tuple[Altered, ...]
    gone: tuple[Rows, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return sum(map(len, (*self.added.values(), *self.removed.values()))) + len(self.altered)


def difference(
    connection: sqlite3.Connection,
    first: Moment,
    last: Moment,
    *,
    pending: bool = False,
    most: int | None = None,
    progress: Progress = SILENT,
) -> Difference:
    """Return what became of every row between two states, the earlier one first.

    Parameters
    ----------
    pending
        Whether foreign edits that the history does not have yet count too.
    most
        Of parts of very many rows look at so many; None: at all.
    """
    walk = _Walk()
    (total,) = connection.execute(
        "SELECT count(*) FROM history_row WHERE change > ? AND change <= ?", (first.entry, last.entry)
    ).fetchone()
    rows = connection.cursor().execute(
        "SELECT table_name, element, before, after FROM history_row WHERE change > ? AND change <= ? ORDER BY change, fid",
        (first.entry, last.entry),
    )
    told = _("Comparing")
    for done, (table, key, before, after) in enumerate(rows):
        if done % _REPORT_EVERY == 0:
            progress(done, total, told)
        if table in WATCHED_TABLES:
            if key is None:
                walk.chunk(_first(read_part(table, before, after), most))
            else:
                walk.step(table, key, read_row(before), read_row(after))
    if pending:
        for edit in foreign.pending(connection):
            walk.step(edit.table, edit.key, edit.before, edit.after)
    return walk.result(connection, first, last)


def _first(part: Rows, most: int | None) -> Rows:
    return part if most is None else Rows(part.table, part.before.slice(0, most), part.after.slice(0, most))


class _Walk:
    """What is known of each row on the way from the first state to the last: its values then, and its values now."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], tuple[Row | None, Row | None]] = {}

    def step(self, table: str, key: int, before: Row | None, after: Row | None) -> None:
        """Follow one row through one Change."""
        known = (table, key) in self._rows
        then, now = self._rows.get((table, key), (before, after))
        if known:
            if then is not None and before is not None:
                then = before | then
            now = None if after is None else (now or {}) | after
        self._rows[table, key] = (then, now)

    def chunk(self, part: Rows) -> None:
        """Follow very many rows; of those that come new only the names are kept."""
        whole = part.keys
        for start in range(0, len(part), _AT_ONCE):
            keys = whole[start : start + _AT_ONCE]
            old, new = (table.slice(start, _AT_ONCE) for table in (part.before, part.after))
            fresh = not part.before.num_rows and not any((part.table, key) in self._rows for key in keys)
            if fresh:
                names = [name for name in ("id", "name") if name in new.column_names]
                rows = new.select(names).to_pylist() if names else [{} for _key in keys]
                self._rows.update(((part.table, key), (None, row)) for key, row in zip(keys, rows, strict=True))
                continue
            before, after = (table.to_pylist() if table.num_rows else [None] * len(keys) for table in (old, new))
            for key, was, is_now in zip(keys, before, after, strict=True):
                self.step(part.table, key, was, is_now)

    def result(self, connection: sqlite3.Connection, first: Moment, last: Moment) -> Difference:
        added: dict[str, dict[int, str]] = {table: {} for table in WATCHED_TABLES}
        removed: dict[str, dict[int, str]] = {table: {} for table in WATCHED_TABLES}
        altered, gone = [], []
        for (table, key), (then, now) in self._rows.items():
            if then is None and now is not None:
                added[table][key] = _id_in(now)
            elif then is not None and now is None:
                removed[table][key] = _id_in(then)
                gone.append((table, then, None))
            elif then is not None and now is not None:
                fields = {name: (then.get(name), now.get(name)) for name in now if then.get(name) != now.get(name)}
                fields = {name: values for name, values in fields.items() if name not in _FOLLOWS}
                if fields:
                    altered.append(Altered(table, key, _id_in(now), fields))
        return Difference(first, last, added, removed, _named(connection, altered), tuple(~part for part in parts_of(gone)))


def _id_in(row: Row) -> str:
    return str(row.get("id") or row.get("name") or "")


def _named(connection: sqlite3.Connection, altered: Sequence[Altered]) -> tuple[Altered, ...]:
    """Give rows the ids that they have now, where the history did not have to tell them."""
    ids: dict[tuple[str, int], str] = {}
    for table in WATCHED_TABLES:
        name = next((name for name in ("id", "name") if name in columns_there(connection, table)), None)
        keys = [one.key for one in altered if one.table == table and not one.id]
        for some in chunks(keys if name else ()):
            statement = (
                f"SELECT {quoted(key_of(table))}, {quoted(str(name))} FROM {quoted(table)} "
                f"WHERE {quoted(key_of(table))} IN ({marks(len(some))})"
            )
            ids |= {(table, key): str(text or "") for key, text in connection.execute(statement, some)}
    return tuple(Altered(one.table, one.key, one.id or ids.get((one.table, one.key), ""), one.fields) for one in altered)
