"""What is delivered beside what is stored: how each element stands, and the rows that follow from what a person chose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.model.comparison import CONFIDENCE, MOVED, PLACE, STANDINGS, Decisions, Difference, LayerComparison
from pipemap.store import geometry
from pipemap.store.change import Rows, same_values
from pipemap.store.reading import arrow_types

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.fields import Layer
    from pipemap.store.delivered import Delivered

ELSEWHERE = 50.0
"""Metres: what moved further than this is the same element only when a person says so. Our own figure."""
FOLLOWING = frozenset({"from_node", "to_node"})
"""Columns that only repeat what others say: they follow."""
_SURE_WITHIN = ((1.0, 0.95), (5.0, 0.85), (ELSEWHERE, 0.6), (np.inf, 0.3))
"""Metres an element moved, and how sure it is the same all the same. Our own figures."""
CONFLICT, CHANGED, ADDED, MISSING, SAME = range(len(STANDINGS))


@dataclass(frozen=True, slots=True)
class Beside:
    """Delivered rows of one layer beside the stored ones of the same batch.

    Attributes
    ----------
    old
        What is stored, then what was delivered once and deleted by hand.
    match, reason
        For each delivered row the row of ``old``, −1 where there is none, and why.
    fids
        Key of each delivered row.
    is_gone
        For each row of ``old``, whether it was deleted by hand.
    """

    layer: Layer
    rows: pa.Table
    old: pa.Table
    match: NDArray[np.int64]
    reason: NDArray[np.int8]
    fids: NDArray[np.int64]
    is_gone: NDArray[np.bool_]

    @property
    def again(self) -> NDArray[np.int64]:
        """Delivered rows that the survey has."""
        return np.flatnonzero((self.match >= 0) & ~self.is_gone[self.match] if len(self.is_gone) else self.match >= 0)

    @property
    def deleted(self) -> NDArray[np.bool_]:
        """Which delivered rows were deleted by hand."""
        return (self.match >= 0) & self.is_gone[self.match] if len(self.is_gone) else np.zeros(len(self.match), np.bool_)

    def stored(self, name: str, rows: NDArray[np.int64]) -> pa.ChunkedArray:
        """Return a stored column of some delivered rows."""
        return self.old[name].take(pa.array(self.match[rows]))

    def coming(self, name: str, rows: NDArray[np.int64]) -> pa.ChunkedArray:
        """Return a column of some delivered rows; an empty cell replaces nothing."""
        given = self.rows[name].take(pa.array(rows))
        return pc.coalesce(given, self.stored(name, rows)) if len(rows) else given


def compare(beside: Beside, delivered: Delivered) -> LayerComparison:
    """Say how every element stands, delivered rows first, then what is missing among them."""
    count = len(beside.match)
    known = pa.array(sorted(delivered.by_hand[beside.layer]), pa.int64())
    missed = np.ones(beside.old.num_rows, dtype=np.bool_)
    missed[beside.match[beside.match >= 0]] = False
    missed &= ~beside.is_gone & ~pc.is_in(beside.old["fid"], value_set=known).to_numpy(zero_copy_only=False)
    missing = np.flatnonzero(missed)
    differences = [*_differences(beside, delivered), *_of_deleted(beside, delivered)]
    standing = np.full(count + len(missing), SAME, dtype=np.int8)
    standing[:count][beside.match < 0] = ADDED
    standing[count:] = MISSING
    for difference in differences:
        standing[difference.rows] = np.minimum(standing[difference.rows], np.where(difference.in_conflict, CONFLICT, CHANGED))
    lost = beside.old["fid"].to_numpy()[missing]
    return LayerComparison(
        beside.layer,
        np.concatenate([beside.fids, lost]),
        np.concatenate([np.arange(count), np.full(len(missing), -1)]),
        pa.concat_arrays([_ids(beside.rows, None), _ids(beside.old, missing)]),
        standing,
        np.concatenate([beside.reason, np.zeros(len(missing), np.int8)]),
        np.concatenate([_confidence(beside), np.ones(len(missing), np.float32)]),
        np.concatenate([beside.deleted, np.zeros(len(missing), np.bool_)]),
        tuple(differences),
        np.concatenate([_places(beside.rows, None), _places(beside.old, missing)]),
    )


def _confidence(beside: Beside) -> NDArray[np.float32]:
    found = np.array(CONFIDENCE, dtype=np.float32)[beside.reason]
    moved = np.flatnonzero(beside.reason == MOVED)
    if len(moved):
        distance = _distance(beside, moved)
        limits = np.array([limit for limit, _sure in _SURE_WITHIN])
        sure = np.array([sure for _limit, sure in _SURE_WITHIN], dtype=np.float32)
        found[moved] = np.where(np.isnan(distance), 0.85, sure[np.searchsorted(limits, np.nan_to_num(distance))])
    return found


def _distance(beside: Beside, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres between where nodes were and where they come; NaN where one has no place."""
    here = geometry.decode_points(beside.stored(PLACE, rows))[:, :2]
    there = geometry.decode_points(beside.rows[PLACE].take(pa.array(rows)))[:, :2]
    return np.linalg.norm(there - here, axis=1)  # type: ignore[no-any-return]


def _elsewhere(beside: Beside, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which nodes come with another place in plan, or with one where they had none."""
    here = geometry.decode_points(beside.stored(PLACE, rows))[:, :2]
    there = geometry.decode_points(beside.rows[PLACE].take(pa.array(rows)))[:, :2]
    return (np.nan_to_num(here, nan=np.inf) != np.nan_to_num(there, nan=np.inf)).any(axis=1)  # type: ignore[no-any-return]


# -- field by field ----------------------------------------------------------------------------------------------------


def _differences(beside: Beside, delivered: Delivered) -> Iterator[Difference]:
    again = beside.again
    if not len(again):
        return
    for name in beside.rows.column_names:
        if name in FOLLOWING:
            continue
        theirs, ours = beside.coming(name, again), beside.stored(name, again)
        other = ~same_values(theirs, ours)
        if name == PLACE and beside.layer == "node" and other.any():
            other[other] = _elsewhere(beside, again[other])  # its level follows the ground
        if other.any():
            mask = pa.array(other)
            found = _against_base(beside, name, again[other], _whole(ours.filter(mask)), _whole(theirs.filter(mask)), delivered)
            if len(found.rows):
                yield found


def _against_base(
    beside: Beside, name: str, rows: NDArray[np.int64], ours: pa.Array, theirs: pa.Array, delivered: Delivered
) -> Difference:
    """Tell changes of the file from edits by hand: what was delivered before and is delivered again is no change."""
    base = delivered.of(beside.layer, name)
    fids = beside.fids[rows]
    kept, conflict = np.ones(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    known: list[Any] = [None] * len(rows)
    if name == PLACE and beside.layer == "node":
        conflict |= _distance(beside, rows) > ELSEWHERE
        conflict[~np.isfinite(_distance(beside, rows))] = False
    for at in np.flatnonzero(np.isin(fids, np.fromiter(base, np.int64, len(base)))).tolist():
        fid = int(fids[at])
        was, now, comes = base[fid], ours[at].as_py(), theirs[at].as_py()
        known[at] = was
        if same(name, beside.layer, comes, now):
            kept[at] = False
        elif (beside.layer, fid, name) in delivered.open:
            conflict[at], known[at] = True, None
        elif same(name, beside.layer, comes, was):
            kept[at] = False
        else:
            conflict[at] = not same(name, beside.layer, now, was)
    whole = Difference(name, rows, pa.array(known, theirs.type), ours, theirs, conflict)
    return whole if kept.all() else whole.where(kept)


def same(name: str, layer: Layer, one: object, other: object) -> bool:
    """Whether two values are the same; of geometries only the plan counts, because their levels follow other fields."""
    if name != PLACE or one == other or not (isinstance(one, bytes) and isinstance(other, bytes)):
        return one == other
    first, second = (geometry.decode(geometry.as_blobs([blob])).xyz.copy() for blob in (one, other))
    for course in (first, second):
        course[[0, -1], 2] = np.nan
    return np.array_equal(
        first[:, :2] if layer == "node" else first, second[:, :2] if layer == "node" else second, equal_nan=True
    )


def _of_deleted(beside: Beside, delivered: Delivered) -> Iterator[Difference]:
    """Tell what comes otherwise of elements that were deleted by hand."""
    rows = np.flatnonzero(beside.deleted)
    if not len(rows):
        return
    for name in beside.rows.column_names:
        if name in FOLLOWING or name not in beside.old.column_names:
            continue
        theirs, base = _whole(beside.coming(name, rows)), _whole(beside.stored(name, rows))
        differ = [
            not same(name, beside.layer, theirs[at].as_py(), base[at].as_py())
            or (beside.layer, int(beside.fids[row]), "") in delivered.open
            for at, row in enumerate(rows.tolist())
        ]
        chosen = np.array(differ, dtype=np.bool_)
        if chosen.any():
            nothing = pa.nulls(len(rows), theirs.type)
            yield Difference(name, rows, base, nothing, theirs, np.ones(len(rows), np.bool_)).where(chosen)


# -- what follows from the choices -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of a layer after what was chosen.

    Attributes
    ----------
    added, altered, retired
        Parts of a Change.
    taken
        Field → for each delivered row, whether its value is taken; fields in which nothing differs are not there.
    comes
        Which delivered rows the survey holds afterwards.
    """

    added: Rows
    altered: Rows
    retired: Rows
    taken: Mapping[str, NDArray[np.bool_]]
    comes: NDArray[np.bool_]


def decide(
    beside: Beside, comparison: LayerComparison, decisions: Decisions, batch: int, needed: NDArray[np.bool_] | None = None
) -> Outcome:
    """Return what the choices make of a layer; ``needed``: delivered rows that come because others hang on them."""
    count = len(beside.match)
    comes = np.zeros(count, dtype=np.bool_)
    comes[beside.again] = True
    comes[comparison.row[decisions.chosen(comparison, "added", "theirs")]] = True
    back = decisions.chosen(comparison, "conflict", "theirs")
    comes[back[comparison.deleted[back]]] = True
    if needed is not None:
        comes |= needed
    new = comes.copy()
    new[beside.again] = False
    taken: dict[str, NDArray[np.bool_]] = {}
    for difference in comparison.differences:
        held = taken.setdefault(difference.name, np.zeros(count, dtype=np.bool_))
        held[difference.rows] |= decisions.takes(comparison, difference)
    for side in ("from", "to"):
        if f"{side}_fid" in taken:
            taken[f"{side}_node"] = taken[f"{side}_fid"]
    for held in taken.values():
        held[beside.deleted] = False
    return Outcome(_added(beside, new, batch), _altered(beside, taken), _retired(beside, comparison, decisions), taken, comes)


def _added(beside: Beside, new: NDArray[np.bool_], batch: int) -> Rows:
    rows = beside.rows.append_column("fid", pa.array(beside.fids))
    added = rows if new.all() else rows.filter(pa.array(new))
    added = added.append_column("batch", pa.array(np.full(added.num_rows, batch), type=pa.int64()))
    return Rows.added(beside.layer, added)


def _altered(beside: Beside, taken: Mapping[str, NDArray[np.bool_]]) -> Rows:
    differ = np.zeros(len(beside.match), dtype=np.bool_)
    for held in taken.values():
        differ |= held
    rows = np.flatnonzero(differ)
    fids = pa.array(beside.fids[rows])
    before, after = {"fid": fids}, {"fid": fids}
    for name, held in taken.items():
        if not held.any():
            continue
        before[name] = beside.stored(name, rows)
        after[name] = pc.if_else(pa.array(held[rows]), beside.coming(name, rows), before[name])
    return Rows(beside.layer, pa.table(before), pa.table(after))


def _retired(beside: Beside, comparison: LayerComparison, decisions: Decisions) -> Rows:
    """Return what is missing and shall be out of use from now on; what is so already stays as it is."""
    fids = comparison.fid[decisions.chosen(comparison, "missing", "retire")]
    if not len(fids):
        empty = pa.table({"fid": pa.array([], pa.int64()), "lifecycle": pa.array([], pa.string())})
        return Rows(beside.layer, empty, empty)
    at = np.flatnonzero(np.isin(beside.old["fid"].to_numpy(), fids) & ~beside.is_gone)
    old = beside.old.take(pa.array(at))
    standing = pc.invert(pc.is_in(old["lifecycle"], value_set=pa.array(["abandoned", "removed"])))
    before = old.select(["fid", "lifecycle"]).filter(standing)
    after = before.set_column(1, "lifecycle", pa.array(["abandoned"] * before.num_rows, pa.string()))
    return Rows(beside.layer, before, after)


def not_taken(
    beside: Beside, comparison: LayerComparison, decisions: Decisions, outcome: Outcome, delivered: Delivered
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows of ``not_taken``: what is delivered and refused or left open now, and what was edited by hand before."""
    refused: dict[tuple[int, str], dict[str, Any]] = {}
    for difference in comparison.differences:
        open_ = decisions.left_open(comparison, difference)
        stays = ~outcome.taken[difference.name][difference.rows] & ~comparison.deleted[difference.rows]
        for at in np.flatnonzero(stays).tolist():
            fid = int(comparison.fid[difference.rows[at]])
            value = difference.theirs[at].as_py()
            refused[fid, difference.name] = _row(comparison.layer, fid, difference.name, value, open_=bool(open_[at]))
    for row in np.flatnonzero(beside.deleted & ~outcome.comes).tolist():
        standing, fid = int(comparison.standing[row]), int(comparison.fid[row])
        is_open = standing == CONFLICT and decisions.of_element(comparison, row) == "later"
        whole = _whole_row(beside, row)
        target = refused if standing == CONFLICT else None
        made = _row(comparison.layer, fid, "", whole, open_=is_open)
        if target is not None:
            target[fid, ""] = made
    return list(refused.values()), _edited_before(beside, outcome, delivered, refused)


def _edited_before(
    beside: Beside, outcome: Outcome, delivered: Delivered, refused: Mapping[tuple[int, str], Any]
) -> list[dict[str, Any]]:
    """What was edited by hand stays known when the history before this delivery is no longer asked."""
    layer = beside.layer
    old = {int(fid): at for at, fid in enumerate(beside.old["fid"].to_pylist())} if any(delivered.values[layer].values()) else {}
    rows = {int(beside.match[row]): row for row in np.flatnonzero(beside.match >= 0).tolist()} if old else {}
    found = []
    for name in delivered.values[layer]:
        if name in FOLLOWING:
            continue
        for fid, was in delivered.of(layer, name).items():
            at = old.get(fid)
            if at is None or beside.is_gone[at] or (fid, name) in refused or name not in beside.old.column_names:
                if at is not None and not beside.is_gone[at] and name not in beside.old.column_names:
                    found.append(_row(layer, fid, name, was, open_=False))
                continue
            row = rows.get(at)
            given = beside.rows[name][row].as_py() if row is not None and name in beside.rows.column_names else None
            value = was if given is None else given
            if row is not None and name in outcome.taken and outcome.taken[name][row]:
                continue
            if value != beside.old[name][at].as_py():
                found.append(_row(layer, fid, name, value, open_=(layer, fid, name) in delivered.open))
    known = {fid for fid, name in refused if name == ""}
    came = {int(beside.fids[row]) for row in np.flatnonzero(beside.deleted & outcome.comes).tolist()}
    return found + [
        _row(layer, fid, "", row, open_=(layer, fid, "") in delivered.open)
        for fid, row in delivered.deleted[layer].items()
        if fid not in known and fid not in came
    ]


def settled_otherwise(beside: Beside, followed: Iterable[Rows]) -> list[dict[str, Any]]:
    """Return rows of ``not_taken`` for places that come, but were put where what they hang on stays."""
    found = []
    for part in followed:
        if part.table != beside.layer or not len(part):
            continue
        rows = {int(beside.fids[row]): row for row in np.flatnonzero(np.isin(beside.fids, part.after["fid"].to_numpy())).tolist()}
        for fid, place in zip(part.after["fid"].to_pylist(), part.after[PLACE].to_pylist(), strict=True):
            given = beside.rows[PLACE][rows[fid]].as_py() if fid in rows else None
            if given is not None and given != place:
                found.append(_row(beside.layer, fid, PLACE, given, open_=False))
    return found


def _row(layer: str, fid: int, name: str, value: object, *, open_: bool) -> dict[str, Any]:
    from pipemap.store.delivered import packed

    return {"layer": layer, "element": fid, "field": name, "value": packed(value), "open": open_}


def _whole_row(beside: Beside, row: int) -> dict[str, Any]:
    """Return a delivered row as it would be stored; what it does not say is as it was."""
    was = beside.old.slice(int(beside.match[row]), 1).to_pylist()[0]
    given = {name: value for name, value in beside.rows.slice(row, 1).to_pylist()[0].items() if value is not None}
    return {**was, **given, "fid": int(beside.fids[row])}


# -- columns -----------------------------------------------------------------------------------------------------------


def with_deleted(old: pa.Table, layer: Layer, delivered: Delivered) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return stored rows with those behind them that were deleted by hand; and which those are."""
    gone = list(delivered.deleted[layer].values())
    is_gone = np.concatenate([np.zeros(old.num_rows, np.bool_), np.ones(len(gone), np.bool_)])
    if not gone:
        return old, is_gone
    types = arrow_types(layer)
    more = pa.table({name: pa.array([row.get(name) for row in gone], types[name]) for name in old.column_names})
    return pa.concat_tables([old, more]), is_gone


def _ids(table: pa.Table, rows: NDArray[np.int64] | None) -> pa.Array:
    column = table["id"] if "id" in table.column_names else pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    return _whole(column if rows is None else column.take(pa.array(rows)))


def _places(table: pa.Table, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
    column = table[PLACE] if rows is None else table[PLACE].take(pa.array(rows))
    return geometry.decode_points(column)[:, :2]


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return pa.concat_arrays(combined.chunks) if combined.num_chunks else pa.array([], combined.type)
    return combined
