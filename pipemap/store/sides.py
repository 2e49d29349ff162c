"""What each of two surveys that were edited apart did to the rows that both started from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipemap.model.comparison import PLACE
from pipemap.model.fields import LAYERS
from pipemap.store.change import same_values
from pipemap.store.tables import WATCHED_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]
KEYS: dict[str, dict[str, str]] = {
    "node": {"batch": "batch", "arm_pipe": "pipe"},
    "pipe": {"batch": "batch", "from_fid": "node", "to_fid": "node"},
    "problem": {"batch": "batch", "element_fid": "layer", "other_fid": "other_layer"},
    "inspection": {"pipe": "pipe", "from_node": "node", "to_node": "node"},
    "finding": {
        "inspection": "inspection", "pipe": "pipe", "node": "node", "from_node": "node", "patrol": "patrol",
    },
    "track": {"patrol": "patrol"},
    "visit": {"patrol": "patrol"},
    "reading": {"node": "node", "pipe": "pipe", "patrol": "patrol", "finding": "finding"},
    "attachment": {"element_fid": "layer", "finding": "finding"},
    "operation": {"node": "node", "pipe": "pipe", "shutoff_plan": "shutoff_plan"},
    "customer": {"batch": "batch", "node": "node", "pipe": "pipe"},
    "section": {"from_node": "node", "to_node": "node"},
    "model_text": {"batch": "batch"},
    "acceptance_draw": {"batch": "batch"},
    "acceptance_point": {"draw": "acceptance_draw", "node": "node"},
    "acceptance_verdict": {"batch": "batch"},
}  # fmt: skip
"""Columns that name rows of another table; of ``layer`` and ``other_layer`` the row itself says which."""
ORDER = ("batch", *LAYERS, *sorted(WATCHED_TABLES, key=lambda name: name not in {"inspection", "patrol", "shutoff_plan"}))
TABLES = tuple(dict.fromkeys(ORDER))
"""Every table in an order in which those come first that others name."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one side did to a table: whole rows added, keys removed, fields altered with what they are now."""

    added: dict[int, Row] = field(default_factory=dict)
    removed: dict[int, Row] = field(default_factory=dict)
    altered: dict[int, Row] = field(default_factory=dict)
    before: dict[int, Row] = field(default_factory=dict)


def side_of(base: pa.Table, other: pa.Table) -> Side:
    """Return what was done to a table between two states."""
    old, new = base["fid"].to_numpy(), other["fid"].to_numpy()
    added, removed = np.setdiff1d(new, old), np.setdiff1d(old, new)
    _both, here, there = np.intersect1d(old, new, return_indices=True)
    was, now = base.take(pa.array(here)), other.take(pa.array(there))
    differs = {name: ~same_values(was[name], now[name]) for name in was.column_names if name != "fid"}
    touched = np.flatnonzero(np.logical_or.reduce([*differs.values(), np.zeros(len(here), dtype=np.bool_)]))
    before, after = (part.take(pa.array(touched)).to_pylist() for part in (was, now))
    altered = {
        row["fid"]: {name: row[name] for name, mask in differs.items() if mask[touched[at]]} for at, row in enumerate(after)
    }
    return Side(by_key(other, added.tolist()), by_key(base, removed.tolist()), altered, {row["fid"]: row for row in before})


def by_key(table: pa.Table, keys: Iterable[int]) -> dict[int, Row]:
    """Return some rows of a table by their keys."""
    at = np.flatnonzero(np.isin(table["fid"].to_numpy(), list(keys)))
    return {row["fid"]: row for row in table.take(pa.array(at)).to_pylist()}


def target_of(table: str, row: Mapping[str, Any], name: str) -> str:
    """Return which table a column of a row names a row of; empty where it names none."""
    target = KEYS.get(table, {}).get(name, "")
    named = str(row.get(target) or "") if target in {"layer", "other_layer"} else target
    return named if named in WATCHED_TABLES else ""


class Pairs:
    """Rows that both sides added: what was merged once already does not come again."""

    def __init__(self, ours: Mapping[str, Side], theirs: Mapping[str, Side]) -> None:
        self.same: dict[tuple[str, int], int] = {}
        """Table and key there → key here."""
        self._theirs = theirs
        for table in TABLES:
            self._pair(table, ours[table].added, theirs[table].added)

    def _pair(self, table: str, ours: Mapping[int, Row], theirs: Mapping[int, Row]) -> None:
        held: dict[tuple[object, ...], list[int]] = {}
        for fid, row in ours.items() if theirs else ():
            held.setdefault(_signature(table, row, row), []).append(fid)
        for key, row in theirs.items():
            fids = held.get(_signature(table, row, {name: self.here(table, row, name, value) for name, value in row.items()}))
            if fids:
                self.same[table, key] = fids.pop(fids.index(key) if key in fids else 0)

    def here(self, table: str, row: Mapping[str, Any], name: str, value: object) -> object:
        """Return a value of theirs as it is called here; a row that only they have is called by no key of ours."""
        target = target_of(table, row, name) if value is not None else ""
        if not target or not isinstance(value, int) or value not in self._theirs[target].added:
            return value
        return self.same.get((target, value), (target, "theirs", value))


def _signature(table: str, row: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what two rows have in common that are the same: elements by id and place, others by everything they say."""
    if table in LAYERS:
        return (row["id"], row["category"], row[PLACE])
    return tuple(repr(value) for name, value in here.items() if name != "fid")
