"""Small pieces of SQL that several places need."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    """Return names, quoted and separated by commas."""
    return ", ".join(quoted(name) for name in names)


def marks(count: int) -> str:
    """Return that many question marks."""
    return ", ".join("?" * count)


def escaped(text: str) -> str:
    r"""Return a text that LIKE takes literally, with ``ESCAPE '\'``."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_AT_ONCE = 100
"""Rows of one INSERT: a statement each costs half as much again, because SQLite notes the highest key after each."""


def insert_columns(
    connection: sqlite3.Connection, table: str, names: Sequence[str], columns: Sequence[list[object]], *, replaces: bool = False
) -> None:
    """Insert rows that are given as columns of equal length; ``replaces``: also where the key is there already."""
    count = len(columns[0]) if columns else 0
    flat: list[object] = [None] * (count * len(names))
    for place, column in enumerate(columns):
        flat[place :: len(names)] = column
    verb = "INSERT OR REPLACE" if replaces else "INSERT"
    head, row = f"{verb} INTO {quoted(table)} ({listed(names)}) VALUES ", f"({marks(len(names))})"
    whole = count - count % _AT_ONCE
    many = head + ", ".join([row] * _AT_ONCE)
    size = _AT_ONCE * len(names)
    for start in range(0, whole * len(names), size):
        connection.execute(many, flat[start : start + size])
    if whole < count:
        connection.execute(head + ", ".join([row] * (count - whole)), flat[whole * len(names) :])


def chunks(rows: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Cut a long sequence into pieces that one statement can take."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
