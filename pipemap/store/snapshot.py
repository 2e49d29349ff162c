"""The network after a small Change: the changed rows are read and put into the arrays of the snapshot before."""

from __future__ import annotations

import json
import sqlite3
import weakref
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
from pipemap.model.release import lines_of, may_leave
from pipemap.model.steps import REMEMBERED, Step, pass_on
from pipemap.progress import SILENT, Progress
from pipemap.store import geometry
from pipemap.store.change import Change
from pipemap.store.columns import ColumnLoader
from pipemap.store.growing import grown
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
_BESIDE = frozenset({"problem"})
"""Tables of which the network knows nothing."""

_ROWS_AT_ONCE = 100_000


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


def note_extent(connection: sqlite3.Connection, change: Change, progress: Progress = SILENT) -> None:
    """Widen the extent that other programs read; it never shrinks, which the standard allows."""
    for part in change.parts:
        if part.table not in FEATURE_TABLES or "geom" not in part.after.column_names:
            continue
        for start in range(0, len(part), _ROWS_AT_ONCE):
            progress(start, len(part))
            places = geometry.decode(part.after["geom"].slice(start, _ROWS_AT_ONCE)).xyz[:, :2]
            if not len(places):
                continue
            box = geometry.boxes(geometry.Courses(np.array([0, len(places)]), places))[0].tolist()
            connection.execute(
                "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2), "
                "max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4), "
                "last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?5",
                (box[0], box[2], box[1], box[3], part.table),
            )


def concerned(changes: Sequence[Change]) -> list[Change]:
    """Return the Changes that reach the network: what was decided about problems does not."""
    return [change for change in changes if any(part.table not in _BESIDE for part in change.parts)]


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
    step = Step(weakref.ref(network), frozenset(keys["node"]), frozenset(keys["pipe"]))
    vars(made)["steps"] = (*network.steps[1 - REMEMBERED :], step)
    if "length" in vars(network):  # measured already: only what was changed is measured anew
        vars(made)["length"] = pipes.values(network.length, fresh.length)
    if "boxes" in vars(network):
        vars(made)["boxes"] = tuple(pipes.values(*sides) for sides in zip(network.boxes, fresh.boxes, strict=True))
    pass_on(network, made)
    return made


def _fresh(connection: sqlite3.Connection, keys: Mapping[str, set[int]]) -> Network:
    """Read the changed rows as a small network; nodes that were not changed, but at which changed pipes end, come along."""
    pipes = read_columns(connection, "pipe", [*PIPE_COLUMNS, "geom"], fids=sorted(keys["pipe"]))
    ends = {fid for name in ("from_fid", "to_fid") for fid in pipes[name].to_pylist()}
    nodes = read_columns(connection, "node", list(NODE_COLUMNS), fids=sorted((keys["node"] | ends) - {None}))
    return Network.from_tables(nodes, pipes.drop_columns(["geom"]), geometry.decode(pipes["geom"]).lines)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows that stand one behind another in the new table as they do in the old one, or among the fresh rows."""

    is_old: bool
    start: int
    stop: int


class _Merge:
    """Puts the rows of a small table in the place of those with the same keys in a large one, in the order of keys.

    Rows with one of ``keys`` leave the old table unless the fresh one has them; fresh rows with other keys are ignored.
    """

    def __init__(self, old: NDArray[np.int64], keys: NDArray[np.int64], fresh: NDArray[np.int64]) -> None:
        self._mine = np.flatnonzero(np.isin(fresh, keys))
        self._count = len(old)
        at = _rows_in(old, keys, np.dtype(np.int64), lenient=True)
        back = _rows_in(old, fresh[self._mine], np.dtype(np.int64), lenient=True)
        self._places, self._replaced = back[back >= 0], np.flatnonzero(back >= 0)
        self._new = np.flatnonzero(back < 0)
        all_stay = len(self._places) == np.count_nonzero(at >= 0)
        new_keys = fresh[self._mine][self._new]
        self._stays = all_stay and (not len(new_keys) or not len(old) or new_keys[0] > old[-1])
        self._runs = [] if self._stays else _runs(len(old), at[at >= 0], np.searchsorted(old, fresh[self._mine]))

    def moved(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return row numbers of the old table as those of the new one; −1 for rows that are gone."""
        if self._stays:
            return rows
        now, place = np.full(self._count + 1, -1, dtype=np.int64), 0  # the last one is reached by −1
        fresh = np.empty(len(self._mine), dtype=np.int64)
        for run in self._runs:
            (now if run.is_old else fresh)[run.start : run.stop] = np.arange(place, place + run.stop - run.start)
            place += run.stop - run.start
        now[self._places] = fresh[self._replaced]
        found: NDArray[Any] = now[rows].astype(rows.dtype)
        return found

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
        if not self._stays:
            parts = [(old if run.is_old else fresh)[run.start : run.stop] for run in self._runs]
            return np.concatenate([old[:0], *parts])
        found = grown(old, fresh[self._new]) if len(self._new) else old
        replaced = fresh[self._replaced]
        if not np.array_equal(old[self._places], replaced, equal_nan=fresh.dtype.kind == "f"):
            found = found.copy()
            found[self._places] = replaced
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
        if self._stays and old.arrow.take(pa.array(self._places)).equals(mine.take(pa.array(self._replaced))):
            new = mine.take(pa.array(self._new))
            return Ids(pa.concat_arrays([old.arrow, new])) if len(new) else old
        parts = [(old.arrow if run.is_old else mine).slice(run.start, run.stop - run.start) for run in self._pieces()]
        return Ids(pa.concat_arrays([mine.slice(0, 0), *parts]))

    def _lines(self, old: Lines, fresh: Lines) -> Lines:
        mine = lines_of(fresh, self._mine)
        was, now = lines_of(old, self._places), lines_of(mine, self._replaced)
        if not self._stays or not np.array_equal(was.offsets, now.offsets):
            return _joined([((old if run.is_old else mine), run) for run in self._pieces()])
        new = lines_of(mine, self._new)
        xyz = grown(old.xyz, new.xyz) if len(new) else old.xyz
        offsets = grown(old.offsets, new.offsets[1:] + old.offsets[-1]) if len(new) else old.offsets
        if not np.array_equal(was.xyz, now.xyz, equal_nan=True):
            xyz = xyz.copy()
            xyz[np.concatenate([np.arange(*old.offsets[row : row + 2]) for row in self._places.tolist()])] = now.xyz
        return old if xyz is old.xyz and offsets is old.offsets else Lines(offsets, xyz)

    def _pieces(self) -> list[_Run]:
        """Where the rows of the new table come from, also where all of the old ones stay."""
        places = np.full(len(self._mine), self._count, dtype=np.int64)
        places[self._replaced] = self._places
        return _runs(self._count, self._places, places) if self._stays else self._runs


def _runs(count: int, gone: NDArray[np.int64], places: NDArray[np.int64]) -> list[_Run]:
    """Return where the rows of a new table come from.

    Parameters
    ----------
    count
        Rows of the old table.
    gone
        Old rows that leave, ascending.
    places
        Old rows before which the fresh ones go, ascending.
    """
    found: list[_Run] = []
    leaving, done, fresh = set(gone.tolist()), 0, 0
    for row in sorted({*leaving, *places.tolist(), count}):
        if row > done:
            found.append(_Run(is_old=True, start=done, stop=row))
        end = int(np.searchsorted(places, row, side="right"))
        if end > fresh:
            found.append(_Run(is_old=False, start=fresh, stop=end))
        fresh, done = end, row + (row in leaving)
    return found


def _joined(parts: Sequence[tuple[Lines, _Run]]) -> Lines:
    """Return the courses of some runs of rows as one list."""
    offsets, xyz, vertices = [np.zeros(1, dtype=np.int64)], [np.empty((0, 3))], 0
    for lines, run in parts:
        first, last = lines.offsets[run.start], lines.offsets[run.stop]
        offsets.append(lines.offsets[run.start + 1 : run.stop + 1] + (vertices - first))
        xyz.append(lines.xyz[first:last])
        vertices += int(last - first)
    return Lines(np.concatenate(offsets), np.concatenate(xyz))


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
