"""From a printed id to the key of a row, inside a transaction."""

from __future__ import annotations

import difflib
import sqlite3

from pipemap.errors import AmbiguousElementError, UnknownElementError
from pipemap.model.fields import Layer
from pipemap.store.sql import escaped, quoted

_MOST_CHOICES = 5


def next_fid(connection: sqlite3.Connection, table: str) -> int:
    """Return a key that no row of a table has or had."""
    (highest,) = connection.execute(f"SELECT coalesce(max(fid), 0) FROM {quoted(table)}").fetchone()
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(max(highest, given[0] if given else 0)) + 1


def find_fid(connection: sqlite3.Connection, layer: Layer, element: str | int) -> int:
    """Return the key of the one element that is meant: a key, ``#12``, an id, or ``BATCH/ID``.

    Raises
    ------
    UnknownElementError
        There is none; the hint names similar ids.
    AmbiguousElementError
        There are several; the hint says how to name each.
    """
    if not isinstance(element, str):
        if connection.execute(f"SELECT 1 FROM {quoted(layer)} WHERE fid = ?", (int(element),)).fetchone() is None:
            raise UnknownElementError(f"{layer}:#{int(element)}")
        return int(element)
    found = _by_id(connection, layer, element)
    prefix, colon, rest = element.partition(":")
    if not found and colon and prefix == layer:
        found = _by_id(connection, layer, rest)
    if not found:
        raise UnknownElementError(element, _similar(connection, layer, element))
    if len(found) > 1:
        raise AmbiguousElementError(element, [f"{layer}:#{fid}" for fid in found[:_MOST_CHOICES]])
    return found[0]


def find_node_by_id(connection: sqlite3.Connection, text: str) -> int:
    """Return the key of the node that ``text`` names."""
    return find_fid(connection, "node", text)


def _by_id(connection: sqlite3.Connection, layer: Layer, text: str) -> list[int]:
    statement = f'SELECT fid FROM {quoted(layer)} WHERE "id" = ?'
    found = [row[0] for row in connection.execute(statement + " ORDER BY fid LIMIT 20", (text,))]
    if not found and text.startswith("#") and text[1:].isascii() and text[1:].isdigit():
        number = min(int(text[1:][:20]), 2**63 - 1)
        found = [row[0] for row in connection.execute(f"SELECT fid FROM {quoted(layer)} WHERE fid = ?", (number,))]
    if not found and "/" in text:
        inside = f"{statement} AND batch IN (SELECT fid FROM batch WHERE name = ?) ORDER BY fid LIMIT 20"
        parts = text.split("/")
        for cut in range(1, len(parts)):
            found += [row[0] for row in connection.execute(inside, ("/".join(parts[cut:]), "/".join(parts[:cut])))]
    return found


def _similar(connection: sqlite3.Connection, layer: Layer, text: str) -> list[str]:
    pattern = f"%{escaped(text[: max(1, len(text) // 2)])}%"
    statement = f'SELECT DISTINCT "id" FROM {quoted(layer)} WHERE "id" LIKE ? ESCAPE \'\\\' LIMIT 5000'
    return difflib.get_close_matches(text, [str(row[0]) for row in connection.execute(statement, (pattern,))], n=3, cutoff=0.5)
