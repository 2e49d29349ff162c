"""Rows one by one, before and after, put together as the parts of a Change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from pipemap.store.change import Rows
from pipemap.store.reading import arrow_types, as_array
from pipemap.store.schema import key_of

Row = Mapping[str, Any]


def parts_of(pairs: Iterable[tuple[str, Row | None, Row | None]]) -> tuple[Rows, ...]:
    """Return what was done to rows as parts of a Change; rows that are as they were are left out.

    Parameters
    ----------
    pairs
        Table, the row before (None: it was not there) and after (None: it is gone).
    """
    groups: dict[tuple[str, str, tuple[str, ...]], list[tuple[Row, Row]]] = defaultdict(list)
    for table, before, after in pairs:
        key = key_of(table)
        if before is None or after is None:
            row = before if after is None else after
            if row is not None:
                names = tuple(name for name, value in row.items() if value is not None)
                groups[table, "insert" if before is None else "delete", names].append((row, row))
        elif names := tuple(name for name in before if name != key and before[name] != after.get(name)):
            groups[table, "update", (key, *names)].append((before, after))
    return tuple(_rows(*key, found) for key, found in sorted(groups.items(), key=lambda item: (turn(*item[0][:2]), item[0][2])))


def turn(table: str, kind: str) -> tuple[int, str]:
    """Nodes come before their pipes and those before what hangs on them; they go the other way round."""
    depth = {"node": 0, "pipe": 1}.get(table, 2)
    return {"insert": depth, "update": 3 + depth, "delete": 8 - depth}[kind], table


def _rows(table: str, kind: str, names: tuple[str, ...], pairs: list[tuple[Row, Row]]) -> Rows:
    types = arrow_types(table)
    before, after = (
        pa.table({name: as_array(tuple(pair[side].get(name) for pair in pairs), types[name]) for name in names})
        for side in (0, 1)
    )
    if kind == "insert":
        return Rows.added(table, after)
    return Rows.deleted(table, before) if kind == "delete" else Rows(table, before, after)
