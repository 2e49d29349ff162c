"""What another program did to a survey behind our back: noticed by triggers, shown, taken into the history."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipemap.store.change import Change
from pipemap.store.rowwise import parts_of
from pipemap.store.schema import columns_in_order, columns_there, key_of
from pipemap.store.sql import listed, quoted
from pipemap.store.tables import OURS, WATCHED_TABLES
from pipemap.texts import _

Row = dict[str, Any]
_LITERAL = re.compile(r"X'([0-9A-Fa-f]*)'|'((?:[^']|'')*)'|(NULL)|([-+0-9.eE]+|-?Inf|NaN)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ForeignEdit:
    """What became of one row: ``before`` is None for a row that was added, ``after`` for one that is gone.

    ``time`` is when it was touched first, in UTC.
    """

    table: str
    key: int
    time: str
    before: Row | None
    after: Row | None


def is_watched(connection: sqlite3.Connection) -> bool:
    """Whether the file notes what other programs do; one of before there was a watch, open for reading, does not."""
    return "kind" in columns_there(connection, "foreign_edit")


def count(connection: sqlite3.Connection) -> int:
    """Return how many notes of other programs' edits wait; a row may have several."""
    if not is_watched(connection):
        return 0
    return int(connection.execute("SELECT count(*) FROM foreign_edit WHERE fid != ?", (OURS,)).fetchone()[0])


def pending(connection: sqlite3.Connection) -> list[ForeignEdit]:
    """Return what other programs did since the history was written last, one entry a row, in the order of their edits.

    A row that is again as it was is left out.
    """
    if not is_watched(connection):
        return []
    notes = connection.execute(
        "SELECT table_name, element, kind, min(fid), time, before FROM foreign_edit WHERE fid != ? AND element IS NOT NULL "
        "GROUP BY table_name, element ORDER BY min(fid)",
        (OURS,),
    ).fetchall()
    names = {table: columns_in_order(connection, table) for table in WATCHED_TABLES}
    found = []
    for table, key, kind, _number, time, before in notes:
        if table in names:
            old = None if kind == "insert" else _row(str(before or ""), names[table])
            new = _now(connection, table, int(key), names[table])
            if old != new:
                found.append(ForeignEdit(table, int(key), str(time or ""), old, new))
    return found


def as_change(edits: list[ForeignEdit], author: str) -> Change:
    """Return what other programs did as a Change that has been done already."""
    times = sorted(edit.time for edit in edits if edit.time)
    span = " – ".join(dict.fromkeys(_local(time) for time in (times[0], times[-1]))) if times else ""
    label = _("{n} rows edited in another program, {span}").format(n=len(edits), span=span)
    return Change(label, author, parts_of((edit.table, edit.before, edit.after) for edit in edits))


def forget(connection: sqlite3.Connection) -> None:
    """Take the notes away, once the history has them; inside our own transaction."""
    connection.execute("DELETE FROM foreign_edit WHERE fid != ?", (OURS,))


def _local(time: str) -> str:
    try:
        return datetime.fromisoformat(time).replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return time


def _now(connection: sqlite3.Connection, table: str, key: int, names: list[str]) -> Row | None:
    found = connection.execute(
        f"SELECT {listed(names)} FROM {quoted(table)} WHERE {quoted(key_of(table))} = ?", (key,)
    ).fetchone()
    return None if found is None else dict(zip(names, found, strict=True))


def _row(text: str, names: list[str]) -> Row:
    """Return a row from its literals; columns that the file got later were unknown then."""
    values = list(_literals(text))
    return dict.fromkeys(names) | dict(zip(names, values, strict=False))


def _literals(text: str) -> Iterator[object]:
    at = 0
    while at < len(text):
        found = _LITERAL.match(text, at)
        if found is None:
            return  # written by hand: what follows is unknown
        blob, words, null, number = found.groups()
        if blob is not None:
            yield bytes.fromhex(blob)
        elif words is not None:
            yield words.replace("''", "'")
        else:
            yield None if null else _number(number)
        at = found.end() + 1


def _number(text: str) -> float | int | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
