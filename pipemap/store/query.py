"""Questions to the file: rows for a form or a table, sorted and filtered lists, and the search."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipemap.errors import PipemapError
from pipemap.model.fields import LAYERS, Layer, fields
from pipemap.store import geometry, sorting
from pipemap.store.schema import columns_there
from pipemap.store.sql import chunks, escaped, listed, marks, quoted
from pipemap.texts import _

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "is-empty", "not-empty"]
OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "contains", "is-empty", "not-empty")

_FEW = 2_000
"""Keys that are named one by one rather than looked for."""
_WITHOUT_VALUE = {"is-empty", "not-empty"}

SEARCHED: dict[Layer, tuple[str, ...]] = {
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


def order_held(
    held: Mapping[str, pa.Array], layer: Layer, column: str, *, descending: bool, conditions: Sequence[Condition]
) -> NDArray[np.int64]:
    """Answer as :func:`order` does, from columns in memory, ``fid`` among them; see :func:`can_compare`."""
    fids = held["fid"].to_numpy()
    if not conditions:
        rows = np.arange(len(fids))
    else:
        rows = np.flatnonzero(np.logical_and.reduce([_met(held, layer, condition) for condition in conditions]))
    column_there = held[column] if not conditions else held[column].take(pa.array(rows))
    found: NDArray[np.int64] = fids[rows[sorting.order_of(column_there, descending=descending)]]
    return found


def _met(held: Mapping[str, pa.Array], layer: Layer, condition: Condition) -> NDArray[np.bool_]:
    """Which rows fulfil a condition."""
    value = condition.value
    if condition.op in _WITHOUT_VALUE:
        value = None
    elif condition.op != "contains":
        value = _value(layer, condition)
    return sorting.meets(held[condition.column], condition, value)


def can_compare(held: Mapping[str, pa.Array], conditions: Sequence[Condition]) -> bool:
    """Whether conditions mean in memory what they mean in the file: numbers are no text, and truth has no order."""
    for condition in conditions:
        kind = held[condition.column].type
        text = pa.types.is_string(kind) or pa.types.is_dictionary(kind)
        if condition.op not in OPERATORS or (condition.op == "contains" and not text):
            return False
        if pa.types.is_boolean(kind) and condition.op not in _WITHOUT_VALUE:
            return False
    return True


def find(
    connection: sqlite3.Connection, text: str, *, limit: int, held: Mapping[Layer, Mapping[str, pa.Array] | None] | None = None
) -> list[Hit]:
    """Return elements by what a person types: the exact id first, then ids that begin with it, then what contains it.

    ``held``: the columns that are searched, where they are in memory.
    """
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
    in_memory = held or {}
    for layer in LAYERS:
        condition, values = _with_id(in_memory.get(layer), wanted, begins=True)
        _add(connection, found, layer, "id", condition, values, limit, shortest=True)
    for layer in LAYERS:
        condition, values = _with_id(in_memory.get(layer), wanted, begins=False)
        _add(connection, found, layer, "id", condition, values, limit)
    for layer in LAYERS:
        _add_texts(connection, found, layer, wanted, limit, in_memory.get(layer))
    return list(found.values())[:limit]


def _with_id(held: Mapping[str, pa.Array] | None, wanted: str, *, begins: bool) -> tuple[str, list[str]]:
    """Return what SQL asks for ids that begin with a text, or hold it: by their keys where few are known to."""
    if held is not None:
        rows = np.flatnonzero(sorting.holds(held["id"], wanted, begins=begins).to_numpy(zero_copy_only=False))
        if len(rows) <= _FEW:
            return f"fid IN ({', '.join(map(str, held['fid'].to_numpy()[rows].tolist()))})", []
    return "\"id\" LIKE ? ESCAPE '\\'", [f"{escaped(wanted)}%" if begins else f"%{escaped(wanted)}%"]


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
    held: Mapping[str, pa.Array] | None,
) -> None:
    """Look through all fields but the id, in one walk over the rows, or over the words that are in memory."""
    there = columns_there(connection, layer)
    names = [name for name in SEARCHED[layer] if name != "id" and name in there]
    if len(found) >= limit or not names:
        return
    condition, values = " OR ".join(f"{quoted(name)} LIKE ?1 ESCAPE '\\'" for name in names), [f"%{escaped(wanted)}%"]
    if held is not None:
        fids = _holding(held, names, wanted, limit)
        condition, values = f"fid IN ({', '.join(map(str, fids))})", []
    statement = f'SELECT fid, "id", geom, {listed(names)} FROM {quoted(layer)} WHERE {condition} ORDER BY fid LIMIT {int(limit)}'
    for fid, printed, blob, *texts in connection.execute(statement, values):
        if (layer, fid, "id") in found:
            continue
        holding = [number for number, text in enumerate(texts) if text is not None and wanted.lower() in str(text).lower()]
        number = holding[0] if holding else next((at for at, text in enumerate(texts) if text is not None), 0)
        x, y = _place(blob)
        found[layer, fid, names[number]] = Hit(layer, fid, printed or "", names[number], str(texts[number]), x, y)


def _holding(held: Mapping[str, pa.Array], names: Sequence[str], wanted: str, limit: int) -> list[int]:
    """Return the first keys whose fields hold a text."""
    rows = np.zeros(len(held["fid"]), dtype=np.bool_)
    for name in names:
        rows |= sorting.meets(held[name], Condition(name, "contains", wanted), wanted)
    found: list[int] = held["fid"].to_numpy()[np.flatnonzero(rows)[:limit]].tolist()
    return found


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
    if condition.op in _WITHOUT_VALUE:
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
