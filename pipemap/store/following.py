"""What hangs on a node follows it: the ends of pipes, and the id of the node that pipes carry for readers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.comparison import PLACE
from pipemap.model.delivery import Lines
from pipemap.store import geometry
from pipemap.store.change import Rows, same_values
from pipemap.store.delivered_columns import numbers
from pipemap.store.reading import arrow_types, read_columns

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from pipemap.store.comparing import Beside, Outcome

_TOUCHES = 0.001
"""Metres within which a pipe's end counts as being where its node is: what lies off it on purpose stays off it."""
_SIDES = (("from", 0), ("to", -1))
_LEVELS = ("from_level", "to_level")


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of which not everything is as delivered, or not everything as it was."""

    id: str | None
    now: NDArray[np.float64]
    other: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Moved:
    """Nodes whose place or id comes otherwise, whichever of the two is kept; rows of the delivery, with their keys.

    ``here`` and ``there`` are where they were and where they come.
    """

    rows: NDArray[np.int64]
    fids: NDArray[np.int64]
    here: NDArray[np.float64]
    there: NDArray[np.float64]
    is_renamed: NDArray[np.bool_]
    takes_place: NDArray[np.bool_]
    takes_id: NDArray[np.bool_]

    def nodes(self, beside: Beside, wanted: NDArray[np.int64]) -> dict[int, _Node]:
        """Return some of them by key."""
        found = {}
        for at in np.flatnonzero(np.isin(self.fids, wanted)).tolist():
            now, other = (self.there, self.here) if self.takes_place[at] else (self.here, self.there)
            name = _value(beside, "id", int(self.rows[at]), taken=bool(self.takes_id[at]))
            found[int(self.fids[at])] = _Node(name, now[at], other[at])
        return found


def follow(
    connection: sqlite3.Connection, layers: tuple[Beside, Beside], outcomes: tuple[Outcome, Outcome], srs_id: int
) -> list[Rows]:
    """Return what else changes when nodes move or get other ids, and where only some of the fields of an element are taken.

    Comes after the parts of the elements themselves in a Change.
    """
    nodes, pipes = layers
    levelled = _levels_of_nodes(nodes, outcomes[0], srs_id)
    moved = _moved(nodes, outcomes[0])
    mixed = _mixed(pipes, outcomes[1])
    rows = _pipe_rows(connection, pipes, outcomes[1], _unsettled(connection, pipes, outcomes[1], moved) | mixed)
    ends = np.array([[row["from_fid"], row["to_fid"]] for row in rows], dtype=np.int64).ravel()
    held = moved.nodes(nodes, ends)
    settled = [(row, _settled(row, held, srs_id, levels=row["fid"] in mixed)) for row in rows]
    changed = [(before, after) for before, after in settled if before != after]
    changed += _settled_new(pipes, outcomes[1], nodes, moved, srs_id)
    types = arrow_types("pipe")
    names = ("fid", "from_node", "to_node", PLACE)
    before, after = (
        pa.table({name: pa.array([pair[side][name] for pair in changed], types[name]) for name in names}) for side in (0, 1)
    )
    return [part for part in (levelled, Rows("pipe", before, after)) if len(part)]


def _levels_of_nodes(nodes: Beside, outcome: Outcome, srs_id: int) -> Rows:
    """Make the level in a node's place its ground level, where only one of the two is taken."""
    place, ground = (outcome.taken.get(name) for name in (PLACE, "ground"))
    nothing = np.zeros(len(nodes.match), dtype=np.bool_)
    place, ground = (nothing if held is None else held for held in (place, ground))
    rows = np.flatnonzero(place != ground)
    come, stay = (nodes.rows[PLACE].take(pa.array(rows)), nodes.stored(PLACE, rows))
    held = pc.if_else(pa.array(place[rows]), come, stay) if len(rows) else stay
    xyz = geometry.decode_points(held)
    was = xyz[:, 2].copy()
    levels = numbers(nodes.old, "ground")[nodes.match[rows]]
    given = numbers(nodes.rows, "ground")[rows]
    xyz[:, 2] = np.where(ground[rows] & np.isfinite(given), given, levels)
    other = (np.nan_to_num(was, nan=np.inf) != np.nan_to_num(xyz[:, 2], nan=np.inf)) & np.isfinite(xyz[:, 0])
    mask, fids = pa.array(other), pa.array(nodes.fids[rows])
    before = pa.table({"fid": fids.filter(mask), PLACE: held.filter(mask)})
    return Rows("node", before, before.set_column(1, PLACE, geometry.encode_points(xyz[other], srs_id)))


def _value(beside: Beside, name: str, row: int, *, taken: bool) -> Any:  # noqa: ANN401 -- a value of a row
    stored = beside.old[name][int(beside.match[row])].as_py() if name in beside.old.column_names else None
    given = beside.rows[name][row].as_py() if taken and name in beside.rows.column_names else None
    return stored if given is None else given


def _moved(nodes: Beside, outcome: Outcome) -> _Moved:
    again = nodes.again
    renamed = np.zeros(len(again), dtype=np.bool_)
    if "id" in nodes.rows.column_names and len(again):
        renamed = ~same_values(nodes.coming("id", again), nodes.stored("id", again))
    elsewhere = ~same_values(nodes.coming(PLACE, again), nodes.stored(PLACE, again)) if len(again) else renamed
    rows, renamed = again[elsewhere | renamed], renamed[elsewhere | renamed]
    here = geometry.decode_points(nodes.stored(PLACE, rows))
    there = geometry.decode_points(nodes.rows[PLACE].take(pa.array(rows)))
    other = (np.nan_to_num(here[:, :2], nan=np.inf) != np.nan_to_num(there[:, :2], nan=np.inf)).any(axis=1) | renamed
    rows = rows[other]
    nothing = np.zeros(len(nodes.match), dtype=np.bool_)
    takes = [outcome.taken.get(name, nothing)[rows] for name in (PLACE, "id")]
    return _Moved(rows, nodes.fids[rows], here[other], there[other], renamed[other], takes[0], takes[1])


def _unsettled(connection: sqlite3.Connection, pipes: Beside, outcome: Outcome, moved: _Moved) -> set[int]:
    """Return pipes at these nodes, but for those that come as their ends do."""
    if not len(moved.fids):
        return set()
    table = read_columns(connection, "pipe", ["fid", "from_fid", "to_fid"])
    fid, start, end = (table[name].to_numpy() for name in ("fid", "from_fid", "to_fid"))
    at = np.isin(start, moved.fids) | np.isin(end, moved.fids)
    kept = moved.fids[~moved.takes_place | moved.is_renamed]
    as_ends = ~np.isin(start, kept) & ~np.isin(end, kept)
    again = pipes.again
    comes = outcome.taken.get(PLACE, np.zeros(len(pipes.match), dtype=np.bool_))[again]
    if len(again):
        comes |= same_values(pipes.coming(PLACE, again), pipes.stored(PLACE, again))
    as_delivered = np.isin(fid, pipes.fids[again[comes]])
    return set(fid[at & ~(as_ends & as_delivered)].tolist())


def _mixed(pipes: Beside, outcome: Outcome) -> set[int]:
    """Return pipes of which a level is taken and the course is not, or the other way round."""
    again = pipes.again
    place = outcome.taken.get(PLACE, np.zeros(len(pipes.match), dtype=np.bool_))[again]
    other = np.zeros(len(again), dtype=np.bool_)
    for name in _LEVELS if len(again) else ():
        if name in pipes.rows.column_names:
            taken = outcome.taken.get(name, np.zeros(len(pipes.match), dtype=np.bool_))[again]
            other |= (taken != place) & ~same_values(pipes.coming(name, again), pipes.stored(name, again))
    return set(pipes.fids[again[other]].tolist())


def _pipe_rows(connection: sqlite3.Connection, pipes: Beside, outcome: Outcome, fids: set[int]) -> list[dict[str, Any]]:
    """Return pipes as the rest of the Change leaves them."""
    names = ["fid", "from_fid", "to_fid", "from_node", "to_node", *_LEVELS, PLACE]
    rows: list[dict[str, Any]] = read_columns(connection, "pipe", names, fids=sorted(fids)).to_pylist()
    ours = {int(fid): row for row, fid in enumerate(pipes.fids.tolist())} if outcome.taken else {}
    for row in rows:
        at = ours.get(row["fid"])
        if at is not None:
            row |= {name: _value(pipes, name, at, taken=True) for name, held in outcome.taken.items() if name in row and held[at]}
    return rows


def _settled(row: dict[str, Any], moved: dict[int, _Node], srs_id: int, *, levels: bool = False) -> dict[str, Any]:
    """Return a pipe with its ends where its nodes are now; with ``levels`` also as high as its fields say."""
    xyz = geometry.decode(geometry.as_blobs([row[PLACE]])).xyz.copy()
    given = dict(row)
    was = xyz.copy()
    for side, end in _SIDES:
        node = moved.get(row[f"{side}_fid"])
        if node is not None:
            given[f"{side}_node"] = node.id
            if len(xyz) and np.isfinite(node.now[:2]).all() and np.hypot(*(xyz[end, :2] - node.other[:2])) <= _TOUCHES:
                xyz[end, :2] = node.now[:2]
        level = row[f"{side}_level"]
        if levels and len(xyz) and level is not None:
            xyz[end, 2] = level
    if not np.array_equal(was, xyz, equal_nan=True):
        given[PLACE] = geometry.encode_lines(Lines(np.array([0, len(xyz)]), xyz), srs_id)[0].as_py()
    return given


def _settled_new(
    pipes: Beside, outcome: Outcome, nodes: Beside, moved: _Moved, srs_id: int
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return pipes that are added at a node which does not move, or keeps its id, although the delivery says so."""
    kept = moved.fids[~moved.takes_place | (moved.is_renamed & ~moved.takes_id)]
    new = np.isin(pipes.fids, outcome.added.after["fid"].to_numpy())
    ends = [pipes.rows[f"{side}_fid"].to_numpy() for side, _end in _SIDES]
    rows = np.flatnonzero(new & (np.isin(ends[0], kept) | np.isin(ends[1], kept)))
    held = moved.nodes(nodes, np.concatenate([ends[0][rows], ends[1][rows]]))
    found = []
    for row in rows.tolist():
        whole = {"fid": int(pipes.fids[row]), "from_level": None, "to_level": None}
        whole |= {name: pipes.rows[name][row].as_py() for name in ("from_fid", "to_fid", "from_node", "to_node", PLACE)}
        if (after := _settled(whole, held, srs_id)) != whole:
            found.append((whole, after))
    return found
