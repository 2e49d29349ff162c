"""Which stored node or pipe each delivered one is, and by what it was recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipemap.model import comparison as reasons
from pipemap.progress import SILENT, Progress
from pipemap.store import matching
from pipemap.store.delivered_columns import numbers, texts, whole

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Found = tuple[NDArray[np.int64], NDArray[np.int8]]
    """For each delivered row the stored one, −1 where there is none, and why it is that one."""


def _nobody(count: int) -> Found:
    return np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int8)


def recognise_nodes(old: pa.Table, rows: pa.Table, before: NDArray[np.float64], xyz: NDArray[np.float64]) -> Found:
    """Recognise nodes by id and place, by an id that both sides have once, or by their place and category alone.

    ``before`` and ``xyz`` are the stored and the delivered places.
    """
    if not old.num_rows:
        return _nobody(len(xyz))
    exact = matching.places(before, _whole_places(xyz))
    found = matching.match(matching.numbered(old["id"], texts(rows, "id")), exact)
    reason = np.where(found < 0, 0, np.where(exact[0][found] == exact[1], reasons.EXACT, reasons.MOVED)).astype(np.int8)
    if (found < 0).any():
        kinds = matching.numbered(old["category"], texts(rows, "category"))
        reason[matching.match_by_place(found, before, xyz[:, :2], kinds)] = reasons.RENAMED
    return found, reason


def recognise_pipes(old: pa.Table, rows: pa.Table, progress: Progress = SILENT) -> Found:
    """Recognise pipes by id and ends, by an id that both sides have once, or by ends in any direction and category alone."""
    if not old.num_rows:
        return _nobody(rows.num_rows)
    ends = [np.column_stack([whole(table, "from_fid"), whole(table, "to_fid")]) for table in (old, rows)]
    exact = [both[:, 0] * (1 << 31) + both[:, 1] for both in ends]
    ids = matching.numbered(old["id"], rows["id"])
    progress(1, 4)
    found = matching.match(ids, (exact[0], exact[1]))
    by_id = found >= 0
    either = [np.sort(both, axis=1) for both in ends]
    undirected = [both[:, 0] * (1 << 31) + both[:, 1] for both in either]
    beside = np.empty(0, dtype=np.int64)
    if not by_id.all():
        kinds = matching.numbered(old["category"], texts(rows, "category"))
        renamed, crowded = matching.match_by_ends(found, (undirected[0], undirected[1]), kinds, _sizes(old, rows))
        beside = renamed[crowded]
    there = np.flatnonzero(found >= 0)
    reason = np.zeros(len(found), dtype=np.int8)
    same_way = exact[0][found[there]] == exact[1][there]
    other_way = ~same_way & (undirected[0][found[there]] == undirected[1][there])
    otherwise = np.where(other_way, reasons.REVERSED, reasons.OTHER_ENDS)
    reason[there] = np.where(same_way, np.where(by_id[there], reasons.EXACT, reasons.RENAMED_PIPE), otherwise)
    reason[beside] = reasons.SIDE_BY_SIDE
    return found, reason


def _sizes(old: pa.Table, rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number what tells pipes apart that lie side by side: size and material."""
    found = matching.numbered(texts(old, "material"), texts(rows, "material"))
    for name in ("diameter_mm", "width_mm", "height_mm"):
        both = [np.column_stack([numbers(table, name), np.zeros(table.num_rows)]) for table in (old, rows)]
        found = matching.combined(found, matching.places(both[0], both[1]))
    return found


def _whole_places(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return east and north, both unknown where one is."""
    return np.where(np.isfinite(xyz[:, :2]).all(axis=1, keepdims=True), xyz[:, :2], np.nan)
