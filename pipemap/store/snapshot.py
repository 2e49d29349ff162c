"""The network after a small Change: the changed rows are read and put into the arrays of the snapshot before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as record_fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.columns import Coded, Ids
from pipemap.model.delivery import VALVE_LAYER, Lines, ModelText, layered_valves
from pipemap.model.network import NODE_COLUMNS, PIPE_COLUMNS, Network
from pipemap.model.release import may_leave
from pipemap.store import geometry
from pipemap.store.change import Change
from pipemap.store.columns import ColumnLoader
from pipemap.store.reading import read_columns
from pipemap.store.tables import FEATURE_TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray


_NOT_BY_ROW = frozenset(
    {
        *("crs", "batch_names", "pending_batches", "secret_batches", "is_secret", "valve_layer"),
        *("column_loader", "customer_loader"),
        *("pipe_ends", "node_arm"),  # row numbers: moved by themselves
    }
)
"""What of a network is no column that is simply put together."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a survey says of its elements without naming them; the attributes are those of a network."""

    batch_names: Mapping[int, str]
    pending_batches: frozenset[int]
    secret_batches: frozenset[int]
    is_secret: bool

    @property
    def words(self) -> dict[str, Any]:
        """Return it as a network takes it."""
        return asdict(self)


def around(connection: sqlite3.Connection) -> Around:
    """Read which batches there are, which await acceptance, and what is marked secret as a whole."""
    rows = connection.execute("SELECT fid, name, state, secrecy FROM batch ORDER BY fid").fetchall()
    level = connection.execute("SELECT value FROM setting WHERE name = 'secrecy'").fetchone()
    return Around(
        {row[0]: str(row[1]) for row in rows},
        frozenset(row[0] for row in rows if row[2] not in {None, "stored"}),
        frozenset(row[0] for row in rows if not may_leave(row[3])),
        level is not None and not may_leave(level[0]),
    )


def note_extent(connection: sqlite3.Connection, change: Change) -> None:
    """Widen the extent that other programs read; it never shrinks, which the standard allows."""
    for part in change.parts:
        if part.table not in FEATURE_TABLES or "geom" not in part.after.column_names:
            continue
        places = geometry.decode(part.after["geom"]).xyz[:, :2]
        if len(places):
            box = geometry.boxes(geometry.Courses(np.array([0, len(places)]), places))[0].tolist()
            connection.execute(
                "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2), "
                "max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4), "
                "last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?5",
                (box[0], box[2], box[1], box[3], part.table),
            )


def patched(
    network: Network,
    connection: sqlite3.Connection,
    changes: Sequence[Change],
    now: Around,
) -> Network:
    """Return the network as it is now, given the one before and what was changed since.

    Raises
    ------
    KeyError
        A changed pipe ends at a node that is not there.
    """
    keys = {
        table: {key for change in changes for part in change.parts if part.table == table for key in part.keys}
        for table in FEATURE_TABLES
    }
    fresh = _fresh(connection, keys)
    nodes = _Merge(network.node_fid, np.array(sorted(keys["node"]), dtype=np.int64), fresh.node_fid)
    pipes = _Merge(network.pipe_fid, np.array(sorted(keys["pipe"]), dtype=np.int64), fresh.pipe_fid)
    held: dict[str, Any] = {}
    for field in record_fields(Network):
        if field.name in _NOT_BY_ROW:
            continue
        merge = nodes if field.name.startswith("node_") or field.name == "chamber_depth" else pipes
        held[field.name] = merge.values(getattr(network, field.name), getattr(fresh, field.name))
    ends = fresh.node_fid[fresh.pipe_ends].reshape(-1, 2)
    held["pipe_ends"] = pipes.values(nodes.moved(network.pipe_ends), _rows_in(held["node_fid"], ends, network.pipe_ends.dtype))
    arms = read_columns(connection, "node", ["fid", "arm_pipe"], fids=fresh.node_fid.tolist())
    arm_fids = pc.fill_null(arms["arm_pipe"], -1).to_numpy()
    held["node_arm"] = nodes.values(
        pipes.moved(network.node_arm), _rows_in(held["pipe_fid"], arm_fids, network.node_arm.dtype, lenient=True)
    )
    loader = network.column_loader
    if isinstance(loader, ColumnLoader):
        held["column_loader"] = loader.following(held["node_fid"], held["pipe_fid"], keys)
    made = replace(network, **held, **now.words)
    if "length" in vars(network):  # measured already: only what was changed is measured anew
        vars(made)["length"] = pipes.values(network.length, fresh.length)
    return made


def _fresh(connection: sqlite3.Connection, keys: Mapping[str, set[int]]) -> Network:
    """Read the changed rows as a small network; nodes that were not changed, but at which changed pipes end, come along."""
    pipes = read_columns(connection, "pipe", [*PIPE_COLUMNS, "geom"], fids=sorted(keys["pipe"]))
    ends = {fid for name in ("from_fid", "to_fid") for fid in pipes[name].to_pylist()}
    nodes = read_columns(connection, "node", list(NODE_COLUMNS), fids=sorted((keys["node"] | ends) - {None}))
    return Network.from_tables(nodes, pipes.drop_columns(["geom"]), geometry.decode(pipes["geom"]).lines)


class _Merge:
    """Puts the rows of a small table in the place of those with the same keys in a large one, in the order of keys.

    Rows with one of ``keys`` leave the old table unless the fresh one has them; fresh rows with other keys are ignored.
    """

    def __init__(self, old: NDArray[np.int64], keys: NDArray[np.int64], fresh: NDArray[np.int64]) -> None:
        self._mine = np.flatnonzero(np.isin(fresh, keys))
        at = np.minimum(np.searchsorted(old, keys), max(0, len(old) - 1))
        there = old[at] == keys if len(old) else np.zeros(len(keys), dtype=np.bool_)
        self._places = at[there] if np.array_equal(keys[there], fresh[self._mine]) else None
        if self._places is None:
            kept = np.delete(np.arange(len(old)), at[there])
            both = np.concatenate([old[kept], fresh[self._mine]])
            rows = np.concatenate([kept, len(old) + np.arange(len(self._mine))])
            self._take = rows[order := np.argsort(both, kind="stable")]
            self._now = np.append(_rows_in(both[order], old, old.dtype, lenient=True), -1)

    def moved(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return row numbers of the old table as those of the new one; −1 for rows that are gone."""
        return rows if self._places is not None else self._now[rows].astype(rows.dtype)

    def values(self, old: Any, fresh: Any) -> Any:  # noqa: ANN401 -- whatever kind of column a network has
        """Return a column of the new table."""
        if isinstance(old, Coded):
            return self._coded(old, fresh)
        if isinstance(old, Ids):
            return self._ids(old, fresh)
        if isinstance(old, Lines):
            return self._lines(old, fresh)
        return self._array(old, fresh[self._mine])

    def _array(self, old: NDArray[Any], fresh: NDArray[Any]) -> NDArray[Any]:
        if self._places is None:
            found: NDArray[Any] = np.concatenate([old, fresh])[self._take]
            return found
        if np.array_equal(old[self._places], fresh, equal_nan=fresh.dtype.kind == "f"):
            return old
        found = old.copy()
        found[self._places] = fresh
        return found

    def _coded(self, old: Coded, fresh: Coded) -> Coded:
        words = dict.fromkeys(old.values) | dict.fromkeys(fresh.values)
        number = {word: code for code, word in enumerate(words)}
        width = np.int16 if len(words) < np.iinfo(np.int16).max else np.int32
        codes = np.array([*(number[word] for word in fresh.values), -1], dtype=width)[fresh.codes]
        merged = self._array(old.codes.astype(width, copy=False), codes[self._mine])
        return old if merged is old.codes else Coded(merged, tuple(words))

    def _ids(self, old: Ids, fresh: Ids) -> Ids:
        mine = fresh.arrow.take(pa.array(self._mine))
        if self._places is not None:
            if old.arrow.take(pa.array(self._places)).equals(mine):
                return old
            take = np.arange(len(old))
            take[self._places] = len(old) + np.arange(len(mine))
        else:
            take = self._take
        return Ids(pa.concat_arrays([old.arrow, mine]).take(pa.array(take)))

    def _lines(self, old: Lines, fresh: Lines) -> Lines:
        mine = Lines.from_lists([fresh[row] for row in self._mine.tolist()])
        if self._places is None:
            take = self._take
        else:
            was = Lines.from_lists([old[row] for row in self._places.tolist()])
            if np.array_equal(was.offsets, mine.offsets):
                if np.array_equal(was.xyz, mine.xyz, equal_nan=True):
                    return old
                xyz = old.xyz.copy()
                xyz[np.concatenate([np.arange(*old.offsets[row : row + 2]) for row in self._places.tolist()])] = mine.xyz
                return Lines(old.offsets, xyz)
            take = np.arange(len(old))
            take[self._places] = len(old) + np.arange(len(mine))
        return _taken(old, mine, take)


def _taken(old: Lines, mine: Lines, take: NDArray[np.int64]) -> Lines:
    """Return courses in another order, from two lists laid end to end."""
    starts = np.concatenate([old.offsets[:-1], mine.offsets[:-1] + len(old.xyz)])[take]
    counts = np.concatenate([np.diff(old.offsets), np.diff(mine.offsets)])[take]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    at = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
    return Lines(offsets, np.concatenate([old.xyz, mine.xyz])[at])


def _rows_in(fids: NDArray[np.int64], wanted: NDArray[np.int64], kind: np.dtype[Any], *, lenient: bool = False) -> NDArray[Any]:
    """Return the row of each key in an ascending column; −1 for those that are not there, where that is allowed."""
    at = np.minimum(np.searchsorted(fids, wanted), max(0, len(fids) - 1))
    there = fids[at] == wanted if len(fids) else np.zeros(wanted.shape, dtype=np.bool_)
    if not lenient and not there.all():
        raise KeyError(int(wanted[~there][0]))
    return np.where(there, at, -1).astype(kind)


def layered_valves_of(texts: pa.Table) -> tuple[tuple[int, str, str], ...]:
    """Return the rows of the valve layers that came with models."""
    return tuple(
        valve
        for row in texts.to_pylist()
        if row["section"] == VALVE_LAYER
        for valve in layered_valves(row["batch"], [ModelText(row["section"], tuple(json.loads(row["lines"])))])
    )
