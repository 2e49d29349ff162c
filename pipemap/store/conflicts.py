"""Conflicts that nobody has decided yet, as problems of the survey."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.comparison import PLACE, Comparison
from pipemap.store.change import Rows
from pipemap.store.delivered import WHOLE, unpacked
from pipemap.store.reading import arrow_types, read_columns
from pipemap.texts import N_

if TYPE_CHECKING:
    from pipemap.model.comparison import LayerComparison

CONFLICT = "import-conflict"
"""Rule of a problem that says: edited by hand, and delivered otherwise."""
_TEXT = N_("{field}: the survey has “{ours}”, the delivery “{theirs}”; edited by hand since the last delivery.")
_MOVED = N_("Place: the delivery has it elsewhere, and it was moved by hand or lies far away.")
_DELETED = N_("Deleted by hand, and delivered again with other values.")
_COMPARED = ("layer", "element_fid", "text", "arguments")


def conflict_problems(
    connection: sqlite3.Connection, batch: int, compared: Comparison, refused: Iterable[Mapping[str, Any]], first: int
) -> list[Rows]:
    """Return what makes the conflicts that a batch's problems list be those that are open; ``first``: key of a new one."""
    statement = "SELECT fid FROM problem WHERE batch = ? AND rule = ? ORDER BY fid"
    there = [row[0] for row in connection.execute(statement, (batch, CONFLICT))]
    old = read_columns(connection, "problem", list(arrow_types("problem")), fids=there)
    held = {tuple(row[name] for name in _COMPARED): at for at, row in enumerate(old.to_pylist())}
    by_layer = {layer.layer: layer for layer in compared.layers}
    wanted = [_problem(by_layer[row["layer"]], row, batch) for row in refused if row["open"]]
    keys = [tuple(row[name] for name in _COMPARED) for row in wanted]
    new = [row for row, key in zip(wanted, keys, strict=True) if key not in held]
    gone = [at for key, at in held.items() if key not in keys]
    rows = [row | {"fid": first + at} for at, row in enumerate(new)]
    types = arrow_types("problem")
    added = pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()})
    return [Rows.deleted("problem", old.take(pa.array(gone, pa.int64()))), Rows.added("problem", added)]


def _problem(layer: LayerComparison, row: Mapping[str, Any], batch: int) -> dict[str, Any]:
    at = int(np.flatnonzero(layer.fid == row["element"])[0])
    x, y = (None if np.isnan(value) else float(value) for value in layer.place[at])
    name = row["field"]
    text, arguments = (_DELETED, {}) if name == WHOLE else (_MOVED, {}) if name == PLACE else (_TEXT, _values(layer, at, row))
    return {
        "batch": batch,
        "rule": CONFLICT,
        "severity": "warning",
        "text": text,
        "arguments": json.dumps(arguments, ensure_ascii=False, sort_keys=True, default=str),
        "layer": layer.layer,
        "element": layer.ids[at].as_py(),
        "element_fid": None if layer.deleted[at] else row["element"],
        "x": x,
        "y": y,
        "status": "open",
    }


def _values(layer: LayerComparison, at: int, row: Mapping[str, Any]) -> dict[str, Any]:
    ours = next((one.ours[0].as_py() for one in layer.of(at) if one.name == row["field"]), None)
    return {"field": row["field"], "ours": "" if ours is None else ours, "theirs": unpacked(row["value"])}
