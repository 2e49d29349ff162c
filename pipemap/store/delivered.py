"""What a batch delivered last: the base that tells an edit by hand from a value of the file.

The survey's own value is what was delivered, but where it was edited since: that the history tells. What a delivery held and the
survey did not take stands in the table ``not_taken``; without it the next delivery could not be told from what was refused.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipemap.model.fields import LAYERS, Layer
from pipemap.store import history
from pipemap.store.change import Rows
from pipemap.store.reading import arrow_types, read_columns
from pipemap.store.schema import columns_there
from pipemap.store.sql import chunks, marks, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

Values = dict[str, Any]
WHOLE = ""
"""Field of a row of ``not_taken`` that stands for a whole element: a person deleted it, and it is still delivered."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the survey has otherwise than the batch delivered it.

    Attributes
    ----------
    values
        Layer → field → key → the value that was delivered.
    deleted
        Layer → key → the row that was delivered, of elements that were deleted by hand.
    by_hand
        Layer → keys of elements that no delivery brought.
    open
        (layer, key, field) of conflicts that nobody has decided yet.
    """

    values: dict[Layer, dict[str, dict[int, Any]]] = field(default_factory=lambda: {layer: {} for layer in LAYERS})
    deleted: dict[Layer, dict[int, Values]] = field(default_factory=lambda: {layer: {} for layer in LAYERS})
    by_hand: dict[Layer, set[int]] = field(default_factory=lambda: {layer: set() for layer in LAYERS})
    open: set[tuple[Layer, int, str]] = field(default_factory=set)

    def of(self, layer: Layer, name: str) -> Mapping[int, Any]:
        """Return what was delivered of a field, by key."""
        return self.values[layer].get(name, {})

    def remember(self, layer: Layer, name: str, fid: int, value: Any, *, over: bool = False) -> None:  # noqa: ANN401
        """Note what was delivered; the oldest value counts, unless ``over``."""
        held = self.values[layer].setdefault(name, {})
        if over or fid not in held:
            held[fid] = value


def read_delivered(connection: sqlite3.Connection, batch: int) -> Delivered:
    """Return what was done by hand to a batch since its last delivery, and what was not taken of it."""
    found = Delivered()
    since = _last_delivery(connection, batch)
    if since is None:
        return found
    keys = {
        layer: {row[0] for row in connection.execute(f"SELECT fid FROM {quoted(layer)} WHERE batch = ?", (batch,))}
        for layer in LAYERS
    }
    for number in _later(connection, since):
        for part in history.change_of(connection, number).parts:
            if part.table in keys:
                _follow(found, part, keys[part.table], batch)
    _forget_what_came_back(connection, found)
    for row in not_taken(connection, batch).to_pylist():
        _overlay(found, row, keys)
    return found


def _last_delivery(connection: sqlite3.Connection, batch: int) -> int | None:
    """Return the entry of the history with which the batch was delivered last; of older files the last that wrote its row."""
    if "delivered" in columns_there(connection, "batch"):
        row = connection.execute("SELECT delivered FROM batch WHERE fid = ?", (batch,)).fetchone()
        if row is not None and row[0] is not None:
            return int(row[0])
    statement = "SELECT max(change) FROM history_row WHERE table_name = 'batch' AND element = ?"
    (number,) = connection.execute(statement, (batch,)).fetchone()
    return None if number is None else int(number)


def _later(connection: sqlite3.Connection, since: int) -> list[int]:
    """Return later entries of nodes and pipes, but for those that only brought many new ones."""
    statement = (
        "SELECT DISTINCT change FROM history_row WHERE change > ? AND table_name IN ('node', 'pipe') "
        "AND (before IS NOT NULL OR element IS NOT NULL) ORDER BY change"
    )
    return [row[0] for row in connection.execute(statement, (since,))]


def _follow(found: Delivered, part: Rows, keys: Collection[int], batch: int) -> None:
    """Take in one step of the history, oldest first."""
    layer: Layer = part.table  # type: ignore[assignment]
    added, gone = not part.before.num_rows, not part.after.num_rows
    rows = (part.after if added else part.before).to_pylist()
    for row in rows:
        fid = int(row["fid"])
        if added:
            if row.get("batch") == batch and fid not in found.deleted[layer]:
                found.by_hand[layer].add(fid)
        elif gone:
            if row.get("batch") == batch and fid not in found.by_hand[layer]:
                found.deleted[layer][fid] = row
        elif fid in keys or fid in found.deleted[layer]:
            for name, value in row.items():
                if name != "fid":
                    found.remember(layer, name, fid, value)


def _forget_what_came_back(connection: sqlite3.Connection, found: Delivered) -> None:
    """An undo brings back what was deleted; what it was before other edits is what was delivered."""
    for layer, rows in found.deleted.items():
        for some in chunks(list(rows)):
            statement = f"SELECT fid FROM {quoted(layer)} WHERE fid IN ({marks(len(some))})"
            for (fid,) in connection.execute(statement, some).fetchall():
                del rows[fid]
        for fid, row in rows.items():
            row |= {name: values[fid] for name, values in found.values[layer].items() if fid in values}


# -- what was not taken ------------------------------------------------------------------------------------------------


def not_taken(connection: sqlite3.Connection, batch: int) -> pa.Table:
    """Return the rows of ``not_taken`` of a batch."""
    names = list(arrow_types("not_taken"))
    if not columns_there(connection, "not_taken"):
        return pa.table({name: pa.array([], kind) for name, kind in arrow_types("not_taken").items()})
    there = [row[0] for row in connection.execute("SELECT fid FROM not_taken WHERE batch = ? ORDER BY fid", (batch,))]
    return read_columns(connection, "not_taken", names, fids=there)


def _overlay(found: Delivered, row: Values, keys: Mapping[Layer, Collection[int]]) -> None:
    layer, fid, name = row["layer"], row["element"], row["field"]
    value = unpacked(row["value"])
    if name == WHOLE:
        if fid not in keys[layer]:
            found.deleted[layer].setdefault(fid, value)
            if row["open"]:
                found.open.add((layer, fid, name))
    elif fid in keys[layer]:
        found.remember(layer, name, fid, value, over=True)
        if row["open"]:
            found.open.add((layer, fid, name))


def packed(value: Any) -> str:  # noqa: ANN401 -- any value of a row, or a row
    """Return a value, or a row, as the table keeps it."""
    return json.dumps(value, ensure_ascii=False, default=lambda blob: {"hex": bytes(blob).hex()})


def unpacked(text: str | None) -> Any:  # noqa: ANN401
    """Return what :func:`packed` put away."""
    return json.loads(text or "null", object_hook=lambda found: bytes.fromhex(found["hex"]) if set(found) == {"hex"} else found)


def changed_rows(connection: sqlite3.Connection, batch: int, wanted: Iterable[Values], first: int) -> list[Rows]:
    """Return what makes the rows of ``not_taken`` of a batch be these; ``first`` is the key of the first new one."""
    old = not_taken(connection, batch)
    names = ("layer", "element", "field", "value", "open")
    held = {tuple(row[name] for name in names): row["fid"] for row in old.to_pylist()}
    new = [row for row in wanted if tuple(row[name] for name in names) not in held]
    kept = {held.get(tuple(row[name] for name in names)) for row in wanted}
    gone = [fid for fid in held.values() if fid not in kept]
    rows = [row | {"batch": batch, "fid": first + at} for at, row in enumerate(new)]
    added = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in arrow_types("not_taken").items()})
    import pyarrow.compute as pc

    deleted = old.filter(pc.is_in(old["fid"], value_set=pa.array(gone, pa.int64())))
    return [Rows.deleted("not_taken", deleted), Rows.added("not_taken", added)]
