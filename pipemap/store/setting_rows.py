"""Settings of a survey that the history shall know of: set as part of a Change."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import pyarrow as pa

from pipemap.store.change import Rows
from pipemap.store.reading import arrow_types


def setting_parts(connection: sqlite3.Connection, values: Mapping[str, str | None]) -> tuple[Rows, ...]:
    """Return what gives settings these values, blank or None for not set; nothing for those that have theirs already."""
    (free,) = connection.execute("SELECT coalesce(max(fid), 0) FROM setting").fetchone()
    parts = []
    for name, value in values.items():
        row = connection.execute("SELECT fid, value FROM setting WHERE name = ?", (name,)).fetchone()
        if row is None and value:
            free += 1
            parts.append(Rows.added("setting", _table(free, {"name": name, "value": value})))
        elif row is not None and (row[1] or "") != (value or ""):
            before, after = (_table(row[0], {"value": text}) for text in (row[1], value or None))
            parts.append(Rows("setting", before, after))
    return tuple(parts)


def _table(fid: int, words: Mapping[str, str | None]) -> pa.Table:
    types = arrow_types("setting")
    columns = {name: pa.array([text], types[name]) for name, text in words.items()}
    return pa.table({"fid": pa.array([fid], types["fid"])} | columns)
