"""Questions to the file: rows for a form or a table, sorted and filtered lists, and the search."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipemap.errors import PipemapError
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.store import geometry
from pipemap.store.schema import columns_there
from pipemap.store.sql import chunks, escaped, listed, marks, quoted
from pipemap.texts import _

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "is-empty", "not-empty"]
OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "contains", "is-empty", "not-empty")

SEARCHED = {
    "node": ("id", "map_id", "road", "owner", "operator", "address", "note"),
    "pipe": ("id", "road", "owner", "operator", "note"),
}
"""Fields that the search looks into."""


class ConditionError(PipemapError):
    """A list was asked for by a field, an operator or a value that does not exist."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter of a list; ``value`` is ignored by ``is-empty`` and ``not-empty``."""

    column: str
    op: Operator
    value: object = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that the search found.

    ``field`` is the one that holds ``text``; ``x``, ``y`` the place to fly to, None where the element has none.
    """

    layer: Layer
    fid: int
    id: str
    field: str
    text: str
    x: float | None
    y: float | None


def record(connection: sqlite3.Connection, layer: Layer, fid: int) -> dict[str, object] | None:
    """Return everything known of one element by field; None when there is no such element."""
    there = columns_there(connection, layer)
    names = [name for name in fields(layer) if name in there]
    row = connection.execute(f"SELECT fid, geom, {listed(names)} FROM {quoted(layer)} WHERE fid = ?", (fid,)).fetchone()
    if row is None:
        return None
    found: dict[str, object] = {"fid": row[0]}
    if layer == "node":
        x, y, _level = geometry.decode_points(geometry.as_blobs([row[1]]))[0].tolist()
        found |= {"x": None if np.isnan(x) else x, "y": None if np.isnan(y) else y}
    return found | dict.fromkeys(fields(layer)) | dict(zip(names, row[2:], strict=True))


def rows(connection: sqlite3.Connection, layer: Layer, fids: Sequence[int], names: Sequence[str]) -> list[tuple[object, ...]]:
    """Return some fields of some elements, in the order of ``fids``; all None for an element that is gone."""
    expressions = ", ".join(_expression(connection, layer, name) for name in names)
    held: dict[int, tuple[object, ...]] = {}
    for some in chunks([int(fid) for fid in fids]):
        statement = f"SELECT fid, {expressions} FROM {quoted(layer)} WHERE fid IN ({marks(len(some))})"
        held |= {row[0]: row[1:] for row in connection.execute(statement, some)}
    unknown = (None,) * len(names)
    return [held.get(int(fid), unknown) for fid in fids]


def order(
    connection: sqlite3.Connection, layer: Layer, column: str, *, descending: bool, conditions: Sequence[Condition]
) -> NDArray[np.int64]:
    """Return the keys of the elements that meet all conditions, sorted; unknown values last either way."""
    by = _expression(connection, layer, column)
    where, values = [], []
    for condition in conditions:
        text, given = _condition(connection, layer, condition)
        where.append(text)
        values += given
    filtered = f" WHERE {' AND '.join(where)}" if where else ""
    direction = "DESC" if descending else "ASC"
    statement = f"SELECT fid FROM {quoted(layer)}{filtered} ORDER BY {by} IS NULL, {by} {direction}, fid"
    return np.fromiter((row[0] for row in connection.execute(statement, values)), dtype=np.int64)


def find(connection: sqlite3.Connection, text: str, *, limit: int) -> list[Hit]:
    """Return elements by what a person types: the exact id first, then ids that begin with it, then what contains it."""
    wanted = text.strip()
    if not wanted:
        return []
    found: dict[tuple[str, int, str], Hit] = {}
    for layer in LAYERS:
        _add(connection, found, layer, "id", '"id" = ?', [wanted], limit)
    if "/" in wanted:
        name, _slash, rest = wanted.partition("/")
        for layer in LAYERS:
            condition = '"id" = ? AND batch IN (SELECT fid FROM batch WHERE name = ?)'
            _add(connection, found, layer, "id", condition, [rest, name], limit)
    for layer in LAYERS:
        _add(connection, found, layer, "id", "\"id\" LIKE ? ESCAPE '\\'", [f"{escaped(wanted)}%"], limit, shortest=True)
    for layer in LAYERS:
        _add(connection, found, layer, "id", "\"id\" LIKE ? ESCAPE '\\'", [f"%{escaped(wanted)}%"], limit)
    for layer in LAYERS:
        _add_texts(connection, found, layer, wanted, limit)
    return list(found.values())[:limit]


def _add(
    connection: sqlite3.Connection,
    found: dict[tuple[str, int, str], Hit],
    layer: Layer,
    field: str,
    condition: str,
    values: list[str],
    limit: int,
    *,
    shortest: bool = False,
) -> None:
    if len(found) >= limit or field not in columns_there(connection, layer):
        return
    ranked = 'ORDER BY length("id"), "id", fid' if shortest else ""
    # The inner question is answered from the index alone, without the rows.
    inner = f"SELECT fid FROM {quoted(layer)} WHERE {condition} {ranked} LIMIT ?"
    statement = f'SELECT fid, "id", {quoted(field)}, geom FROM {quoted(layer)} WHERE fid IN ({inner}) {ranked}'
    for fid, printed, text, blob in connection.execute(statement, [*values, limit]):
        if not any(key in found for key in ((layer, fid, "id"), (layer, fid, field))):
            x, y = _place(blob)
            found[layer, fid, field] = Hit(layer, fid, printed or "", field, str(text), x, y)


def _add_texts(
    connection: sqlite3.Connection,
    found: dict[tuple[str, int, str], Hit],
    layer: Literal["node", "pipe"],
    wanted: str,
    limit: int,
) -> None:
    """Look through all fields but the id, in one walk over the rows."""
    there = columns_there(connection, layer)
    names = [name for name in SEARCHED[layer] if name != "id" and name in there]
    if len(found) >= limit or not names:
        return
    condition = " OR ".join(f"{quoted(name)} LIKE ?1 ESCAPE '\\'" for name in names)
    statement = f'SELECT fid, "id", geom, {listed(names)} FROM {quoted(layer)} WHERE {condition} LIMIT ?2'
    for fid, printed, blob, *texts in connection.execute(statement, (f"%{escaped(wanted)}%", limit)):
        if (layer, fid, "id") in found:
            continue
        holding = [number for number, text in enumerate(texts) if text is not None and wanted.lower() in str(text).lower()]
        number = holding[0] if holding else next(at for at, text in enumerate(texts) if text is not None)
        x, y = _place(blob)
        found[layer, fid, names[number]] = Hit(layer, fid, printed or "", names[number], str(texts[number]), x, y)


def _place(blob: object) -> tuple[float | None, float | None]:
    """Return the middle vertex, or the middle of a straight pipe."""
    xyz = geometry.decode(geometry.as_blobs([blob if isinstance(blob, bytes) else None])).xyz
    if not len(xyz):
        return None, None
    middle = xyz[(len(xyz) - 1) // 2 : len(xyz) // 2 + 1].mean(axis=0)
    return float(middle[0]), float(middle[1])


def check_column(layer: Layer, name: str) -> None:
    """Raise :class:`ConditionError` when a layer has no such column."""
    if name not in {"fid", "x", "y"} and name not in fields(layer):
        raise ConditionError(_("{layer} has no field “{name}”.").format(layer=layer, name=name), _similar(layer, name))


def _expression(connection: sqlite3.Connection, layer: Layer, name: str) -> str:
    """Return SQL for a column; nothing that is not a known field gets through."""
    if name in {"x", "y"}:
        return f"ST_Min{name.upper()}(geom)"
    check_column(layer, name)
    return quoted(name) if name == "fid" or name in columns_there(connection, layer) else "NULL"


def _condition(connection: sqlite3.Connection, layer: Layer, condition: Condition) -> tuple[str, list[object]]:
    column = _expression(connection, layer, condition.column)
    if condition.op not in OPERATORS:
        raise ConditionError(_("There is no operator “{op}”.").format(op=condition.op), ", ".join(OPERATORS))
    if condition.op in {"is-empty", "not-empty"}:
        return f"coalesce({column}, '') {'=' if condition.op == 'is-empty' else '!='} ''", []
    if condition.op == "contains":
        return f"CAST({column} AS TEXT) LIKE ? ESCAPE '\\'", [f"%{escaped(str(condition.value))}%"]
    value = _value(layer, condition)
    operator = {"=": "IS", "!=": "IS NOT"}.get(condition.op, condition.op)
    return f"{column} {operator} ?", [value]


def _value(layer: Layer, condition: Condition) -> object:
    """Return the value in the type of its column."""
    field = fields(layer).get(condition.column)
    kind = field.type if field else "real"
    value = condition.value
    if value is None or kind in {"text", "date"}:
        return value if value is None else str(value)
    if kind == "bool":
        return int(str(value).lower() in {"1", "true", "yes", "是"})
    try:
        return float(str(value))
    except ValueError as error:
        raise ConditionError(
            _("“{name}” is compared with numbers, not with “{value}”.").format(name=condition.column, value=value)
        ) from error


def _similar(layer: Layer, name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [*fields(layer), "fid", "x", "y"], n=3)
    return _("Did you mean {ids}?").format(ids=", ".join(near)) if near else ""
